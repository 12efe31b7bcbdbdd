//! The client: every call goes through [`Client::send`].

use std::{fmt, sync::Arc, time::Duration};

use api::{Detail, ErrorCode, response::PreviewView};
use reqwest::{
    Method, Response, StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;
use uuid::Uuid;

use crate::{
    CallCounts, CallError, ClientBuilder, Refused, Retry, Written,
    builder::{Credential, secret},
    counters::CallCounters,
    remembered::Remembered,
};

/// The largest answer that is read, in bytes: a batch of 1,000 companies with all that is to come stays below.
const MAX_ANSWER_BYTES: usize = 64 << 20;
const API_KEY: HeaderName = HeaderName::from_static("x-internal-api-key");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A client of one platform-core service. Cheap to clone; clones share connections and counters.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) base: Url,
    pub(crate) credential: Credential,
    pub(crate) timeout: Duration,
    pub(crate) retry: Retry,
    pub(crate) http: reqwest::Client,
    pub(crate) remembered: Remembered,
    pub(crate) counters: CallCounters,
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.0.base.as_str();
        formatter.debug_struct("Client").field("url", &url).field("credential", &self.0.credential).finish()
    }
}

/// A call in the making.
pub(crate) struct Ask {
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    pub(crate) path: Vec<String>,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) within: Option<Duration>,
    pub(crate) request_id: String,
    pub(crate) idempotency_key: Option<String>,
}

/// An answer that is no refusal.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
    pub(crate) request_id: String,
}

/// A successful answer, read without asking what else may stand in the envelope.
#[derive(Deserialize)]
struct Enveloped<T> {
    data: T,
    #[serde(default = "Vec::new")]
    warnings: Vec<Detail>,
    #[serde(default)]
    preview: Option<PreviewView>,
}

/// A failed answer, whose code may be one that this client does not know.
#[derive(Deserialize)]
struct Failed {
    error: FailedBody,
}

#[derive(Deserialize)]
struct FailedBody {
    code: String,
    message: String,
    #[serde(default)]
    details: Vec<Detail>,
}

impl Ask {
    pub(crate) fn new(operation: &'static str, method: Method, path: &[&str], request_id: Option<&String>) -> Self {
        Self {
            operation,
            method,
            path: path.iter().map(|part| (*part).to_owned()).collect(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: None,
            within: None,
            request_id: request_id.cloned().unwrap_or_else(|| Uuid::new_v4().to_string()),
            idempotency_key: None,
        }
    }

    pub(crate) fn header(&mut self, name: HeaderName, value: &str) -> Result<(), CallError> {
        let unusable = |_| CallError::Invalid(format!("header `{name}` must be visible ASCII, and `{value}` is not"));
        let value = HeaderValue::from_str(value).map_err(unusable)?;
        self.headers.insert(name, value);
        Ok(())
    }

    pub(crate) fn json(&mut self, body: &impl Serialize) -> Result<(), CallError> {
        let unwritable = |error: serde_json::Error| CallError::Invalid(format!("the body cannot be written: {error}"));
        self.body = Some(serde_json::to_vec(body).map_err(unwritable)?);
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(())
    }
}

impl Reply {
    /// The answer.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        self.enveloped().map(|read| read.data)
    }

    /// The answer to a write, made under a key.
    pub(crate) fn written<T: DeserializeOwned>(&self, idempotency_key: String) -> Result<Written<T>, CallError> {
        let Enveloped { data, warnings, preview } = self.enveloped()?;
        Ok(Written { answer: data, warnings, preview, idempotency_key })
    }

    fn enveloped<T: DeserializeOwned>(&self) -> Result<Enveloped<T>, CallError> {
        let read = serde_json::from_slice::<Enveloped<T>>(&self.body);
        read.map_err(|error| CallError::Unreadable {
            request_id: self.request_id.clone(),
            cause: format!("status {}: {error}", self.status.as_u16()),
        })
    }
}

/// How one attempt failed, and whether another may help.
struct Attempt {
    error: CallError,
    may_repeat: bool,
    wait: Option<Duration>,
}

impl Client {
    /// Begins to make a client of the service at an address such as `https://core.internal:8080`.
    pub fn builder(url: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(url.into())
    }

    /// What the calls came to so far.
    pub fn counts(&self) -> CallCounts {
        self.0.counters.counts()
    }

    /// Forgets the answers that it remembers, so that the next read of each company brings a whole one. Needed once after the service's
    /// database was restored: versions count anew there, and one that is remembered may mean something else. A [`Replica`](crate::Replica)
    /// over this client does it by itself when it learns of another life of the database.
    pub fn forget_answers(&self) {
        self.0.remembered.clear();
    }

    pub(crate) fn of(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    pub(crate) fn remembered(&self) -> &Remembered {
        &self.0.remembered
    }

    pub(crate) fn counters(&self) -> &CallCounters {
        &self.0.counters
    }

    /// Makes a call, again where that may help, within its time.
    pub(crate) async fn send(&self, ask: Ask) -> Result<Reply, CallError> {
        let span = tracing::debug_span!("platform_core_call", operation = ask.operation, request_id = %ask.request_id);
        self.0.counters.calls.add(1);
        let outcome = self.attempts(&ask).instrument(span).await;
        if outcome.is_err() {
            self.0.counters.failed.add(1);
        }
        outcome
    }

    async fn attempts(&self, ask: &Ask) -> Result<Reply, CallError> {
        let within = ask.within.unwrap_or(self.0.timeout);
        let deadline = Instant::now() + within;
        let mut failed = 0;
        loop {
            let outcome = timeout_at(deadline, self.attempt(ask)).await;
            let attempt = match outcome {
                Ok(Ok(reply)) => return Ok(reply),
                Ok(Err(attempt)) => attempt,
                Err(_) => return Err(too_slow(ask, within)),
            };
            failed += 1;
            let wait = self.0.retry.wait(failed, attempt.wait);
            let is_over = failed >= self.0.retry.attempts || Instant::now() + wait >= deadline;
            if !attempt.may_repeat || is_over {
                return Err(attempt.error);
            }
            tracing::debug!(error = %attempt.error, failed, wait_ms = wait.as_millis(), "asking again");
            self.0.counters.retries.add(1);
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(&self, ask: &Ask) -> Result<Reply, Attempt> {
        let response = self.request(ask).map_err(Attempt::last)?.send().await;
        let response = response.map_err(|error| Attempt {
            may_repeat: error.is_connect(),
            wait: None,
            error: unreachable(ask, error),
        })?;
        let (status, version, wait) = (response.status(), version(&response), retry_after(&response));
        let body = whole(ask, response).await.map_err(Attempt::last)?;
        if status.is_success() || status == StatusCode::NOT_MODIFIED {
            return Ok(Reply { status, body, request_id: ask.request_id.clone() });
        }
        let may_repeat = status == StatusCode::SERVICE_UNAVAILABLE;
        Err(Attempt { error: refusal(ask, (status, version), &body), may_repeat, wait })
    }

    /// Opens a stream of events: the answer's head has come, its body is still to be read.
    pub(crate) async fn open_stream(&self, mut ask: Ask) -> Result<Response, (CallError, Option<Duration>)> {
        ask.headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        let within = ask.within.unwrap_or(self.0.timeout);
        let opening = async {
            let request = self.request(&ask).map_err(|error| (error, None))?;
            let response = request.send().await.map_err(|error| (unreachable(&ask, error), None))?;
            let (status, version, wait) = (response.status(), version(&response), retry_after(&response));
            if status == StatusCode::OK {
                return Ok(response);
            }
            let body = whole(&ask, response).await.map_err(|error| (error, None))?;
            Err((refusal(&ask, (status, version), &body), wait))
        };
        timeout_at(Instant::now() + within, opening).await.unwrap_or_else(|_| Err((too_slow(&ask, within), None)))
    }

    fn request(&self, ask: &Ask) -> Result<reqwest::RequestBuilder, CallError> {
        let mut url = self.0.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.clear().push("internal").extend(&ask.path);
        }
        if !ask.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&ask.query);
        }
        let mut request = self.0.http.request(ask.method.clone(), url).headers(ask.headers.clone());
        let id = HeaderValue::from_str(&ask.request_id)
            .map_err(|_| CallError::Invalid(format!("request id `{}` must be visible ASCII", ask.request_id)))?;
        request = request.header(REQUEST_ID, id);
        request = match &self.0.credential {
            Credential::Key(key) => request.header(API_KEY, key.clone()),
            Credential::Token(token) => {
                let value = secret(&format!("Bearer {}", token()));
                let value = value.ok_or_else(|| CallError::Invalid("the token must be visible ASCII".to_owned()))?;
                request.header(AUTHORIZATION, value)
            }
            Credential::Nothing | Credential::Unusable(_) => request,
        };
        Ok(match &ask.body {
            Some(body) => request.body(body.clone()),
            None => request,
        })
    }
}

impl Attempt {
    /// Another would not help.
    fn last(error: CallError) -> Self {
        Self { error, may_repeat: false, wait: None }
    }
}

async fn whole(ask: &Ask, mut response: Response) -> Result<Vec<u8>, CallError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(ask, error))? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER_BYTES {
            let cause = format!("it has more than {MAX_ANSWER_BYTES} bytes");
            return Err(CallError::Unreadable { request_id: ask.request_id.clone(), cause });
        }
    }
    Ok(body)
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The version in the answer's `ETag`.
fn version(response: &Response) -> Option<u64> {
    response.headers().get(ETAG)?.to_str().ok()?.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

fn refusal(ask: &Ask, (status, version): (StatusCode, Option<u64>), body: &[u8]) -> CallError {
    let request_id = ask.request_id.clone();
    let Ok(Failed { error }) = serde_json::from_slice(body) else {
        let cause = format!("status {} without the envelope of this API", status.as_u16());
        return CallError::Unreadable { request_id, cause };
    };
    CallError::Refused(Box::new(Refused {
        status: status.as_u16(),
        code: ErrorCode::ALL.iter().copied().find(|code| code.as_str() == error.code),
        word: error.code,
        message: error.message,
        details: error.details,
        request_id,
        idempotency_key: ask.idempotency_key.clone(),
        version,
    }))
}

fn unreachable(ask: &Ask, error: reqwest::Error) -> CallError {
    CallError::Unreachable {
        request_id: ask.request_id.clone(),
        idempotency_key: ask.idempotency_key.clone(),
        cause: causes(&error.without_url()),
    }
}

/// An error with what stands behind it: the outermost alone says only that a request failed.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

fn too_slow(ask: &Ask, within: Duration) -> CallError {
    CallError::Timeout {
        request_id: ask.request_id.clone(),
        idempotency_key: ask.idempotency_key.clone(),
        within_ms: u64::try_from(within.as_millis()).unwrap_or(u64::MAX),
    }
}
