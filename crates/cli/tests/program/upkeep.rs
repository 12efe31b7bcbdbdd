//! `sweep`, `verify` and the past.

use crate::support::Home;

const COMPANY: &str = "c0ffee00-0000-4000-8000-00000000abcd";

#[test]
fn what_has_ended_is_recorded_by_hand_and_everything_is_as_it_was_written() {
    let home = Home::sqlite();
    {
        let (_served, mut client) = home.served();
        let basic = r#"{"status":"active","endsAt":"2999-01-01T00:00:00Z"}"#;
        client.post(&format!("/internal/companies/{COMPANY}/basic"), basic).data();
    }

    assert_eq!(home.run(&["sweep"]).fine(), "0 boundaries were recorded\n");
    let verified = home.run(&["verify"]).fine();

    assert!(verified.starts_with("1 companies, "), "{verified}");
    assert!(verified.ends_with("\neverything is as it was written\n"), "{verified}");
}

#[test]
fn a_hand_in_the_tables_is_named_and_ends_with_1() {
    let home = Home::sqlite();
    {
        let (_served, mut client) = home.served();
        client.post(&format!("/internal/companies/{COMPANY}/basic"), r#"{"status":"active"}"#).data();
    }
    let file = home.url().strip_prefix("sqlite:").unwrap();
    let sql = "UPDATE company_subscriptions SET quantity = 7";
    let status = std::process::Command::new("sqlite3").arg(file).arg(sql).status();
    assert!(status.expect("`sqlite3` is installed").success());

    let named = home.run(&["verify"]).failed(1);

    assert_eq!(named, format!("{COMPANY}: its row for package `basic` is not what its history says"));
}

#[test]
fn a_role_is_for_postgresql() {
    let home = Home::sqlite();

    let refused = home.run(&["migrate", "--service-role", "core_service"]).failed(1);

    assert!(refused.starts_with("--service-role is for PostgreSQL"), "{refused}");
}
