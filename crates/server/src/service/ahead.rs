//! Reading ahead: what a company will own from each of its next boundaries on, as things are scheduled now.

use domain::{CompanyId, Entitlements, resolve};
use store::StoreError;

use super::Core;

impl Core {
    /// What a company owns now, and what it will own from each of its next `count` boundaries on; `None` when it was never written.
    ///
    /// One state and one catalog stand behind all of them, so each begins at the instant at which the one before it ends.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be known for certain right now.
    pub async fn ahead(
        &self,
        company: CompanyId,
        count: u32,
    ) -> Result<Option<(Entitlements, Vec<Entitlements>)>, StoreError> {
        let Some((now, state, catalog)) = self.resolved(company).await? else { return Ok(None) };
        let standing = state.standing();
        let mut later: Vec<Entitlements> = Vec::new();
        for _ in 0..count {
            let Some(boundary) = later.last().unwrap_or(&now).valid_until else { break };
            later.push(resolve(&standing, &catalog, boundary));
        }
        Ok(Some((now, later)))
    }
}
