//! Dead files: Rust that no crate root leads to is never compiled.

use std::collections::BTreeSet;

use crate::{Finding, Tree};

/// Rust files that no root reaches. `roots` are the source files of all targets, relative to the root of the repository.
pub fn check(tree: &Tree, roots: &[String]) -> Vec<Finding> {
    let mut reached = BTreeSet::new();
    for root in roots {
        reach(tree, root, true, &mut reached);
    }
    let dead = tree.rust.iter().filter(|rust| !reached.contains(&rust.file.path));
    let message = "is compiled by nobody; declare it with `mod` or delete it";
    dead.map(|rust| Finding::of(&rust.file.path, message)).collect()
}

fn reach(tree: &Tree, path: &str, is_root: bool, reached: &mut BTreeSet<String>) {
    let Some(rust) = tree.rust.iter().find(|rust| rust.file.path == path) else { return };
    if !reached.insert(path.to_owned()) {
        return;
    }
    for module in &rust.outline.module_files {
        for candidate in module.candidates(path, is_root) {
            reach(tree, &candidate, false, reached);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::planted::tree;

    #[test]
    fn a_file_that_nobody_declares_is_caught() {
        let planted = tree(&[
            ("crates/a/src/lib.rs", "mod one;"),
            ("crates/a/src/one.rs", "mod two;"),
            ("crates/a/src/one/two.rs", ""),
            ("crates/a/src/three.rs", ""),
        ]);
        let found = check(&planted, &["crates/a/src/lib.rs".to_owned()]);
        assert_eq!(found.iter().map(|finding| finding.place.as_str()).collect::<Vec<_>>(), ["crates/a/src/three.rs"]);
    }
}
