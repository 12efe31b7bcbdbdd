//! The catalog: its chain, and what its history leads to.

use std::collections::BTreeSet;

use domain::{Catalog, ItemRef, ModuleKey};

use super::{
    LOOKS, PAGE, PAUSE, Verified,
    feed::{self, Line, Told},
};
use crate::{
    CatalogHead, CatalogLine, PastCatalog, Store, StoreError,
    chain::{self, Hash},
};

const PLACE: &str = "catalog";

/// Looks at the catalog until nobody writes it meanwhile; gives the rows of its history.
pub(super) async fn check(store: &dyn Store, verified: &mut Verified) -> Result<Vec<Line>, StoreError> {
    let mut look = Look::of(&store.catalog_head().await?);
    for _ in 0..LOOKS {
        let head = store.catalog_head().await?;
        look = Look::of(&head);
        look.read(store).await?;
        let (stored, _) = store.catalog().await?;
        look.compare(&head, &stored);
        look.compare_mapped(&stored, &store.mapped_modules().await?);
        if look.breaches.is_empty() || store.catalog_head().await? == head {
            break;
        }
    }
    verified.lines += look.lines.len() as u64;
    for what in look.breaches {
        verified.breach(&PLACE, what);
    }
    Ok(look.lines)
}

/// Holds the feed against the catalog's history until they agree, as neither was read while nobody wrote.
pub(super) async fn settle(store: &dyn Store, verified: &mut Verified) -> Result<(), StoreError> {
    let nobody = BTreeSet::new();
    for look in 1..=LOOKS {
        let told = Told::read(store, Some(&nobody)).await?;
        let mut again = Look::of(&store.catalog_head().await?);
        again.read(store).await?;
        match told.disagrees_on_catalog(&again.lines) {
            Some(what) if look == LOOKS => verified.breach(&PLACE, what),
            Some(_) => tokio::time::sleep(PAUSE).await,
            None => break,
        }
    }
    Ok(())
}

/// The modules that the newest revisions of packages and add-ons include.
pub(crate) fn mapped_modules(catalog: &Catalog) -> BTreeSet<(ItemRef, ModuleKey)> {
    let mut all = BTreeSet::new();
    for item in catalog.all_items() {
        let modules = item.newest().into_iter().flat_map(|newest| &newest.definition.modules);
        all.extend(modules.map(|module| (item.reference(), module.clone())));
    }
    all
}

struct Look {
    chained_from: u64,
    link: Hash,
    last: (u64, u32),
    past: Option<PastCatalog>,
    lines: Vec<Line>,
    breaches: Vec<String>,
}

impl Look {
    fn of(head: &CatalogHead) -> Self {
        Self {
            chained_from: head.chained_from,
            link: chain::genesis_of_catalog(),
            last: (0, 0),
            past: Some(PastCatalog::empty()),
            lines: Vec::new(),
            breaches: Vec::new(),
        }
    }

    async fn read(&mut self, store: &dyn Store) -> Result<(), StoreError> {
        let mut after = (0, 0);
        loop {
            let page = store.catalog_log(after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = (last.generation, last.part);
            for line in &page {
                self.take(line);
            }
        }
    }

    fn take(&mut self, line: &CatalogLine) {
        let place = format!("history of generation {}, part {}", line.generation, line.part);
        let (generation, part) = self.last;
        let here = (line.generation, line.part);
        if here != (generation, part + 1) && here != (generation + 1, 0) {
            let what = format!("{place}: follows on generation {generation}: rows between are gone, or it was added");
            self.breaches.push(what);
        }
        self.last = here;
        self.lines.push(feed::of_catalog_line(line));
        let is_chained = line.generation >= self.chained_from;
        if is_chained {
            let expected = chain::of_catalog(&self.link, line);
            match line.hash {
                Some(hash) if hash == expected => {}
                Some(_) => {
                    let what = format!("{place}: its link does not fit: it, or the row before it, is not as written");
                    self.breaches.push(what);
                }
                None => self.breaches.push(format!("{place}: its link is gone")),
            }
            self.link = line.hash.unwrap_or(expected);
        } else if line.hash.is_some() {
            self.breaches.push(format!("{place}: has a link and was written before there was a chain"));
        }
        let Some(rebuilt) = &mut self.past else { return };
        if let Err(error) = rebuilt.take(line) {
            // What was written before there was a chain may be of a form that does not say everything.
            self.past = None;
            if is_chained {
                self.breaches.push(format!("{place}: {error}"));
            }
        }
    }

    /// Holds the tables of requirements 004 against the newest revisions that they follow.
    fn compare_mapped(&mut self, stored: &Catalog, mapped: &BTreeSet<(ItemRef, ModuleKey)>) {
        let included = mapped_modules(stored);
        for (item, module) in included.symmetric_difference(mapped) {
            let (kind, key) = (item.kind.as_str(), &item.key);
            let table = if mapped.contains(&(item.clone(), module.clone())) { "has" } else { "lacks" };
            self.breaches.push(format!("{kind}_modules {table} `{key}` with `{module}`, unlike its newest revision"));
        }
    }

    fn compare(&mut self, head: &CatalogHead, stored: &Catalog) {
        let (generation, _) = self.last;
        if generation != head.generation {
            let what = format!("its history ends at generation {generation}, and it is at {}", head.generation);
            self.breaches.push(what);
        }
        let newest = (self.link != chain::genesis_of_catalog()).then_some(self.link);
        if newest != head.hash {
            self.breaches.push("its newest row of history is not the one that it was left with".to_owned());
        }
        if let Some(past) = self.past.as_ref().filter(|_| self.chained_from == 1) {
            let told = past.catalog();
            for item in stored.all_items().filter(|item| told.item(&item.reference()) != Some(*item)) {
                let what = format!("{} `{}` is not what its history says", item.kind.as_str(), item.key);
                self.breaches.push(what);
            }
            if self.breaches.is_empty() && told != stored {
                self.breaches.push("an entry is not what its history says".to_owned());
            }
        }
    }
}
