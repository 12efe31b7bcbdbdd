//! Which commands the rules accept, and what they make.

use std::collections::BTreeSet;

use domain::{
    AddGrant, Command, CompanyId, FeatureValue, GrantCredits, Granted, ItemKind, ItemRef, Patch, SetHolding, Timestamp,
};

use super::{Credit, Fact, Given, ItemName, Oracle, Row, Sold};

/// What the rules say of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Verdict {
    /// Rules are broken: the codes of all of them.
    Refused(BTreeSet<&'static str>),
    /// It changes nothing.
    Nothing,
    /// It makes this so.
    Accepted(Vec<Fact>),
    /// The oracle has no opinion: what the program made of it is taken as it is, and judged by its consequences.
    Unjudged,
}

impl Verdict {
    pub(super) fn of(broken: BTreeSet<&'static str>, facts: Vec<Fact>, stands: bool) -> Self {
        match (broken.is_empty(), stands) {
            (false, _) => Self::Refused(broken),
            (true, true) => Self::Nothing,
            (true, false) => Self::Accepted(facts),
        }
    }

    pub(super) fn refused(code: &'static str) -> Self {
        Self::Refused(BTreeSet::from([code]))
    }
}

/// A field after a patch.
pub(super) fn patched<T: Clone, U>(patch: &Patch<T>, stored: Option<U>, of: impl Fn(T) -> U) -> Option<U> {
    match patch {
        Patch::Keep => stored,
        Patch::Clear => None,
        Patch::Set(value) => Some(of(value.clone())),
    }
}

fn name_of(item: &ItemRef) -> ItemName {
    (item.kind == ItemKind::Package, item.key.to_string())
}

impl Oracle {
    /// What the rules say of a company command at an instant.
    pub(in super::super) fn judge(&self, company: CompanyId, command: &Command, at: i64) -> Verdict {
        let is_known = self.writes_of(company) > 0;
        match command {
            Command::SetHolding(set) => self.judge_row(company, set, at),
            Command::GrantCredits(grant) => self.judge_credits(company, grant, at),
            Command::AddGrant(add) => self.judge_grant(add, at),
            Command::SetProfile(profile) => {
                let name = profile.name.as_ref().map(ToString::to_string);
                let stands = is_known && self.profile_of(company) == name;
                Verdict::of(BTreeSet::new(), vec![Fact::Profile(name)], stands)
            }
            Command::Repair
            | Command::RemoveGrant(_)
            | Command::ConsumeCredits(_)
            | Command::ChangePackage(_)
            | Command::CancelPackageChange
            | Command::MoveRevision { .. }
                if !is_known =>
            {
                Verdict::refused("not_found")
            }
            Command::Repair => Verdict::Accepted(vec![Fact::Repair]),
            Command::SweepBoundary => self.judge_sweep(company, at),
            Command::RemoveGrant(id) => match self.grants_of(company).remove(id) {
                Some(given) => Verdict::Accepted(vec![Fact::Taken(given)]),
                None => Verdict::refused("not_found"),
            },
            Command::ConsumeCredits(consume) => {
                let balance = self.balance(company, at);
                let short = (balance < consume.amount).then_some("conflict");
                let nothing = (consume.amount == 0).then_some("validation");
                let credit = Credit {
                    way: "consume",
                    amount: consume.amount,
                    balance: balance.saturating_sub(consume.amount),
                    starts: None,
                    expires: None,
                    row: None,
                    purchase: None,
                };
                Verdict::of(short.into_iter().chain(nothing).collect(), vec![Fact::Credit(credit)], false)
            }
            Command::ChangePackage(_) | Command::CancelPackageChange | Command::MoveRevision { .. } => {
                Verdict::Unjudged
            }
        }
    }

    fn judge_credits(&self, company: CompanyId, grant: &GrantCredits, at: i64) -> Verdict {
        let expires = grant.expires_at.map(Timestamp::micros);
        let wrong = grant.amount == 0 || expires.is_some_and(|expires| expires <= at);
        let purchase = grant.external_reference.as_ref().map(|reference| format!("by hand {reference}"));
        let known = purchase.as_ref().is_some_and(|purchase| self.knows_purchase(company, purchase));
        let balance = self.balance(company, at) + grant.amount;
        let (amount, way) = (grant.amount, "grant");
        let credit = Credit { way, amount, balance, starts: None, expires, row: None, purchase };
        Verdict::of(wrong.then_some("validation").into_iter().collect(), vec![Fact::Credit(credit)], known)
    }

    fn judge_grant(&self, add: &AddGrant, at: i64) -> Verdict {
        let (starts, ends) = (add.starts_at.map(Timestamp::micros), add.ends_at.map(Timestamp::micros));
        let mut wrong = ends.is_some_and(|end| end <= at || starts.is_some_and(|start| start >= end));
        let of_module = match &add.granted {
            Granted::Module(key) => {
                wrong |= !self.modules(self.log.len()).contains_key(key.as_str());
                true
            }
            // The opening makes a limit `seats` and a toggle `beta`.
            Granted::Feature(key, value) => {
                wrong |= match (key.as_str(), value) {
                    ("seats", FeatureValue::Amount(_) | FeatureValue::Unlimited)
                    | ("beta", FeatureValue::On | FeatureValue::Off) => false,
                    (_, _) => true,
                };
                false
            }
        };
        let source = add.source.as_ref().map(ToString::to_string);
        let given = Given { id: add.id, of_module, key: add.granted.key().to_owned(), starts, ends, source };
        Verdict::of(wrong.then_some("validation").into_iter().collect(), vec![Fact::Given(given)], false)
    }

    fn judge_row(&self, company: CompanyId, set: &SetHolding, at: i64) -> Verdict {
        let sold = self.sold(self.log.len());
        let Some(item) = sold.get(&name_of(&set.item)) else { return Verdict::refused("not_found") };
        let rows = self.rows(company, self.log.len());
        let before = rows.get(&item.name_of);
        let stored = |field: fn(&Row) -> Option<i64>| before.and_then(field);
        let text = |text: domain::Text| text.to_string();
        let mut row = Row {
            item: item.name_of.clone(),
            status: set.status.as_str().to_owned(),
            starts: patched(&set.starts_at, stored(|row| row.starts), Timestamp::micros),
            ends: patched(&set.ends_at, stored(|row| row.ends), Timestamp::micros),
            grace: patched(&set.grace_ends_at, stored(|row| row.grace), Timestamp::micros),
            quantity: set.quantity.unwrap_or_else(|| before.map_or(1, |row| row.quantity)),
            revision: before.map_or(item.sets.len(), |row| row.revision),
            source: patched(&set.source, before.and_then(|row| row.source.clone()), text),
            reference: patched(&set.external_reference, before.and_then(|row| row.reference.clone()), text),
            proven: before.is_some_and(|row| row.proven),
            lapsed: before.is_some_and(|row| row.lapsed),
        };
        let mut broken = BTreeSet::new();
        let ends_before_start = row.starts.zip(row.ends).is_some_and(|(start, end)| start > end);
        if set.grace_ends_at == Patch::Keep && row.grace.zip(row.ends).is_some_and(|(grace, end)| grace < end) {
            row.grace = None;
        }
        let grace_before_end = row.grace.is_some_and(|grace| row.ends.is_none_or(|end| grace < end));
        if ends_before_start || grace_before_end || row.quantity == 0 {
            broken.insert("validation");
        }
        if before == Some(&row) {
            return Verdict::Nothing;
        }
        // What was over is told of again only if it is written with another end or status.
        let same = |one: &Row| {
            (&one.status, one.starts, one.ends, one.grace) == (&row.status, row.starts, row.ends, row.grace)
        };
        row.lapsed = before.is_some_and(|before| before.lapsed && same(before));
        let renewal = before.is_some_and(|row| row.proven && at < row.over());
        row.proven = row.has_entitling_status() || (row.status == "paused" && renewal);
        let is_new = (row.has_entitling_status() || row.status == "paused") && !renewal;
        if is_new {
            row.revision = item.sets.len();
            if item.lifecycle != "active" {
                broken.insert("conflict");
            }
        }
        let meets = |other: &Row| {
            let instants = [Some(at), row.starts, other.starts].into_iter().flatten();
            instants.filter(|instant| *instant >= at).any(|instant| row.in_force(instant) && other.in_force(instant))
        };
        let others = rows.values().filter(|other| other.item != row.item);
        if self.is_base(&row, item) && others.filter(|other| self.is_base(other, &sold[&other.item])).any(meets) {
            broken.insert("conflict");
        }
        let mut facts = vec![Fact::Row(row.clone())];
        let balance = self.balance_after(company, &facts, at, at);
        let taken = self.taken_back(company, &row, at).into_iter().map(|lot| Credit {
            way: "take_back",
            amount: lot.left,
            balance,
            starts: lot.known_start(),
            expires: None,
            row: Some(row.item.clone()),
            purchase: lot.purchase,
        });
        facts.extend(taken.map(Fact::Credit));
        let brought = self.brought(company, item, before, &row, is_new, at);
        facts.extend(brought.map(|credit| Fact::Credit(Credit { balance: balance + credit.balance, ..credit })));
        Verdict::of(broken, facts, false)
    }

    /// What a row brings, and what of it can be used at once: once for a new assignment, and once for each reference that was not seen
    /// before.
    fn brought(
        &self,
        company: CompanyId,
        item: &Sold,
        before: Option<&Row>,
        row: &Row,
        is_new: bool,
        at: i64,
    ) -> Option<Credit> {
        let known_reference = before.and_then(|before| before.reference.as_ref());
        let bought = is_new || (row.reference.is_some() && row.reference.as_ref() != known_reference);
        let first = row.first_in_force(at)?;
        let purchase = row.bought_with();
        let is_known = purchase.as_ref().is_some_and(|purchase| self.knows_purchase(company, purchase));
        if !bought || item.credits == 0 || is_known {
            return None;
        }
        let amount = item.credits * u64::from(row.quantity);
        let (starts, balance) = if first > at { (Some(first), 0) } else { (None, amount) };
        Some(Credit { way: "grant", amount, balance, starts, expires: None, row: Some(row.item.clone()), purchase })
    }

    /// Whether a row is for a package that includes a base module, active or not.
    fn is_base(&self, row: &Row, item: &Sold) -> bool {
        let modules = self.modules(self.log.len());
        row.item.0 && item.sets[item.meant_by(row.revision) - 1].0.iter().any(|key| modules[key].base)
    }
}
