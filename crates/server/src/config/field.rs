//! What is said of each key: used to read it and to document it, so that the two cannot differ.

/// A whole number.
#[derive(Debug)]
pub(super) struct Number {
    pub(super) key: &'static str,
    pub(super) unit: &'static str,
    pub(super) default: u64,
    pub(super) least: u64,
    pub(super) most: u64,
    pub(super) about: &'static str,
}

/// Whether something is so.
#[derive(Debug)]
pub(super) struct Flag {
    pub(super) key: &'static str,
    pub(super) default: bool,
    pub(super) about: &'static str,
}

/// One of some words.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) key: &'static str,
    pub(super) words: &'static [&'static str],
    pub(super) default: &'static str,
    pub(super) about: &'static str,
}

/// Anything that is written as a text, or as a list of tables.
#[derive(Debug)]
pub(super) struct Plain {
    pub(super) key: &'static str,
    /// What the value is, such as `path`.
    pub(super) form: &'static str,
    /// The default, as documented; empty when there is none.
    pub(super) default: &'static str,
    pub(super) about: &'static str,
}

/// A row of the documentation.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) key: &'static str,
    pub(super) form: String,
    pub(super) default: String,
    pub(super) about: &'static str,
}

/// What can be documented.
pub(super) trait Documented: Sync {
    fn row(&self) -> Row;
}

impl Documented for Number {
    fn row(&self) -> Row {
        let Self { key, unit, default, least, most, about } = *self;
        Row { key, form: format!("{unit}, {least} to {most}"), default: format!("`{default}`"), about }
    }
}

impl Documented for Flag {
    fn row(&self) -> Row {
        let Self { key, default, about } = *self;
        Row { key, form: "`true`, `false`".to_owned(), default: format!("`{default}`"), about }
    }
}

impl Documented for Choice {
    fn row(&self) -> Row {
        let words: Vec<String> = self.words.iter().map(|word| format!("`\"{word}\"`")).collect();
        Row { key: self.key, form: words.join(", "), default: format!("`\"{}\"`", self.default), about: self.about }
    }
}

impl Documented for Plain {
    fn row(&self) -> Row {
        let default = if self.default.is_empty() { String::new() } else { format!("`{}`", self.default) };
        Row { key: self.key, form: self.form.to_owned(), default, about: self.about }
    }
}

/// A section as documented.
pub(super) struct SectionText {
    pub(super) path: &'static str,
    pub(super) about: &'static str,
    pub(super) fields: &'static [&'static dyn Documented],
}
