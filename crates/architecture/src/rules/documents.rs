//! Documents: links lead somewhere, and what they name exists.

use std::collections::BTreeSet;

use crate::{File, Finding, Tree, outline::normal};

/// Folders whose paths, where a document names one in backticks, must exist.
const NAMED_FOLDERS: [&str; 6] = ["crates/", "docs/", "scripts/", "bench/", ".ci/", ".config/"];
/// The document that says which test holds which requirement.
const REQUIREMENTS: &str = "docs/requirements.md";
/// A name with this many underscores in that document is a test's name: a sentence.
const SENTENCE_UNDERSCORES: usize = 3;

/// Links that lead nowhere, `make` targets that do not exist, paths in backticks that do not exist, and tests that do not exist.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let targets = make_targets(tree.text("Makefile").unwrap_or_default());
    let folders: BTreeSet<&str> = tree.files.iter().flat_map(|file| parents(&file.path)).collect();
    let functions = functions(tree);
    let mut findings = Vec::new();
    for file in tree.with_extension("md") {
        for (line, link) in links(&file.text) {
            findings.extend(broken(tree, &folders, file, &link).map(|message| Finding::at(&file.path, line, message)));
        }
        for (line, target) in make_commands(&file.text) {
            if !targets.contains(&target) {
                findings.push(Finding::at(&file.path, line, format!("`make {target}` is no target of the Makefile")));
            }
        }
        for (line, name) in in_backticks(&file.text) {
            let is_path =
                NAMED_FOLDERS.iter().any(|folder| name.starts_with(folder)) && !name.contains([' ', '*', '<', '{']);
            let path = normal(name);
            if is_path && tree.text(&path).is_none() && !folders.contains(path.as_str()) {
                findings.push(Finding::at(&file.path, line, format!("names `{name}`, which does not exist")));
            }
            let is_test = file.path == REQUIREMENTS && name.matches('_').count() >= SENTENCE_UNDERSCORES;
            if is_test && !functions.contains(name) {
                findings.push(Finding::at(&file.path, line, format!("names the test `{name}`, which does not exist")));
            }
        }
    }
    findings
}

/// The names of all functions, also of those that a macro makes tests of.
fn functions(tree: &Tree) -> BTreeSet<&str> {
    let pairs = tree.rust.iter().flat_map(|rust| rust.tokens.windows(2));
    pairs
        .filter_map(|pair| matches!(pair, [keyword, _] if keyword.text == "fn").then(|| pair.last()).flatten())
        .map(|name| name.text.as_str())
        .collect()
}

/// What stands in backticks in prose, with its line.
fn in_backticks(text: &str) -> Vec<(usize, &str)> {
    prose(text).flat_map(|(number, line)| line.split('`').skip(1).step_by(2).map(move |name| (number, name))).collect()
}

/// Every folder above a path.
fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..at))
}

fn broken(tree: &Tree, folders: &BTreeSet<&str>, file: &File, link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let target = if path.is_empty() { file.path.clone() } else { normal(&format!("{folder}/{path}")) };
    if folders.contains(target.as_str()) {
        return None;
    }
    let Some(text) = tree.text(&target) else {
        return Some(format!("links to `{target}`, which does not exist"));
    };
    let missing = anchor.filter(|anchor| !anchors(text).contains(*anchor))?;
    Some(format!("links to heading `#{missing}`, which `{target}` does not have"))
}

/// The lines of a document that are not code, with their numbers.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    })
}

fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        for (at, _) in line.match_indices("](") {
            let target = line.get(at + 2..).and_then(|rest| rest.split_once(')')).map(|(target, _)| target);
            found.extend(target.map(|target| (number, target.to_owned())));
        }
    }
    found
}

/// The anchors that headings make: lower case, spaces to hyphens, other punctuation gone.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings =
        prose(text).filter(|(_, line)| line.starts_with('#')).map(|(_, line)| line.trim_start_matches('#').trim());
    headings
        .map(|heading| {
            let kept = heading.chars().filter(|character| character.is_alphanumeric() || " -_".contains(*character));
            kept.flat_map(char::to_lowercase).map(|character| if character == ' ' { '-' } else { character }).collect()
        })
        .collect()
}

fn make_targets(makefile: &str) -> BTreeSet<String> {
    let rule = |line: &str| {
        let (name, _) = line.split_once(':')?;
        name.chars().all(|character| character.is_alphanumeric() || character == '-').then(|| name.to_owned())
    };
    makefile.lines().filter_map(rule).collect()
}

/// `make` commands in code of a document.
fn make_commands(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let starts = line.match_indices("`make ").map(|(at, _)| at + 6).chain(line.starts_with("make ").then_some(5));
        for start in starts {
            let rest = line.get(start..).unwrap_or_default();
            let target: String =
                rest.chars().take_while(|character| character.is_alphanumeric() || *character == '-').collect();
            if !target.is_empty() {
                found.push((number, target));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::planted::tree;

    #[test]
    fn a_link_that_leads_nowhere_is_caught() {
        let planted = tree(&[
            (
                "README.md",
                "[a](docs/a.md#the-first-one) [b](docs/b.md) [c](docs/a.md#gone) [d](docs) [e](#here)\n# Here\n",
            ),
            ("docs/a.md", "# The `first` one\n[up](../README.md)\n```\n[code](nowhere)\n```\n"),
        ]);
        assert_eq!(check(&planted).len(), 2, "{:?}", check(&planted));
    }

    #[test]
    fn a_path_and_a_test_that_do_not_exist_are_caught() {
        let planted = tree(&[
            ("crates/a/tests/t.rs", "proptest! { fn a_thing_is_as_it_is() {} }"),
            (
                "docs/requirements.md",
                "`crates/a/tests` `crates/a/src/gone.rs` `a_thing_is_as_it_is` `a_thing_is_as_it_was`\n",
            ),
        ]);
        assert_eq!(check(&planted).len(), 2, "{:?}", check(&planted));
    }

    #[test]
    fn a_make_target_that_does_not_exist_is_caught() {
        let planted = tree(&[
            ("Makefile", "run:\n\ttrue\n"),
            ("README.md", "`make run`, then `make coffee`\n```sh\nmake tea\n```\n"),
        ]);
        assert_eq!(check(&planted).len(), 2);
    }
}
