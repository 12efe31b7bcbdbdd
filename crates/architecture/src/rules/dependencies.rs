//! What may come in from outside: licences, sources, bans, duplicates.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Finding,
    policy::{BANNED, DUPLICATES, LICENCES},
};

/// A crate from outside.
#[derive(Clone, Debug, Default)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence expression.
    pub licence: Option<String>,
    /// Where it comes from.
    pub source: String,
}

/// What may not come in.
pub fn check(dependencies: &[Dependency]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for dependency in dependencies {
        versions.entry(&dependency.name).or_default().insert(&dependency.version);
        match dependency.licence.as_deref() {
            None => findings.push(Finding::of(&dependency.name, "states no licence; do not use it")),
            Some(licence) if !is_allowed(licence) => {
                let message = format!(
                    "has licence `{licence}`, which policy.rs does not list; list it with the reason, or do without the crate"
                );
                findings.push(Finding::of(&dependency.name, message));
            }
            Some(_) => {}
        }
        if !dependency.source.starts_with("registry+") {
            let message = format!("comes from `{}`; only released crates of the registry are used", dependency.source);
            findings.push(Finding::of(&dependency.name, message));
        }
        if let Some((_, reason)) = BANNED.iter().find(|(name, _)| *name == dependency.name) {
            findings.push(Finding::of(&dependency.name, format!("is banned: {reason}")));
        }
    }
    findings.extend(duplicates(&versions));
    findings
}

fn duplicates(versions: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<Finding> {
    let listed: BTreeSet<&str> = DUPLICATES.iter().map(|(name, _)| *name).collect();
    let twice: BTreeSet<&str> =
        versions.iter().filter(|(_, versions)| versions.len() > 1).map(|(name, _)| *name).collect();
    let fresh = twice.difference(&listed).map(|name| {
        Finding::of(
            name,
            "stands in more than one version; align the versions, or list it in policy.rs with who holds the older one",
        )
    });
    let stale = listed
        .difference(&twice)
        .map(|name| Finding::of(name, "is listed as a duplicate and is none any more; take it off policy.rs"));
    fresh.chain(stale).collect()
}

/// Whether an SPDX expression can be met with listed licences. `/` is the old way of writing `OR`.
fn is_allowed(expression: &str) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, at: 0 };
    reader.any() == Some(true) && reader.at == words.len()
}

/// Reads `any := all (OR all)*`, `all := one (AND one)*`, `one := ( any ) | licence [WITH exception]`. `None` is not an expression.
struct Reader<'a> {
    words: &'a [&'a str],
    at: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let word = self.words.get(self.at).copied();
        self.at += 1;
        word
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.words.get(self.at) == Some(&wanted);
        self.at += usize::from(found);
        found
    }

    fn any(&mut self) -> Option<bool> {
        let mut met = self.all()?;
        while self.take("OR") {
            met |= self.all()?;
        }
        Some(met)
    }

    fn all(&mut self) -> Option<bool> {
        let mut met = self.one()?;
        while self.take("AND") {
            met &= self.one()?;
        }
        Some(met)
    }

    fn one(&mut self) -> Option<bool> {
        if self.take("(") {
            let met = self.any()?;
            return self.take(")").then_some(met);
        }
        let mut licence = self.next()?.to_owned();
        if self.take("WITH") {
            licence = format!("{licence} WITH {}", self.next()?);
        }
        Some(LICENCES.iter().any(|(allowed, _)| *allowed == licence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dependency(name: &str, version: &str, licence: &str) -> Dependency {
        let source = "registry+somewhere".to_owned();
        Dependency { name: name.to_owned(), version: version.to_owned(), licence: Some(licence.to_owned()), source }
    }

    #[test]
    fn a_licence_expression_is_met_as_spdx_says() {
        for good in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0 OR MIT",
            "(MIT OR GPL-3.0) AND ISC",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
        ] {
            assert!(is_allowed(good), "{good}");
        }
        for bad in
            ["GPL-3.0", "MIT AND GPL-3.0", "MIT OR", "", "(MIT", "MIT) OR GPL-3.0", "Apache-2.0 WITH Other-exception"]
        {
            assert!(!is_allowed(bad), "{bad}");
        }
    }

    #[test]
    fn a_bad_licence_a_banned_crate_and_a_foreign_source_are_caught() {
        let mut from_git = dependency("a", "1.0.0", "MIT");
        from_git.source = "git+somewhere".to_owned();
        let mut silent = dependency("b", "1.0.0", "MIT");
        silent.licence = None;
        let found =
            check(&[from_git, silent, dependency("c", "1.0.0", "AGPL-3.0"), dependency("chrono", "0.4.0", "MIT")]);
        let caught = |name: &str| found.iter().filter(|finding| finding.place == name).count();
        assert_eq!(["a", "b", "c", "chrono"].map(caught), [1, 1, 1, 1]);
    }

    #[test]
    fn a_new_duplicate_is_caught() {
        let found = check(&[dependency("z", "1.0.0", "MIT"), dependency("z", "2.0.0", "MIT")]);
        assert_eq!(found.iter().filter(|finding| finding.place == "z").count(), 1);
    }
}
