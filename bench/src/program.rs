//! The program under measurement, driven as an operator would: by its commands, with its shipped defaults.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{self, Served};
use crate::{Outcome, client};

/// The program over one database.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    url: String,
    folder: PathBuf,
    name: &'static str,
}

/// How much the program may cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    /// Everything.
    Whole,
    /// As little as the program lets one set, about a company in a thousand: nearly every read asks the database.
    Least,
}

impl Program {
    /// The program at `path` over the database `url`; logs go into `folder`, named by `name`.
    pub fn new(path: &Path, url: &str, folder: &Path, name: &'static str) -> Self {
        Self { path: path.to_owned(), url: url.to_owned(), folder: folder.to_owned(), name }
    }

    /// Brings the database to the program's schema, with the bootstrap catalog.
    ///
    /// # Errors
    /// When the program fails.
    pub fn migrate(&self) -> Outcome<()> {
        process::output(self.command("migrate").arg("--database-url").arg(&self.url)).map(drop)
    }

    /// A new API key that may do everything.
    ///
    /// # Errors
    /// When the program fails.
    pub fn key(&self) -> Outcome<String> {
        let mut create = self.command("keys");
        let printed =
            process::output(create.args(["create", "bench", "--role", "admin", "--database-url"]).arg(&self.url))?;
        Ok(printed.trim().to_owned())
    }

    /// Serves until dropped. Logs as shipped, into a file.
    ///
    /// # Errors
    /// When it does not become ready.
    pub async fn serve(&self, cache: Cache) -> Outcome<Served> {
        let address = process::free_address()?;
        let mut serve = self.command("serve");
        serve.arg("--listen").arg(address.to_string()).arg("--database-url").arg(&self.url);
        serve.env("PLATFORM_CORE__METRICS__LISTEN", "off");
        let bytes = match cache {
            Cache::Whole => "4294967296",
            Cache::Least => "1048576",
        };
        serve.env("PLATFORM_CORE__CACHE__MAX_BYTES", bytes);
        let log = self.folder.join(format!("{}-{}.log", self.name, address.port()));
        Served::start(&mut serve, address, "/ready", &log).await
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(&self.path);
        command.arg(name);
        command
    }
}

/// Checks that a company has the dataset's state in the program's own words, so that what is measured is the right answer; gives the
/// length of the body.
///
/// # Errors
/// When the answer is another one.
pub async fn check_answer(served: &Served, key: &str, company: &str) -> Outcome<usize> {
    let answer = client::get(served.address, &format!("/internal/companies/{company}/entitlements"), key).await?;
    let entitlements = answer.json()?;
    let owned = entitlements.pointer("/data/addons").and_then(serde_json::Value::as_array).map_or(0, Vec::len);
    let has_basic = entitlements.pointer("/data/hasBasic").and_then(serde_json::Value::as_bool);
    if has_basic == Some(true) && owned == 3 {
        Ok(answer.body.len())
    } else {
        Err(format!("company {company} should own basic and three add-ons: {}", answer.body).into())
    }
}
