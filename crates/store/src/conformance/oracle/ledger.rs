//! Credits, replayed from the beginning each time.

use std::collections::BTreeMap;

use domain::CompanyId;

use super::{Fact, Oracle};

/// Text messages that came or were used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Credit {
    /// Whether they came.
    pub(in super::super) came: bool,
    pub(in super::super) amount: u64,
    pub(in super::super) balance: u64,
    /// When what came is gone.
    pub(in super::super) expires: Option<i64>,
    /// What they were bought with, where that was said.
    pub(in super::super) purchase: Option<String>,
}

impl Oracle {
    /// How many text messages a company may send at an instant.
    pub(in super::super) fn balance(&self, company: CompanyId, at: i64) -> u64 {
        // What is left, by when it is gone.
        let mut left: BTreeMap<i64, u64> = BTreeMap::new();
        for entry in self.log.iter().filter(|entry| entry.company == Some(company)) {
            for fact in &entry.facts {
                let Fact::Credit(credit) = fact else { continue };
                if credit.came {
                    *left.entry(credit.expires.unwrap_or(i64::MAX)).or_default() += credit.amount;
                    continue;
                }
                let mut open = credit.amount;
                for amount in left.range_mut(entry.at + 1..).map(|(_, amount)| amount) {
                    let taken = open.min(*amount);
                    (*amount, open) = (*amount - taken, open - taken);
                }
                assert_eq!(open, 0, "more was used than there was");
            }
        }
        left.range(at + 1..).map(|(_, amount)| amount).sum()
    }

    /// Whether a purchase has brought its credits already.
    pub(super) fn knows_purchase(&self, company: CompanyId, purchase: &str) -> bool {
        self.own(company, self.log.len())
            .any(|fact| matches!(fact, Fact::Credit(credit) if credit.purchase.as_deref() == Some(purchase)))
    }

    /// A company's ledger, newest first: the number of the write and what it says.
    pub(in super::super) fn ledger(&self, company: CompanyId) -> Vec<(u64, Credit)> {
        let own = self.log.iter().filter(|entry| entry.company == Some(company));
        let mut lines: Vec<(u64, Credit)> = (1..)
            .zip(own)
            .flat_map(|(number, entry)| {
                entry.facts.iter().filter_map(move |fact| {
                    let Fact::Credit(credit) = fact else { return None };
                    Some((number, credit.clone()))
                })
            })
            .collect();
        lines.reverse();
        lines
    }
}
