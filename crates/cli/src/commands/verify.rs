//! `platform-core verify`.

use super::{block_on, configuration};
use crate::{
    args::Configured,
    output::{Failed, print},
};

pub(super) fn run(args: Configured) -> Result<(), Failed> {
    let config = configuration(args, None)?;
    let found = block_on(async { server::admin::verify(&config.database).await.map_err(Failed::because) })?;
    let (companies, lines, told) = (found.companies, found.lines, found.told);
    if found.breaches.is_empty() {
        let looked_at = format!("{companies} companies, {lines} rows of history and {told} of the feed were looked at");
        return print(&format!("{looked_at}\neverything is as it was written\n"));
    }
    Err(Failed::Many(found.breaches.iter().map(|breach| format!("{}: {}", breach.place, breach.what)).collect()))
}
