//! What history and feed must say of the facts.

use std::cmp::Reverse;

use domain::CompanyId;

use super::{Entry, Fact, Oracle};

/// An entry of a company's history, as words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct HistoryLine {
    pub(in super::super) at: i64,
    pub(in super::super) version: Option<u64>,
    pub(in super::super) change: String,
    pub(in super::super) entity: String,
    pub(in super::super) key: Option<String>,
    pub(in super::super) previous: Option<String>,
    pub(in super::super) new: Option<String>,
    pub(in super::super) source: Option<String>,
    pub(in super::super) request: String,
}

/// An entry of the feed, as words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct FeedLine {
    pub(in super::super) at: i64,
    pub(in super::super) company: Option<CompanyId>,
    pub(in super::super) version: u64,
    pub(in super::super) change: String,
    pub(in super::super) entity: String,
    pub(in super::super) key: Option<String>,
    pub(in super::super) request: String,
}

impl Oracle {
    /// A company's history, newest first.
    pub(in super::super) fn history(&self, company: CompanyId) -> Vec<HistoryLine> {
        let shown = |index: &usize| self.log[*index].company == Some(company) || self.reached(company, *index);
        let lines = |index| self.history_lines(index).into_iter().rev();
        let mut newest_first: Vec<usize> = (0..self.log.len()).filter(shown).collect();
        // What time made stands under its own instant, however late it was recorded.
        newest_first.sort_by_key(|index| Reverse((self.log[*index].at, self.log[*index].company.is_some(), *index)));
        newest_first.into_iter().flat_map(lines).collect()
    }

    /// The feed from a write on, in the order of acceptance.
    pub(in super::super) fn feed(&self, from: usize) -> Vec<FeedLine> {
        let lines = |index: usize| {
            let Entry { at, company, version, .. } = self.log[index].clone();
            let line = move |line: HistoryLine| {
                let HistoryLine { change, entity, key, request, .. } = line;
                FeedLine { at, company, version, change, entity, key, request }
            };
            self.history_lines(index).into_iter().map(line)
        };
        (from..self.log.len()).flat_map(lines).collect()
    }

    fn history_lines(&self, index: usize) -> Vec<HistoryLine> {
        self.log[index].facts.iter().map(|fact| self.history_line(index, fact)).collect()
    }

    fn history_line(&self, index: usize, fact: &Fact) -> HistoryLine {
        let entry = &self.log[index];
        let mut line = HistoryLine {
            at: entry.at,
            version: entry.company.map(|_| entry.version),
            change: "catalog_updated".to_owned(),
            entity: "catalog".to_owned(),
            key: None,
            previous: None,
            new: None,
            source: None,
            request: entry.request.clone(),
        };
        let mut say = |change: &str, entity: &str, key: Option<&String>| {
            (line.change, line.entity, line.key) = (change.to_owned(), entity.to_owned(), key.cloned());
        };
        match fact {
            Fact::Entry(key) => say("catalog_updated", "catalog", Some(key)),
            Fact::Module(module) => say("catalog_updated", "catalog", Some(&module.key)),
            Fact::Given(given) => {
                say("grant_added", "grant", Some(&given.key));
                line.source.clone_from(&given.source);
            }
            Fact::Taken(given) => {
                say("grant_removed", "grant", Some(&given.key));
                line.source.clone_from(&given.source);
            }
            Fact::Credit(credit) => {
                let change = match credit.way {
                    "grant" => "credit_granted",
                    "consume" => "credit_consumed",
                    _ => "credit_taken_back",
                };
                say(change, "credit", Some(&"sms".to_owned()));
            }
            Fact::Profile(_) => say("profile_updated", "company", None),
            Fact::PackageChanged => say("package_changed", "company", None),
            Fact::Sold(sold) => {
                let before = self.sold(index).remove(&sold.name_of).map_or(0, |before| before.sets.len());
                if sold.sets.len() > before {
                    "mapping".clone_into(&mut line.entity);
                }
                line.key = Some(sold.name_of.1.clone());
            }
            Fact::Repair => say("entitlement_repaired", "company", None),
            Fact::GivenOver(given) => {
                say("grant_expired", "grant", Some(&given.key));
                line.source.clone_from(&given.source);
            }
            Fact::GivenBegun(given) => {
                say("grant_activated", "grant", Some(&given.key));
                line.source.clone_from(&given.source);
            }
            Fact::Row(row) | Fact::Over(row) | Fact::Begun(row) => {
                let before = entry.company.and_then(|company| self.rows(company, index).remove(&row.item));
                line.previous = before.map(|before| before.shown().to_owned());
                line.new = Some(row.shown().to_owned());
                line.source.clone_from(&row.source);
                line.key = Some(row.item.1.clone());
                if row.item.0 { "package" } else { "addon" }.clone_into(&mut line.entity);
                let subject = if row.item == (true, "basic".to_owned()) { "basic" } else { &line.entity };
                let has_begun = matches!(fact, Fact::Begun(_));
                let what = if has_begun { "activated" } else { verb(line.previous.as_deref(), row.shown()) };
                line.change = format!("{subject}_{what}");
            }
        }
        line
    }
}

/// What happened to a row.
fn verb(previous: Option<&str>, new: &str) -> &'static str {
    let entitled = matches!(previous, Some("active" | "trial"));
    match new {
        "active" | "trial" if !entitled => "activated",
        "inactive" | "cancelled" if entitled => "deactivated",
        "paused" if previous != Some("paused") => "paused",
        "expired" if previous != Some("expired") => "expired",
        _ => "updated",
    }
}
