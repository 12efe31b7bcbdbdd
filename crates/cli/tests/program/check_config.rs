//! Every mistake in the configuration is told, at once.

use std::fs;

use crate::support::{Home, program, run, run_with};

const MISTAKEN: &str = "
bogus = 1

[server]
listen = 'everywhere'
colour = 'red'

[database]
url = 'mysql://somebody:canary-password@somewhere'

[limits]
wait_ms = -1

[log]
level = 'loud'

[auth.tokens]
issuer = 'platform'
hs256_secret = 'canary-secret'
";

#[test]
fn every_mistake_is_told_at_once_with_its_path_and_no_secret() {
    let home = Home::empty();
    let file = home.file("core.toml");
    fs::write(&file, MISTAKEN).unwrap();
    let mut check = program();
    check.args(["check-config", "--config"]).arg(&file).env("PLATFORM_CORE__SERVER__DRAIN_MS", "soon");
    check.env("PLATFORM_CORE__LIMITS__SPEED", "9");

    let said = run_with(&mut check);

    assert_eq!((said.code, said.out.as_str()), (Some(1), ""));
    assert!(!said.err.contains("canary"), "{said:?}");
    insta::assert_snapshot!("check_config_mistakes", said.err);
}

#[test]
fn serve_refuses_the_same_mistakes() {
    let home = Home::empty();
    let file = home.file("core.toml");
    fs::write(&file, MISTAKEN).unwrap();

    let [checked, served] =
        ["check-config", "serve"].map(|command| run(&[command, "--config", file.to_str().unwrap()]));

    assert_eq!((served.code, served.err), (Some(1), checked.err));
}

#[test]
fn a_fine_configuration_is_said_to_be_fine_without_its_password() {
    let said = run(&["check-config", "--database-url", "postgres://core:canary-password@db.example/core"]).fine();

    assert!(said.starts_with("the configuration is fine; the database is postgres://"), "{said}");
    assert!(said.contains("db.example") && !said.contains("canary"), "{said}");
}

#[test]
fn a_url_that_postgresql_would_not_understand_is_no_fine_configuration() {
    for rest in ["canary-password@db:port/core", "db/core?sslmode=perhaps", "db/core?target_session_attrs=standby"] {
        for command in ["check-config", "serve"] {
            let line = run(&[command, "--database-url", &format!("postgres://{rest}")]).failed(1);

            assert!(line.starts_with("configuration: database.url: ") && !line.contains("canary"), "{line}");
        }
    }
}

#[test]
fn a_file_that_cannot_be_read_or_is_no_toml_is_named_with_its_line() {
    let home = Home::empty();
    let file = home.file("core.toml");
    fs::write(&file, "[server]\nlisten = canary-password\n").unwrap();
    let (broken, missing) = (file.to_str().unwrap(), home.file("missing.toml"));

    let missing = run(&["check-config", "--config", missing.to_str().unwrap(), "--database-url", home.url()]).failed(1);
    let broken = run(&["check-config", "--config", broken, "--database-url", home.url()]).failed(1);

    assert!(missing.contains("missing.toml: cannot be read"), "{missing}");
    assert!(broken.contains("core.toml: line 2:") && !broken.contains("canary"), "{broken}");
}

#[test]
fn a_flag_beats_a_variable_which_beats_the_file() {
    let home = Home::empty();
    let file = home.file("core.toml");
    fs::write(&file, "[database]\nurl = 'sqlite:of-the-file'\n").unwrap();
    let check = |variable: Option<&str>, flag: Option<&str>| {
        let mut check = program();
        check.arg("check-config").env("PLATFORM_CORE_CONFIG", &file);
        check.envs(variable.map(|value| ("PLATFORM_CORE_DATABASE_URL", value)));
        check.args(flag.into_iter().flat_map(|value| ["--database-url", value]));
        run_with(&mut check).fine()
    };

    assert!(check(None, None).contains("sqlite:of-the-file"));
    assert!(check(Some("sqlite:of-the-variable"), None).contains("sqlite:of-the-variable"));
    assert!(check(Some("sqlite:of-the-variable"), Some("sqlite:of-the-flag")).contains("sqlite:of-the-flag"));
}
