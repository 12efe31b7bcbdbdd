//! The part of the configuration that stands in environment variables.

use std::collections::BTreeMap;

use super::ConfigError;

/// What the names of all overriding variables begin with. Two underscores, because an orchestrator that knows a service named
/// `platform-core` sets variables such as `PLATFORM_CORE_PORT` on its own.
const PREFIX: &str = "PLATFORM_CORE__";
/// What the names of misspelt variables begin with, if two underscores come later: no orchestrator makes such names.
const MISSPELT: &str = "PLATFORM_CORE_";
/// The path of the file.
const FILE: &str = "PLATFORM_CORE_CONFIG";
/// A shortcut for `database.url`.
const DATABASE_URL: &str = "PLATFORM_CORE_DATABASE_URL";

/// A value from a variable.
#[derive(Clone)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) value: String,
}

/// The variables that concern this program.
#[derive(Default)]
pub(super) struct Environment {
    /// The path of the file.
    pub(super) file: Option<String>,
    /// By path, such as `server.listen`.
    pub(super) overrides: BTreeMap<String, Variable>,
}

impl Environment {
    pub(super) fn read(variables: impl Iterator<Item = (String, String)>, errors: &mut Vec<ConfigError>) -> Self {
        let mut environment = Self::default();
        let mut shortcut = None;
        for (name, value) in variables {
            if name == FILE {
                environment.file = Some(value);
            } else if name == DATABASE_URL {
                shortcut = Some(Variable { name, value });
            } else if let Some(path) = path_of(&name) {
                environment.overrides.insert(path, Variable { name, value });
            } else if let Some(path) = name.strip_prefix(MISSPELT).filter(|path| path.contains("__")) {
                let message =
                    format!("unknown variable; there are two underscores behind the program's name: `{PREFIX}{path}`");
                errors.push(ConfigError { path: name, message });
            }
        }
        if let Some(shortcut) = shortcut
            && let Some(long) = environment.overrides.insert("database.url".to_owned(), shortcut)
        {
            let message = format!("both `{}` and `{DATABASE_URL}` are set: keep one", long.name);
            errors.push(ConfigError { path: "database.url".to_owned(), message });
        }
        environment
    }
}

fn path_of(name: &str) -> Option<String> {
    Some(name.strip_prefix(PREFIX)?.replace("__", ".").to_ascii_lowercase())
}

/// The variable that overrides the key at a path.
pub(super) fn variable_for(path: &str) -> String {
    format!("{PREFIX}{}", path.replace('.', "__").to_ascii_uppercase())
}
