//! Writes of companies. Every one has an idempotency key, made here unless the caller gives one, and the same in all its attempts.

use api::{
    request::{AddGrant, ChangePackage, ConsumeCredits, GrantCredits, PutProfile, SetAddon, SetBasic, SetPackage},
    response::{
        AddonWritten, BasicWritten, CreditWritten, GrantWritten, PackageChangeCancelledView, PackageChangedView,
        PackageWritten, ProfileView,
    },
};
use reqwest::{
    Method,
    header::{HeaderName, IF_MATCH},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    CallError, Client, Write, Written,
    client::{Ask, IDEMPOTENCY_KEY},
};

const ACTOR: HeaderName = HeaderName::from_static("x-actor-id");

/// No body.
const NOTHING: Option<&()> = None;

impl Client {
    /// Activates, changes, pauses or ends a company's Basic subscription (requirements 004 §17.1).
    ///
    /// # Errors
    /// [`CallError`]; one with an [`idempotency_key`](CallError::idempotency_key) may have been carried out.
    pub async fn set_basic(
        &self,
        company: Uuid,
        body: &SetBasic,
        write: &Write,
    ) -> Result<Written<BasicWritten>, CallError> {
        self.write("set_basic", Method::POST, company, &["basic"], Some(body), write).await
    }

    /// Activates, changes, pauses or ends a company's subscription to any package.
    ///
    /// # Errors
    /// As of [`Client::set_basic`].
    pub async fn set_package(
        &self,
        company: Uuid,
        body: &SetPackage,
        write: &Write,
    ) -> Result<Written<PackageWritten>, CallError> {
        self.write("set_package", Method::POST, company, &["packages"], Some(body), write).await
    }

    /// Activates, changes, pauses or ends one add-on of a company (requirements 004 §17.2).
    ///
    /// # Errors
    /// As of [`Client::set_basic`].
    pub async fn set_addon(
        &self,
        company: Uuid,
        body: &SetAddon,
        write: &Write,
    ) -> Result<Written<AddonWritten>, CallError> {
        self.write("set_addon", Method::POST, company, &["addons"], Some(body), write).await
    }

    /// Moves a company from one package to another, at once or at an instant.
    ///
    /// # Errors
    /// As of [`Client::set_basic`].
    pub async fn change_package(
        &self,
        company: Uuid,
        body: &ChangePackage,
        write: &Write,
    ) -> Result<Written<PackageChangedView>, CallError> {
        self.write("change_package", Method::POST, company, &["change-package"], Some(body), write).await
    }

    /// Takes a planned change of package back.
    ///
    /// # Errors
    /// As of [`Client::set_basic`].
    pub async fn cancel_package_change(
        &self,
        company: Uuid,
        write: &Write,
    ) -> Result<Written<PackageChangeCancelledView>, CallError> {
        self.write("cancel_package_change", Method::DELETE, company, &["change-package"], NOTHING, write).await
    }

    /// Gives a company a feature or a module.
    ///
    /// # Errors
    /// As of [`Client::set_basic`].
    pub async fn add_grant(
        &self,
        company: Uuid,
        body: &AddGrant,
        write: &Write,
    ) -> Result<Written<GrantWritten>, CallError> {
        self.write("add_grant", Method::POST, company, &["grants"], Some(body), write).await
    }

    /// Takes a grant back.
    ///
    /// # Errors
    /// As of [`Client::set_basic`].
    pub async fn remove_grant(
        &self,
        company: Uuid,
        grant: Uuid,
        write: &Write,
    ) -> Result<Written<GrantWritten>, CallError> {
        let grant = grant.to_string();
        self.write("remove_grant", Method::DELETE, company, &["grants", &grant], NOTHING, write).await
    }

    /// Adds to a company's credits of a feature.
    ///
    /// # Errors
    /// As of [`Client::set_basic`].
    pub async fn grant_credits(
        &self,
        company: Uuid,
        feature: &str,
        body: &GrantCredits,
        write: &Write,
    ) -> Result<Written<CreditWritten>, CallError> {
        self.write("grant_credits", Method::POST, company, &["credits", feature, "grant"], Some(body), write).await
    }

    /// Uses up a company's credits of a feature; the balance never goes below zero.
    ///
    /// # Errors
    /// As of [`Client::set_basic`]; `conflict` names the balance when it is too small.
    pub async fn consume_credits(
        &self,
        company: Uuid,
        feature: &str,
        body: &ConsumeCredits,
        write: &Write,
    ) -> Result<Written<CreditWritten>, CallError> {
        self.write("consume_credits", Method::POST, company, &["credits", feature, "consume"], Some(body), write).await
    }

    /// Says how a company is shown; replaces what was said before.
    ///
    /// # Errors
    /// As of [`Client::set_basic`].
    pub async fn put_profile(
        &self,
        company: Uuid,
        body: &PutProfile,
        write: &Write,
    ) -> Result<Written<ProfileView>, CallError> {
        self.write("put_profile", Method::PUT, company, &["profile"], Some(body), write).await
    }

    async fn write<B: Serialize, T: DeserializeOwned>(
        &self,
        operation: &'static str,
        method: Method,
        company: Uuid,
        rest: &[&str],
        body: Option<&B>,
        write: &Write,
    ) -> Result<Written<T>, CallError> {
        let id = company.to_string();
        let path = [&["companies", id.as_str()], rest].concat();
        let mut ask = Ask::new(operation, method, &path, write.request_id.as_ref());
        let key = write.key_or_new();
        ask.header(IDEMPOTENCY_KEY, &key)?;
        if let Some(actor) = &write.actor {
            ask.header(ACTOR, actor)?;
        }
        if let Some(version) = write.if_version {
            ask.header(IF_MATCH, &format!("\"{version}\""))?;
        }
        if write.is_dry_run {
            ask.query.push(("dryRun", "true".to_owned()));
        }
        if let Some(body) = body {
            ask.json(body)?;
        }
        ask.within = write.within;
        ask.idempotency_key = Some(key.clone());
        self.send(ask).await?.written(key)
    }
}
