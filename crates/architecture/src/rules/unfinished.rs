//! What is left lying about: unfinished code, silenced lints, sleeping tests, paths of one machine.

use crate::{Finding, Rust, Tree, tokens::lines_of};

/// Macros that mean "not yet".
const UNFINISHED: [&str; 3] = ["todo", "unimplemented", "dbg"];
/// Marks that mean "not yet", in any text. Written apart so that this file does not hold them.
const MARKS: [&str; 3] = [concat!("FIX", "ME"), concat!("XX", "X"), concat!("TO", "DO")];
/// Folders whose absolute paths exist on one machine only.
const MACHINE_FOLDERS: [&str; 5] = ["work", "root", "home", "Users", "farm"];
/// A sleep in a test is let pass only inside a function of such a name: the pause between two looks at a condition that has a deadline.
const AWAITING: [&str; 2] = ["eventually", "until"];

/// What is unfinished.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rust in &tree.rust {
        for name in UNFINISHED {
            let lines = lines_of(&rust.tokens, &[name, "!"]);
            let message = format!("`{name}!` is not for keeps; finish it or take it out");
            findings.extend(lines.into_iter().map(|line| Finding::at(&rust.file.path, line, message.clone())));
        }
        findings.extend(ignored(rust));
    }
    for file in tree.files.iter().filter(|file| !file.has_extension("lock")) {
        for (line, text) in (1..).zip(file.text.lines()) {
            let words = || text.split(|character: char| !character.is_alphanumeric());
            if let Some(mark) = MARKS.into_iter().find(|mark| words().any(|word| word == *mark)) {
                findings.push(Finding::at(
                    &file.path,
                    line,
                    format!("`{mark}`: do it, or say in a sentence why it is as it is"),
                ));
            }
        }
    }
    findings
}

/// Ignored tests. One that says it is the process of another test is none: that test runs it.
fn ignored(rust: &Rust) -> impl Iterator<Item = Finding> + '_ {
    let text = |at: usize| rust.tokens.get(at).map_or("", |token| token.text.as_str());
    let is_ignored = move |at: &usize| text(*at) == "#" && text(at + 1) == "[" && text(at + 2) == "ignore";
    let is_process = move |at: &usize| text(at + 4).starts_with("\"is the process ");
    (0..rust.tokens.len()).filter(is_ignored).filter(move |at| !is_process(at)).filter_map(|at| {
        let line = rust.tokens.get(at)?.line;
        Some(Finding::at(&rust.file.path, line, "an ignored test holds nothing; mend it or delete it"))
    })
}

/// Lints that are silenced without a reason: `allow` is never used, `expect` says why.
pub fn silenced_lints(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rust in &tree.rust {
        let patterns: [&[&str]; 3] = [&["#", "[", "allow"], &["#", "!", "[", "allow"], &[",", "allow", "("]];
        for pattern in patterns {
            let lines = lines_of(&rust.tokens, pattern);
            let message = "`allow` outlives its cause; use `#[expect(lint, reason = \"…\")]`";
            findings.extend(lines.into_iter().map(|line| Finding::at(&rust.file.path, line, message)));
        }
        findings.extend(unreasoned(rust));
    }
    findings
}

fn unreasoned(rust: &Rust) -> impl Iterator<Item = Finding> + '_ {
    let is_expect = |start: usize| {
        let text = |offset: usize| rust.tokens.get(start + offset).map(|token| token.text.as_str());
        text(0) == Some("#") && [text(1), text(2), text(3)].contains(&Some("expect"))
    };
    (0..rust.tokens.len()).filter(move |start| is_expect(*start)).filter_map(|start| {
        let attribute = rust.tokens.get(start..)?;
        let end = attribute.iter().position(|token| token.text == "]")?;
        let has_reason = attribute.get(..end)?.iter().any(|token| token.text == "reason");
        let line = attribute.first()?.line;
        (!has_reason).then(|| {
            Finding::at(&rust.file.path, line, "`expect` without `reason = \"…\"`; say why the lint is wrong here")
        })
    })
}

/// Sleeps in tests: time is advanced, or a condition awaited with a deadline.
pub fn sleeping_tests(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Measurements wait on purpose.
    let measures = |rust: &&Rust| rust.room() == "bench" || rust.file.path.contains("/examples/");
    for rust in tree.rust.iter().filter(|rust| rust.room() != "architecture" && !measures(rust)) {
        for line in lines_of(&rust.tokens, &["sleep", "("]).into_iter().filter(|line| rust.is_test(*line)) {
            let function = rust.outline.function_at(line).map_or("", |function| function.name.as_str());
            if !AWAITING.iter().any(|word| function.contains(word)) && !rust.is_reasoned(line, "disallowed_methods") {
                let message = "a test sleeps; advance the clock, or look at a condition again until a deadline in a function named `eventually…` or `until…`";
                findings.push(Finding::at(&rust.file.path, line, message));
            }
        }
    }
    findings
}

/// Absolute paths that exist on one machine only.
pub fn machine_paths(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        for (line, text) in (1..).zip(file.text.lines()) {
            let named = MACHINE_FOLDERS.into_iter().find(|folder| names_folder(text, folder));
            if let Some(folder) = named {
                let message = format!("names a path under `/{folder}`, which another machine does not have");
                findings.push(Finding::at(&file.path, line, message));
            }
        }
    }
    findings
}

/// Whether an absolute path under a top folder stands in a text: `/folder/x`, not preceded by what makes it part of a longer path or address.
fn names_folder(text: &str, folder: &str) -> bool {
    let needle = format!("/{folder}/");
    text.match_indices(&needle).any(|(start, _)| {
        let before = text.get(..start).and_then(|before| before.chars().next_back());
        let after = text.get(start + needle.len()..).and_then(|after| after.chars().next());
        let is_root = before.is_none_or(|character| !(character.is_alphanumeric() || "/._-}*".contains(character)));
        is_root && after.is_some_and(|character| character.is_alphanumeric() || character == '.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::planted::tree;

    #[test]
    fn unfinished_code_is_caught_also_inside_macros() {
        let planted = tree(&[(
            "crates/a/src/lib.rs",
            "macro_rules! m { () => { todo!() } }\nfn f() { dbg!(1); }\n#[test]\n#[ignore]\nfn t() {}\n",
        )]);
        assert_eq!(check(&planted).len(), 3);
    }

    #[test]
    fn the_process_of_another_test_is_not_an_ignored_one() {
        let process = "#[test]\n#[ignore = \"is the process that another test starts\"]\nfn t() {}\n";
        assert!(check(&tree(&[("crates/a/tests/t.rs", process)])).is_empty());
    }

    #[test]
    fn marks_are_caught_in_any_text() {
        let script = format!("# {}: later\n", MARKS[0]);
        assert_eq!(check(&tree(&[("scripts/a.sh", &script)])).len(), 1);
    }

    #[test]
    fn a_silenced_lint_is_caught() {
        let allows = "#[allow(dead_code)]\nfn f() {}\n#[cfg_attr(test, allow(dead_code))]\nfn g() {}\n#[expect(dead_code)]\nfn h() {}\n";
        assert_eq!(silenced_lints(&tree(&[("crates/a/src/lib.rs", allows)])).len(), 3);
        let reasoned = "#[expect(dead_code, reason = \"because\")]\nfn f() {}\n";
        assert!(silenced_lints(&tree(&[("crates/a/src/lib.rs", reasoned)])).is_empty());
    }

    #[test]
    fn a_sleeping_test_is_caught_and_an_awaited_condition_is_not() {
        let sleeping = "fn t() { std::thread::sleep(second); }\nfn until_ready() { tokio::time::sleep(pause); }\n";
        assert_eq!(sleeping_tests(&tree(&[("crates/a/tests/t.rs", sleeping)])).len(), 1);
        assert!(sleeping_tests(&tree(&[("crates/a/src/lib.rs", sleeping)])).is_empty());
    }

    #[test]
    fn a_machine_path_is_caught() {
        let [work, home] = ["work", "home"].map(|folder| format!("see /{folder}/someone/file\n"));
        assert_eq!(machine_paths(&tree(&[("a.md", &work), ("b.md", &home)])).len(), 2);
        let beside = work.replace(" /", " net/");
        assert!(machine_paths(&tree(&[("a.md", &beside)])).is_empty());
    }
}
