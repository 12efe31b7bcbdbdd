//! A running server, asked by its API.

use std::time::Duration;

use api::{Failure, Success};
use reqwest::{Client, Method, RequestBuilder, Url, redirect::Policy};
use serde::{Serialize, de::DeserializeOwned};

use super::complaint;
use crate::output::Failed;

/// The variable that holds the key: an argument would stand in the list of processes.
const KEY: &str = "PLATFORM_CORE_KEY";

/// How long an answer may take. A plan looks at every company there is.
const TIMEOUT: Duration = Duration::from_mins(1);

/// A server, and how to ask it.
pub(super) struct Remote {
    client: Client,
    base: Url,
    key: String,
    actor: Option<String>,
}

impl Remote {
    /// The server of a URL.
    pub(super) fn of(url: &str, actor: Option<String>) -> Result<Self, Failed> {
        let base = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let base =
            base.ok_or_else(|| Failed::Usage(format!("--server `{url}` is no URL such as http://127.0.0.1:8080")))?;
        let key = std::env::var(KEY).map_err(|_| {
            Failed::Usage(format!("--server needs an API key with the scope catalog:write in the variable {KEY}"))
        })?;
        // The process has one provider of cryptography; whoever comes first installs it.
        let _already_installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::builder().timeout(TIMEOUT).redirect(Policy::none()).no_proxy().build();
        Ok(Self { client: client.map_err(Failed::because)?, base, key, actor })
    }

    /// Reads.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<Success<T>, Failed> {
        self.answer(self.request(Method::GET, path)?).await
    }

    /// Writes, with a body or without.
    pub(super) async fn post<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        path: &str,
        body: Option<&B>,
    ) -> Result<Success<T>, Failed> {
        let request = self.request(Method::POST, path)?;
        self.answer(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, Failed> {
        let url = self.base.join(path).map_err(Failed::because)?;
        let request = self.client.request(method, url).header("X-Internal-API-Key", &self.key);
        Ok(match &self.actor {
            Some(actor) => request.header("X-Actor-Id", actor),
            None => request,
        })
    }

    async fn answer<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<Success<T>, Failed> {
        let away = |error: reqwest::Error| {
            Failed::Because(format!("the server {} does not answer: {}", self.base, error.without_url()))
        };
        let response = request.send().await.map_err(away)?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(away)?;
        if status.is_success() {
            return serde_json::from_slice(&bytes)
                .map_err(|error| Failed::Because(format!("the server {} answers something else: {error}", self.base)));
        }
        let Ok(Failure { error, .. }) = serde_json::from_slice::<Failure>(&bytes) else {
            return Err(Failed::Because(format!("the server {} answers {status}", self.base)));
        };
        if error.details.is_empty() {
            return Err(Failed::Because(format!("the server answers {}: {}", error.code.as_str(), error.message)));
        }
        Err(Failed::Many(error.details.iter().map(complaint).collect()))
    }
}
