//! Folders with configuration files, for tests.

use std::path::PathBuf;

use server::config::{Config, ConfigError, Overrides};
use tempfile::TempDir;

/// A folder with files that a configuration may name.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().expect("a folder"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).expect("written");
        self.path(name).display().to_string()
    }

    /// Loads a file with that text.
    pub(crate) fn load(&self, text: &str) -> Result<Config, Vec<ConfigError>> {
        self.load_with(text, &[], Overrides::default())
    }

    /// Loads a file with that text, under variables and flags.
    pub(crate) fn load_with(
        &self,
        text: &str,
        variables: &[(&str, &str)],
        overrides: Overrides,
    ) -> Result<Config, Vec<ConfigError>> {
        self.write("core.toml", text);
        Config::load(Some(&self.path("core.toml")), environment(variables), overrides)
    }

    /// What is wrong, one line each, with the folder's path replaced.
    pub(crate) fn wrong(&self, text: &str) -> String {
        self.wrong_with(text, &[])
    }

    /// The same under variables.
    pub(crate) fn wrong_with(&self, text: &str, variables: &[(&str, &str)]) -> String {
        let errors = self.load_with(text, variables, Overrides::default()).expect_err("refused");
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        lines.join("\n").replace(&self.0.path().display().to_string(), "DIR")
    }
}

/// Variables.
pub(crate) fn environment(variables: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> + use<> {
    let owned: Vec<_> = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    owned.into_iter()
}
