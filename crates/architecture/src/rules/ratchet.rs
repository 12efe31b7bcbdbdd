//! Exceptions that may only become fewer.
//!
//! A line of `ratchet.txt` is `place: message` of a finding that is tolerated, after a comment line that says why. A line whose finding is gone
//! is itself a finding: so what was mended stays mended.

use crate::Finding;

/// The findings that the ratchet does not hold, and the lines of the ratchet that hold nothing any more.
pub fn apply(findings: Vec<Finding>, ratchet: &str) -> Vec<Finding> {
    let held: Vec<&str> =
        ratchet.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let text = |finding: &Finding| format!("{}: {}", finding.place, finding.message);
    let stale = held
        .iter()
        .filter(|line| !findings.iter().any(|finding| text(finding) == **line))
        .map(|line| Finding::of("crates/architecture/ratchet.txt", format!("`{line}` is mended; take the line out")))
        .collect::<Vec<_>>();
    findings.into_iter().filter(|finding| !held.contains(&text(finding).as_str())).chain(stale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratchet_holds_what_it_names_and_nothing_else() {
        let findings = vec![Finding::at("a.rs", 7, "is long"), Finding::of("b.rs", "is long")];
        assert_eq!(apply(findings, "# why\na.rs: is long\n"), [Finding::of("b.rs", "is long")]);
    }

    #[test]
    fn a_ratchet_line_that_holds_nothing_is_caught() {
        assert_eq!(apply(Vec::new(), "a.rs: is long").len(), 1);
    }
}
