//! The catalogs that come with the program: each keeps its promises, and is applied as it stands.

use std::path::PathBuf;

use crate::support::{Home, run};

const COMPANY: &str = "c0ffee00-0000-4000-8000-00000000abcd";

/// The file of a catalog.
fn shipped(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../catalogs");
    folder.join(format!("{name}.toml")).canonicalize().unwrap().to_str().unwrap().to_owned()
}

/// A database with that catalog and no other.
fn with(name: &str) -> Home {
    let home = Home::empty();
    home.run(&["migrate", "--no-seed"]).fine();
    home.run(&["catalog", "apply", &shipped(name)]).fine();
    home
}

/// Every catalog, with how many promises it makes at least.
const ALL: [(&str, usize); 3] = [("bootstrap", 8), ("persona", 15), ("maker", 15)];

#[test]
fn every_catalog_keeps_its_promises_and_needs_no_database_for_that() {
    for (name, at_least) in ALL {
        let file = shipped(name);

        let said = run(&["catalog", "test", &file]).fine();

        let count = said.strip_prefix(&format!("{file}: ")).and_then(|said| said.strip_suffix(" promises are kept\n"));
        assert!(count.unwrap().parse::<usize>().unwrap() >= at_least, "{said}");
    }
}

#[test]
fn every_catalog_is_applied_to_a_fresh_database_once() {
    for (name, _) in ALL {
        let home = with(name);

        assert_eq!(
            home.run(&["catalog", "apply", &shipped(name)]).fine(),
            "nothing to do: the catalog says all of it already\n",
            "{name}"
        );
        assert_eq!(home.run(&["catalog", "plan", &shipped(name)]).fine(), "nothing would change\n", "{name}");
    }
}

#[test]
fn every_catalog_comes_back_from_the_database_as_it_went_in() {
    for (name, _) in ALL {
        let home = with(name);
        for format in ["toml", "json"] {
            let file = home.file(&format!("exported.{format}"));
            let file = file.to_str().unwrap();

            home.run(&["catalog", "export", file]).fine();

            assert_eq!(home.run(&["catalog", "plan", file]).fine(), "nothing would change\n", "{name} as {format}");
            let other = Home::empty();
            other.run(&["migrate", "--no-seed"]).fine();
            other.run(&["catalog", "apply", file]).fine();
            let again = other.run(&["catalog", "export", "--format", format]).fine();
            assert_eq!(again, std::fs::read_to_string(file).unwrap(), "{name} as {format}");
        }
    }
}

#[test]
fn an_exported_catalog_looks_as_a_person_would_have_written_it() {
    let home = with("maker");

    let document = home.run(&["catalog", "export"]).fine();

    insta::assert_snapshot!("maker_exported", document);
}

#[test]
fn the_bootstrap_catalog_is_what_migrate_seeds() {
    let home = Home::sqlite();

    assert_eq!(home.run(&["catalog", "plan", &shipped("bootstrap")]).fine(), "nothing would change\n");
}

#[test]
fn the_persona_catalogue_does_not_go_on_top_of_the_bootstrap_catalog() {
    let home = Home::sqlite();
    let before = home.run(&["catalog", "export"]).fine();

    let refused = home.run(&["catalog", "apply", &shipped("persona")]);

    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""), "{refused:?}");
    assert!(refused.err.contains("modules.venue.type is `addon` and cannot be changed"), "{refused:?}");
    assert_eq!(home.run(&["catalog", "export"]).fine(), before, "all or nothing");
}

#[test]
fn the_tiers_of_the_maker_catalog_need_no_backfill() {
    let home = with("maker");

    assert_eq!(home.run(&["catalog", "backfill"]).fine(), "nothing to fill up\n");
}

#[test]
fn a_company_of_each_catalog_is_explained() {
    let finance = r#"{"addonKey":"finance","status":"active","endsAt":"2999-01-01T00:00:00Z"}"#;
    let report = r#"{"addonKey":"ai-sales-report","status":"active"}"#;
    let refill = r#"{"addonKey":"batchbot_refill_100","status":"active","quantity":2,"externalReference":"in_1"}"#;
    let bot = r#"{"addonKey":"batchbot_access","status":"active","source":"billing_sync"}"#;
    let users = r#"{"featureKey":"users","value":12,"reason":"two seats as a gesture"}"#;
    let stories: [(&str, &[(&str, &str)]); 3] = [
        ("bootstrap", &[("basic", r#"{"status":"active"}"#), ("addons", finance)]),
        (
            "persona",
            &[("packages", r#"{"packageKey":"basic","status":"active"}"#), ("addons", finance), ("addons", report)],
        ),
        (
            "maker",
            &[
                ("packages", r#"{"packageKey":"team","status":"active"}"#),
                ("addons", bot),
                ("addons", refill),
                ("grants", users),
            ],
        ),
    ];
    for (name, writes) in stories {
        let home = with(name);
        let (_served, mut client) = home.served();
        for (path, body) in writes {
            let path = format!("/internal/companies/{COMPANY}/{path}");
            let answer = client.ask("POST", &path, &[("x-actor-id", "platform-admin")], body).unwrap();
            assert!(answer.status < 300, "{name}: {answer:?}");
        }

        let sheet = home.run(&["company", "show", COMPANY, "--explain"]).fine();

        insta::assert_snapshot!(format!("explained_{name}"), steady(&sheet));
    }
}

#[test]
fn what_a_company_will_own_then_and_why_something_is_missing_then() {
    let home = with("persona");
    let (_served, mut client) = home.served();
    let finance = r#"{"addonKey":"finance","status":"active","endsAt":"2999-01-01T00:00:00Z"}"#;
    let report = r#"{"addonKey":"ai-sales-report","status":"active"}"#;
    for (path, body) in
        [("packages", r#"{"packageKey":"basic","status":"active"}"#), ("addons", finance), ("addons", report)]
    {
        let path = format!("/internal/companies/{COMPANY}/{path}");
        assert!(client.ask("POST", &path, &[("x-actor-id", "billing")], body).unwrap().status < 300);
    }
    let show = |more: &[&str]| home.run(&[&["company", "show", COMPANY][..], more].concat());

    let then = show(&["--at", "2999-01-01T00:00:00Z"]).fine();
    assert!(then.contains("\n  as scheduled at  2999-01-01T00:00:00Z\n"), "{then}");
    assert!(then.contains("\n  enabled modules  promoter\n"), "{then}");
    assert!(
        then.contains("\nOwned, and not working\n  add-on ai-sales-report: it requires (module:finance or feature:ticketing-data)\n"),
        "{then}"
    );
    let asked = ["--explain", "--permission", "ai.sales-reports.read", "--at", "2999-01-01T00:00:00Z"];
    let missing = show(&asked).fine();
    assert!(
        missing.contains(
            "\nThe company does not have permission ai.sales-reports.read\n    not from add-on ai-sales-report: it requires (module:finance"
        ),
        "{missing}"
    );
    let absent = show(&["--explain", "--module", "touring"]).fine();
    assert!(
        absent.ends_with(
            "\nThe company does not have module touring\n    not from add-on touring: the company does not have it; to have it, assign add-on touring: nothing stands in the way\n"
        ),
        "{absent}"
    );
    let given = show(&["--explain", "--module", "finance"]).fine();
    assert!(given.contains("\nThe company has module finance\n    from add-on finance, revision 1"), "{given}");

    let past = show(&["--at", "1999-01-01T00:00:00Z"]).failed(1);
    assert!(past.ends_with("was never written by 1999-01-01T00:00:00Z"), "{past}");
    let unknown = show(&["--explain", "--feature", "wings"]).failed(1);
    assert_eq!(unknown, "the catalog has no feature `wings`");
    let nonsense = show(&["--explain", "--module", "No Module"]).failed(2);
    assert!(nonsense.starts_with("--module `No Module` must be a lowercase slug"), "{nonsense}");
    let no_instant = show(&["--at", "tomorrow"]).failed(2);
    assert!(no_instant.starts_with("--at `tomorrow` must be an RFC 3339 instant"), "{no_instant}");
    let not_why = show(&["--module", "finance"]).failed(2);
    assert!(not_why.contains("--explain"), "{not_why}");
}

/// Without what differs from run to run: instants of this century, and identifiers of grants.
fn steady(sheet: &str) -> String {
    let word = |word: &str| {
        let core = word.trim_end_matches([')', ',', ';', '\n']);
        let rest = word.get(core.len()..).unwrap_or_default();
        if core.starts_with("20") && core.ends_with('Z') {
            format!("[when]{rest}")
        } else if core.len() == 36 && core.matches('-').count() == 4 && core != COMPANY {
            format!("[id]{rest}")
        } else {
            word.to_owned()
        }
    };
    sheet.split_inclusive('\n').map(|line| line.split(' ').map(word).collect::<Vec<_>>().join(" ")).collect()
}
