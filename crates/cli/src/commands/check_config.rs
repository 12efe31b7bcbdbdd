//! `platform-core check-config`.

use super::configuration;
use crate::{
    args::Configured,
    output::{Failed, print},
};

pub(super) fn run(args: Configured) -> Result<(), Failed> {
    let config = configuration(args, None)?;
    print(&format!("the configuration is fine; the database is {}\n", config.database))
}
