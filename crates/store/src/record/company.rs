//! The payload of a company's history row: what was before and what is after, whole.

use std::collections::BTreeMap;

use domain::{
    ChangeSet, CompanyEvent, CompanyProfile, CreditEntry, CreditMove, FeatureKey, Grant, GrantTerms, Granted,
    ModuleKey, Record, Text, Timestamp, Uuid, Window,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    HoldingRecord, RecordError, feature_value, instant, json, need, of_version, optional_instant, optional_text,
    parsed, text, text_map, to_feature_value,
};

/// The payload of a company's history row, version 3. Version 2 had neither the base nor what time made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CompanyPayload {
    v: u32,
    before: Option<RecordForm>,
    after: Option<RecordForm>,
    /// The version base after the write, with the instant of the last write that decides an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version_base: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    written_at: Option<i64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    by_time: bool,
}

/// What version 1 looked like: rows only.
#[derive(Deserialize)]
struct FirstPayload {
    before: Option<HoldingRecord>,
    after: Option<HoldingRecord>,
}

#[derive(Deserialize)]
struct Versioned {
    v: u32,
}

impl CompanyPayload {
    /// The payload of an event.
    pub fn of(event: &CompanyEvent) -> Self {
        let form = |record: &Option<Record>| record.as_ref().map(RecordForm::of);
        let (before, after) = (form(&event.before), form(&event.after));
        Self { v: 3, before, after, version_base: None, written_at: None, by_time: event.by_time }
    }

    /// The payload of an event of a change, with what the company's version then stands on.
    pub fn in_change(event: &CompanyEvent, changes: &ChangeSet) -> Self {
        let (version_base, written_at) = (Some(changes.version_base), Some(changes.last_write_at.micros()));
        Self { version_base, written_at, ..Self::of(event) }
    }

    /// Whether time made it, not a command.
    pub fn is_by_time(&self) -> bool {
        self.by_time
    }

    /// The version base after the write, and the instant of the last write that decides an answer; `None` where the row does not say.
    pub fn base(&self) -> Option<(i64, Timestamp)> {
        Some((self.version_base?, Timestamp::from_micros(self.written_at?)?))
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        json(self)
    }

    /// From JSON, of any version.
    ///
    /// # Errors
    /// [`RecordError`] when the text is no payload, or of a version that this build does not know.
    pub fn from_json(text: &str) -> Result<Self, RecordError> {
        let Versioned { v } = parsed(text)?;
        of_version("history", v, 3)?;
        if v == 1 {
            let FirstPayload { before, after } = parsed(text)?;
            let form = |row: Option<HoldingRecord>| row.map(|row| RecordForm::Holding(Box::new(row)));
            let (before, after) = (form(before), form(after));
            return Ok(Self { v: 3, before, after, version_base: None, written_at: None, by_time: false });
        }
        parsed(text)
    }

    /// What was before and what is after.
    ///
    /// # Errors
    /// [`RecordError`] naming the field that has an impossible value.
    pub fn to_records(&self) -> Result<(Option<Record>, Option<Record>), RecordError> {
        let record = |form: &Option<RecordForm>| form.as_ref().map(RecordForm::to_record).transpose();
        Ok((record(&self.before)?, record(&self.after)?))
    }
}

/// What a history row keeps whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum RecordForm {
    /// A row.
    Holding(Box<HoldingRecord>),
    /// A grant.
    Grant(GrantRecord),
    /// A line of the credit ledger.
    Credit(CreditRecord),
    /// How the company is shown.
    Profile(CompanyProfileRecord),
}

impl RecordForm {
    fn of(record: &Record) -> Self {
        match record {
            Record::Holding(holding) => Self::Holding(Box::new(HoldingRecord::of(holding))),
            Record::Grant(grant) => Self::Grant(GrantRecord::of(grant)),
            Record::Credit(entry) => Self::Credit(CreditRecord::of(entry)),
            Record::Profile(profile) => Self::Profile(CompanyProfileRecord::of(profile)),
        }
    }

    fn to_record(&self) -> Result<Record, RecordError> {
        Ok(match self {
            Self::Holding(holding) => Record::Holding(Box::new(holding.to_holding()?)),
            Self::Grant(grant) => Record::Grant(grant.to_grant()?),
            Self::Credit(entry) => Record::Credit(entry.to_entry()?),
            Self::Profile(profile) => Record::Profile(profile.to_profile()?),
        })
    }
}

fn some(text: Option<&Text>) -> Option<String> {
    text.map(ToString::to_string)
}

/// A grant. Instants are microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantRecord {
    id: Uuid,
    module: Option<String>,
    feature: Option<String>,
    value: Value,
    starts_at: Option<i64>,
    ends_at: Option<i64>,
    reason: String,
    source: Option<String>,
    created_by: String,
    created_at: i64,
}

impl GrantRecord {
    /// The stored form of a grant.
    pub fn of(grant: &Grant) -> Self {
        let Grant { terms, reason, source, created_by } = grant;
        let (module, feature, value) = match &terms.granted {
            Granted::Module(key) => (Some(key.to_string()), None, Value::Null),
            Granted::Feature(key, value) => (None, Some(key.to_string()), feature_value(*value)),
        };
        Self {
            id: terms.id,
            module,
            feature,
            value,
            starts_at: terms.window.starts_at.map(Timestamp::micros),
            ends_at: terms.window.ends_at.map(Timestamp::micros),
            reason: reason.to_string(),
            source: some(source.as_ref()),
            created_by: created_by.to_string(),
            created_at: terms.created_at.micros(),
        }
    }

    /// The grant of a stored form.
    ///
    /// # Errors
    /// [`RecordError`] naming the field that has an impossible value.
    pub fn to_grant(&self) -> Result<Grant, RecordError> {
        let granted = match (&self.module, &self.feature) {
            (Some(key), None) => Granted::Module(need(ModuleKey::parse(key).ok(), "module")?),
            (None, Some(key)) => {
                Granted::Feature(need(FeatureKey::parse(key).ok(), "feature")?, to_feature_value(&self.value)?)
            }
            (Some(_), Some(_)) | (None, None) => return need(None, "feature"),
        };
        let window = Window {
            starts_at: optional_instant(self.starts_at, "startsAt")?,
            ends_at: optional_instant(self.ends_at, "endsAt")?,
            grace_ends_at: None,
        };
        Ok(Grant {
            terms: GrantTerms { id: self.id, granted, window, created_at: instant(self.created_at, "createdAt")? },
            reason: text(&self.reason, "reason")?,
            source: optional_text(self.source.as_ref(), "source")?,
            created_by: text(&self.created_by, "createdBy")?,
        })
    }
}

/// A line of the credit ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreditRecord {
    id: Uuid,
    feature: String,
    kind: String,
    amount: u64,
    balance: u64,
    /// Absent in lines of before there were starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    starts_at: Option<i64>,
    expires_at: Option<i64>,
    reason: Option<String>,
    external_reference: Option<String>,
}

impl CreditRecord {
    fn of(entry: &CreditEntry) -> Self {
        Self {
            id: entry.id,
            feature: entry.feature.to_string(),
            kind: entry.kind.as_str().to_owned(),
            amount: entry.amount,
            balance: entry.balance,
            starts_at: entry.starts_at.map(Timestamp::micros),
            expires_at: entry.expires_at.map(Timestamp::micros),
            reason: some(entry.reason.as_ref()),
            external_reference: some(entry.external_reference.as_ref()),
        }
    }

    fn to_entry(&self) -> Result<CreditEntry, RecordError> {
        Ok(CreditEntry {
            id: self.id,
            feature: need(FeatureKey::parse(&self.feature).ok(), "feature")?,
            kind: need(CreditMove::parse(&self.kind), "kind")?,
            amount: self.amount,
            balance: self.balance,
            starts_at: optional_instant(self.starts_at, "startsAt")?,
            expires_at: optional_instant(self.expires_at, "expiresAt")?,
            reason: optional_text(self.reason.as_ref(), "reason")?,
            external_reference: optional_text(self.external_reference.as_ref(), "externalReference")?,
        })
    }
}

/// How a company is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CompanyProfileRecord {
    name: Option<String>,
    external_references: BTreeMap<String, String>,
}

impl CompanyProfileRecord {
    /// The stored form of a profile.
    pub fn of(profile: &CompanyProfile) -> Self {
        Self { name: some(profile.name.as_ref()), external_references: text_map(&profile.external_references) }
    }

    /// The profile of a name and references as JSON.
    ///
    /// # Errors
    /// [`RecordError`] when one of them has an impossible value.
    pub fn from_columns(name: Option<String>, references: &str) -> Result<CompanyProfile, RecordError> {
        Self { name, external_references: parsed(references)? }.to_profile()
    }

    /// The references as JSON.
    pub fn references_json(&self) -> String {
        json(&self.external_references)
    }

    fn to_profile(&self) -> Result<CompanyProfile, RecordError> {
        let field = "externalReferences";
        let references = self.external_references.iter();
        let references = references.map(|(provider, id)| Ok((text(provider, field)?, text(id, field)?)));
        Ok(CompanyProfile {
            name: optional_text(self.name.as_ref(), "name")?,
            external_references: references.collect::<Result<_, RecordError>>()?,
        })
    }
}
