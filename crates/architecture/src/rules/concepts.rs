//! One word for one thing: what docs/concepts.md says is what the code says.

use crate::{Finding, NameKind, Tree, rules::words::words_of};

/// Where the words are.
const CONCEPTS: &str = "docs/concepts.md";
/// Other words for things that have one, with the word to use. They may stand in no name of the domain or the wire.
const SYNONYMS: [(&str, &str); 12] = [
    ("customer", "company"),
    ("organization", "company"),
    ("organisation", "company"),
    ("tenant", "company"),
    ("tier", "package"),
    ("bundle", "package"),
    ("product", "package or add-on"),
    ("extension", "add-on"),
    ("plugin", "add-on"),
    ("licence", "holding"),
    ("license", "holding"),
    ("sku", "key"),
];

/// Names that requirements give to the letter, whatever their words.
const GIVEN: [&str; 1] = ["target_customer"];

/// Public types of the domain that docs/concepts.md does not explain, and names that use another word than it.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let Some(concepts) = tree.text(CONCEPTS) else {
        return vec![Finding::of(CONCEPTS, "does not exist; it explains every word of the model")];
    };
    let mut findings = Vec::new();
    for rust in tree.rust.iter().filter(|rust| ["domain", "api"].contains(&rust.room()) && !rust.is_test_file()) {
        for name in rust.outline.names.iter().filter(|name| !rust.is_test(name.line)) {
            let is_concept = rust.room() == "domain" && name.kind == NameKind::Type && name.is_public;
            if is_concept && !concepts.contains(&format!("`{}`", name.text)) {
                let message = format!(
                    "`{}` is not explained in {CONCEPTS}; give it a line there, or a name that has one",
                    name.text
                );
                findings.push(Finding::at(&rust.file.path, name.line, message));
            }
            if GIVEN.contains(&name.text.as_str()) {
                continue;
            }
            let words = words_of(&name.text);
            for (synonym, word) in SYNONYMS.iter().filter(|(synonym, _)| words.iter().any(|word| word == synonym)) {
                let message = format!("`{}` says `{synonym}`; the word is `{word}`", name.text);
                findings.push(Finding::at(&rust.file.path, name.line, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::planted::tree;

    #[test]
    fn an_unexplained_type_and_another_word_are_caught() {
        let planted = tree(&[
            ("docs/concepts.md", "| catalog | `Catalog` | … |"),
            ("crates/domain/src/lib.rs", "pub struct Catalog { pub tier: u8 }\npub struct Ledger;\nstruct Inner;\n"),
        ]);
        assert_eq!(check(&planted).len(), 2, "{:?}", check(&planted));
    }
}
