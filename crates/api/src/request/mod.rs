//! Bodies of requests. Unknown and duplicate fields are refused.

mod catalog;
mod companies;
mod item;
mod keys;
mod webhooks;

pub use catalog::{CreateFeature, CreateModule, CreatePermission, PatchModule, PatchPolicy, StartRollOut};
pub use companies::{
    AddGrant, BatchOfCompanies, ChangePackage, ConsumeCredits, DeactivateAddon, GrantCredits, PutProfile, SetAddon,
    SetBasic, SetPackage,
};
pub use item::{CreateItem, GovernanceBody, ItemBody, PatchItem};
pub use keys::CreateKey;
pub use webhooks::{CreateWebhookEndpoint, PatchWebhookEndpoint, RotateWebhookSecret};

/// A field that may be left out, but not be `null`.
fn present<'de, T: serde::Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
