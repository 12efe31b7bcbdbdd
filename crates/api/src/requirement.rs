//! What an add-on needs, on the wire: a term, or a tree of terms.

use serde::{Deserialize, Serialize};
use utoipa::openapi::{
    ArrayBuilder, ObjectBuilder, OneOfBuilder, Ref, RefOr, Schema,
    schema::{AdditionalProperties, Type},
};

/// A term (`"module:finance"`, `"package:basic"`, `"addon:x"`, `"feature:x"`, `"base"`), or `{"all": […]}` or `{"any": […]}` of such, nested
/// at most 8 deep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "must be a term such as \"module:finance\" or \"base\", {\"all\": […]} or {\"any\": […]}"
)]
pub enum RequirementBody {
    /// One term.
    Term(String),
    /// Every one.
    All(AllOf),
    /// At least one.
    Any(AnyOf),
}

/// Every one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllOf {
    /// Of these.
    pub all: Vec<RequirementBody>,
}

/// At least one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnyOf {
    /// Of these.
    pub any: Vec<RequirementBody>,
}

/// The pattern of a term.
pub(crate) const TERM: &str = "^(base|(package|module|addon|feature):[a-z][a-z0-9]*([-_][a-z0-9]+)*)$";

fn term() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(TERM)).examples(["module:finance"])
}

impl utoipa::PartialSchema for RequirementBody {
    fn schema() -> RefOr<Schema> {
        let terms = || {
            ArrayBuilder::new().items(Ref::from_schema_name("RequirementBody")).min_items(Some(1)).max_items(Some(20))
        };
        let closed = |word: &str| {
            ObjectBuilder::new()
                .property(word, terms())
                .required(word)
                .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        };
        OneOfBuilder::new()
            .item(term())
            .item(closed("all"))
            .item(closed("any"))
            .description(Some("A term, or all or any of terms, which may themselves be such; at most 8 levels deep."))
            .into()
    }
}

impl utoipa::ToSchema for RequirementBody {}
