//! TLS and client certificates, by real handshakes.

use std::{path::PathBuf, sync::Arc, time::Duration};

use domain::{Text, Timestamp};
use http::HeaderMap;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, DnsName, PrivateKeyDer, ServerName, pem::PemObject},
};
use server::{
    caller::{Authenticator, CertificateCaller, Keys, PeerCertificate, Refused, Role},
    listener::{ClientCertificates, Tls, TlsFiles},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::host::{Host, PATIENCE, limits, until, until_closed, within_patience};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority")
}

/// A certificate for a name, and its key, in PEM.
fn issued(by: &Authority, name: &str) -> (String, String) {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
    (params.signed_by(&key, by).expect("a certificate").pem(), key.serialize_pem())
}

struct Site {
    folder: TempDir,
    servers: Authority,
    clients: Authority,
}

impl Site {
    fn new() -> Self {
        let site = Self { folder: TempDir::new().expect("a folder"), servers: authority(), clients: authority() };
        site.renew("localhost");
        std::fs::write(site.path("clients.pem"), site.clients.pem()).expect("written");
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn renew(&self, name: &str) {
        let (certificate, key) = issued(&self.servers, name);
        std::fs::write(self.path("server.pem"), certificate).expect("written");
        std::fs::write(self.path("server.key"), key).expect("written");
    }

    fn files(&self, clients: Option<ClientCertificates>) -> TlsFiles {
        TlsFiles {
            certificate: self.path("server.pem"),
            private_key: self.path("server.key"),
            clients: clients.map(|asked| (self.path("clients.pem"), asked)),
        }
    }

    async fn host(&self, clients: Option<ClientCertificates>) -> (Host, Arc<Tls>) {
        let tls = Arc::new(Tls::load(self.files(clients)).expect("usable"));
        (Host::with(limits(), Some(Arc::clone(&tls)), PATIENCE).await, tls)
    }
}

/// A client that trusts an authority and shows a certificate, if it has one.
fn client(trusts: &Authority, shows: Option<&(String, String)>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(trusts.der().clone()).expect("a root");
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().expect("versions").with_root_certificates(roots);
    let config = match shows {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate");
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key");
            builder.with_client_auth_cert(vec![certificate], key).expect("a pair")
        }
    };
    TlsConnector::from(Arc::new(config))
}

async fn connect(host: &Host, connector: &TlsConnector, name: &'static str) -> std::io::Result<TlsStream<TcpStream>> {
    connector.connect(ServerName::try_from(name).expect("a name"), host.connect().await).await
}

/// What `/who` answers; an error when the other side does not let the client in.
async fn who(host: &Host, connector: &TlsConnector) -> std::io::Result<String> {
    let exchange = async {
        let mut stream = connect(host, connector, "localhost").await?;
        stream.write_all(b"GET /who HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer.rsplit('\n').next().unwrap_or_default().to_owned())
    };
    within_patience(exchange).await
}

#[tokio::test]
async fn a_client_that_trusts_the_authority_is_served_and_one_that_does_not_turns_away() {
    let site = Site::new();
    let (host, _) = site.host(None).await;

    assert_eq!(who(&host, &client(&site.servers, None)).await.expect("served"), "without");
    assert!(who(&host, &client(&site.clients, None)).await.is_err(), "trusted another authority");
    let trusting = client(&site.servers, None);
    assert!(connect(&host, &trusting, "elsewhere.example").await.is_err(), "taken for another host");
}

#[tokio::test]
async fn only_clients_with_a_certificate_of_the_authority_are_let_in_when_one_is_required() {
    let site = Site::new();
    let (host, _) = site.host(Some(ClientCertificates::Required)).await;
    let ours = issued(&site.clients, "auth.internal");
    let foreign = issued(&authority(), "auth.internal");
    let of_servers = issued(&site.servers, "auth.internal");

    assert_eq!(who(&host, &client(&site.servers, Some(&ours))).await.expect("let in"), "with");
    assert!(who(&host, &client(&site.servers, None)).await.is_err());
    assert!(who(&host, &client(&site.servers, Some(&foreign))).await.is_err());
    assert!(who(&host, &client(&site.servers, Some(&of_servers))).await.is_err());
    until("the three are counted", || host.stats.handshakes_failed() == 3).await;
}

#[tokio::test]
async fn a_client_without_a_certificate_is_let_in_when_it_is_optional_but_not_with_a_foreign_one() {
    let site = Site::new();
    let (host, _) = site.host(Some(ClientCertificates::Optional)).await;
    let ours = issued(&site.clients, "auth.internal");
    let foreign = issued(&authority(), "auth.internal");

    assert_eq!(who(&host, &client(&site.servers, None)).await.expect("let in"), "without");
    assert_eq!(who(&host, &client(&site.servers, Some(&ours))).await.expect("let in"), "with");
    assert!(who(&host, &client(&site.servers, Some(&foreign))).await.is_err());
}

#[tokio::test]
async fn new_connections_use_a_renewed_certificate_and_a_broken_one_changes_nothing() {
    let site = Site::new();
    let (host, tls) = site.host(None).await;
    let connector = client(&site.servers, None);
    let mut before = connect(&host, &connector, "localhost").await.expect("connected");

    site.renew("renewed.example");
    assert_eq!(tls.reload(), Ok(true));
    assert_eq!(tls.reload(), Ok(false));
    assert!(connect(&host, &connector, "localhost").await.is_err(), "still the old certificate");
    assert!(connect(&host, &connector, "renewed.example").await.is_ok());

    std::fs::write(site.path("server.key"), "not a key").expect("written");
    let errors = tls.reload().expect_err("of no use");
    assert_eq!(errors[0].key, "private_key_file");
    assert!(connect(&host, &connector, "renewed.example").await.is_ok());
    before.write_all(b"GET /who HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("the old connection stands");
}

#[tokio::test]
async fn a_handshake_that_is_not_made_in_time_is_cut_off() {
    let site = Site::new();
    let (host, _) = site.host(None).await;
    let mut silent = host.connect().await;

    let waited = until_closed(&mut silent).await;

    assert!(waited >= Duration::from_millis(250) && waited < Duration::from_secs(3), "cut off after {waited:?}");
    until("it is counted", || host.stats.handshakes_failed() == 1).await;
}

#[tokio::test]
async fn a_handshake_that_is_not_made_does_not_hold_up_the_end() {
    let site = Site::new();
    let tls = Arc::new(Tls::load(site.files(None)).expect("usable"));
    let patient = server::listener::ConnectionLimits { header_deadline: PATIENCE, ..limits() };
    let host = Host::with(patient, Some(tls), PATIENCE).await;
    let _silent = host.connect().await;
    until("it stands", || host.stats.open() == 1).await;

    assert_eq!(tokio::time::timeout(Duration::from_secs(3), host.stop()).await.expect("at once").dropped, 0);
}

#[test]
fn everything_that_is_wrong_with_the_files_is_said_at_once_and_nothing_that_stands_in_them() {
    let site = Site::new();
    let (_, other_key) = issued(&site.servers, "other");
    let none = Tls::load(TlsFiles {
        certificate: site.path("nowhere.pem"),
        private_key: site.path("nowhere.key"),
        clients: Some((site.path("nowhere.ca"), ClientCertificates::Required)),
    });
    let keys: Vec<_> = none.err().expect("wrong").iter().map(|error| error.key).collect();
    assert_eq!(keys, ["certificate_file", "private_key_file", "client_ca_file"]);

    std::fs::write(site.path("server.key"), &other_key).expect("written");
    let errors = Tls::load(site.files(None)).err().expect("wrong");
    assert_eq!(errors[0].key, "private_key_file");
    let message = errors[0].message.as_str();
    assert!(
        message.contains("server.key") && message.contains("server.pem") && message.contains("`certificate_file`"),
        "{message}"
    );
    let secret_line = other_key.lines().nth(1).expect("a line");
    assert!(errors.iter().all(|error| !error.message.contains(secret_line)));

    std::fs::write(site.path("clients.pem"), "").expect("written");
    let errors = Tls::load(site.files(Some(ClientCertificates::Optional))).err().expect("wrong");
    assert_eq!(errors[0].key, "client_ca_file");
}

#[test]
fn a_certificate_brings_the_caller_whose_name_it_is_valid_for_unless_a_header_says_otherwise() {
    let clients = authority();
    let known = |dns_name: &'static str, name: &str, role: Role| CertificateCaller {
        dns_name: DnsName::try_from(dns_name).expect("a name"),
        name: Text::line(name, Text::ACTOR_CHARS).expect("a name"),
        role,
        scopes: role.scopes(),
    };
    let callers = vec![known("auth.internal", "auth", Role::Auth), known("admin.internal", "admin", Role::Admin)];
    let door = Authenticator::new(Arc::new(Keys::new()), None, callers);
    let peer = |name| {
        let (pem, _) = issued(&clients, name);
        PeerCertificate::verified(CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate"))
    };
    let now = Timestamp::from_micros(0).expect("an instant");
    let ask = |headers: &HeaderMap, name| {
        let judged = door.authenticate(headers, Some(&peer(name)), now);
        judged.map(|caller| caller.name.as_str().to_owned())
    };

    assert_eq!(ask(&HeaderMap::new(), "admin.internal"), Ok("admin".to_owned()));
    assert_eq!(ask(&HeaderMap::new(), "auth.internal"), Ok("auth".to_owned()));
    assert_eq!(ask(&HeaderMap::new(), "billing.internal"), Err(Refused::CertificateUnknown));
    assert_eq!(ask(&HeaderMap::new(), "auth.internal.evil.example"), Err(Refused::CertificateUnknown));
    let mut headers = HeaderMap::new();
    headers.insert("authorization", "Bearer x".parse().expect("a header"));
    assert_eq!(ask(&headers, "admin.internal"), Err(Refused::TokensOff));
}

#[tokio::test]
async fn certificates_are_read_again_on_sighup() {
    let site = Site::new();
    let (host, _tls) = site.host(None).await;
    let connector = client(&site.servers, None);
    assert!(connect(&host, &connector, "localhost").await.is_ok());
    site.renew("renewed.example");

    // Again and again: the first signals may come before anyone listens for them.
    let deadline = std::time::Instant::now() + PATIENCE;
    let _listens = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).expect("a signal");
    while connect(&host, &connector, "renewed.example").await.is_err() {
        assert!(std::time::Instant::now() < deadline, "still the old certificate");
        let sent = std::process::Command::new("kill").arg("-HUP").arg(std::process::id().to_string()).status();
        assert!(sent.expect("kill").success());
    }
}
