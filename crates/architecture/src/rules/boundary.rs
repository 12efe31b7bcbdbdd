//! What platform-core must never become (requirements 004 §2.2–2.4, §25–27, §30–36): it knows companies and what they own. No route, table,
//! column, wire type or public type speaks of users, their roles and permissions, memberships, delegation, invitations, sessions, or
//! tokens that it issues.

use crate::{
    Finding, NameKind, Rust, Tree,
    rules::words::words_of,
    tokens::{lines_of, string_content},
};

/// Words of another service. Who signs in and what they may do belongs to Auth.
const FOREIGN: [&str; 25] = [
    "user",
    "users",
    "person",
    "member",
    "members",
    "membership",
    "memberships",
    "tenant",
    "tenants",
    "invitation",
    "invitations",
    "invite",
    "invites",
    "onboarding",
    "session",
    "sessions",
    "password",
    "passwords",
    "login",
    "signup",
    "delegation",
    "delegations",
    "delegate",
    "grantee",
    "jwt",
];
/// What a company may become eligible for is a catalogue of ours; what somebody has been given of it is not.
const CATALOGUE_WORDS: [&str; 2] = ["permission", "permissions"];
/// Words that make a matter of somebody's own out of an entry of the catalogue.
const PERSONAL: [&str; 11] =
    ["grant", "grants", "granted", "check", "checks", "has", "can", "effective", "assign", "assigned", "holder"];
/// Words that are fine for callers (services with a key or a token of somebody else's making) and foreign everywhere else.
const CALLER_WORDS: [&str; 4] = ["role", "roles", "token", "tokens"];
/// Where callers are spoken of: the table of API keys, and the routes, wire types and server modules about callers and keys.
const CALLER_PLACES: [&str; 5] = ["api_keys", "key", "keys", "caller", "callers"];
/// Wire types that name a caller's role.
const CALLER_TYPES: [&str; 1] = ["RoleWord"];
/// Names that would make tokens. platform-core only checks them.
const ISSUING: [&str; 6] = ["issue", "issued", "mint", "sign", "signed", "refresh"];

/// Where the boundary is crossed.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = tables(tree);
    // An example of who uses platform-core is on the other side of the boundary.
    for rust in tree.rust.iter().filter(|rust| !rust.is_test_file() && rust.room() != "examples") {
        findings.extend(routes(rust));
        findings.extend(names(rust));
        findings.extend(token_making(rust));
    }
    findings
}

fn foreign(name: &str, is_about_callers: bool) -> Option<String> {
    let words = words_of(name);
    let is_foreign =
        |word: &String| FOREIGN.contains(&word.as_str()) || !is_about_callers && CALLER_WORDS.contains(&word.as_str());
    let is_catalogue = |word: &&String| CATALOGUE_WORDS.contains(&word.as_str());
    let is_personal = words.iter().any(|word| PERSONAL.contains(&word.as_str()));
    let given = words.iter().find(is_catalogue).filter(|_| is_personal).cloned();
    given.or_else(|| words.into_iter().find(is_foreign))
}

/// Every identifier in a migration, by the table whose definition it stands in.
fn tables(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.with_extension("sql") {
        let mut table = String::new();
        for (line, text) in (1..).zip(file.text.lines()) {
            let code = text.split("--").next().unwrap_or_default();
            let identifiers: Vec<&str> = code
                .split(|character: char| !(character.is_alphanumeric() || character == '_'))
                .filter(|word| !word.is_empty())
                .collect();
            let after = |keyword: &str| identifiers.iter().position(|word| word.eq_ignore_ascii_case(keyword));
            if let Some(at) = after("TABLE").or_else(|| after("VIEW")) {
                let name = identifiers.iter().skip(at + 1).find(|word| word.chars().any(char::is_lowercase));
                table = name.map_or_else(String::new, |name| (*name).to_owned());
            }
            let is_about_callers = CALLER_PLACES.contains(&table.as_str());
            for identifier in identifiers.iter().filter(|word| word.chars().all(|character| !character.is_uppercase()))
            {
                if let Some(word) = foreign(identifier, is_about_callers) {
                    findings.push(crossing(&file.path, line, identifier, &word));
                }
            }
        }
    }
    findings
}

/// String literals that are paths of routes.
fn routes(rust: &Rust) -> Vec<Finding> {
    let mut findings = Vec::new();
    if rust.room() != "server" {
        return findings;
    }
    for token in rust.tokens.iter().filter(|token| !rust.is_test(token.line)) {
        let Some(path) = string_content(&token.text).filter(|content| content.starts_with('/')) else { continue };
        let is_about_callers = path.split('/').any(|part| CALLER_PLACES.contains(&part));
        if let Some(word) = foreign(path, is_about_callers) {
            findings.push(crossing(&rust.file.path, token.line, path, &word));
        }
    }
    findings
}

/// Fields and types of the wire, and public types everywhere.
fn names(rust: &Rust) -> Vec<Finding> {
    let is_wire = rust.room() == "api";
    let is_caller_file =
        rust.file.path.split(['/', '.', '_']).any(|part| CALLER_PLACES.contains(&part) || part == "config");
    let speaks = |kind: NameKind, is_public: bool| match kind {
        NameKind::Type => is_public || is_wire,
        NameKind::Field => is_wire,
        NameKind::Module | NameKind::Other => false,
    };
    let spoken = rust.outline.names.iter().filter(|name| speaks(name.kind, name.is_public) && !rust.is_test(name.line));
    let crossing = spoken.filter_map(|name| {
        let word = foreign(&name.text, is_caller_file || CALLER_TYPES.contains(&name.text.as_str()))?;
        Some(crossing(&rust.file.path, name.line, &name.text, &word))
    });
    crossing.collect()
}

/// Code that would make a token: the signing half of the token library, and functions named for it.
fn token_making(rust: &Rust) -> Vec<Finding> {
    let mut lines = lines_of(&rust.tokens, &["EncodingKey"]);
    lines.extend(lines_of(&rust.tokens, &["jsonwebtoken", ":", ":", "encode"]));
    lines.extend(rust.outline.names.iter().filter_map(|name| {
        let words = words_of(&name.text);
        let is_token = words.iter().any(|word| word == "token" || word == "jwt");
        (is_token && words.iter().any(|word| ISSUING.contains(&word.as_str()))).then_some(name.line)
    }));
    let shipped = lines.into_iter().filter(|line| !rust.is_test(*line));
    shipped
        .map(|line| {
            Finding::at(&rust.file.path, line, "makes a token; platform-core only checks tokens that others made")
        })
        .collect()
}

fn crossing(path: &str, line: usize, name: &str, word: &str) -> Finding {
    let message =
        format!("`{name}` speaks of `{word}`, which belongs to Auth; platform-core knows companies and what they own");
    Finding::at(path, line, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::planted::tree;

    #[test]
    fn a_table_column_route_field_or_type_about_users_is_caught() {
        let planted = tree(&[
            (
                "crates/store-postgres/migrations/1.sql",
                "CREATE TABLE company_users (\n  id UUID,\n  role TEXT -- session\n);\n",
            ),
            (
                "crates/server/src/http/mod.rs",
                "const A: &str = \"/internal/companies/{id}/invitations\";\npub struct Session;\n",
            ),
            ("crates/api/src/response.rs", "pub struct Entitlements { pub granted_permissions: u8, pub token: u8 }\n"),
        ]);
        assert_eq!(check(&planted).len(), 6, "{:#?}", check(&planted));
    }

    #[test]
    fn the_catalogue_of_what_a_company_may_become_eligible_for_is_ours() {
        let planted = tree(&[("crates/domain/src/lib.rs", "pub struct Permission;\npub struct PermissionGrant;\n")]);
        assert_eq!(check(&planted).len(), 1, "{:#?}", check(&planted));
    }

    #[test]
    fn callers_have_roles_and_tokens() {
        let planted = tree(&[
            ("crates/store-postgres/migrations/1.sql", "CREATE TABLE api_keys (\n  role TEXT\n);\n"),
            ("crates/server/src/http/caller/token.rs", "pub struct ServiceToken;\n"),
            (
                "crates/server/src/http/companies.rs",
                "const A: &str = \"/internal/companies/{id}/basic\"; struct Inner { user: u8 }\n",
            ),
        ]);
        assert!(check(&planted).is_empty(), "{:#?}", check(&planted));
    }

    #[test]
    fn making_a_token_is_caught() {
        let planted = tree(&[(
            "crates/server/src/http/caller/token.rs",
            "fn issue_token() { let key = EncodingKey::from_secret(secret); }\n",
        )]);
        assert_eq!(check(&planted).len(), 2);
    }
}
