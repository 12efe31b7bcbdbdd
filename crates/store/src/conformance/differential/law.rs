//! The laws of the version, watched on answers as they follow each other.

use domain::Entitlements;

use super::super::oracle::{Answer, Held};

/// What was last seen of a company.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    pub(super) at: i64,
    pub(super) version: u64,
    pub(super) answer: Answer,
    /// How many writes of its own the company had that its answer may depend on.
    pub(super) writes: usize,
    /// What its entitling rows meant.
    pub(super) held: Held,
}

/// Whether two answers say the same of what is owned.
fn same(one: &Answer, other: &Answer) -> bool {
    (&one.base_package, &one.addons, &one.modules) == (&other.base_package, &other.addons, &other.modules)
}

/// Holds two sights of a company, one after the other, against the laws.
pub(super) fn hold(before: &Sight, after: &Sight) {
    let told = || format!("before {before:#?}\nafter {after:#?}");
    assert!(after.version >= before.version, "a version went back\n{}", told());
    if !same(&before.answer, &after.answer) {
        assert!(after.version > before.version, "another answer has the same version\n{}", told());
    }
    if after.writes != before.writes {
        assert!(after.version > before.version, "a changing write moved no version\n{}", told());
        return;
    }
    let crossed = before.answer.valid_until.is_some_and(|until| until <= after.at);
    if before.held != after.held || crossed {
        assert!(
            after.version > before.version,
            "a reached company's or a crossed boundary's version stands\n{}",
            told()
        );
    } else {
        assert_eq!(after.version, before.version, "nothing happened, and the version moved\n{}", told());
        assert!(same(&before.answer, &after.answer), "nothing happened, and the answer moved\n{}", told());
        assert_eq!(after.answer.updated_at, before.answer.updated_at, "nothing happened\n{}", told());
    }
}

/// What the program answers, in the oracle's words.
pub(super) fn in_words(entitlements: &Entitlements) -> Answer {
    let addons = entitlements.addons.iter().map(|addon| {
        let instant = |at: Option<domain::Timestamp>| at.map(domain::Timestamp::micros);
        (addon.key.to_string(), addon.status.as_str().to_owned(), instant(addon.starts_at), instant(addon.ends_at))
    });
    Answer {
        base_package: entitlements.base_package.as_ref().map(ToString::to_string),
        addons: addons.collect(),
        modules: entitlements.enabled_modules.iter().map(ToString::to_string).collect(),
        updated_at: entitlements.updated_at.micros(),
        valid_until: entitlements.valid_until.map(domain::Timestamp::micros),
    }
}
