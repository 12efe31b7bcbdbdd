//! `platform-core migrate`.

use super::{block_on, configuration};
use crate::{
    args::Migrate,
    output::{Failed, print},
};

pub(super) fn run(args: Migrate) -> Result<(), Failed> {
    let config = configuration(args.configured, None)?;
    let done =
        block_on(async { server::admin::migrate(&config.database, !args.no_seed).await.map_err(Failed::because) })?;
    if let Some(role) = &args.service_role {
        let granted = server::admin::grant_service_role(&config.database, role);
        block_on(async { granted.await.map_err(Failed::because) })?;
    }
    let schema = if done.from == done.to {
        format!("the schema is at version {} already", done.to)
    } else {
        format!("the schema went from version {} to {}", done.from, done.to)
    };
    print(&format!("{schema}; {} catalog entries were made\n", done.seeded))
}
