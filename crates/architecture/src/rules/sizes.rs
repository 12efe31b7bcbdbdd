//! How large a file and a function may be.

use crate::{Finding, Tree};

/// The most lines a file may have: more than this and it has two reasons to change.
pub const MAX_FILE_LINES: usize = 400;
/// The most lines a function may have, signature and braces included: what fits one screen.
pub const MAX_FUNCTION_LINES: usize = 70;

/// What is too large. Files: everything written in a language that runs. Functions: Rust.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let sized = |file: &&crate::File| ["rs", "sql", "sh", "py"].iter().any(|extension| file.has_extension(extension));
    for file in tree.files.iter().filter(sized) {
        let lines = file.text.lines().count();
        if lines > MAX_FILE_LINES {
            let message =
                format!("has {lines} lines, at most {MAX_FILE_LINES}; split it where its second reason begins");
            findings.push(Finding::of(&file.path, message));
        }
    }
    for rust in &tree.rust {
        for function in rust.outline.functions.iter().filter(|function| function.size() > MAX_FUNCTION_LINES) {
            let message = format!(
                "function `{}` has {} lines, at most {MAX_FUNCTION_LINES}; name its parts",
                function.name,
                function.size()
            );
            findings.push(Finding::at(&rust.file.path, *function.lines.start(), message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::planted::tree;

    #[test]
    fn a_long_file_and_a_long_function_are_caught() {
        let long_file = "// a line\n".repeat(401);
        let long_function = format!("fn long() {{\n{}}}\n", "    let _ = 1;\n".repeat(69));
        let planted = tree(&[("crates/a/src/file.rs", &long_file), ("crates/a/src/function.rs", &long_function)]);
        assert_eq!(check(&planted).len(), 2, "{:?}", check(&planted));
    }

    #[test]
    fn the_largest_that_may_be_is_let_pass() {
        let file = "// a line\n".repeat(400);
        let function = format!("fn long() {{\n{}}}\n", "    let _ = 1;\n".repeat(68));
        assert!(check(&tree(&[("crates/a/src/file.rs", &file), ("crates/a/src/function.rs", &function)])).is_empty());
    }
}
