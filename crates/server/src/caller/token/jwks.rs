//! An issuer's public keys: where they are, and keeping them current.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use reqwest::{Client, Url, redirect::Policy};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use super::key_set::KeySet;

/// Largest key set that is read, in bytes. Published sets have a few kilobytes.
const JWKS_BYTES_MAX: u64 = 256 * 1_024;

/// Where an issuer's public keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JwksSource {
    /// In a file.
    File(PathBuf),
    /// At an address, which is asked directly and not through a proxy.
    Url(Url),
}

/// Why an issuer's keys could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwksError {
    /// The file cannot be read.
    #[error("the key set cannot be read: {0}")]
    Unreadable(String),
    /// The address does not answer as it should.
    #[error("the key set cannot be fetched: {0}")]
    Unreachable(String),
    /// It took too long.
    #[error("the key set was not fetched in time")]
    Slow,
    /// Larger than any real set.
    #[error("the key set has more than {JWKS_BYTES_MAX} bytes")]
    TooLarge,
    /// Not a JWK set.
    #[error("not a JWK set (RFC 7517)")]
    Form,
    /// No key in it can be used.
    #[error("the key set has no EdDSA (Ed25519), ES256 or RS256 key for signatures")]
    NoKey,
}

/// How an issuer's keys are kept current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refresh {
    /// How often they are read without any cause.
    pub period: Duration,
    /// Least time between two readings caused by tokens with an unknown key, so that nobody can make this service flood the issuer.
    pub least: Duration,
    /// How long one reading may take.
    pub timeout: Duration,
    /// How long the keys hold while they cannot be read again. A key that the issuer withdrew is accepted for no longer.
    pub hold: Duration,
}

impl Refresh {
    /// For a file: seconds after it was replaced its keys count.
    pub const FILE: Self = Self {
        period: Duration::from_secs(5),
        least: Duration::from_secs(1),
        timeout: Duration::from_secs(2),
        hold: Duration::from_hours(1),
    };
    /// For an address: as issuers ask for, and an hour to repair one that is down.
    pub const URL: Self = Self {
        period: Duration::from_mins(5),
        least: Duration::from_secs(10),
        timeout: Duration::from_secs(2),
        hold: Duration::from_hours(1),
    };
}

/// An issuer's keys, kept current.
pub(super) struct Jwks {
    reader: Reader,
    pub(super) refresh: Refresh,
    loaded: ArcSwap<Loaded>,
    /// When a reading last began. Held while one is under way, so that there is only one.
    last_try: Mutex<Option<Instant>>,
}

enum Reader {
    File(PathBuf),
    Url(Client, Url),
}

/// Keys and when they were read.
#[derive(Default)]
pub(super) struct Loaded {
    /// Grows with every other text of the set.
    pub(super) generation: u64,
    json: Vec<u8>,
    keys: Option<(KeySet, Instant)>,
}

impl Loaded {
    /// The keys, unless they are too old or were never read.
    pub(super) fn keys(&self, hold: Duration) -> Option<&KeySet> {
        let (keys, read_at) = self.keys.as_ref()?;
        (read_at.elapsed() <= hold).then_some(keys)
    }
}

impl Jwks {
    /// Keys that have yet to be read.
    pub(super) fn new(source: JwksSource, refresh: Refresh) -> Result<Self, JwksError> {
        let reader = match source {
            JwksSource::File(path) => Reader::File(path),
            JwksSource::Url(url) => Reader::Url(client(refresh.timeout)?, url),
        };
        Ok(Self { reader, refresh, loaded: ArcSwap::default(), last_try: Mutex::new(None) })
    }

    pub(super) fn load(&self) -> arc_swap::Guard<Arc<Loaded>> {
        self.loaded.load()
    }

    /// Reads the keys again.
    pub(super) async fn reread(&self) -> Result<(), JwksError> {
        let mut last_try = self.last_try.lock().await;
        *last_try = Some(Instant::now());
        self.read().await
    }

    /// Reads the keys again because one is missing, unless that was done a moment ago. Says whether there may be others now.
    pub(super) async fn learn(&self) -> bool {
        let before = self.loaded.load().generation;
        let mut last_try = self.last_try.lock().await;
        if self.loaded.load().generation != before {
            return true;
        }
        if last_try.is_some_and(|at| at.elapsed() < self.refresh.least) {
            return false;
        }
        *last_try = Some(Instant::now());
        if let Err(error) = self.read().await {
            tracing::warn!(%error, "the keys of the token issuer could not be read");
        }
        self.loaded.load().generation != before
    }

    async fn read(&self) -> Result<(), JwksError> {
        let read_at = Instant::now();
        let json = timeout(self.refresh.timeout, self.reader.read()).await.map_err(|_| JwksError::Slow)??;
        let keys = KeySet::parse(&json)?;
        let before = self.loaded.load();
        let generation = before.generation + u64::from(before.json != json);
        self.loaded.store(Arc::new(Loaded { generation, json, keys: Some((keys, read_at)) }));
        Ok(())
    }
}

impl Reader {
    async fn read(&self) -> Result<Vec<u8>, JwksError> {
        match self {
            Self::File(path) => {
                let path = path.clone();
                let read = tokio::task::spawn_blocking(move || read_file(&path)).await;
                read.map_err(|error| JwksError::Unreadable(error.to_string()))?
            }
            Self::Url(client, url) => fetch(client, url).await,
        }
    }
}

/// Reads a key set once, to say at start what is wrong with it.
///
/// # Errors
/// [`JwksError`] when the file cannot be used.
pub fn check_jwks(path: &Path) -> Result<(), JwksError> {
    KeySet::parse(&read_file(path)?).map(drop)
}

fn read_file(path: &Path) -> Result<Vec<u8>, JwksError> {
    let unreadable = |error: std::io::Error| JwksError::Unreadable(error.to_string());
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut json = Vec::new();
    file.take(JWKS_BYTES_MAX + 1).read_to_end(&mut json).map_err(unreadable)?;
    within_limit(json)
}

fn client(timeout: Duration) -> Result<Client, JwksError> {
    // The process has one provider of cryptography; whoever comes first installs it.
    let _already_installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let builder = Client::builder().timeout(timeout).redirect(Policy::none()).no_proxy();
    builder.build().map_err(|error| JwksError::Unreachable(error.to_string()))
}

async fn fetch(client: &Client, url: &Url) -> Result<Vec<u8>, JwksError> {
    let unreachable = |error: reqwest::Error| {
        if error.is_timeout() { JwksError::Slow } else { JwksError::Unreachable(error.without_url().to_string()) }
    };
    let mut response = client.get(url.clone()).send().await.map_err(unreachable)?;
    if response.status() != http::StatusCode::OK {
        return Err(JwksError::Unreachable(format!("it answers {}", response.status())));
    }
    let mut json = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        json.extend_from_slice(&chunk);
        json = within_limit(json)?;
    }
    Ok(json)
}

fn within_limit(json: Vec<u8>) -> Result<Vec<u8>, JwksError> {
    if u64::try_from(json.len()).is_ok_and(|bytes| bytes <= JWKS_BYTES_MAX) {
        Ok(json)
    } else {
        Err(JwksError::TooLarge)
    }
}
