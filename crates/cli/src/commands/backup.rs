//! `platform-core backup`.

use super::configuration;
use crate::{
    args::Backup,
    output::{Failed, print},
};

pub(super) fn run(args: Backup) -> Result<(), Failed> {
    let config = configuration(args.configured, None)?;
    server::admin::backup(&config.database, &args.file).map_err(Failed::because)?;
    print(&format!("backed up to {}\n", args.file.display()))
}
