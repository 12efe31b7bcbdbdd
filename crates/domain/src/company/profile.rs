//! A company's optional display profile. Entitlements never depend on it.

use std::collections::BTreeMap;

use crate::Text;

/// The most external references of one company.
pub const MAX_EXTERNAL_REFERENCES: usize = 20;

/// What people call a company, and what other systems do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompanyProfile {
    /// Its name.
    pub name: Option<Text>,
    /// Its identifier at each provider, such as `stripe` → `cus_…`.
    pub external_references: BTreeMap<Text, Text>,
}
