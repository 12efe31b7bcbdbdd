//! The commands.

mod backup;
mod catalog;
mod check_config;
mod company_show;
mod dev;
mod keys;
mod migrate;
mod restore;
mod serve;
mod sweep;
mod verify;

use std::future::Future;

use server::config::{Config, Overrides};

use crate::{
    args::{Catalog, Command, Company, Configured, Keys},
    output::Failed,
};

/// Carries out a command.
pub(crate) fn run(command: Command) -> Result<(), Failed> {
    match command {
        Command::Serve(args) => serve::run(args),
        Command::Dev(args) => dev::run(&args),
        Command::Migrate(args) => migrate::run(args),
        Command::Keys(Keys::Create(args)) => keys::create(args),
        Command::Keys(Keys::List(args)) => keys::list(args),
        Command::Keys(Keys::Revoke(args)) => keys::revoke(args),
        Command::Catalog(Catalog::Export(args)) => catalog::export(args),
        Command::Catalog(Catalog::Plan(args)) => catalog::plan(args),
        Command::Catalog(Catalog::Apply(args)) => catalog::apply(args),
        Command::Catalog(Catalog::Test(args)) => catalog::test(&args),
        Command::Catalog(Catalog::Backfill(args)) => catalog::backfill(args),
        Command::Company(Company::Show(args)) => company_show::run(args),
        Command::CheckConfig(args) => check_config::run(args),
        Command::Backup(args) => backup::run(args),
        Command::Restore(args) => restore::run(args),
        Command::Sweep(args) => sweep::run(args),
        Command::Verify(args) => verify::run(args),
    }
}

/// The configuration, or everything that is wrong with it.
fn configuration(configured: Configured, listen: Option<String>) -> Result<Config, Failed> {
    let variables =
        std::env::vars_os().filter_map(|(name, value)| name.into_string().ok().zip(value.into_string().ok()));
    let overrides = Overrides { listen, database_url: configured.database_url };
    let config = Config::load(configured.config.as_deref(), variables, overrides)
        .map_err(|errors| Failed::Many(errors.iter().map(|error| format!("configuration: {error}")).collect()))?;
    server::admin::check_url(&config.database)
        .map_err(|what| Failed::Because(format!("configuration: database.url: {what}")))?;
    Ok(config)
}

/// Runs a future to its end.
fn block_on<T>(future: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failed::because)?;
    runtime.block_on(future)
}
