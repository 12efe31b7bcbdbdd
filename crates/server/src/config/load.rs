//! Putting the configuration together.

use std::path::{Path, PathBuf};

use toml::Table;

use super::{
    AuthConfig, CacheConfig, ConfigError, DatabaseUrl, FeedConfig, Limits, LogConfig, MetricsConfig,
    OutgoingWebhooksConfig, ServerConfig, SweepConfig,
    environment::{Environment, Variable},
    section::{Section, Sources},
};

/// Everything that can be configured.
#[derive(Clone, Debug)]
pub struct Config {
    /// The API's listener.
    pub server: ServerConfig,
    /// The metrics' listener.
    pub metrics: MetricsConfig,
    /// Where everything is stored.
    pub database: DatabaseUrl,
    /// Who may call, besides the holders of API keys.
    pub auth: AuthConfig,
    /// The cache.
    pub cache: CacheConfig,
    /// The change feed.
    pub feed: FeedConfig,
    /// Outgoing webhooks.
    pub outgoing_webhooks: OutgoingWebhooksConfig,
    /// The limits.
    pub limits: Limits,
    /// The log.
    pub log: LogConfig,
    /// The sweeper.
    pub sweep: SweepConfig,
}

/// What the command line says; it overrides everything else.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--listen`, for `server.listen`.
    pub listen: Option<String>,
    /// `--database-url`, for `database.url`.
    pub database_url: Option<String>,
}

impl Config {
    /// Reads the configuration: the file at `path` (or the one that `PLATFORM_CORE_CONFIG` names, or none), the variables, the flags.
    ///
    /// # Errors
    /// Everything that is wrong, ordered by path.
    pub fn load(
        path: Option<&Path>,
        env: impl Iterator<Item = (String, String)>,
        overrides: Overrides,
    ) -> Result<Self, Vec<ConfigError>> {
        let mut sources = Sources::default();
        let environment = Environment::read(env, &mut sources.errors);
        let file = path.map(Path::to_owned).or_else(|| environment.file.map(PathBuf::from));
        sources.overrides = environment.overrides;
        for (path, flag, value) in [
            ("server.listen", "--listen", overrides.listen),
            ("database.url", "--database-url", overrides.database_url),
        ] {
            if let Some(value) = value {
                sources.overrides.insert(path.to_owned(), Variable { name: flag.to_owned(), value });
            }
        }
        let Some(table) = file.map_or_else(|| Some(Table::new()), |file| read_file(&file, &mut sources)) else {
            // Of a file that cannot be read nothing is known, not even what is missing.
            return Err(sources.errors);
        };
        let config = Self::read(table, &mut sources);
        for (path, variable) in std::mem::take(&mut sources.overrides) {
            sources.wrong(&path, format_args!("unknown key, set by `{}`", variable.name));
        }
        sources.errors.sort();
        match config {
            Some(config) if sources.errors.is_empty() => Ok(config),
            Some(_) | None => Err(sources.errors),
        }
    }

    fn read(table: Table, sources: &mut Sources) -> Option<Self> {
        let mut root = Section::new("", table, sources);
        let server = ServerConfig::read(&mut root);
        let metrics = MetricsConfig::read(&mut root, &server);
        let database = DatabaseUrl::read(&mut root);
        let auth = AuthConfig::read(&mut root, &server);
        let cache = CacheConfig::read(&mut root);
        let feed = FeedConfig::read(&mut root);
        let outgoing_webhooks = OutgoingWebhooksConfig::read(&mut root);
        let limits = Limits::read(&mut root);
        let log = LogConfig::read(&mut root);
        let sweep = SweepConfig::read(&mut root);
        let database = database?;
        Some(Self { server, metrics, database, auth, cache, feed, outgoing_webhooks, limits, log, sweep })
    }
}

fn read_file(path: &Path, sources: &mut Sources) -> Option<Table> {
    let name = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            sources.wrong(&name, format_args!("cannot be read: {error}"));
            return None;
        }
    };
    let parsed: Result<Table, toml::de::Error> = text.parse();
    if let Err(error) = &parsed {
        // Only the parser's message: its full text would show the line, and with it perhaps a secret.
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map_or(1, |before| before.lines().count().max(1));
        sources.wrong(&name, format_args!("line {line}: {}", error.message()));
    }
    parsed.ok()
}
