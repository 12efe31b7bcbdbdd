//! Company writes (requirements 004 §17). Optional fields: left out keeps what is stored, `null` clears it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Given, Instant, ItemStatus};

macro_rules! company_write {
    ($(#[$meta:meta])* $name:ident { $($(#[$key_meta:meta])* $key:ident)? ; $($(#[$quantity_meta:meta])* $quantity:ident)? ; $($status:ident)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $name {
            $($(#[$key_meta])* pub $key: String,)?
            $(
                /// The new status.
                pub $status: ItemStatus,
            )?
            /// First instant in force; open when `null`.
            #[serde(default, skip_serializing_if = "Given::is_missing")]
            #[schema(value_type = Option<Instant>)]
            pub starts_at: Given<Instant>,
            /// First instant no longer paid for; not before `startsAt`; open when `null`.
            #[serde(default, skip_serializing_if = "Given::is_missing")]
            #[schema(value_type = Option<Instant>)]
            pub ends_at: Given<Instant>,
            /// First instant no longer in force, where a grace period follows `endsAt`.
            #[serde(default, skip_serializing_if = "Given::is_missing")]
            #[schema(value_type = Option<Instant>)]
            pub grace_ends_at: Given<Instant>,
            $(
                $(#[$quantity_meta])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                #[schema(minimum = 1, maximum = 1_000_000)]
                pub $quantity: Option<u32>,
            )?
            /// What kind of process writes, such as `platform_admin`, `self_service`, `billing_sync`.
            #[serde(default, skip_serializing_if = "Given::is_missing")]
            #[schema(value_type = Option<String>, min_length = 1, max_length = 64, pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$", example = "platform_admin")]
            pub source: Given<String>,
            /// The provider's name for it, such as a subscription id.
            #[serde(default, skip_serializing_if = "Given::is_missing")]
            #[schema(value_type = Option<String>, min_length = 1, max_length = 255, pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$", example = "sub_123")]
            pub external_reference: Given<String>,
        }
    };
}

company_write! {
    /// Activates, changes, pauses or ends a company's Basic subscription (requirements 004 §17.1).
    SetBasic { ; ; status }
}
company_write! {
    /// Activates, changes, pauses or ends a company's subscription to any package.
    SetPackage {
        /// The key of the package.
        #[schema(min_length = 1, max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", example = "basic")]
        package_key ; ; status
    }
}
company_write! {
    /// Activates, changes, pauses or ends one add-on of a company (requirements 004 §17.2).
    SetAddon {
        /// The key of the add-on.
        #[schema(min_length = 1, max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", example = "finance")]
        addon_key ;
        /// How many; kept when left out, 1 for a new row.
        quantity ; status
    }
}
company_write! {
    /// Sets one add-on of a company to `inactive` (requirements 004 §17.3): the same as `POST addons` with that status.
    DeactivateAddon {
        /// The key of the add-on.
        #[schema(min_length = 1, max_length = 64, pattern = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", example = "finance")]
        addon_key ; ;
    }
}
