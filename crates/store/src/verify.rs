//! Whether what is stored is what was written: the chain of every history, and that state, versions, history and feed agree.

mod catalog;
mod company;
mod feed;

use std::{collections::BTreeSet, time::Duration};

use domain::CompanyId;

use crate::{Store, StoreError};
pub(crate) use catalog::mapped_modules;
use company::Checked;
use feed::Told;

/// Rows asked for at once: few enough to answer within a store's deadline.
const PAGE: u32 = 500;

/// How often something that moves while it is looked at is looked at again.
const LOOKS: u32 = 10;

/// Between two looks at the feed: what was committed shows in it once everything that began before has ended.
const PAUSE: Duration = Duration::from_millis(200);

/// Breaches that are told; more say nothing new.
pub const MAX_BREACHES: usize = 1_000;

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    /// Where: a company, the catalog or the feed.
    pub place: String,
    /// What is wrong there, in a sentence.
    pub what: String,
}

/// What a look at everything found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Companies looked at.
    pub companies: u64,
    /// Rows of history looked at.
    pub lines: u64,
    /// Rows of the feed looked at.
    pub told: u64,
    /// Everything that is wrong, at most [`MAX_BREACHES`].
    pub breaches: Vec<Breach>,
}

impl Verified {
    fn breach(&mut self, place: &impl ToString, what: impl Into<String>) {
        if self.breaches.len() < MAX_BREACHES {
            self.breaches.push(Breach { place: place.to_string(), what: what.into() });
        }
    }
}

/// Looks at everything, also while it is being written: what moves meanwhile is looked at again.
///
/// # Errors
/// [`StoreError`] when the store does not answer. What is wrong with what is stored is no error, but a breach.
pub async fn verify(store: &dyn Store) -> Result<Verified, StoreError> {
    let mut verified = Verified::default();
    let lines = read_or_told(catalog::check(store, &mut verified).await, &"catalog", &mut verified)?;
    let Some(mut told) = read_or_told(Told::read(store, None).await, &"feed", &mut verified)? else {
        return Ok(verified);
    };
    verified.told = told.entries;
    if lines.is_some_and(|lines| told.disagrees_on_catalog(&lines).is_some()) {
        let settled = catalog::settle(store, &mut verified).await;
        read_or_told(settled, &"catalog", &mut verified)?;
    }
    let mut doubtful = BTreeSet::new();
    let mut after = None;
    loop {
        let place = after.map_or("the first companies".to_owned(), |after| format!("the companies behind {after}"));
        let Some(heads) = read_or_told(store.company_heads(after, PAGE).await, &place, &mut verified)? else { break };
        let Some(last) = heads.last() else { break };
        after = Some(last.company_id);
        for head in &heads {
            verified.companies += 1;
            let checked = looked_at(store, head.company_id, &mut verified).await;
            if let Some(checked) = read_or_told(checked, &head.company_id, &mut verified)?.flatten() {
                verified.lines += checked.lines.len() as u64;
                if told.disagrees(head.company_id, &checked.lines).is_some() {
                    doubtful.insert(head.company_id);
                }
            }
            told.seen(head.company_id);
        }
    }
    doubtful.extend(told.unseen());
    settle(store, doubtful, &mut verified).await?;
    Ok(verified)
}

/// What was read, or a breach of the place where something stands that cannot be: one row that makes no sense hides no others.
fn read_or_told<T>(
    read: Result<T, StoreError>,
    place: &impl ToString,
    verified: &mut Verified,
) -> Result<Option<T>, StoreError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(StoreError::Defect(what)) => {
            verified.breach(place, format!("cannot be read: {what}"));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Looks at a company until nobody writes it meanwhile; gives what its history says.
async fn looked_at(
    store: &dyn Store,
    company: CompanyId,
    verified: &mut Verified,
) -> Result<Option<Checked>, StoreError> {
    let mut found = Vec::new();
    for _ in 0..LOOKS {
        let Some(checked) = company::check(store, company).await? else { return Ok(None) };
        found.clone_from(&checked.breaches);
        if found.is_empty() || checked.stood_still {
            for what in found {
                verified.breach(&company, what);
            }
            return Ok(Some(checked));
        }
    }
    for what in found {
        verified.breach(&company, what);
    }
    Ok(None)
}

/// Companies of which history and feed did not agree: the feed was read before the history, so they are read once more, together.
async fn settle(
    store: &dyn Store,
    mut doubtful: BTreeSet<CompanyId>,
    verified: &mut Verified,
) -> Result<(), StoreError> {
    for look in 1..=LOOKS {
        if doubtful.is_empty() {
            return Ok(());
        }
        if look > 1 {
            tokio::time::sleep(PAUSE).await;
        }
        let told = Told::read(store, Some(&doubtful)).await?;
        for company in std::mem::take(&mut doubtful) {
            let disagreement = match company::check(store, company).await {
                Ok(Some(checked)) => told.disagrees(company, &checked.lines),
                Ok(None) => Some("the feed tells of it, and it is not stored".to_owned()),
                // Told already.
                Err(StoreError::Defect(_)) => None,
                Err(error) => return Err(error),
            };
            match disagreement {
                Some(what) if look == LOOKS => verified.breach(&company, what),
                Some(_) => drop(doubtful.insert(company)),
                None => {}
            }
        }
    }
    Ok(())
}
