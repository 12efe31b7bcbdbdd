//! One company: its chain, and what its history leads to.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    CompanyId, CompanyState, CreditEntry, CreditMove, CreditScope, FeatureKey, ItemRef, Shape, Timestamp, Uuid,
    boundary_after,
};

use super::{
    PAGE,
    feed::{self, Line},
};
use crate::{
    CompanyHead, CompanyLine, PastCompany, Store, StoreError,
    chain::{self, Hash},
};

/// What a look at a company found.
pub(super) struct Checked {
    /// What is wrong, in sentences.
    pub(super) breaches: Vec<String>,
    /// The rows of its history, in order.
    pub(super) lines: Vec<Line>,
    /// Whether nobody wrote it while it was looked at.
    pub(super) stood_still: bool,
}

/// Looks at a company; `None` when it is not stored.
pub(super) async fn check(store: &dyn Store, company: CompanyId) -> Result<Option<Checked>, StoreError> {
    let Some(head) = head_of(store, company).await? else { return Ok(None) };
    let mut look = Look::of(&head);
    let mut after = (0, 0);
    loop {
        let page = store.company_log(company, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = (last.write_seq, last.part);
        for line in &page {
            look.take(line);
        }
    }
    let loaded = store.load(company, CreditScope::All).await?;
    look.compare(&head, &loaded.state);
    look.compare_shape(&head, &loaded.state, loaded.now);
    look.compare_credits(store, &loaded.state).await?;
    let again = head_of(store, company).await?;
    let Look { breaches, lines, .. } = look;
    Ok(Some(Checked { breaches, lines, stood_still: again.is_some_and(|again| again == head) }))
}

async fn head_of(store: &dyn Store, company: CompanyId) -> Result<Option<CompanyHead>, StoreError> {
    let before = company.uuid().as_u128().checked_sub(1).and_then(|before| CompanyId::new(Uuid::from_u128(before)));
    let heads = store.company_heads(before, 1).await?;
    Ok(heads.into_iter().find(|head| head.company_id == company))
}

struct Look {
    chained_from: u64,
    link: Hash,
    last: Option<(u64, u32, u64)>,
    last_at: Timestamp,
    past: PastCompany,
    is_readable: bool,
    /// What rows with a link tell of: what they leave must be what is stored.
    items: BTreeSet<ItemRef>,
    breaches: Vec<String>,
    lines: Vec<Line>,
}

impl Look {
    fn of(head: &CompanyHead) -> Self {
        Self {
            chained_from: head.chained_from,
            link: chain::genesis_of(head.company_id),
            last: None,
            last_at: Timestamp::MIN,
            past: PastCompany::unknown(head.company_id),
            is_readable: true,
            items: BTreeSet::new(),
            breaches: Vec::new(),
            lines: Vec::new(),
        }
    }

    fn breach(&mut self, what: String) {
        self.breaches.push(what);
    }

    fn take(&mut self, line: &CompanyLine) {
        let place = format!("history of write {}, part {}", line.write_seq, line.part);
        let follows = match self.last {
            None => (line.write_seq, line.part) == (1, 0),
            Some((seq, part, _)) => {
                (line.write_seq, line.part) == (seq, part + 1) || (line.write_seq, line.part) == (seq + 1, 0)
            }
        };
        if !follows {
            let before = self.last.map_or("nothing".to_owned(), |(seq, part, _)| format!("write {seq}, part {part}"));
            self.breach(format!("{place}: follows on {before}: rows between are gone, or it was added"));
        }
        if self.last.is_some_and(|(.., version)| version > line.version) {
            self.breach(format!("{place}: the version went back to {}", line.version));
        }
        self.last = Some((line.write_seq, line.part, line.version));
        self.last_at = self.last_at.max(line.created_at);
        self.lines.push(feed::of_line(line));
        self.take_link(&place, line);
        if let Err(error) = self.past.take(line) {
            self.is_readable = false;
            self.breach(format!("{place}: {error}"));
        }
    }

    fn take_link(&mut self, place: &str, line: &CompanyLine) {
        if line.write_seq < self.chained_from {
            if line.hash.is_some() {
                self.breach(format!("{place}: has a link and was written before there was a chain"));
            }
            return;
        }
        let kind = match line.entity_type.as_str() {
            "package" => Some(domain::ItemKind::Package),
            "addon" => Some(domain::ItemKind::Addon),
            _ => None,
        };
        let key = line.entity_key.as_deref().and_then(|key| domain::ItemKey::parse(key).ok());
        if let (Some(kind), Some(key)) = (kind, key) {
            self.items.insert(ItemRef { kind, key });
        }
        let expected = chain::of_company(&self.link, line);
        match line.hash {
            Some(hash) if hash == expected => {}
            Some(_) => {
                self.breach(format!("{place}: its link does not fit: it, or the row before it, is not as written"));
            }
            None => self.breach(format!("{place}: its link is gone")),
        }
        // From here on by what is stored, so that one breach is not told again with every later row.
        self.link = line.hash.unwrap_or(expected);
    }

    /// Holds what is stored against what the history leads to.
    fn compare(&mut self, head: &CompanyHead, stored: &CompanyState) {
        let (seq, version) = self.last.map_or((0, 0), |(seq, _, version)| (seq, version));
        if seq != head.write_seq {
            self.breach(format!("its history ends at write {seq}, and it was written {} times", head.write_seq));
        } else if version != head.version {
            self.breach(format!("its last write made version {version}, and version {} is stored", head.version));
        }
        let newest = (self.link != chain::genesis_of(head.company_id)).then_some(self.link);
        if newest != head.hash {
            self.breach("its newest row of history is not the one that it was left with".to_owned());
        }
        if !self.is_readable {
            return;
        }
        let told = &self.past.state;
        let mut found = Vec::new();
        if self.past.unsaid_base.is_none()
            && (told.version_base, told.last_write_at) != (stored.version_base, stored.last_write_at)
        {
            found.push("its version does not stand on what its history says".to_owned());
        }
        for row in &stored.holdings {
            let item = &row.terms.item;
            let (kind, key) = (item.kind.as_str(), &item.key);
            match told.holding(item) {
                None => found.push(format!("has a row for {kind} `{key}` that its history does not tell of")),
                Some(told) if told != row && self.items.contains(item) => {
                    found.push(format!("its row for {kind} `{key}` is not what its history says"));
                }
                Some(_) => {}
            }
        }
        for row in told.holdings.iter().filter(|row| stored.holding(&row.terms.item).is_none()) {
            let item = &row.terms.item;
            found.push(format!("its row for {} `{}` is gone", item.kind.as_str(), item.key));
        }
        if told.grants != stored.grants {
            found.push("its grants are not what its history says".to_owned());
        }
        let first = boundary_after(stored, self.last_at);
        if first.is_some_and(|first| stored.next_boundary.is_none_or(|next| next > first)) {
            found.push("its next boundary would pass without a word in its history".to_owned());
        }
        if told.profile != stored.profile {
            found.push("its profile is not what its history says".to_owned());
        }
        self.breaches.append(&mut found);
    }

    /// Holds the shape by which the company is counted against its rows. One that may be over is looked at anew before it is counted.
    fn compare_shape(&mut self, head: &CompanyHead, stored: &CompanyState, now: Timestamp) {
        let Some((shape, until)) = &head.shape else { return };
        let now = now.max(stored.last_write_at);
        let is_over = until.is_some_and(|until| until <= now);
        let (expected, expected_until) = Shape::of(&stored.standing(), now);
        if !is_over && (shape, *until) != (&expected, expected_until) {
            self.breach(
                "is counted by a shape that its rows do not have: what a catalog change reaches would be told wrong"
                    .to_owned(),
            );
        }
    }

    /// Holds what is left of credits against what the ledger says of them.
    async fn compare_credits(&mut self, store: &dyn Store, stored: &CompanyState) -> Result<(), StoreError> {
        let mut left: BTreeMap<&FeatureKey, i128> = BTreeMap::new();
        for lot in &stored.credits.lots {
            *left.entry(&lot.feature).or_default() += i128::from(lot.remaining);
        }
        for (feature, left) in left {
            let (mut told, mut before) = (0_i128, None);
            loop {
                let page = store.ledger(stored.company_id, feature, before, PAGE).await?;
                let Some(last) = page.last() else { break };
                before = Some(last.position);
                told += page.iter().map(|line| moved(&line.entry)).sum::<i128>();
            }
            if told != left {
                self.breach(format!("{left} credits of `{feature}` are left, and its ledger says {told}"));
            }
        }
        Ok(())
    }
}

fn moved(entry: &CreditEntry) -> i128 {
    let amount = i128::from(entry.amount);
    match entry.kind {
        CreditMove::Grant => amount,
        CreditMove::Consume | CreditMove::TakeBack => -amount,
    }
}
