//! Reading one section: every key is taken out, so that what is left over is unknown.

use std::{collections::BTreeMap, fmt::Display, path::PathBuf};

use toml::{Table, Value};

use super::{
    ConfigError,
    environment::Variable,
    field::{Choice, Flag, Number, Plain},
};

/// Where values come from besides the section's own table, and where mistakes go to.
#[derive(Default)]
pub(super) struct Sources {
    pub(super) overrides: BTreeMap<String, Variable>,
    pub(super) errors: Vec<ConfigError>,
}

impl Sources {
    pub(super) fn wrong(&mut self, path: &str, message: impl Display) {
        self.errors.push(ConfigError { path: path.to_owned(), message: message.to_string() });
    }
}

/// A section that is being read.
pub(super) struct Section<'s> {
    path: String,
    table: Table,
    sources: &'s mut Sources,
    known: Vec<&'static str>,
}

enum Raw {
    /// From a variable or a flag: a text, whatever it stands for.
    Text(String),
    Toml(Value),
}

impl<'s> Section<'s> {
    pub(super) fn new(path: &str, table: Table, sources: &'s mut Sources) -> Self {
        Self { path: path.to_owned(), table, sources, known: Vec::new() }
    }

    /// The section of that name in this one. It is there when the file or a variable names it.
    pub(super) fn section(&mut self, key: &'static str) -> Option<Section<'_>> {
        let path = self.path_of(key);
        let table = self.take_table(key, &path);
        let inner = format!("{path}.");
        let is_overridden = self.sources.overrides.keys().any(|path| path.starts_with(&inner));
        if table.is_none() && !is_overridden {
            return None;
        }
        Some(Section::new(&path, table.unwrap_or_default(), self.sources))
    }

    /// The same; when nothing names it, everything in it has its default.
    pub(super) fn section_or_empty(&mut self, key: &'static str) -> Section<'_> {
        let path = self.path_of(key);
        let table = self.take_table(key, &path).unwrap_or_default();
        Section::new(&path, table, self.sources)
    }

    pub(super) fn number(&mut self, field: &Number) -> u64 {
        let Number { least, most, unit, default, .. } = *field;
        let value = match self.take(field.key) {
            None => return default,
            Some(Raw::Text(text)) => text.trim().replace('_', "").parse().ok(),
            Some(Raw::Toml(Value::Integer(number))) => u64::try_from(number).ok(),
            Some(Raw::Toml(_)) => None,
        };
        match value {
            Some(value) if (least..=most).contains(&value) => value,
            Some(_) | None => {
                self.wrong(field.key, format_args!("must be a number of {unit} from {least} to {most}"));
                default
            }
        }
    }

    pub(super) fn flag(&mut self, field: &Flag) -> bool {
        let value = match self.take(field.key) {
            None => return field.default,
            Some(Raw::Text(text)) => text.trim().parse().ok(),
            Some(Raw::Toml(value)) => value.as_bool(),
        };
        value.unwrap_or_else(|| {
            self.wrong(field.key, "must be true or false");
            field.default
        })
    }

    pub(super) fn choice<T: Copy>(&mut self, field: &Choice, meanings: &[T]) -> Option<T> {
        let word = self.text_of(field.key)?;
        let meaning = field.words.iter().zip(meanings).find(|(known, _)| **known == word);
        if meaning.is_none() {
            self.wrong(field.key, format_args!("must be {}, is `{word}`", field.words.join(" or ")));
        }
        meaning.map(|(_, meaning)| *meaning)
    }

    pub(super) fn text(&mut self, field: &Plain) -> Option<String> {
        self.text_of(field.key)
    }

    pub(super) fn path(&mut self, field: &Plain) -> Option<PathBuf> {
        self.text_of(field.key).map(PathBuf::from)
    }

    /// What stands in the file that the key names, without the line break at its end.
    pub(super) fn text_file(&mut self, field: &Plain) -> Option<String> {
        let path = self.path(field)?;
        match std::fs::read_to_string(&path) {
            Ok(text) if !text.trim().is_empty() => Some(text.trim_end_matches(['\r', '\n']).to_owned()),
            Ok(_) => {
                self.wrong(field.key, format_args!("`{}` is empty", path.display()));
                None
            }
            Err(error) => {
                self.wrong(field.key, format_args!("cannot read `{}`: {error}", path.display()));
                None
            }
        }
    }

    /// A list of tables; in a variable it is written as in the file.
    pub(super) fn list(&mut self, field: &Plain) -> Vec<Table> {
        let value = match self.take(field.key) {
            None => return Vec::new(),
            Some(Raw::Toml(value)) => Some(value),
            Some(Raw::Text(text)) => {
                format!("list = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("list"))
            }
        };
        let tables = value.and_then(tables_of);
        if tables.is_none() {
            self.wrong(field.key, format_args!("must be {}", field.form));
        }
        tables.unwrap_or_default()
    }

    /// A list of words inside a table of a list.
    pub(super) fn words(&mut self, field: &Plain) -> Vec<String> {
        match self.take(field.key) {
            None => Vec::new(),
            Some(Raw::Text(text)) => text.split(',').map(|word| word.trim().to_owned()).collect(),
            Some(Raw::Toml(value)) => value.try_into().unwrap_or_else(|_| {
                self.wrong(field.key, format_args!("must be {}", field.form));
                Vec::new()
            }),
        }
    }

    pub(super) fn required<T>(&mut self, field: &Plain, value: Option<T>) -> Option<T> {
        if value.is_none() && !self.has_error(field.key) {
            self.wrong(field.key, "is missing");
        }
        value
    }

    /// Whether something was already found to be wrong with a key.
    pub(super) fn has_error(&self, key: &str) -> bool {
        let path = self.path_of(key);
        self.sources.errors.iter().any(|error| error.path == path)
    }

    pub(super) fn wrong(&mut self, key: &str, message: impl Display) {
        let path = self.path_of(key);
        self.sources.wrong(&path, message);
    }

    /// One table of a list, as a section of its own.
    pub(super) fn item(&mut self, key: &str, index: usize, table: Table) -> Section<'_> {
        let path = format!("{}[{index}]", self.path_of(key));
        Section::new(&path, table, self.sources)
    }

    fn text_of(&mut self, key: &'static str) -> Option<String> {
        let text = match self.take(key)? {
            Raw::Text(text) | Raw::Toml(Value::String(text)) => text,
            Raw::Toml(other) => {
                self.wrong(key, format_args!("must be a text, is {}", other.type_str()));
                return None;
            }
        };
        if text.trim().is_empty() {
            self.wrong(key, "must not be empty");
            return None;
        }
        Some(text)
    }

    fn take_table(&mut self, key: &'static str, path: &str) -> Option<Table> {
        self.known.push(key);
        // Not `try_into`: it would read the table anew, and turn the dates in it into texts.
        let value = self.table.remove(key)?;
        if let Value::Table(table) = value {
            return Some(table);
        }
        self.sources.wrong(path, format_args!("must be a section, is {}", value.type_str()));
        None
    }

    fn take(&mut self, key: &'static str) -> Option<Raw> {
        self.known.push(key);
        let in_file = self.table.remove(key);
        let overriding = self.sources.overrides.remove(&self.path_of(key));
        overriding.map(|variable| Raw::Text(variable.value)).or_else(|| in_file.map(Raw::Toml))
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

fn tables_of(value: Value) -> Option<Vec<Table>> {
    let Value::Array(items) = value else { return None };
    items.into_iter().map(|item| if let Value::Table(table) = item { Some(table) } else { None }).collect()
}

impl Drop for Section<'_> {
    /// What nobody took is unknown.
    fn drop(&mut self) {
        for key in self.table.keys() {
            let path = if self.path.is_empty() { key.clone() } else { format!("{}.{key}", self.path) };
            let message = format!("unknown key; known here: {}", self.known.join(", "));
            self.sources.errors.push(ConfigError { path, message });
        }
    }
}
