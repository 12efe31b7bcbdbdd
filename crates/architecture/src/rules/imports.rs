//! Which crate may use which: the picture in ARCHITECTURE.md, held by what cargo says.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Finding, Tree, policy::ROOMS};

/// A crate of the workspace and what it uses.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Names of what its shipped code uses directly.
    pub uses: BTreeSet<String>,
    /// Names of what only its tests and build scripts use directly.
    pub test_uses: BTreeSet<String>,
    /// Names of everything that its shipped code brings along.
    pub brings: BTreeSet<String>,
}

/// What is wrong with the directions of use.
pub fn check(members: &[Member]) -> Vec<Finding> {
    let ours: BTreeSet<&str> = members.iter().map(|member| member.name.as_str()).collect();
    let rooms: BTreeMap<&str, _> = ROOMS.iter().map(|room| (room.name, room)).collect();
    let mut findings = Vec::new();
    for member in members {
        let Some(room) = rooms.get(member.name.as_str()) else {
            let message = "is not listed in crates/architecture/src/policy.rs; say there what it may use, and in ARCHITECTURE.md what it is for";
            findings.push(Finding::of(&member.name, message));
            continue;
        };
        // A crate names itself to switch on a feature of its own for its tests.
        let tests_may =
            |name: &str| room.may_use.contains(&name) || room.tests_may_use.contains(&name) || name == room.name;
        for used in member.uses.iter().filter(|used| ours.contains(used.as_str())) {
            if !room.may_use.contains(&used.as_str()) {
                let message = format!(
                    "uses `{used}`, which it may not; move what it needs to where both may look, or argue the picture in ARCHITECTURE.md"
                );
                findings.push(Finding::of(&member.name, message));
            }
        }
        for used in member.test_uses.iter().filter(|used| ours.contains(used.as_str())) {
            if !tests_may(used) {
                findings.push(Finding::of(&member.name, format!("its tests use `{used}`, which they may not")));
            }
        }
        for banned in room.never_names {
            if member.uses.contains(*banned) || member.test_uses.contains(*banned) {
                findings.push(Finding::of(&member.name, format!("names `{banned}`, which has no place in this crate")));
            }
        }
        for banned in room.never_brings {
            if member.brings.contains(*banned) {
                findings.push(Finding::of(
                    &member.name,
                    format!(
                        "brings `{banned}` along; find who asks for it with `cargo tree -p {} -i {banned}`",
                        member.name
                    ),
                ));
            }
        }
    }
    findings
}

/// Where the server may name concrete stores: where one is chosen, and where an operator works on the database itself (migrate, backup, restore).
const STORE_PLACES: [&str; 2] = ["crates/server/src/startup", "crates/server/src/admin"];

/// Concrete stores are chosen at startup, nowhere else in the server.
pub fn stores_are_chosen_at_startup(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rust in tree.rust.iter().filter(|rust| rust.file.path.starts_with("crates/server/src/")) {
        if STORE_PLACES.iter().any(|place| rust.file.path.starts_with(place)) {
            continue;
        }
        for token in
            rust.tokens.iter().filter(|token| ["store_postgres", "store_sqlite"].contains(&token.text.as_str()))
        {
            if !rust.is_test(token.line) {
                let message = format!(
                    "names `{}`; only startup knows the concrete stores, the rest speaks to `store::Store`",
                    token.text
                );
                findings.push(Finding::at(&rust.file.path, token.line, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::planted::tree;

    fn member(name: &str, uses: &[&str], brings: &[&str]) -> Member {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Member { name: name.to_owned(), uses: set(uses), test_uses: BTreeSet::new(), brings: set(brings) }
    }

    #[test]
    fn an_unlisted_crate_is_caught() {
        assert_eq!(check(&[member("gadget", &[], &[])]).len(), 1);
    }

    #[test]
    fn a_use_against_the_direction_is_caught() {
        let members = [member("domain", &["store"], &[]), member("store", &["domain"], &[])];
        assert_eq!(check(&members).len(), 1);
    }

    #[test]
    fn a_banned_crate_is_caught_also_when_it_comes_along() {
        assert_eq!(check(&[member("api", &["axum"], &[])]).len(), 1);
        assert_eq!(check(&[member("domain", &["uuid"], &["uuid", "serde_json"])]).len(), 1);
    }

    #[test]
    fn a_concrete_store_outside_startup_is_caught() {
        let planted = tree(&[
            ("crates/server/src/startup.rs", "use store_sqlite::SqliteStore;"),
            ("crates/server/src/http/mod.rs", "use store_sqlite::SqliteStore;"),
        ]);
        assert_eq!(stores_are_chosen_at_startup(&planted).len(), 1);
    }
}
