//! Words that say nothing.

use crate::{Finding, NameKind, Tree};

/// Words that no name may contain: whatever they are said of has a better name.
const EMPTY_WORDS: [&str; 7] = ["manager", "helper", "helpers", "util", "utils", "misc", "stuff"];
/// Words that a module or file may not have for its whole name.
const EMPTY_MODULES: [&str; 4] = ["data", "common", "shared", "types"];

/// What is named with an empty word.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        for part in file.path.split('/') {
            let stem = part.split('.').next().unwrap_or_default();
            if let Some(word) = empty_word(stem) {
                findings.push(Finding::of(
                    &file.path,
                    format!("`{part}` says `{word}`; name the file after what is in it"),
                ));
            }
        }
        let stem = file.name().strip_suffix(".rs").filter(|stem| EMPTY_MODULES.contains(stem));
        if let Some(stem) = stem {
            findings.push(Finding::of(
                &file.path,
                format!("a file named `{stem}` has no reason of its own; name what is in it"),
            ));
        }
    }
    for rust in &tree.rust {
        for name in &rust.outline.names {
            if let Some(word) = empty_word(&name.text) {
                let message =
                    format!("`{}` says `{word}`, which says nothing; use a word of docs/concepts.md", name.text);
                findings.push(Finding::at(&rust.file.path, name.line, message));
            }
            if name.kind == NameKind::Module && EMPTY_MODULES.contains(&name.text.as_str()) {
                findings.push(Finding::at(
                    &rust.file.path,
                    name.line,
                    format!("a module named `{}` has no reason of its own", name.text),
                ));
            }
        }
    }
    findings
}

fn empty_word(name: &str) -> Option<&'static str> {
    let words = words_of(name);
    EMPTY_WORDS.into_iter().find(|empty| words.iter().any(|word| word == empty))
}

/// The words of a name in snake, kebab, camel or shouting case, in lower case.
pub(crate) fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for character in name.chars() {
        let starts_word = character.is_uppercase() && after_lower;
        if !character.is_alphanumeric() || starts_word {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_alphanumeric()) {
            word.extend(character.to_lowercase());
        }
        after_lower = character.is_lowercase() || character.is_numeric();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::planted::tree;

    #[test]
    fn a_name_is_split_into_words() {
        assert_eq!(words_of("CompanyState"), ["company", "state"]);
        assert_eq!(words_of("set-holding_v2"), ["set", "holding", "v2"]);
        assert_eq!(words_of("MAX_KEY"), ["max", "key"]);
    }

    #[test]
    fn empty_words_are_caught_in_names_files_and_modules() {
        let planted = tree(&[
            ("crates/a/src/http_utils.rs", ""),
            ("crates/a/src/data.rs", ""),
            ("crates/a/src/lib.rs", "mod common;\nstruct KeyManager { helper: u8 }\nfn f() { let misc_count = 1; }\n"),
        ]);
        assert_eq!(check(&planted).len(), 6, "{:#?}", check(&planted));
    }

    #[test]
    fn using_anothers_name_is_no_offence() {
        assert!(check(&tree(&[("crates/a/src/lib.rs", "use http_body_util::Full;")])).is_empty());
    }
}
