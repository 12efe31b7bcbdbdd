//! Making a client.

use std::{fmt, sync::Arc, time::Duration};

use reqwest::{Url, header::HeaderValue, redirect::Policy};

use crate::{Client, Retry, counters::CallCounters, remembered::Remembered};

/// The time of a call with all its attempts, unless something else is said.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The time for a connection to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How many companies' entitlements are remembered for `If-None-Match`.
const REMEMBERED: usize = 10_000;

/// Makes a [`Client`].
pub struct ClientBuilder {
    url: String,
    credential: Credential,
    timeout: Duration,
    retry: Retry,
    remembered: usize,
    http: Option<reqwest::Client>,
}

/// Why no client was made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The address.
    #[error("`{0}` is no address such as `https://core.internal:8080`: a scheme http or https, a host, and no more")]
    Address(String),
    /// The credential.
    #[error("the {0} cannot stand in a header: it must be visible ASCII")]
    Credential(&'static str),
    /// The numbers of [`Retry`].
    #[error("a call needs at least one attempt")]
    Attempts,
    /// The companies of a replica.
    #[error("a replica of {named} companies may follow at most {most}")]
    Companies {
        /// How many were named.
        named: usize,
        /// How many it may follow.
        most: usize,
    },
    /// The HTTP client.
    #[error("the HTTP client cannot be made: {0}")]
    Http(String),
}

/// What the caller shows. Never printed.
#[derive(Clone)]
pub(crate) enum Credential {
    Nothing,
    Key(HeaderValue),
    Unusable(&'static str),
    Token(Arc<dyn Fn() -> String + Send + Sync>),
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Nothing => "none",
            Self::Key(_) | Self::Unusable(_) => "an API key",
            Self::Token(_) => "a token",
        })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ClientBuilder")
            .field("url", &self.url)
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}

impl ClientBuilder {
    pub(crate) fn new(url: String) -> Self {
        let retry = Retry::default();
        Self { url, credential: Credential::Nothing, timeout: TIMEOUT, retry, remembered: REMEMBERED, http: None }
    }

    /// The caller's API key. It is never printed nor logged.
    pub fn api_key(mut self, key: &str) -> Self {
        self.credential = match secret(key) {
            Some(value) => Credential::Key(value),
            None => Credential::Unusable("API key"),
        };
        self
    }

    /// The caller's signed service token, asked for at each attempt so that it may be renewed. It is never printed nor logged.
    pub fn token(mut self, token: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.credential = Credential::Token(Arc::new(token));
        self
    }

    /// The time of a call with all its attempts; 5 s unless something is said here or with the call.
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = time;
        self
    }

    /// How often a call is made again; four attempts unless something is said.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Of how many companies the last answer is remembered, so that the service may answer "not modified"; 10,000 unless something is
    /// said, 0 switches it off.
    pub fn remember(mut self, companies: usize) -> Self {
        self.remembered = companies;
        self
    }

    /// An HTTP client of one's own, for a client certificate or another list of roots. It should follow no redirects and have no
    /// timeout of its own, or it will end the replica's stream.
    pub fn http(mut self, http: reqwest::Client) -> Self {
        self.http = Some(http);
        self
    }

    /// Makes the client. No connection is made yet.
    ///
    /// # Errors
    /// [`BuildError`] when the address is none, the credential cannot be sent, or TLS cannot be set up.
    pub fn build(self) -> Result<Client, BuildError> {
        let base = Url::parse(&self.url).ok().filter(is_plain).ok_or(BuildError::Address(self.url))?;
        if let Credential::Unusable(what) = self.credential {
            return Err(BuildError::Credential(what));
        }
        if self.retry.attempts == 0 {
            return Err(BuildError::Attempts);
        }
        let http = match self.http {
            Some(http) => http,
            None => default_http()?,
        };
        Ok(Client::of(crate::client::Inner {
            base,
            credential: self.credential,
            timeout: self.timeout,
            retry: self.retry,
            http,
            remembered: Remembered::of(self.remembered),
            counters: CallCounters::default(),
        }))
    }
}

fn default_http() -> Result<reqwest::Client, BuildError> {
    // The process has one provider of cryptography; whoever comes first installs it.
    let _already_installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let builder = reqwest::Client::builder().connect_timeout(CONNECT_TIMEOUT).redirect(Policy::none()).no_proxy();
    builder.build().map_err(|error| BuildError::Http(error.to_string()))
}

/// Whether a URL names a service and nothing in it, nor carries a password that would be printed.
fn is_plain(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.path() == "/"
        && url.query().is_none()
        && url.username().is_empty()
        && url.password().is_none()
}

pub(crate) fn secret(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_stands_in_no_debug_output() {
        let builder = Client::builder("http://127.0.0.1:1").api_key("pck_very-secret");
        assert!(!format!("{builder:?}").contains("very-secret"));
        let client = builder.build().unwrap();
        assert!(!format!("{client:?}").contains("very-secret"), "{client:?}");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for url in ["", "core", "ftp://core", "http://core/internal", "http://a:b@core", "http://core?x=1"] {
            assert!(matches!(Client::builder(url).build(), Err(BuildError::Address(_))), "{url}");
        }
        let bad_key = Client::builder("http://core").api_key("a\nb").build();
        assert!(matches!(bad_key, Err(BuildError::Credential(_))));
        let never = Retry { attempts: 0, ..Retry::default() };
        assert!(matches!(Client::builder("http://core").retry(never).build(), Err(BuildError::Attempts)));
    }
}
