//! Reads.

use std::sync::Arc;

use api::{
    ErrorCode,
    request::BatchOfCompanies,
    response::{
        BatchView, CreditsView, EligibilityView, EntitlementsView, ExplanationView, FeatureInForceView, FeaturesView,
        GrantList, HistoryView,
    },
};
use reqwest::{
    Method, StatusCode,
    header::{HeaderName, IF_NONE_MATCH},
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::{About, CallError, Client, Read, client::Ask};

const CONSISTENCY: HeaderName = HeaderName::from_static("consistency");

impl Client {
    /// What a company commercially owns right now (requirements 004 §15.1).
    ///
    /// The last answer is remembered: while its version stands, the service answers "not modified" and the same answer is given again.
    ///
    /// # Errors
    /// [`CallError`]; one that [`is_not_found`](CallError::is_not_found) for a company that was never written;
    /// [`CallError::VersionNotReached`] where the company has not come to the version that the read asks for.
    pub async fn entitlements(&self, company: Uuid, read: &Read) -> Result<Arc<EntitlementsView>, CallError> {
        let mut ask = of_company("entitlements", company, &["entitlements"], read)?;
        ask.query.extend(read.at_least_version.map(|version| ("atLeastVersion", version.to_string())));
        let (life, remembered) = (self.remembered().life(), self.remembered().get(company));
        if let Some(known) = &remembered {
            ask.header(IF_NONE_MATCH, &format!("\"{}\"", known.entitlement_version))?;
        }
        let request_id = ask.request_id.clone();
        let not_reached = |version, wanted| CallError::VersionNotReached { request_id, company, version, wanted };
        let reply = match self.send(ask).await {
            Err(CallError::Refused(refused)) => {
                return Err(match (refused.code, refused.version, read.at_least_version) {
                    (Some(ErrorCode::Conflict), Some(version), Some(wanted)) => not_reached(version, wanted),
                    _ => CallError::Refused(refused),
                });
            }
            other => other?,
        };
        let view = if let (StatusCode::NOT_MODIFIED, Some(known)) = (reply.status, remembered) {
            self.counters().not_modified.add(1);
            known
        } else {
            let view = Arc::new(reply.read::<EntitlementsView>()?);
            self.remembered().put(company, &view, life);
            view
        };
        match read.at_least_version {
            // A service of before answered what it had.
            Some(wanted) if view.entitlement_version < wanted => Err(not_reached(view.entitlement_version, wanted)),
            _ => Ok(view),
        }
    }

    /// The entitlements of 1 to 1,000 companies, in the order asked; with `upcoming` (0 to 16) each carries what it will own from each of
    /// its next boundaries on, as things are scheduled now.
    ///
    /// # Errors
    /// [`CallError`]; what fails for one company stands in its entry.
    pub async fn batch(&self, companies: &[Uuid], upcoming: u32, read: &Read) -> Result<BatchView, CallError> {
        let mut ask = asked("batch", &["entitlements", "batch"], read)?;
        ask.method = Method::POST;
        ask.json(&BatchOfCompanies { company_ids: companies.to_vec(), upcoming })?;
        self.get(ask).await
    }

    /// What a company may become eligible for: permission families and permissions.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn eligibility(&self, company: Uuid, read: &Read) -> Result<EligibilityView, CallError> {
        self.get(of_company("eligibility", company, &["eligibility"], read)?).await
    }

    /// The features that a company has, with their sources.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn features(&self, company: Uuid, read: &Read) -> Result<FeaturesView, CallError> {
        self.get(of_company("features", company, &["features"], read)?).await
    }

    /// One feature of a company; `false` or 0 when it exists and the company does not have it.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn feature(&self, company: Uuid, key: &str, read: &Read) -> Result<FeatureInForceView, CallError> {
        self.get(of_company("feature", company, &["features", key], read)?).await
    }

    /// Why a company has what it has, and what would make true what is not.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn explain(&self, company: Uuid, about: &About, read: &Read) -> Result<ExplanationView, CallError> {
        let mut ask = of_company("explain", company, &["explain"], read)?;
        ask.query.extend(match about {
            About::Everything => None,
            About::Module(key) => Some(("module", key.clone())),
            About::Permission(key) => Some(("permission", key.clone())),
            About::Feature(key) => Some(("feature", key.clone())),
        });
        self.get(ask).await
    }

    /// A page of a company's history, newest first: 1 to 500 entries, from the `next_cursor` of the page before.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn history(
        &self,
        company: Uuid,
        limit: u32,
        cursor: Option<&str>,
        read: &Read,
    ) -> Result<HistoryView, CallError> {
        let mut ask = of_company("history", company, &["history"], read)?;
        ask.query.push(("limit", limit.to_string()));
        ask.query.extend(cursor.map(|cursor| ("cursor", cursor.to_owned())));
        self.get(ask).await
    }

    /// The credits of a company: what can be used now, and what of it expires when.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn credits(&self, company: Uuid, read: &Read) -> Result<CreditsView, CallError> {
        self.get(of_company("credits", company, &["credits"], read)?).await
    }

    /// The grants of a company.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn grants(&self, company: Uuid, read: &Read) -> Result<GrantList, CallError> {
        self.get(of_company("grants", company, &["grants"], read)?).await
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, ask: Ask) -> Result<T, CallError> {
        self.send(ask).await?.read()
    }
}

/// A read as it is asked.
pub(crate) fn asked(operation: &'static str, path: &[&str], read: &Read) -> Result<Ask, CallError> {
    let mut ask = Ask::new(operation, Method::GET, path, read.request_id.as_ref());
    ask.within = read.within;
    if read.is_strong {
        ask.header(CONSISTENCY, "strong")?;
    }
    Ok(ask)
}

pub(crate) fn of_company(operation: &'static str, company: Uuid, rest: &[&str], read: &Read) -> Result<Ask, CallError> {
    let id = company.to_string();
    let path = [&["companies", id.as_str()], rest].concat();
    asked(operation, &path, read)
}
