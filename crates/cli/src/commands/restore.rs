//! `platform-core restore`.

use super::configuration;
use crate::{
    args::Restore,
    output::{Failed, print},
};

pub(super) fn run(args: Restore) -> Result<(), Failed> {
    let config = configuration(args.configured, None)?;
    server::admin::restore(&config.database, &args.file, args.force).map_err(Failed::because)?;
    print(&format!("restored from {}\n", args.file.display()))
}
