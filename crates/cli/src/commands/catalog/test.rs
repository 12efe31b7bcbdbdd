//! `platform-core catalog test`.

use std::path::Path;

use server::admin::catalog::promises;

use super::{document, place::told};
use crate::{
    args::TestCatalog,
    output::{Failed, print},
};

pub(crate) fn run(args: &TestCatalog) -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for file in &args.files {
        match tried(file) {
            Ok(line) => print(&line)?,
            Err(Failed::Because(line) | Failed::Usage(line)) => wrong.push(line),
            Err(Failed::Many(lines)) => wrong.extend(lines),
            Err(Failed::Differs) => {}
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failed::Many(wrong)) }
}

/// What to say of a document that keeps what it promises.
fn tried(file: &Path) -> Result<String, Failed> {
    let name = file.display();
    let document = document::read(file)?;
    let outcomes = promises(&document).map_err(|error| in_file(file, told(error)))?;
    let mut broken = Vec::new();
    for outcome in &outcomes {
        broken.extend(outcome.broken.iter().map(|what| format!("{name}: `{}`: {what}", outcome.name)));
    }
    match (broken.is_empty(), outcomes.len()) {
        (false, _) => Err(Failed::Many(broken)),
        (true, 0) => Ok(format!("{name}: valid, and promises nothing\n")),
        (true, 1) => Ok(format!("{name}: 1 promise is kept\n")),
        (true, count) => Ok(format!("{name}: {count} promises are kept\n")),
    }
}

fn in_file(file: &Path, failed: Failed) -> Failed {
    let name = file.display();
    match failed {
        Failed::Because(line) => Failed::Because(format!("{name}: {line}")),
        Failed::Many(lines) => Failed::Many(lines.iter().map(|line| format!("{name}: {line}")).collect()),
        Failed::Usage(_) | Failed::Differs => failed,
    }
}
