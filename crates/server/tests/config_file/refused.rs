//! What is refused: all of it at once, by path, without secrets.

use server::config::{Config, Overrides};

use crate::written::{Folder, environment};

#[test]
fn all_mistakes_are_said_at_once() {
    let folder = Folder::new();
    let text = r#"
        colour = "red"
        [server]
        listen = "localhost"
        drain_ms = -1
        [server.tls]
        certificate_file = "nowhere.pem"
        [database]
        url = "mysql://root:hunter2@db/core"
        [auth.tokens]
        audience = "core"
        hs256_secret = "hunter2-is-too-short"
        callers = [{ subject = "a", role = "root" }, { subject = "b", role = "auth", scopes = ["catalog:write", "fly"] }, { role = "job", colour = 1 }]
        [cache]
        max_bytes = "much"
        [limits]
        max_connections = 0
        idle_ms = 75.5
        [log]
        level = "loud"
        format = 3
    "#;

    insta::assert_snapshot!(folder.wrong(text), @r"
    auth.tokens.callers[0].role: must be `auth`, `admin` or `job`, is `root`
    auth.tokens.callers[1].scopes: a caller of role `auth` cannot have `catalog:write`
    auth.tokens.callers[1].scopes: unknown scope `fly`
    auth.tokens.callers[2].colour: unknown key; known here: subject, role, scopes
    auth.tokens.callers[2].subject: is missing
    auth.tokens.hs256_secret: the secret must have at least 32 bytes, has 20
    auth.tokens.issuer: is missing
    cache.max_bytes: must be a number of bytes from 1048576 to 1099511627776
    colour: unknown key; known here: server, metrics, database, auth, cache, feed, outgoing_webhooks, limits, log, sweep
    database.url: must begin with `sqlite:` or `postgres://`
    limits.idle_ms: must be a number of milliseconds from 400 to 3600000
    limits.max_connections: must be a number of connections from 1 to 1000000
    log.format: must be a text, is integer
    log.level: must be error or warn or info or debug or trace, is `loud`
    server.drain_ms: must be a number of milliseconds from 0 to 600000
    server.listen: must be an IP address and a port, or `off`, is `localhost`
    server.tls.certificate_file: cannot read `nowhere.pem`: No such file or directory (os error 2)
    server.tls.private_key_file: is missing
    ");
}

#[test]
fn variables_are_judged_like_the_file() {
    let folder = Folder::new();
    let variables = [
        ("PLATFORM_CORE__LIMITS__IDLE_MS", "soon"),
        ("PLATFORM_CORE__LIMITS__IDEL_MS", "1000"),
        ("PLATFORM_CORE__LISTEN", "127.0.0.1:1"),
        ("PLATFORM_CORE__SERVER__TLS__CERTIFICATE_FILE", ""),
        ("PLATFORM_CORE__AUTH__CERTIFICATES", "[{ dns_name = 1"),
        ("PLATFORM_CORE__DATABASE__URL", "sqlite:a.db"),
        ("PLATFORM_CORE_DATABASE_URL", "sqlite:b.db"),
    ];

    insta::assert_snapshot!(folder.wrong_with("", &variables), @r"
    auth.certificates: must be a list of tables with `dns_name`, `name`, `role` and `scopes`
    database.url: both `PLATFORM_CORE__DATABASE__URL` and `PLATFORM_CORE_DATABASE_URL` are set: keep one
    limits.idel_ms: unknown key, set by `PLATFORM_CORE__LIMITS__IDEL_MS`
    limits.idle_ms: must be a number of milliseconds from 400 to 3600000
    listen: unknown key, set by `PLATFORM_CORE__LISTEN`
    server.tls.certificate_file: must not be empty
    server.tls.private_key_file: is missing
    ");
}

#[test]
fn what_does_not_go_together_is_refused() {
    let folder = Folder::new();
    let secret = folder.write("secret", "0123456789012345678901234567890!");
    let weak = folder.write("weak", "0123456789012345678901234567890\n");
    let keys = folder.write("keys.json", "{\"keys\": []}");
    let base = "[database]\nurl = \"sqlite:a.db\"\n";
    let tokens = "[auth.tokens]\nissuer = \"i\"\naudience = \"a\"\ncallers = [{ subject = \"s\", role = \"auth\" }]\n";
    let cases = [
        "[server]\nlisten = \"127.0.0.1:9090\"".to_owned(),
        "[server.tls]\nclient_certificates = \"optional\"".to_owned(),
        "[[auth.certificates]]\ndns_name = \"a.internal\"\nname = \"a\"\nrole = \"auth\"".to_owned(),
        "[[auth.certificates]]\ndns_name = \"127.0.0.1\"\nname = \"\"\nrole = \"auth\"".to_owned(),
        tokens.to_owned(),
        format!("{tokens}hs256_secret = \"0123456789012345678901234567890!\"\nhs256_secret_file = \"{secret}\""),
        format!("{tokens}hs256_secret_file = \"{weak}\""),
        format!("{tokens}hs256_secret_file = \"{}\"", folder.path("nowhere").display()),
        format!("{tokens}jwks_file = \"{keys}\""),
        format!("{tokens}jwks_file = \"{keys}\"\njwks_url = \"https://issuer.example/keys\""),
        format!("{tokens}jwks_url = \"http://issuer.example/keys\""),
        format!("{tokens}jwks_url = \"https://user:pass@issuer.example/keys\""),
        format!("{tokens}jwks_url = \"file:///etc/passwd\""),
    ];

    let lines: Vec<String> = cases.iter().map(|case| folder.wrong(&format!("{base}{case}"))).collect();

    insta::assert_snapshot!(lines.join("\n\n"), @r"
    metrics.listen: is the same as `server.listen`

    server.tls.certificate_file: is missing
    server.tls.client_certificates: needs `client_ca_file`
    server.tls.private_key_file: is missing

    auth.certificates: needs `server.tls.client_ca_file`

    auth.certificates[0].dns_name: must be a DNS name
    auth.certificates[0].name: must not be empty

    auth.tokens.hs256_secret: one of `hs256_secret`, `hs256_secret_file`, `jwks_file`, `jwks_url` is needed

    auth.tokens.hs256_secret: both `hs256_secret` and `hs256_secret_file` are given: keep one

    auth.tokens.hs256_secret_file: the secret must have at least 32 bytes, has 31

    auth.tokens.hs256_secret_file: cannot read `DIR/nowhere`: No such file or directory (os error 2)

    auth.tokens.jwks_file: `DIR/keys.json`: the key set has no EdDSA (Ed25519), ES256 or RS256 key for signatures

    auth.tokens.jwks_file: both `jwks_file` and `jwks_url` are given: keep one

    auth.tokens.jwks_url: must be an `https://` address without a password, or `http://` on this machine

    auth.tokens.jwks_url: must be an `https://` address without a password, or `http://` on this machine

    auth.tokens.jwks_url: must be an `https://` address without a password, or `http://` on this machine
    ");
}

#[test]
fn a_file_that_cannot_be_read_or_is_not_toml_is_refused_without_showing_its_lines() {
    let folder = Folder::new();
    let nowhere = Config::load(Some(&folder.path("nowhere.toml")), environment(&[]), Overrides::default());
    let nowhere = nowhere.expect_err("refused");
    assert!(
        nowhere.iter().any(|error| error.path.ends_with("nowhere.toml") && error.message.starts_with("cannot be read"))
    );

    let broken = folder.wrong("[database]\nurl = \"sqlite:a.db\"\n[auth.tokens]\nhs256_secret = \"a-canary-secret");

    insta::assert_snapshot!(broken, @r#"
    DIR/core.toml: line 4: invalid basic string, expected `"`
    "#);
}

#[test]
fn urls_that_would_surprise_are_refused() {
    let folder = Folder::new();
    let urls =
        ["", " ", "sqlite:", "sqlite::memory:", "sqlite://data/core.db", "postgres://", "core.db", "postgres://a b"];

    let lines: Vec<String> = urls.iter().map(|url| folder.wrong(&format!("[database]\nurl = \"{url}\""))).collect();

    insta::assert_snapshot!(lines.join("\n"), @r"
    database.url: must not be empty
    database.url: must not be empty
    database.url: `sqlite:` must be followed by the path of a file
    database.url: a database in memory would lose everything: name a file
    database.url: write `sqlite:PATH`, without `//`
    database.url: `postgres://` must be followed by a server
    database.url: must begin with `sqlite:` or `postgres://`
    database.url: must not hold white space or control characters
    ");
}

#[test]
fn a_feed_that_could_not_keep_its_promises_is_refused() {
    let folder = Folder::new();
    let wrong = |feed: &str| folder.wrong(&format!("[database]\nurl = \"sqlite:core.db\"\n[feed]\n{feed}"));

    assert_eq!(
        wrong("poll_ms = 251"),
        "feed.poll_ms: must be at most a quarter of `feed.staleness_bound_ms`, or one slow answer would already pass the bound"
    );
    assert_eq!(wrong("poll_ms = 200\nheartbeat_ms = 199"), "feed.heartbeat_ms: must be at least `feed.poll_ms`");
    assert_eq!(
        wrong("staleness_bound_ms = 0\nretention_minutes = 0\nmax_streams = -1"),
        "feed.max_streams: must be a number of streams from 0 to 100000\n\
         feed.retention_minutes: must be a number of minutes from 1 to 5256000\n\
         feed.staleness_bound_ms: must be a number of milliseconds from 50 to 60000"
    );
}

#[test]
fn variables_that_are_misspelt_are_refused_and_those_of_others_are_left_alone() {
    let misspelt = environment(&[
        ("PLATFORM_CORE_DATABASE_URL", "sqlite:a.db"),
        ("PLATFORM_CORE_SERVER__LISTEN", "off"),
        ("PLATFORM_CORE_SERVICE_HOST", "10.0.0.1"),
    ]);
    let misspelt = Config::load(None, misspelt, Overrides::default()).expect_err("refused");
    assert_eq!(misspelt.len(), 1, "{misspelt:?}");
    assert_eq!(misspelt[0].path, "PLATFORM_CORE_SERVER__LISTEN");
    assert!(misspelt[0].message.ends_with("`PLATFORM_CORE__SERVER__LISTEN`"), "{misspelt:?}");
}
