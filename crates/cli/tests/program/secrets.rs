//! Secrets appear nowhere but where they are handed out.

use std::fs;

use crate::support::{Client, Home, Served, cluster};

/// What callers send as credentials and nobody may write down.
const WRONG_KEY: &str = "pc_canary-of-a-wrong-key";
const WRONG_TOKEN: &str = "canary.of-a-wrong.token";
const TOKEN_SECRET: &str = "canary-of-the-token-secret-0123456789";
const PASSWORD: &str = "canary-of-the-database-password";

#[test]
fn no_secret_stands_in_any_output_log_or_metric() {
    let cluster = cluster();
    let socket = cluster.folder().display().to_string().replace('/', "%2F");
    cluster.create_database("core").unwrap();
    // The server trusts everybody; the password is only there to be told.
    let url = format!("postgres://postgres:{PASSWORD}@{socket}:{}/core", cluster.port());
    for home in [Home::empty(), Home::at(&url)] {
        let run = |args: &[&str]| {
            let said = home.run(args);
            said.out + &said.err
        };
        let mut told = [run(&["check-config"]), run(&["serve"]), run(&["migrate"])].concat();
        let mut secrets = vec![home.key("admin"), home.key("job"), home.key("auth")];
        told +=
            &[run(&["keys", "list"]), run(&["keys", "revoke", "job"]), run(&["keys", "revoke", &secrets[2]])].concat();
        told += &[run(&["backup", "copy.db"]), run(&["restore", "copy.db"])].concat();
        told += &served(&home, &secrets);
        told += &[run(&["company", "show", "c0ffee00-0000-4000-8000-00000000abcd"]), run(&["keys", "list"])].concat();

        // A key given where a name belongs is told back by the one who was asked for it, on purpose.
        let told = told.replace(&format!("name or id `{}`", secrets[2]), "");
        secrets.extend([WRONG_KEY, WRONG_TOKEN, TOKEN_SECRET, PASSWORD].map(str::to_owned));
        for secret in secrets {
            assert!(!told.contains(&secret), "`{secret}` stands in: {told}");
        }
    }
}

/// Serves, is asked in every way that fails and in some that do not; gives everything it said.
fn served(home: &Home, keys: &[String]) -> String {
    let config = home.file("core.toml");
    let tokens = format!(
        "[auth.tokens]\nissuer = 'platform'\naudience = 'core'\nhs256_secret = '{TOKEN_SECRET}'\n\
         callers = [{{ subject = 'auth', role = 'auth' }}]\n[log]\nlevel = 'trace'\n"
    );
    fs::write(&config, tokens).unwrap();
    let mut serve = home.command(&["serve", "--listen", "127.0.0.1:0", "--config", config.to_str().unwrap()]);
    let mut served = Served::start(&mut serve);
    let mut told = String::new();
    let company = "/internal/companies/c0ffee00-0000-4000-8000-00000000abcd";
    let bearer = format!("Bearer {WRONG_TOKEN}");
    for key in keys.iter().map(String::as_str).chain([WRONG_KEY]) {
        let mut client = served.client(key);
        for (method, path, headers, body) in [
            ("POST", format!("{company}/basic"), vec![], r#"{"status":"active"}"#),
            ("POST", format!("{company}/basic"), vec![], r#"{"status":"#),
            ("GET", format!("{company}/entitlements"), vec![], ""),
            ("GET", format!("{company}/entitlements"), vec![("authorization", bearer.as_str())], ""),
            ("GET", format!("{company}/history?limit=0"), vec![], ""),
            ("POST", "/internal/keys".to_owned(), vec![], r#"{"name":"x","role":"auth","scopes":["nope"]}"#),
            ("GET", "/internal/keys".to_owned(), vec![], ""),
            ("GET", "/nowhere".to_owned(), vec![], ""),
        ] {
            let answer = client.ask(method, &path, &headers, body).unwrap();
            told.push_str(&answer.head);
            told.push_str(&answer.body);
        }
    }
    told.push_str(&Client::new(served.metrics(), "").get("/metrics").body);
    served.terminate();
    let (status, log) = served.ended(crate::support::PATIENCE);
    assert_eq!(status.code(), Some(0));
    assert!(log.contains("invalid internal credentials"), "the refusals were not logged: {log}");
    told + &log
}
