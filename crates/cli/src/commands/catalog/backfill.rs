//! `platform-core catalog backfill`.

use api::response::BackfillStep;

use super::{diff, place::Place};
use crate::{
    args::BackfillCatalog,
    commands::block_on,
    output::{Failed, print},
};

pub(crate) fn run(args: BackfillCatalog) -> Result<(), Failed> {
    let place = Place::of(args.place)?;
    let filled = block_on(place.backfill(args.dry_run))?.data;
    if filled.steps.is_empty() {
        return print("nothing to fill up\n");
    }
    let lines: String = filled.steps.iter().map(line).collect();
    let done = if filled.applied { "were taken" } else { "would be taken; nothing was stored" };
    let reach = diff::foretold(&filled.foretold);
    print(&format!("{lines}{reach}\n{} steps {done}\n", filled.steps.len()))
}

fn line(step: &BackfillStep) -> String {
    let BackfillStep { rule, package_key, addon_key, action, reason } = step;
    format!("rule {rule}  package {package_key}, add-on {addon_key}: {action}, because {reason}\n")
}
