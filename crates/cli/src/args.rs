//! What the command line may say. Options stand after the command.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// The commercial entitlement authority of a B2B platform.
#[derive(Debug, Parser)]
#[command(name = "platform-core", version, disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the API, and the metrics on their own listener.
    Serve(Serve),
    /// Start everything for development on the embedded store: database, catalog, keys, an example company, the API.
    Dev(Dev),
    /// Bring the database to this program's version, and make what is missing of the bootstrap catalog.
    Migrate(Migrate),
    /// Make, list and revoke API keys.
    #[command(subcommand)]
    Keys(Keys),
    /// Look at companies.
    #[command(subcommand)]
    Company(Company),
    /// Say every mistake in the configuration at once.
    CheckConfig(Configured),
    /// Take a consistent snapshot of the embedded store, also while it is served.
    Backup(Backup),
    /// Put a snapshot in the place of the embedded store.
    Restore(Restore),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Configured {
    /// The configuration file (TOML). Every key can also be set as PLATFORM_CORE__SECTION__KEY.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The database: `sqlite:PATH` or `postgres://…`. Overrides PLATFORM_CORE_DATABASE_URL and the configuration.
    #[arg(long, value_name = "URL")]
    pub(crate) database_url: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) configured: Configured,
    /// Where the API listens, such as 127.0.0.1:8080; port 0 takes a free one and logs it.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Dev {
    /// Where the database and the keys are kept.
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    pub(crate) data: PathBuf,
    /// Where the API listens; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Migrate {
    #[command(flatten)]
    pub(crate) configured: Configured,
    /// Leave the catalog as it is.
    #[arg(long)]
    pub(crate) no_seed: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Make a key and print it, alone, once. Several keys of one name live at once, so that a key can be rotated.
    Create(CreateKey),
    /// List all keys. Secrets are stored nowhere.
    List(Configured),
    /// Revoke the live keys of a name, or the one of an id. Running nodes know within a second.
    Revoke(RevokeKey),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CreateKey {
    /// The caller's name, as it stands in logs and history.
    pub(crate) name: String,
    /// The caller's role.
    #[arg(long)]
    pub(crate) role: RoleName,
    /// A scope on top of the role's, such as companies:write. May be given several times.
    #[arg(long = "scope", value_name = "SCOPE")]
    pub(crate) scopes: Vec<String>,
    /// First instant at which the key is no longer accepted: 2027-01-01 or 2027-01-01T00:00:00Z.
    #[arg(long, value_name = "DATE")]
    pub(crate) expires: Option<String>,
    #[command(flatten)]
    pub(crate) configured: Configured,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RoleName {
    Auth,
    Admin,
    Job,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RevokeKey {
    /// A name, or an id from `keys list`.
    #[arg(value_name = "NAME|ID")]
    pub(crate) name_or_id: String,
    #[command(flatten)]
    pub(crate) configured: Configured,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Company {
    /// Show what a company owns right now, for people.
    Show(ShowCompany),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ShowCompany {
    /// The company's canonical UUID.
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) configured: Configured,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Backup {
    /// Where the snapshot goes; it must not exist yet.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) configured: Configured,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Restore {
    /// The snapshot.
    pub(crate) file: PathBuf,
    /// Replace the database that is there.
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) configured: Configured,
}
