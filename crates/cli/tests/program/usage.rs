//! What scripts rely on: exit codes, one line an error, help.

use crate::support::{Home, run};

/// Every command, as it is called.
const COMMANDS: [&[&str]; 18] = [
    &[],
    &["serve"],
    &["dev"],
    &["migrate"],
    &["keys"],
    &["keys", "create"],
    &["keys", "list"],
    &["keys", "revoke"],
    &["catalog"],
    &["catalog", "export"],
    &["catalog", "plan"],
    &["catalog", "apply"],
    &["catalog", "test"],
    &["catalog", "backfill"],
    &["company"],
    &["company", "show"],
    &["check-config"],
    &["backup"],
];

#[test]
fn help_of_every_command_goes_to_standard_output_and_is_fine() {
    let mut all = String::new();
    for command in COMMANDS.into_iter().chain([["restore"].as_slice(), &["sweep"], &["verify"]]) {
        let args = [command, &["--help"]].concat();

        let help = run(&args).fine();

        all.extend(["$ platform-core ", &args.join(" "), "\n", &help, "\n"]);
    }
    insta::assert_snapshot!("help", all);
}

#[test]
fn help_names_every_command() {
    let help = run(&["--help"]).fine();

    let listed: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();

    assert_eq!(
        listed,
        [
            "serve",
            "dev",
            "migrate",
            "keys",
            "catalog",
            "company",
            "check-config",
            "backup",
            "restore",
            "sweep",
            "verify"
        ]
    );
}

#[test]
fn the_version_is_told() {
    assert_eq!(run(&["--version"]).fine(), format!("platform-core {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_wrong_call_exits_with_2_and_one_line_that_says_what_is_wrong_and_where_help_is() {
    let wrong: [(&[&str], &str); 12] = [
        (&[], "a command is missing"),
        (&["keys"], "a command is missing"),
        (&["sevre"], "unrecognized subcommand 'sevre'"),
        (&["serve", "--nope"], "unexpected argument '--nope' found"),
        (&["keys", "create", "x", "--role", "boss"], "[possible values: auth, admin, job]"),
        (&["keys", "create", "x"], "--role <ROLE>"),
        (&["backup"], "<FILE>"),
        (&["company", "show"], "<ID>"),
        (&["catalog"], "a command is missing"),
        (&["catalog", "plan"], "<FILE>"),
        (&["catalog", "test"], "<FILE>"),
        (&["catalog", "export", "--server", "http://x", "--database-url", "sqlite:x"], "cannot be used with"),
    ];
    for (args, expected) in wrong {
        let line = run(args).failed(2);

        assert!(line.contains(expected), "{args:?}: {line}");
        assert!(line.contains("--help"), "{args:?}: {line}");
    }
}

#[test]
fn a_command_without_a_database_says_what_is_missing() {
    for args in
        [&["serve"][..], &["migrate"], &["keys", "list"], &["backup", "x"], &["check-config"], &["catalog", "export"]]
    {
        assert_eq!(run(args).failed(1), "configuration: database.url: is missing", "{args:?}");
    }
}

#[test]
fn a_company_is_shown_as_a_person_wants_to_read_it() {
    let home = Home::sqlite();
    let (_served, mut client) = home.served();
    let company = "c0ffee00-0000-4000-8000-00000000abcd";
    client.post(&format!("/internal/companies/{company}/basic"), r#"{"status":"paused"}"#).data();
    let finance =
        r#"{"addonKey":"finance","status":"active","endsAt":"2999-01-01T00:00:00Z","source":"platform_admin"}"#;
    client.post(&format!("/internal/companies/{company}/addons"), finance).data();

    let sheet = home.run(&["company", "show", company]).fine();

    let (before, after) = sheet.split_once("(changed ").unwrap();
    let (_when, after) = after.split_once(')').unwrap();
    insta::assert_snapshot!("company_show", format!("{before}(changed [when]){after}"));
}

#[test]
fn a_company_that_is_none_or_unknown_is_not_shown() {
    let home = Home::sqlite();

    let nonsense = home.run(&["company", "show", "acme"]).failed(2);
    let nil = home.run(&["company", "show", "00000000-0000-0000-0000-000000000000"]).failed(2);
    let unknown = home.run(&["company", "show", "c0ffee00-0000-4000-8000-00000000abcd"]).failed(1);

    assert_eq!(nonsense, "`acme` is not a company: give its UUID in canonical form");
    assert!(nil.contains("is not a company"));
    assert_eq!(unknown, "company c0ffee00-0000-4000-8000-00000000abcd was never written");
}
