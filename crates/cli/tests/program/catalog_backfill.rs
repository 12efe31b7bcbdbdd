//! The three backfill rules of requirements 003 §4.

use crate::support::Home;

/// A tier with a permission of an add-on, one that allows an add-on without its permission, and one whose retention is subscribed.
const DOCUMENT: &str = r#"
[modules.maker]
name = "Production"
type = "base"

[modules.reports]
name = "Reports"
type = "addon"

[permissions."reports.analytics"]

[features.retention]
name = "Retention"
kind = "toggle"

[addons.advanced_analytics]
name = "Advanced analytics"
permissions = ["reports.analytics"]

[addons.data_retention]
name = "Data retention"
features = { retention = true }

[packages.old]
name = "Old"
moduleKeys = ["maker"]
permissions = ["reports.analytics"]

[packages.solo]
name = "Solo"
moduleKeys = ["maker"]
addons = { advanced_analytics = "allowed" }

[packages.enterprise]
name = "Enterprise"
moduleKeys = ["maker"]
attributes = { retention_policy = "subscribed" }
"#;

fn home() -> Home {
    let home = Home::empty();
    home.run(&["migrate", "--no-seed"]).fine();
    let file = home.file("tiers.toml");
    std::fs::write(&file, DOCUMENT).unwrap();
    home.run(&["catalog", "apply", file.to_str().unwrap()]).fine();
    home
}

const STEPS: &str = "\
rule 3  package enterprise, add-on data_retention: include the add-on, because attribute retention_policy is subscribed, and it gives retention
rule 1  package old, add-on advanced_analytics: include the add-on, because the package has its permission reports.analytics
rule 2  package solo, add-on advanced_analytics: attach permission reports.analytics, because the package includes or allows the add-on
";

#[test]
fn a_dry_run_lists_what_each_rule_would_do_and_why_and_stores_nothing() {
    let home = home();
    let before = home.run(&["catalog", "export"]).fine();

    let said = home.run(&["catalog", "backfill", "--dry-run"]).fine();

    assert_eq!(said, format!("{STEPS}\nReach: none of 0 companies.\n\n3 steps would be taken; nothing was stored\n"));
    assert_eq!(home.run(&["catalog", "export"]).fine(), before);
}

#[test]
fn a_backfill_does_it_once() {
    let home = home();

    assert_eq!(home.run(&["catalog", "backfill"]).fine(), format!("{STEPS}\n3 steps were taken\n"));

    assert_eq!(home.run(&["catalog", "backfill"]).fine(), "nothing to fill up\n");
    let document = home.run(&["catalog", "export"]).fine();
    for line in [
        r#"addons = { data_retention = "included" }"#,
        r#"addons = { advanced_analytics = "included" }"#,
        r#"attachedPermissions = { "reports.analytics" = "advanced_analytics" }"#,
    ] {
        assert!(document.contains(line), "{line}: {document}");
    }
}

#[test]
fn what_must_be_approved_is_listed_and_not_done() {
    let home = home();
    let file = home.file("governed.toml");
    let solo = "[packages.solo]\nname = \"Solo\"\nmoduleKeys = [\"maker\"]\naddons = { advanced_analytics = \"allowed\" }\ngovernance = { approvers = [\"ada\"] }\n";
    std::fs::write(&file, solo).unwrap();
    home.run(&["catalog", "apply", file.to_str().unwrap()]).fine();

    let listed = home.run(&["catalog", "backfill", "--dry-run"]).fine();
    let refused = home.run(&["catalog", "backfill"]).failed(1);

    assert!(listed.starts_with(STEPS), "{listed}");
    assert!(refused.contains("needs one of its approvers"), "{refused}");
    assert!(home.run(&["catalog", "backfill", "--dry-run"]).fine().starts_with(STEPS));
}
