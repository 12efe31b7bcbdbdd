//! One attempt: a signed request to an address that was looked at, without redirects, within a time, and of the answer its head and no more
//! than the beginning of its text.

use std::{error::Error, time::Duration};

use domain::{Timestamp, Uuid};
use reqwest::{Client, Url, header::CONTENT_TYPE, redirect::Policy};
use store::WebhookEndpoint;
use tokio::time::Instant;

use super::{
    resolver::{LookUp, Resolver, check},
    signature::{seconds, signatures},
};
use crate::config::OutgoingWebhooksConfig;

/// How much of an answer is read and kept, in bytes: enough for an error in one sentence.
const EXCERPT_BYTES: usize = 512;

/// How long the beginning of an answer's text is waited for: what decides stands in the head.
const EXCERPT_WITHIN: Duration = Duration::from_secs(1);

/// The longest reason for a failure that is kept, in characters.
const ERROR_CHARS: usize = 300;

/// How long a connection that is not used is kept for the next event.
const IDLE_CONNECTION: Duration = Duration::from_secs(30);

/// What the sender calls itself.
const USER_AGENT: &str = concat!("platform-core/", env!("CARGO_PKG_VERSION"));

/// Sends events.
pub(super) struct Sender {
    client: Client,
    allow_http: bool,
    allow_private: bool,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    /// The status in the head of the answer; `None` when none came in time.
    pub(super) status: Option<u16>,
    pub(super) error: Option<String>,
    pub(super) excerpt: Option<String>,
    /// Until the head of the answer came, or the attempt failed.
    pub(super) took: Duration,
}

impl Sent {
    /// Whether the endpoint took it.
    pub(super) fn is_taken(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// Why an address cannot be an endpoint's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Not a URL.
    #[error("url must be an absolute URL: {0}")]
    Form(String),
    /// Another scheme.
    #[error("url must begin with `https://`")]
    Scheme,
    /// Not encrypted.
    #[error("url must begin with `https://`; plain `http://` needs `outgoing_webhooks.allow_http = true`")]
    Plain,
    /// It holds what is nobody's business or has no meaning.
    #[error("url must not have {0}")]
    Has(&'static str),
    /// Too long.
    #[error("url must have at most {MAX_URL_BYTES} bytes")]
    TooLong,
    /// An inner address.
    #[error("url: {0}")]
    Inner(String),
}

/// The longest URL of an endpoint, in bytes.
pub const MAX_URL_BYTES: usize = 2_048;

impl Sender {
    /// A sender that asks `look_up` for the addresses of names.
    pub(super) fn new(config: &OutgoingWebhooksConfig, look_up: LookUp) -> Result<Self, reqwest::Error> {
        // The process has one provider of cryptography; whoever comes first installs it.
        let _already_installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::builder()
            .timeout(config.timeout)
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .user_agent(USER_AGENT)
            .https_only(!config.allow_http)
            .pool_max_idle_per_host(usize::try_from(config.per_endpoint).unwrap_or(1))
            .pool_idle_timeout(IDLE_CONNECTION)
            .dns_resolver(Resolver { allow_private: config.allow_private, look_up })
            .build()?;
        Ok(Self { client, allow_http: config.allow_http, allow_private: config.allow_private })
    }

    /// The URL of a text, when events may be sent there. What a name means is looked at when they are.
    pub(super) fn url(&self, text: &str) -> Result<Url, UrlError> {
        if text.len() > MAX_URL_BYTES {
            return Err(UrlError::TooLong);
        }
        let url = Url::parse(text).map_err(|error| UrlError::Form(error.to_string()))?;
        match url.scheme() {
            "https" => {}
            "http" if self.allow_http => {}
            "http" => return Err(UrlError::Plain),
            _ => return Err(UrlError::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::Has("a name or a secret before its host"));
        }
        if url.fragment().is_some() {
            return Err(UrlError::Has("a fragment"));
        }
        // No name is asked for when the host is an address.
        let host = url.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse();
        if let Ok(address) = address {
            check(address, self.allow_private).map_err(|inner| UrlError::Inner(inner.to_string()))?;
        }
        Ok(url)
    }

    /// Posts a message to an endpoint.
    pub(super) async fn post(&self, endpoint: &WebhookEndpoint, id: Uuid, at: Timestamp, body: Vec<u8>) -> Sent {
        let began = Instant::now();
        let failed = |error: String| Sent { status: None, error: Some(error), excerpt: None, took: began.elapsed() };
        let url = match self.url(&endpoint.url) {
            Ok(url) => url,
            Err(error) => return failed(error.to_string()),
        };
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id.to_string())
            .header("webhook-timestamp", seconds(at))
            .header("webhook-signature", signatures(endpoint, id, at, &body))
            .body(body);
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return failed(reason(error)),
        };
        // The head is the answer: what comes behind it, or breaks off, or never ends, changes nothing.
        let (status, took) = (response.status().as_u16(), began.elapsed());
        let mut body = Vec::new();
        let reading = async {
            while body.len() < EXCERPT_BYTES
                && let Ok(Some(chunk)) = response.chunk().await
            {
                body.extend(chunk.iter().take(EXCERPT_BYTES - body.len()));
            }
        };
        let _whole_or_not = tokio::time::timeout(EXCERPT_WITHIN, reading).await;
        let sent = Sent { status: Some(status), error: None, excerpt: excerpt(&body), took };
        let error = match status {
            _ if sent.is_taken() => None,
            300..400 => Some(format!("answered {status}: redirects are not followed")),
            _ => Some(format!("answered {status}")),
        };
        Sent { error, ..sent }
    }
}

/// Why a request came to nothing, without its URL: that may hold a secret of the endpoint's.
fn reason(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        reason = format!("{reason}: {cause}");
        source = cause.source();
    }
    reason.chars().filter(|character| !character.is_control()).take(ERROR_CHARS).collect()
}

/// The beginning of an answer as a text of one line.
fn excerpt(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let shown = |character: char| if character.is_control() { ' ' } else { character };
    let text: String = text.chars().map(shown).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use domain::Text;
    use store::WebhookSecret;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    fn config(allow_private: bool) -> OutgoingWebhooksConfig {
        OutgoingWebhooksConfig {
            allow_http: true,
            allow_private,
            timeout: Duration::from_secs(20),
            per_endpoint: 1,
            first_retry: Duration::from_secs(5),
            disable_after: Duration::from_hours(1),
            retention_secs: 60,
            max_waiting: 10,
            poll: Duration::from_millis(5),
        }
    }

    /// A listener that answers 200, and how many connections it took.
    async fn listener() -> (u16, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, taken) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&taken);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let mut some = [0; 4096];
                let _ = stream.read(&mut some).await;
                let _ = stream.write_all(b"HTTP/1.1 200 Ok\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").await;
            }
        });
        (port, taken)
    }

    /// A listener whose answer never ends, and how much of it was taken.
    async fn endless() -> (u16, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, taken) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&taken);
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut some = [0; 4096];
            let _ = stream.read(&mut some).await;
            let _ = stream.write_all(b"HTTP/1.1 200 Ok\r\nConnection: close\r\n\r\n").await;
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {
                counted.fetch_add(4096, Ordering::SeqCst);
            }
        });
        (port, taken)
    }

    /// A listener that announces a text and never sends it; holds the connection open.
    async fn silent_behind_its_head(status: u16) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut some = [0; 4096];
            let _ = stream.read(&mut some).await;
            let head = format!("HTTP/1.1 {status} Any\r\nContent-Length: 9\r\n\r\n");
            let _ = stream.write_all(head.as_bytes()).await;
            let _until_it_is_closed = stream.read(&mut some).await;
        });
        port
    }

    /// A name that means another address each time it is asked for, the last one from then on.
    fn changing(answers: &[&str]) -> (LookUp, Arc<AtomicUsize>) {
        let answers: Vec<std::net::IpAddr> = answers.iter().map(|text| text.parse().unwrap()).collect();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let look_up: LookUp = Arc::new(move |_| {
            let nth = count.fetch_add(1, Ordering::SeqCst);
            let answer = answers.get(nth).or(answers.last()).copied().unwrap();
            Box::pin(async move { Ok(vec![answer]) })
        });
        (look_up, asked)
    }

    fn endpoint(url: String) -> WebhookEndpoint {
        let at = Timestamp::clamped(0);
        WebhookEndpoint {
            id: Uuid::from_u128(1),
            step: 1,
            url,
            events: Vec::new(),
            description: None,
            secret: WebhookSecret::new([7; 32]),
            previous_secret: None,
            failing_since: None,
            disabled: None,
            created_by: Text::line("test", Text::ACTOR_CHARS).unwrap(),
            created_at: at,
            updated_at: at,
        }
    }

    #[tokio::test]
    async fn a_name_is_looked_up_once_and_the_address_that_passed_is_the_one_connected_to() {
        let ((port, taken), (look_up, asked)) = (listener().await, changing(&["127.0.0.1", "127.0.0.2"]));
        let sender = Sender::new(&config(true), look_up).unwrap();
        let endpoint = endpoint(format!("http://receiver.example:{port}/"));

        let sent = sender.post(&endpoint, Uuid::from_u128(2), Timestamp::clamped(0), b"{}".to_vec()).await;

        assert_eq!((sent.status, taken.load(Ordering::SeqCst), asked.load(Ordering::SeqCst)), (Some(200), 1, 1));
    }

    #[tokio::test]
    async fn a_name_that_comes_to_mean_an_inner_address_is_not_followed_there() {
        let ((port, taken), (look_up, asked)) = (listener().await, changing(&["10.255.255.1", "127.0.0.1"]));
        let sender = Sender::new(&config(false), look_up).unwrap();
        let endpoint = endpoint(format!("http://receiver.example:{port}/"));

        for expected in ["10.255.255.1 is private", "127.0.0.1 is loopback", "127.0.0.1 is loopback"] {
            let sent = sender.post(&endpoint, Uuid::from_u128(2), Timestamp::clamped(0), b"{}".to_vec()).await;
            assert!(sent.error.as_ref().is_some_and(|error| error.contains(expected)), "{sent:?}");
            assert!(!sent.is_taken());
        }

        assert_eq!((taken.load(Ordering::SeqCst), asked.load(Ordering::SeqCst)), (0, 3));
    }

    #[tokio::test]
    async fn of_an_answer_that_never_ends_only_the_beginning_is_read() {
        let ((port, taken), (look_up, _)) = (endless().await, changing(&["127.0.0.1"]));
        let sender = Sender::new(&config(true), look_up).unwrap();
        let endpoint = endpoint(format!("http://receiver.example:{port}/"));

        let sent = sender.post(&endpoint, Uuid::from_u128(2), Timestamp::clamped(0), b"{}".to_vec()).await;

        assert_eq!((sent.status, sent.excerpt.map(|excerpt| excerpt.len())), (Some(200), Some(EXCERPT_BYTES)));
        // What the system holds between the two has been written, and nothing beyond.
        let written = taken.load(Ordering::SeqCst);
        assert!(written < 16 << 20, "{written} bytes were taken");
    }

    #[tokio::test]
    async fn the_head_of_an_answer_counts_though_its_text_never_comes() {
        let config = OutgoingWebhooksConfig { timeout: Duration::from_hours(1), ..config(true) };
        for (status, is_taken) in [(204, true), (200, true), (500, false)] {
            let (port, (look_up, _)) = (silent_behind_its_head(status).await, changing(&["127.0.0.1"]));
            let sender = Sender::new(&config, look_up).unwrap();
            let endpoint = endpoint(format!("http://receiver.example:{port}/"));

            let posting = sender.post(&endpoint, Uuid::from_u128(2), Timestamp::clamped(0), b"{}".to_vec());
            let sent =
                tokio::time::timeout(Duration::from_mins(1), posting).await.expect("it does not wait for the text");

            assert_eq!((sent.status, sent.is_taken(), &sent.excerpt), (Some(status), is_taken, &None));
        }
    }

    #[test]
    fn an_excerpt_is_one_line_of_what_can_be_shown() {
        assert_eq!(excerpt(b"  a\r\nb\0c\xff "), Some("a  b c\u{fffd}".to_owned()));
        assert_eq!(excerpt(b" \n "), None);
        assert_eq!(excerpt(b""), None);
    }
}
