//! What shipped code never does: panic on purpose.

use crate::{Finding, Rust, Tree, tokens::lines_of};

/// Rooms whose shipped code runs while a request is answered.
const ROOMS: [&str; 9] =
    ["domain", "api", "client", "store", "store-postgres", "store-sqlite", "server", "cli", "examples"];

/// Places in shipped code that can panic.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust.iter().filter(|rust| ROOMS.contains(&rust.room()) && !rust.is_test_file()).flat_map(panics).collect()
}

fn panics(rust: &Rust) -> Vec<Finding> {
    let patterns: [(&[&str], &str, &str); 5] = [
        (&[".", "unwrap", "("], "unwrap_used", "`unwrap` panics; give the other case a value or an error"),
        (&[".", "expect", "("], "expect_used", "`expect` panics; give the other case a value or an error"),
        (&["panic", "!"], "clippy::panic", "`panic!` takes the request with it; return an error"),
        (
            &["unreachable", "!"],
            "unreachable",
            "`unreachable!` is reached some day; make the type say it, or return an error",
        ),
        (
            &["process", ":", ":", "exit"],
            "clippy::exit",
            "`exit` skips every destructor; return an exit code from `main`",
        ),
    ];
    let found = patterns.into_iter().flat_map(|(pattern, lint, message)| {
        lines_of(&rust.tokens, pattern).into_iter().map(move |line| (line, lint, message))
    });
    let indexing = "indexing panics when nothing is there; use `get`, or expect `clippy::indexing_slicing` with the reason why it is there";
    found
        .chain(rust.outline.indexing.iter().map(|line| (*line, "indexing_slicing", indexing)))
        .filter(|(line, lint, _)| !rust.is_test(*line) && !rust.is_reasoned(*line, lint))
        .map(|(line, _, message)| Finding::at(&rust.file.path, line, message))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::planted::tree;

    #[test]
    fn a_panic_in_shipped_code_is_caught() {
        let code = "fn f(a: &[u8]) -> u8 {\n let b = a.first().unwrap();\n if *b == 0 { panic!() }\n a[1]\n}\n#[cfg(test)]\nmod tests {\n fn t() { None.unwrap() }\n}\n";
        assert_eq!(check(&tree(&[("crates/domain/src/lib.rs", code)])).len(), 3);
        assert!(check(&tree(&[("crates/domain/tests/laws.rs", code)])).is_empty());
        let declared = ("crates/domain/src/lib.rs", "#[cfg(test)]\nmod laws;\n");
        assert!(check(&tree(&[declared, ("crates/domain/src/laws.rs", code)])).is_empty());
    }

    #[test]
    fn a_reasoned_index_is_let_pass() {
        let code =
            "fn f(a: &[u8; 4]) -> u8 {\n #[expect(clippy::indexing_slicing, reason = \"4 there are\")]\n a[1]\n}\n";
        assert!(check(&tree(&[("crates/domain/src/lib.rs", code)])).is_empty());
    }
}
