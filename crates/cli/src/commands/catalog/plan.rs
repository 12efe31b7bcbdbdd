//! `platform-core catalog plan`.

use super::{diff, document, let_pass, place::Place};
use crate::{
    args::PlanCatalog,
    commands::block_on,
    output::{Failed, print},
};

pub(crate) fn run(args: PlanCatalog) -> Result<(), Failed> {
    let document = document::read(&args.file)?;
    let place = Place::of(args.place)?;
    let planned = block_on(place.plan(document))?;
    let plan = planned.data;
    if plan.changes.is_empty() {
        return print("nothing would change\n");
    }
    let (changes, reach) = (diff::changes(&plan.changes), diff::reach(&plan.impact));
    let (warnings, hash) = (let_pass(&planned.warnings), &plan.hash);
    print(&format!("{changes}\n{reach}{warnings}\nThe plan is {hash}; apply exactly this with --hash {hash}\n"))?;
    Err(Failed::Differs)
}
