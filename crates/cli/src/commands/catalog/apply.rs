//! `platform-core catalog apply`.

use super::{diff, document, let_pass, place::Place};
use crate::{
    args::ApplyCatalog,
    commands::block_on,
    output::{Failed, print},
};

pub(crate) fn run(args: ApplyCatalog) -> Result<(), Failed> {
    let document = document::read(&args.file)?;
    let place = Place::of(args.place)?;
    let applied = block_on(place.apply(document, args.hash, args.dry_run))?;
    let changes = &applied.data.changes;
    if changes.is_empty() {
        return print("nothing to do: the catalog says all of it already\n");
    }
    let made = changes.iter().filter(|change| change.action == "create").count();
    let (others, generation) = (changes.len() - made, applied.data.generation);
    let done = if args.dry_run {
        format!("{made} entries would be made and {others} changed; nothing was stored\n")
    } else {
        format!("{made} entries were made and {others} changed; the catalog is at generation {generation}\n")
    };
    let reach = diff::foretold(&applied.data.foretold);
    print(&(diff::headlines(changes) + &reach + &let_pass(&applied.warnings) + "\n" + &done))
}
