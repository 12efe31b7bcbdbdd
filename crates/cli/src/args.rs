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
    /// The catalog as code: export, plan, apply and test documents, and fill up packages.
    #[command(subcommand)]
    Catalog(Catalog),
    /// Look at companies.
    #[command(subcommand)]
    Company(Company),
    /// Say every mistake in the configuration at once.
    CheckConfig(Configured),
    /// Take a consistent snapshot of the embedded store, also while it is served.
    Backup(Backup),
    /// Put a snapshot in the place of the embedded store.
    Restore(Restore),
    /// Write to history and feed what began and ended by time, as the service does by itself.
    Sweep(Configured),
    /// Say whether everything is stored as it was written: history's chain, and state, versions, history and feed against each other.
    Verify(Configured),
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
    /// A role of the PostgreSQL server that the service connects as: it is given what the service needs and nothing else, so that it
    /// cannot change or delete history. Migrate as the tables' owner, serve as this role.
    #[arg(long, value_name = "ROLE")]
    pub(crate) service_role: Option<String>,
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
pub(crate) enum Catalog {
    /// Write the catalog as a document, to a file or to standard output.
    Export(ExportCatalog),
    /// Say what a document would change, entry by entry, and for how many companies. Exits with 2 when it would change something.
    Plan(PlanCatalog),
    /// Make the catalog say what a document does: all of it or nothing. What it says already, and what it does not name, stays.
    Apply(ApplyCatalog),
    /// Try the promises of documents, each on the catalog that it makes. Needs no database.
    Test(TestCatalog),
    /// Carry out the three backfill rules of requirements 003 §4: include and attach what packages have of add-ons.
    Backfill(BackfillCatalog),
}

/// Where the catalog is, and on whose behalf it is written.
#[derive(Debug, ClapArgs)]
pub(crate) struct CatalogPlace {
    /// A running server that is asked in the place of the database, such as http://127.0.0.1:8080. The key comes from PLATFORM_CORE_KEY.
    #[arg(long, value_name = "URL", conflicts_with_all = ["config", "database_url"])]
    pub(crate) server: Option<String>,
    /// On whose behalf: the name in the history, and the one that an item's governance may ask for.
    #[arg(long, value_name = "NAME")]
    pub(crate) actor: Option<String>,
    #[command(flatten)]
    pub(crate) configured: Configured,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ExportCatalog {
    /// Where the document goes; it is overwritten. Standard output when left out.
    pub(crate) file: Option<PathBuf>,
    /// TOML when left out, unless the file's name ends in `.json`.
    #[arg(long)]
    pub(crate) format: Option<Format>,
    #[command(flatten)]
    pub(crate) place: CatalogPlace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Toml,
    Json,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct PlanCatalog {
    /// The document: JSON when its name ends in `.json`, else TOML.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) place: CatalogPlace,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ApplyCatalog {
    /// The document: JSON when its name ends in `.json`, else TOML.
    pub(crate) file: PathBuf,
    /// The hash of a plan: refuse when anything that it was based on has moved since.
    #[arg(long, value_name = "HASH")]
    pub(crate) hash: Option<String>,
    /// Say what would be done, and store nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) place: CatalogPlace,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct TestCatalog {
    /// The documents.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct BackfillCatalog {
    /// Say what each rule would do and why, and store nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) place: CatalogPlace,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Company {
    /// Show what a company owns, and why, for people.
    Show(ShowCompany),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ShowCompany {
    /// The company's canonical UUID.
    pub(crate) id: String,
    /// What it owned then, rebuilt from history, or will own, as scheduled: 2027-01-01T00:00:00Z.
    #[arg(long, value_name = "INSTANT")]
    pub(crate) at: Option<String>,
    /// Say of every module, permission and feature where it comes from.
    #[arg(long)]
    pub(crate) explain: bool,
    /// Say why it has this module, or what would give it.
    #[arg(long, value_name = "KEY", requires = "explain", conflicts_with_all = ["permission", "feature"])]
    pub(crate) module: Option<String>,
    /// Say why this permission is possible for it, or what would make it so.
    #[arg(long, value_name = "KEY", requires = "explain", conflicts_with = "feature")]
    pub(crate) permission: Option<String>,
    /// Say why it has this feature, or what would give it.
    #[arg(long, value_name = "KEY", requires = "explain")]
    pub(crate) feature: Option<String>,
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
