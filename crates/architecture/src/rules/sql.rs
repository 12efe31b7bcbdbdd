//! How SQL is written: keywords in upper case, so that names and language can be told apart at a glance.

use crate::{Finding, Tree, tokens::string_content};

/// Words that are always language, never a name of ours or a value (`on` is one of settings).
const KEYWORDS: [&str; 37] = [
    "select",
    "insert",
    "into",
    "update",
    "delete",
    "from",
    "where",
    "and",
    "or",
    "not",
    "null",
    "conflict",
    "do",
    "nothing",
    "set",
    "values",
    "returning",
    "order",
    "by",
    "limit",
    "join",
    "left",
    "inner",
    "as",
    "exists",
    "create",
    "table",
    "index",
    "unique",
    "primary",
    "references",
    "default",
    "check",
    "with",
    "union",
    "in",
    "is",
];
/// What a text begins with that is SQL.
const OPENINGS: [&str; 8] = ["select", "insert", "update", "delete", "with", "create", "alter", "pragma"];

/// Lower-case keywords in the SQL of the store crates.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.with_extension("sql") {
        findings
            .extend(lower_case(&file.text).into_iter().map(|(line, word)| Finding::at(&file.path, line, shout(&word))));
    }
    for rust in tree.rust.iter().filter(|rust| rust.room().starts_with("store-")) {
        for token in &rust.tokens {
            let Some(content) = string_content(&token.text).filter(|content| is_sql(content)) else { continue };
            let found = lower_case(content).into_iter();
            findings
                .extend(found.map(|(line, word)| Finding::at(&rust.file.path, token.line + line - 1, shout(&word))));
        }
    }
    findings
}

fn shout(word: &str) -> String {
    format!("SQL keyword `{word}` in lower case; write `{}`", word.to_uppercase())
}

/// Whether a string is SQL: it opens with a verb, and another keyword follows.
fn is_sql(content: &str) -> bool {
    let mut words = content.split_whitespace();
    let first = words.next().unwrap_or_default();
    let opens = OPENINGS.iter().any(|opening| first.eq_ignore_ascii_case(opening));
    let keywords = words.filter(|word| KEYWORDS.iter().any(|keyword| word.eq_ignore_ascii_case(keyword))).count();
    opens && (keywords >= 2 || first.chars().all(char::is_uppercase))
}

/// Lower-case keywords and their lines, outside comments, strings and quoted names.
fn lower_case(sql: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut quote = None;
    for (number, line) in (1..).zip(sql.lines()) {
        let mut word = String::new();
        let mut characters = line.chars().chain([' ']).peekable();
        while let Some(character) = characters.next() {
            if let Some(open) = quote {
                quote = (character != open).then_some(open);
                continue;
            }
            if character.is_alphanumeric() || character == '_' || character == '.' {
                word.push(character);
                continue;
            }
            if KEYWORDS.contains(&word.as_str()) {
                found.push((number, word.clone()));
            }
            word.clear();
            match character {
                '\'' | '"' => quote = Some(character),
                '-' if characters.peek() == Some(&'-') => break,
                _ => {}
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
    fn lower_case_keywords_are_caught_in_migrations_and_strings() {
        let planted = tree(&[
            ("crates/store-sqlite/migrations/1.sql", "CREATE TABLE a (b TEXT not NULL); -- from here on\n"),
            ("crates/store-sqlite/src/lib.rs", "const A: &str = \"SELECT 'from' FROM a\n  where b = 1\";"),
        ]);
        let lines: Vec<_> = check(&planted).into_iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [1, 2]);
    }

    #[test]
    fn prose_is_not_sql() {
        let planted = tree(&[("crates/store-sqlite/src/lib.rs", "const A: &str = \"update the schema first\";")]);
        assert!(check(&planted).is_empty());
    }
}
