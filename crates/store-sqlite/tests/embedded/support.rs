//! A database in a folder of its own.

use std::path::{Path, PathBuf};

use domain::{CompanyId, CreditScope};
use store::{
    FeedEntry, FeedPosition, HistoryEntry, Store, StoreError,
    conformance::world::{activate, addon, catalog, company, execute, package, seed},
};
use store_sqlite::SqliteStore;

/// A folder with the path of a database in it, which is removed with it.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    path: PathBuf,
}

impl Place {
    /// A folder without a database.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("core.db");
        Self { folder, path }
    }

    /// A folder with a migrated database.
    pub(crate) fn migrated() -> Self {
        let place = Self::empty();
        store_sqlite::migrate(&place.path).unwrap();
        place
    }

    /// A folder with a database that holds the catalog of the conformance suite and three companies.
    pub(crate) async fn seeded() -> Self {
        let place = Self::migrated();
        let store = place.open();
        seed(&store).await;
        for number in 0..3 {
            execute(&store, company(number), &activate(&package("basic")), "request").await;
            execute(&store, company(number), &activate(&addon("finance")), "request").await;
        }
        place
    }

    /// The database.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Another file of the folder.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The names of all files of the folder, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Opens the database for a server.
    pub(crate) fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.path).unwrap().patient()
    }

    /// Changes the closed database behind the program's back.
    pub(crate) fn tamper(&self, sql: &str) {
        rusqlite::Connection::open(&self.path).unwrap().execute_batch(sql).unwrap();
    }
}

/// Everything that a store says of some companies, as text: equal texts, equal content.
pub(crate) async fn content(store: &dyn Store, companies: &[CompanyId]) -> String {
    let mut all = vec![format!("{:?}", catalog(store).await)];
    for company in companies {
        all.push(format!("{:?}", store.load(*company, CreditScope::All).await.unwrap().state));
        all.push(format!("{:?}", history(store, *company).await));
    }
    all.push(format!("{:?}", feed(store).await));
    all.join("\n")
}

/// A company's whole history, oldest first.
pub(crate) async fn history(store: &dyn Store, company: CompanyId) -> Vec<HistoryEntry> {
    let mut all: Vec<HistoryEntry> = Vec::new();
    loop {
        let before = all.last().map(|entry| entry.position);
        let page = store.history(company, before, 100).await.unwrap().unwrap_or_default();
        if page.is_empty() {
            all.reverse();
            return all;
        }
        all.extend(page);
    }
}

/// The whole feed.
pub(crate) async fn feed(store: &dyn Store) -> Vec<FeedEntry> {
    let mut all: Vec<FeedEntry> = Vec::new();
    loop {
        let after = all.last().map_or_else(FeedPosition::default, |entry| entry.position);
        let page = store.changes(after, 100).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// The message of an error.
pub(crate) fn message<T>(outcome: Result<T, StoreError>) -> String {
    outcome.err().map(|error| error.to_string()).unwrap_or_default()
}
