//! `platform-core sweep`.

use super::{block_on, configuration};
use crate::{
    args::Configured,
    output::{Failed, print},
};

pub(super) fn run(args: Configured) -> Result<(), Failed> {
    let config = configuration(args, None)?;
    let swept = block_on(async { server::admin::sweep(&config.database).await.map_err(Failed::because) })?;
    if swept.failed > 0 {
        return Err(Failed::Because(format!("{} companies could not be swept; run it again", swept.failed)));
    }
    print(&format!("{} boundaries were recorded\n", swept.boundaries))
}
