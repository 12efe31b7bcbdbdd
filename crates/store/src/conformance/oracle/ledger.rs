//! Credits, replayed from the beginning each time.

use std::collections::BTreeMap;

use domain::CompanyId;

use super::{Fact, ItemName, Oracle, Row};

/// Text messages that came, were used, or were taken back before they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Credit {
    /// The word of the ledger.
    pub(in super::super) way: &'static str,
    pub(in super::super) amount: u64,
    pub(in super::super) balance: u64,
    /// When what came can be used, where that is not at once.
    pub(in super::super) starts: Option<i64>,
    /// When what came is gone.
    pub(in super::super) expires: Option<i64>,
    /// The row that brought them, where one did.
    pub(in super::super) row: Option<ItemName>,
    /// What they were bought with, where that was said.
    pub(in super::super) purchase: Option<String>,
}

/// What came at once and what is left of it.
#[derive(Clone, Debug)]
pub(super) struct Lot {
    /// The far future while it waits for its row.
    starts: i64,
    expires: i64,
    pub(super) left: u64,
    row: Option<ItemName>,
    pub(super) purchase: Option<String>,
}

impl Lot {
    fn usable(&self, at: i64) -> u64 {
        if self.starts <= at && at < self.expires { self.left } else { 0 }
    }

    /// Whether it is still to come, and when that is known.
    pub(super) fn known_start(&self) -> Option<i64> {
        // The last instant there is never comes.
        (self.starts < domain::Timestamp::MAX.micros()).then_some(self.starts)
    }
}

/// A replay of a company's credits.
#[derive(Default)]
struct Replay {
    lots: Vec<Lot>,
    rows: BTreeMap<ItemName, Row>,
}

impl Replay {
    fn take_in(&mut self, fact: &Fact, at: i64) {
        if let Fact::Row(row) = fact {
            let before = self.rows.insert(row.item.clone(), row.clone());
            self.follow(row, before.as_ref(), at);
        }
        let Fact::Credit(credit) = fact else { return };
        if credit.way == "grant" {
            self.lots.push(Lot {
                starts: credit.starts.unwrap_or(i64::MIN),
                expires: credit.expires.unwrap_or(i64::MAX),
                left: credit.amount,
                row: credit.row.clone(),
                purchase: credit.purchase.clone(),
            });
        }
        if credit.way == "consume" {
            let mut open = credit.amount;
            self.lots.sort_by_key(|lot| lot.expires);
            for lot in &mut self.lots {
                let taken = open.min(lot.usable(at));
                (lot.left, open) = (lot.left - taken, open - taken);
            }
            assert_eq!(open, 0, "more was used than there was");
        }
    }

    /// What a row brought and that has not begun goes where the row goes.
    fn follow(&mut self, row: &Row, before: Option<&Row>, at: i64) {
        if before.is_some_and(|before| Row { revision: row.revision, ..before.clone() } == *row) {
            // Only moved to another revision.
            return;
        }
        let is_coming = |lot: &Lot| lot.row.as_ref() == Some(&row.item) && lot.starts > at && lot.left > 0;
        let goes_on = before.is_some_and(|before| before.proven && at < before.over());
        let named = row.bought_with();
        self.lots.retain(|lot| {
            let is_of_this_one = lot.purchase.is_some() && lot.purchase == named;
            let stays = row.has_entitling_status() || row.status == "paused";
            !is_coming(lot) || (stays && (goes_on || is_of_this_one))
        });
        for lot in self.lots.iter_mut().filter(|lot| is_coming(lot)) {
            lot.starts = row.first_in_force(at).unwrap_or(i64::MAX);
        }
    }
}

impl Oracle {
    /// How many text messages a company may send at an instant.
    pub(in super::super) fn balance(&self, company: CompanyId, at: i64) -> u64 {
        self.balance_after(company, &[], at, at)
    }

    /// How many they are at an instant, once more facts are so from an earlier one on.
    pub(super) fn balance_after(&self, company: CompanyId, facts: &[Fact], since: i64, at: i64) -> u64 {
        self.lots_after(company, facts, since).iter().map(|lot| lot.usable(at)).sum()
    }

    fn lots_after(&self, company: CompanyId, facts: &[Fact], since: i64) -> Vec<Lot> {
        let mut replay = Replay::default();
        for entry in self.log.iter().filter(|entry| entry.company == Some(company)) {
            for fact in &entry.facts {
                replay.take_in(fact, entry.at);
            }
        }
        for fact in facts {
            replay.take_in(fact, since);
        }
        replay.lots
    }

    /// What a row that is written takes back.
    pub(super) fn taken_back(&self, company: CompanyId, row: &Row, at: i64) -> Vec<Lot> {
        let after = self.lots_after(company, &[Fact::Row(row.clone())], at);
        let mut before = self.lots_after(company, &[], at);
        // Whatever has no counterpart afterwards is gone; alike are those of one amount and purchase.
        for kept in after {
            let alike = |lot: &Lot| (&lot.row, &lot.purchase, lot.left) == (&kept.row, &kept.purchase, kept.left);
            let place = before.iter().position(|lot| alike(lot) && (lot.starts > at) == (kept.starts > at));
            let place = place.or_else(|| before.iter().position(alike));
            place.map(|place| before.remove(place));
        }
        before
    }

    /// Whether a purchase has brought its credits already.
    pub(super) fn knows_purchase(&self, company: CompanyId, purchase: &str) -> bool {
        let brought = |lot: &Lot| lot.purchase.as_deref() == Some(purchase);
        self.lots_after(company, &[], i64::MIN).iter().any(brought)
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
