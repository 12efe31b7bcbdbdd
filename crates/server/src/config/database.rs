//! Where everything is stored.

use std::{fmt, path::PathBuf};

use super::{
    field::{Plain, SectionText},
    section::Section,
};
use crate::caller::Secret;

/// Where everything is stored. Shows no password when formatted.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// The embedded store: one file.
    Sqlite(PathBuf),
    /// A PostgreSQL server, or several of a cluster.
    Postgres(Secret<String>),
}

const URL: Plain = Plain {
    key: "url",
    form: "`sqlite:PATH` or `postgres://…`",
    default: "",
    about: "Required, unless `url_file` is given. The embedded store in one file, or PostgreSQL (several hosts and \
            `target_session_attrs` allowed). `--database-url` and `PLATFORM_CORE_DATABASE_URL` are shortcuts.",
};

const URL_FILE: Plain = Plain {
    key: "url_file",
    form: "path",
    default: "",
    about: "A file that holds the URL, instead of `url`: for a password that must not stand in a configuration.",
};

pub(super) const TEXT: SectionText =
    SectionText { path: "database", about: "Where everything is stored.", fields: &[&URL, &URL_FILE] };

impl DatabaseUrl {
    pub(super) fn read(root: &mut Section<'_>) -> Option<Self> {
        let mut section = root.section_or_empty("database");
        let url = section.text(&URL);
        let in_file = section.text_file(&URL_FILE);
        let url = match (url, in_file) {
            (Some(_), Some(_)) => {
                section.wrong(URL.key, "both `url` and `url_file` are given: keep one");
                return None;
            }
            (url, in_file) => url.or(in_file),
        };
        if url.is_none() && section.has_error(URL_FILE.key) {
            return None;
        }
        let url = section.required(&URL, url)?;
        match Self::parse(&url) {
            Ok(parsed) => Some(parsed),
            Err(message) => {
                section.wrong(URL.key, message);
                None
            }
        }
    }

    /// Reads a URL.
    ///
    /// # Errors
    /// What is wrong with it, without the URL itself: it may hold a password.
    pub fn parse(url: &str) -> Result<Self, &'static str> {
        if url.chars().any(|character| character.is_control() || character.is_whitespace()) {
            return Err("must not hold white space or control characters");
        }
        if let Some(path) = url.strip_prefix("sqlite:") {
            return match path {
                "" => Err("`sqlite:` must be followed by the path of a file"),
                ":memory:" => Err("a database in memory would lose everything: name a file"),
                // `sqlite://data/core.db` looks like a URL with host `data`, and would be the absolute path `/data/core.db`.
                path if path.starts_with("//") => Err("write `sqlite:PATH`, without `//`"),
                path => Ok(Self::Sqlite(PathBuf::from(path))),
            };
        }
        let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"));
        match rest {
            Some("") => Err("`postgres://` must be followed by a server"),
            Some(_) => Ok(Self::Postgres(Secret::new(url.to_owned()))),
            None => Err("must begin with `sqlite:` or `postgres://`"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_secrets(url.reveal())),
        }
    }
}

/// The servers and the database. User and parameters go too: a password may stand in either.
fn without_secrets(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (before, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    if parameters.contains('@') {
        // Is the `?` of a password or of the parameters? Better to show nothing than to guess.
        return "postgres://***".to_owned();
    }
    let servers = before.rsplit_once('@').map_or(before, |(_, servers)| servers);
    format!("postgres://{servers}")
}
