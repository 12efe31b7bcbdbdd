//! Reads about a company besides what it owns now: what it owned and will own, its summary, profile and ledger.

use api::{
    Instant,
    response::{EntitlementsView, LedgerView, ProfileView, SummaryView, TimelineView},
};
use uuid::Uuid;

use crate::{CallError, Client, Read, reads::of_company};

impl Client {
    /// What a company owned at an instant, to the byte as it was answered then; or will own, as things are planned now. Of an instant of the
    /// last moments the answer may still change, while a write that was decided before it is being stored (at most some seconds).
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn entitlements_at(
        &self,
        company: Uuid,
        at: Instant,
        read: &Read,
    ) -> Result<EntitlementsView, CallError> {
        let mut ask = of_company("entitlements_at", company, &["entitlements"], read)?;
        ask.query.push(("at", at.to_string()));
        self.get(ask).await
    }

    /// The boundaries ahead of a company, in order, and what each changes by itself: at most so many, 1 to 500.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn timeline(&self, company: Uuid, limit: u32, read: &Read) -> Result<TimelineView, CallError> {
        let mut ask = of_company("timeline", company, &["timeline"], read)?;
        ask.query.push(("limit", limit.to_string()));
        self.get(ask).await
    }

    /// What a company subscribes to, in short (requirements 004 §15.2).
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn subscription_summary(&self, company: Uuid, read: &Read) -> Result<SummaryView, CallError> {
        self.get(of_company("subscription_summary", company, &["subscription-summary"], read)?).await
    }

    /// How a company is shown: its name, and what providers call it.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn profile(&self, company: Uuid, read: &Read) -> Result<ProfileView, CallError> {
        self.get(of_company("profile", company, &["profile"], read)?).await
    }

    /// A page of the ledger of a company's credits of one feature, newest first: 1 to 500 entries, from the `next_cursor` of the page before.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn ledger(
        &self,
        company: Uuid,
        feature: &str,
        limit: u32,
        cursor: Option<&str>,
        read: &Read,
    ) -> Result<LedgerView, CallError> {
        let mut ask = of_company("ledger", company, &["credits", feature, "ledger"], read)?;
        ask.query.push(("limit", limit.to_string()));
        ask.query.extend(cursor.map(|cursor| ("cursor", cursor.to_owned())));
        self.get(ask).await
    }
}
