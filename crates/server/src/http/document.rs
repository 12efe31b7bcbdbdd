//! The OpenAPI document and its page.

use std::sync::OnceLock;

use api::Failure;
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use http::header;
use utoipa::{
    IntoParams, IntoResponses, Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use super::router::documented;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "platform-core",
        description = "The commercial entitlement authority of a B2B platform: what does this company commercially own right now? \
                       Internal: for the platform's own backends, never for browsers. \
                       Every request may carry `X-Request-Id`: 1 to 128 visible ASCII characters, no quotation mark and no backslash, which stand in logs \
                       and history and come back in the answer. Anything else is replaced by an id made here. \
                       What has an `ETag` is answered with `Cache-Control: private, no-cache`: keep it, and ask with `If-None-Match`. \
                       Anything else is `no-store`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    modifiers(&Credentials),
    security(("internal_api_key" = []), ("service_token" = [])),
    tags(
        (name = "Entitlements", description = "What a company owns"),
        (name = "Companies", description = "Writes of companies, and their history"),
        (name = "Catalog", description = "Modules, packages and add-ons"),
        (name = "Roll-outs", description = "Moving holders to a newer revision, batch by batch"),
        (name = "Changes", description = "The feed of everything that changed"),
        (name = "Keys", description = "API keys of callers"),
        (name = "Webhooks", description = "Endpoints that are told of changes, and what became of that"),
        (name = "Service", description = "Liveness and readiness"),
    ),
)]
struct Head;

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_with(Default::default);
        let key = ApiKeyValue::with_description("X-Internal-API-Key", "An API key");
        components.add_security_scheme("internal_api_key", SecurityScheme::ApiKey(ApiKey::Header(key)));
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        components.add_security_scheme("service_token", SecurityScheme::Http(token));
    }
}

/// The document before its routes.
pub(super) fn head() -> utoipa::openapi::OpenApi {
    Head::openapi()
}

/// The OpenAPI 3.1 document of the API.
pub fn document() -> utoipa::openapi::OpenApi {
    documented().into_openapi()
}

/// The company of a path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents a path parameter; http::path reads it")]
pub(super) struct CompanyParams {
    /// The company's canonical UUID, not nil.
    #[param(rename = "companyId")]
    company_id: uuid::Uuid,
}

/// The instant that a read asks for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents a query parameter; http::entitlements::at reads it")]
pub(super) struct AtParams {
    /// An instant: in the past what was owned then, writes of that very instant included (404 before the company was known); in the
    /// future what will be, if nobody writes meanwhile. An instant of the last moments may be answered otherwise later, while a write that
    /// was decided before it is being stored: some milliseconds as a rule, at most five seconds.
    #[param(required = false, format = "date-time", example = "2026-05-01T00:00:00Z")]
    at: Option<String>,
}

/// Whether a write is only asked about.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents a query parameter; http::call reads it")]
pub(super) struct DryRunParams {
    /// `true` answers what the write would do, and stores nothing, no `Idempotency-Key` either.
    #[param(rename = "dryRun", required = false)]
    dry_run: Option<bool>,
}

/// How a write that can be planned first is asked.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents query parameters; http::call reads them")]
pub(super) struct PlanParams {
    /// The hash of a plan: the write is refused when anything that the plan was based on has moved.
    #[param(required = false, max_length = 64)]
    hash: Option<String>,
    /// How many of the touched companies a dry run names, 1 to 500; 50 when left out. Only with `dryRun=true`, or on a plan.
    #[param(required = false, minimum = 1, maximum = 500)]
    limit: Option<u32>,
    /// A `nextCursor` of an earlier answer, to be told the next companies. Only where `limit` may stand.
    #[param(required = false, format = "uuid")]
    cursor: Option<String>,
}

/// How every write is asked.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "documents headers; http::call reads them")]
pub(super) struct WriteParams {
    /// A key of the caller's for this very request: a repeat within 24 hours answers what the first did.
    #[param(
        rename = "Idempotency-Key",
        min_length = 1,
        max_length = 255,
        required = false,
        pattern = "^[ -~]*[!-~][ -~]*$"
    )]
    idempotency_key: Option<String>,
    /// The version that the write was decided on, in quotes: 412 when it has moved. Under `/internal/catalog`, roll-outs and decisions of change requests
    /// included, it is the generation of the catalog; of a webhook endpoint it is the `ETag` of its answers.
    #[param(rename = "If-Match", required = false, example = "\"7\"", pattern = "^(\\*|\"[0-9]{1,15}\")$")]
    if_match: Option<String>,
    /// On whose behalf the caller writes; its own name when left out.
    #[param(
        rename = "X-Actor-Id",
        min_length = 1,
        max_length = 128,
        required = false,
        pattern = "^[ -~]*[!-~][ -~]*$"
    )]
    x_actor_id: Option<String>,
}

/// How a write is asked of what has no version.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "documents headers; http::call reads them")]
pub(super) struct UnversionedParams {
    /// A key of the caller's for this very request: a repeat within 24 hours answers what the first did, or, where that showed a secret,
    /// 409 with what to do when it was lost.
    #[param(
        rename = "Idempotency-Key",
        min_length = 1,
        max_length = 255,
        required = false,
        pattern = "^[ -~]*[!-~][ -~]*$"
    )]
    idempotency_key: Option<String>,
    /// On whose behalf the caller writes; its own name when left out.
    #[param(
        rename = "X-Actor-Id",
        min_length = 1,
        max_length = 128,
        required = false,
        pattern = "^[ -~]*[!-~][ -~]*$"
    )]
    x_actor_id: Option<String>,
}

/// How a plan is asked.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "documents headers; http::call reads them")]
pub(super) struct MatchParams {
    /// The generation of the catalog that is planned on, in quotes: 412 when it has moved.
    #[param(rename = "If-Match", required = false, example = "\"7\"", pattern = "^(\\*|\"[0-9]{1,15}\")$")]
    if_match: Option<String>,
    /// On whose behalf the caller plans; its own name when left out.
    #[param(
        rename = "X-Actor-Id",
        min_length = 1,
        max_length = 128,
        required = false,
        pattern = "^[ -~]*[!-~][ -~]*$"
    )]
    x_actor_id: Option<String>,
}

/// How a read of something that has a version is asked.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "documents a header; http::etag reads it")]
pub(super) struct VersionParams {
    /// Versions that the caller has, in quotes.
    #[param(rename = "If-None-Match", required = false, example = "\"7\"")]
    if_none_match: Option<String>,
}

/// How fresh an answer must be.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "documents a header; http::freshness reads it")]
pub(super) struct FreshnessParams {
    /// `strong` has the database confirm the answer; without it a node may answer what was true within its staleness bound.
    #[param(rename = "Consistency", required = false, pattern = "^strong$")]
    consistency: Option<String>,
}

/// Of which version an answer must be.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents a query parameter; http::freshness reads it")]
pub(super) struct AtLeastVersionParams {
    /// A version that the company is known to have had: a node that remembers an older one asks the database. When the company has not
    /// come to it the answer is 409, never an older one.
    #[param(rename = "atLeastVersion", required = false, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    at_least_version: Option<u64>,
}

/// How a read of something that has a version is answered when the caller has it already.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "documents an answer; http::answer makes it")]
pub(super) enum NotModified {
    /// The caller has this version already
    #[response(status = 304)]
    Version,
}

/// How a read that asks for a version is answered when the company has not come to it.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "documents an answer; http::entitlements::get makes it")]
pub(super) enum NotReached {
    /// The company has not come to the version that `atLeastVersion` asks for; its own is the `ETag`
    #[response(status = 409, headers(("ETag" = String, description = "The entitlement version that the company has, in quotes")))]
    Version(Failure),
}

macro_rules! problems {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $status:literal,)* }) => {
        $(#[$meta])*
        #[derive(IntoResponses)]
        #[expect(dead_code, reason = "documents answers; http::problem makes them")]
        pub(super) enum $name {
            $($(#[$variant_meta])* #[response(status = $status)] $variant(Failure),)*
        }
    };
}

problems! {
    /// How a read may fail.
    ReadProblems {
        /// The request can never be right as it stands
        Invalid = 400,
        /// No valid credential
        Unauthorized = 401,
        /// The caller lacks the scope
        Forbidden = 403,
        /// No such thing
        NotFound = 404,
        /// A defect; the request id leads to its log line
        Defect = 500,
        /// The database is away, or there is too much to do: ask again
        Unavailable = 503,
    }
}
problems! {
    /// How a write may fail, on top of how a read may.
    WriteProblems {
        /// The body did not arrive in time
        Slow = 408,
        /// The write contradicts what is stored
        Conflict = 409,
        /// `If-Match` does not hold
        Precondition = 412,
        /// The body is too large
        TooLarge = 413,
        /// The body is not JSON
        MediaType = 415,
    }
}

/// Serves the document.
pub(super) async fn json() -> Response {
    // Shared, not copied: anybody may ask for it, as often as they like, and read it as slowly as they like.
    static TEXT: OnceLock<Bytes> = OnceLock::new();
    let text = TEXT.get_or_init(|| document().to_json().unwrap_or_default().into());
    ([(header::CONTENT_TYPE, "application/json")], text.clone()).into_response()
}

/// Serves a page that shows the document; everything it needs is in it.
pub(super) async fn page() -> Response {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(include_str!("docs.html"))).into_response()
}
