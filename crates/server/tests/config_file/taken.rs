//! What is taken from where.

use std::{fmt::Write as _, net::SocketAddr, path::PathBuf, time::Duration};

use rcgen::{CertificateParams, KeyPair};
use server::{
    caller::{JwksSource, Role, Scope},
    config::{Config, DatabaseUrl, EntitlementReads, Listen, LogFormat, LogLevel, Overrides, reference},
    listener::ClientCertificates,
};

use crate::written::{Folder, environment};

const URL: &str = "PLATFORM_CORE_DATABASE_URL";

fn address(text: &str) -> Listen {
    Listen::On(text.parse::<SocketAddr>().expect("an address"))
}

#[test]
fn only_the_database_is_required_and_everything_else_has_its_documented_default() {
    let config = Config::load(None, environment(&[(URL, "sqlite:data/core.db")]), Overrides::default()).expect("fine");

    assert_eq!(config.database, DatabaseUrl::Sqlite(PathBuf::from("data/core.db")));
    assert_eq!((config.server.listen, config.metrics.listen), (address("127.0.0.1:8080"), address("127.0.0.1:9090")));
    assert_eq!(config.server.drain, Duration::from_secs(10));
    assert!(config.server.tls.is_none() && config.auth.tokens.is_none() && config.auth.certificates.is_empty());
    assert_eq!(config.cache.max_bytes, 512 * 1_024 * 1_024);
    let limits = config.limits;
    assert_eq!((limits.connections.connections, limits.connections.header_bytes), (10_000, 16_384));
    assert_eq!(limits.connections.header_deadline, Duration::from_secs(5));
    assert_eq!(
        (limits.connections.write_deadline, limits.body_deadline),
        (Duration::from_secs(10), Duration::from_secs(10))
    );
    assert_eq!((limits.connections.idle, limits.wait), (Duration::from_secs(75), Duration::from_millis(250)));
    assert_eq!((limits.max_body_bytes, limits.requests_in_flight, limits.requests_waiting), (65_536, 256, 512));
    assert_eq!((config.log.level, config.log.format), (LogLevel::Info, LogFormat::Json));
    assert_eq!(config.log.entitlement_reads, EntitlementReads::Each);
}

#[test]
fn a_flag_beats_a_variable_and_a_variable_beats_the_file() {
    let folder = Folder::new();
    let file = "[server]\nlisten = \"127.0.0.1:1\"\ndrain_ms = 1\n[database]\nurl = \"sqlite:file.db\"\n[limits]\nidle_ms = 1000";
    let variables = [
        ("PLATFORM_CORE__SERVER__LISTEN", "127.0.0.1:2"),
        ("PLATFORM_CORE__SERVER__DRAIN_MS", "2"),
        ("PLATFORM_CORE__LOG__LEVEL", "debug"),
        ("PLATFORM_CORE_PORT", "tcp://10.0.0.1:80"),
        ("HOME", "/root"),
    ];
    let overrides = Overrides { listen: Some("off".to_owned()), database_url: Some("sqlite:flag.db".to_owned()) };

    let config = folder.load_with(file, &variables, overrides).expect("fine");

    assert_eq!(config.server.listen, Listen::Off);
    assert_eq!(config.database, DatabaseUrl::Sqlite(PathBuf::from("flag.db")));
    assert_eq!(config.server.drain, Duration::from_millis(2));
    assert_eq!(config.limits.connections.idle, Duration::from_secs(1));
    assert_eq!(config.log.level, LogLevel::Debug);
}

#[test]
fn the_file_may_be_named_by_a_variable_and_the_flag_for_it_wins() {
    let folder = Folder::new();
    let one = folder.write("one.toml", "[database]\nurl = \"sqlite:one.db\"");
    folder.write("two.toml", "[database]\nurl = \"sqlite:two.db\"");
    let load = |path: Option<PathBuf>| {
        let variables = environment(&[("PLATFORM_CORE_CONFIG", &one)]);
        Config::load(path.as_deref(), variables, Overrides::default()).expect("fine").database
    };

    assert_eq!(load(None), DatabaseUrl::Sqlite(PathBuf::from("one.db")));
    assert_eq!(load(Some(folder.path("two.toml"))), DatabaseUrl::Sqlite(PathBuf::from("two.db")));
}

#[test]
fn callers_are_taken_from_the_file_and_from_variables() {
    let folder = Folder::new();
    let key = KeyPair::generate().expect("a key");
    let certificate = CertificateParams::new(vec!["core.internal".to_owned()]).expect("parameters").self_signed(&key);
    let certificate = folder.write("cert.pem", &certificate.expect("a certificate").pem());
    let key = folder.write("key.pem", &key.serialize_pem());
    let secret = folder.write("secret", "0123456789012345678901234567890!\n");
    let text = format!(
        "[database]\nurl = \"postgres://core:hunter2@db1,db2/core?target_session_attrs=read-write\"\n\
         [server.tls]\ncertificate_file = \"{certificate}\"\nprivate_key_file = \"{key}\"\nclient_ca_file = \"{certificate}\"\n\
         client_certificates = \"optional\"\n\
         [auth.tokens]\nissuer = \"https://issuer.example\"\naudience = \"core\"\nhs256_secret_file = \"{secret}\"\n\
         callers = [{{ subject = \"auth-backend\", role = \"auth\" }}]\n\
         [[auth.certificates]]\ndns_name = \"jobs.internal\"\nname = \"jobs\"\nrole = \"job\"\nscopes = [\"catalog:write\"]\n"
    );
    let jwks = ("PLATFORM_CORE__AUTH__TOKENS__JWKS_URL", "https://issuer.example/keys");
    let callers = ("PLATFORM_CORE__AUTH__TOKENS__CALLERS", "[{ subject = \"admin-backend\", role = \"admin\" }]");

    let config = folder.load_with(&text, &[jwks, callers], Overrides::default()).expect("fine");

    let tls = config.server.tls.expect("TLS");
    assert_eq!(tls.clients.expect("clients").1, ClientCertificates::Optional);
    let tokens = config.auth.tokens.expect("tokens");
    assert_eq!(tokens.hs256_secret.as_ref().expect("a secret").reveal(), b"0123456789012345678901234567890!");
    assert_eq!(tokens.jwks, Some(JwksSource::Url("https://issuer.example/keys".parse().expect("a URL"))));
    assert_eq!(tokens.callers[0].subject.as_str(), "admin-backend");
    assert_eq!(tokens.callers[0].scopes, Role::Admin.scopes());
    let jobs = &config.auth.certificates[0];
    assert_eq!((jobs.dns_name.as_ref(), jobs.name.as_str(), jobs.role), ("jobs.internal", "jobs", Role::Job));
    assert!(jobs.scopes.contains(Scope::CatalogWrite));
}

#[test]
fn where_webhooks_may_go_is_taken_from_the_file_and_from_variables() {
    let folder = Folder::new();
    let url = "[database]\nurl = \"sqlite:core.db\"\n";
    let load = |section: &str, variables: &[(&str, &str)]| {
        let config = folder.load_with(&format!("{url}{section}"), variables, Overrides::default()).expect("fine");
        (config.outgoing_webhooks.allow_http, config.outgoing_webhooks.allow_private)
    };
    let in_file = "[outgoing_webhooks]\nallow_http = true\n";
    let on = ("PLATFORM_CORE__OUTGOING_WEBHOOKS__ALLOW_PRIVATE", "true");
    let off = ("PLATFORM_CORE__OUTGOING_WEBHOOKS__ALLOW_HTTP", "false");

    assert_eq!(load("", &[]), (false, false));
    assert_eq!(load(in_file, &[]), (true, false));
    assert_eq!(load(in_file, &[on]), (true, true));
    assert_eq!(load(in_file, &[off]), (false, false));
    let wrong = folder.wrong_with(&format!("{url}[outgoing_webhooks]\nallow_http = \"yes\"\npoll_ms = 1\n"), &[]);
    assert_eq!(
        wrong,
        "outgoing_webhooks.allow_http: must be true or false\n\
         outgoing_webhooks.poll_ms: must be a number of milliseconds from 5 to 10000"
    );
}

#[test]
fn no_secret_shows_when_a_configuration_is_printed() {
    let folder = Folder::new();
    let text = "[database]\nurl = \"postgres://core:hunter2@db1,db2:5433/core?password=hunter3\"\n[auth.tokens]\n\
        issuer = \"i\"\naudience = \"a\"\nhs256_secret = \"a-canary-secret-of-32-bytes-or-more\"\n\
        callers = [{ subject = \"s\", role = \"auth\" }]";

    let shown = format!("{:?}", folder.load(text).expect("fine"));

    assert!(!shown.contains("hunter") && !shown.contains("canary"), "{shown}");
    assert!(shown.contains("postgres://db1,db2:5433/core"), "{shown}");
    let odd = DatabaseUrl::parse("postgres://core:a?b@host/core").expect("a URL");
    assert_eq!(odd.to_string(), "postgres://***");
}

/// Rewrites the page when `UPDATE_DOCS` is set; otherwise says that it has to be.
#[test]
fn the_reference_page_is_what_the_code_says() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, reference()).expect("written");
    }

    let written = std::fs::read_to_string(&path).unwrap_or_default();

    assert!(written == reference(), "docs/configuration.md is out of date: run this test with UPDATE_DOCS=1");
}

#[test]
fn every_documented_key_is_read() {
    let mut section = String::new();
    let mut file = String::new();
    for line in reference().lines() {
        if let Some(path) = line.strip_prefix("## `[").and_then(|line| line.strip_suffix("]`")) {
            section = path.to_owned();
            writeln!(file, "[{section}]").expect("written");
        } else if let Some((key, _)) = line.strip_prefix("| `").and_then(|line| line.split_once('`')) {
            // A date is of the wrong type for every key, so that each is named by an error exactly if it is read.
            writeln!(file, "{key} = 1979-05-27").expect("written");
        }
    }

    let wrong = Folder::new().wrong(&file);

    assert!(!wrong.contains("unknown key"), "{wrong}");
    assert_eq!(wrong.lines().count(), file.lines().filter(|line| line.contains(" = ")).count(), "{wrong}");
    assert!(section == "sweep");
}
