//! Documents that are wrong: what is said of them, and where.

use crate::support::{Home, run};

/// What `catalog test` says of a document that is wrong, a line each.
fn complaints(name: &str, text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();

    let said = run(&["catalog", "test", file]);

    assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{said:?}");
    let prefix = format!("platform-core: {file}:");
    said.err.lines().map(|line| line.strip_prefix(&prefix).unwrap_or_else(|| panic!("{line}")).to_owned()).collect()
}

#[test]
fn a_mistake_in_a_document_is_told_with_its_line_and_its_place() {
    let module = "[modules.basic]\nname = \"Core App\"\ntype = \"base\"\n";
    let wrong: [(&str, &str); 8] = [
        ("[modules.basic]\nnmae = \"x\"", "2:1: modules.basic.nmae: unknown field `nmae`, expected one of `name`"),
        ("[modules.basic]\nname = \"x\"\ntype = \"bse\"", "3:8: modules.basic.type: unknown variant `bse`"),
        ("[modules.basic\nname = \"x\"", "1:15: unclosed table"),
        ("[modules.basic]\nname = \"x\"\nname = \"y\"", "3:1: duplicate key"),
        (
            "[packages.solo]\nname = \"x\"\nfeatures = { users = -1 }",
            "3:22: packages.solo.features.users: invalid value: integer `-1`",
        ),
        (
            "[addons.x]\nname = \"x\"\nrequires = { any = [\"base\"], all = [] }",
            "3:12: addons.x.requires: must be a term such as \"module:finance\"",
        ),
        (
            "[[tests]]\nname = \"x\"\nat = 2026-01-01T00:00:00Z",
            "3:6: tests[0].at: write the instant in quotes, such as \"2026-01-01T00:00:00Z\"",
        ),
        (
            "[[tests]]\ngiven.packages = [{ keey = \"basic\" }]",
            "2:18: tests[0].given.packages[0]: must be a key, or a table with a key and status",
        ),
    ];
    for (text, expected) in wrong {
        let lines = complaints("catalog.toml", text);

        assert!(matches!(lines.as_slice(), [line] if line.starts_with(expected)), "{text}: {lines:?}");
    }
    assert!(
        complaints("catalog.toml", &format!("{module}isActive = 3"))[0].starts_with("4:12: modules.basic.isActive: ")
    );
}

#[test]
fn a_mistake_in_a_json_document_is_told_alike() {
    let wrong: [(&str, &str); 4] = [
        (
            "{\n  \"modules\": {\"x\": {\"name\": 1, \"type\": \"base\"}}}",
            "2:29: modules.x.name: invalid type: integer `1`",
        ),
        ("{\"modulez\": {}}", "1:10: modulez: unknown field `modulez`, expected one of `policy`, `modules`"),
        ("{", "1:1: EOF while parsing an object"),
        ("{} {}", "1:4: there is more after the document"),
    ];
    for (text, expected) in wrong {
        let lines = complaints("catalog.json", text);

        assert!(matches!(lines.as_slice(), [line] if line.starts_with(expected)), "{text}: {lines:?}");
    }
}

#[test]
fn of_every_entry_whose_shape_is_wrong_one_mistake_is_told_at_once() {
    let text = "colour = 1\n\n[modules.x]\nnmae = \"X\"\n\n[modules.y]\nname = \"Y\"\n\n[packages.solo]\nname = \"Solo\"\nmoduleKeys = \"x\"\n\n[packages.team]\nname = \"Team\"\ntrialDays = \"ten\"\n\n[policy]\ncompleteness = \"strong\"\n\n[[tests]]\nname = \"fine\"\n\n[[tests]]\nexpect.modulez = []\n\n[[tests]]\nat = 3\n";
    let json = r#"{"colour": 1, "modules": {"x": {"nmae": "X"}, "y": {"name": "Y"}}, "packages": {"solo": {"name": "Solo", "moduleKeys": "x"},
        "team": {"name": "Team", "trialDays": "ten"}}, "policy": {"completeness": "strong"},
        "tests": [{"name": "fine"}, {"expect": {"modulez": []}}, {"at": 3}]}"#;
    let expected = [
        ("1:1:", "colour: unknown field `colour`"),
        ("4:1:", "modules.x.nmae: unknown field `nmae`"),
        ("6:", "modules.y: missing field `type`"),
        ("11:14:", "packages.solo.moduleKeys: invalid type"),
        ("15:13:", "packages.team.trialDays: invalid type"),
        ("18:16:", "policy.completeness: unknown variant `strong`"),
        ("24:", "tests[1].expect.modulez: unknown field `modulez`"),
        ("27:6:", "tests[2].at: "),
    ];

    let (told, also) = (complaints("catalog.toml", text), complaints("catalog.json", json));

    assert_eq!((told.len(), also.len()), (expected.len(), expected.len()), "{told:#?} {also:#?}");
    for (line, (place, what)) in told.iter().zip(expected) {
        assert!(line.starts_with(place) && line.contains(what), "{place} {what}: {told:#?}");
        assert!(also.iter().any(|line| line.contains(what)), "{what}: {also:#?}");
    }
    assert!(also[0].starts_with("1:9: "), "{also:#?}");
}

#[test]
fn all_that_is_wrong_with_a_catalog_is_told_at_once_each_with_its_entry_and_its_rule() {
    let lines = complaints(
        "catalog.toml",
        r#"
        [packages.promo-july]
        name = "Promotion"
        moduleKeys = ["basic"]
        addons = { wings = "included" }

        [packages.second]
        name = "Second"
        moduleKeys = ["nothing"]

        [addons.x]
        name = "X"
        requires = "module:x"
        "#,
    );

    let expected = [
        " package promo-july: moduleKeys: module `basic` does not exist",
        " package second: moduleKeys: module `nothing` does not exist",
        " package promo-july: key: package key `promo-july` carries a campaign in `promo`",
        " package promo-july: key: package key `promo-july` carries a campaign in `july`",
        " package promo-july: addons: add-on `wings` does not exist",
        " addon x: requires: module `x` does not exist",
    ];
    for expected in expected {
        assert!(lines.iter().any(|line| line.starts_with(expected)), "{expected}: {lines:?}");
    }
    assert!(lines.iter().any(|line| line.ends_with("(requirements 002 §4.3)")), "{lines:?}");
}

#[test]
fn all_that_is_wrong_with_single_fields_is_told_at_once() {
    let lines = complaints(
        "catalog.toml",
        r#"
        [modules.x]
        name = ""
        type = "addon"

        [packages.Solo]
        name = "Solo"

        [addons.x]
        moduleKeys = ["x", "A Module"]
        requires = "module"
        "#,
    );

    assert_eq!(lines.len(), 5, "{lines:?}");
    for expected in [
        " modules.x.name must not be empty",
        " packages.Solo.key must be a lowercase slug",
        " addons.x.name is required",
        " addons.x.moduleKeys[1] must be a lowercase slug",
        " addons.x.requires must be `base`, or a key after `package:`",
    ] {
        assert!(lines.iter().any(|line| line.starts_with(expected)), "{expected}: {lines:?}");
    }
}

#[test]
fn a_broken_promise_is_told_with_what_was_expected_and_what_is() {
    let lines = complaints(
        "catalog.toml",
        r#"
        [modules.x]
        name = "X"
        type = "addon"

        [[tests]]
        name = "nobody has it"
        given.modules = ["x"]
        expect.modules = []

        [[tests]]
        given.packages = ["nothing"]

        [[tests]]
        name = "it cannot be had"
        given.modules = ["x"]
        expect.refused = "is archived"

        [[tests]]
        name = "it is had"
        given.modules = ["x"]
        expect.modules = ["x"]
        "#,
    );

    assert_eq!(
        lines,
        [
            " `nobody has it`: modules: expected [], owns [x]",
            " `test 2`: the company cannot have that: package `nothing` does not exist in the catalog",
            " `it cannot be had`: should be refused because of `is archived`, and is not",
        ]
    );
}

#[test]
fn of_several_documents_each_is_tried() {
    let home = Home::empty();
    let good = home.file("good.toml");
    std::fs::write(&good, "[modules.x]\nname = \"X\"\ntype = \"addon\"\n").unwrap();
    let good = good.to_str().unwrap();

    let said = run(&["catalog", "test", "missing.toml", good]);

    assert_eq!(said.code, Some(1));
    assert_eq!(said.out, format!("{good}: valid, and promises nothing\n"));
    assert!(said.err.starts_with("platform-core: cannot read `missing.toml`: "), "{said:?}");
}

#[test]
fn a_wrong_document_is_never_applied_in_part() {
    let home = Home::sqlite();
    let before = home.run(&["catalog", "export"]).fine();
    let file = home.file("wrong.toml");
    let text = "[modules.sound]\nname = \"Sound\"\ntype = \"addon\"\n[addons.sound]\nname = \"Sound\"\nmoduleKeys = [\"light\"]\n";
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();

    for command in ["plan", "apply"] {
        let line = home.run(&["catalog", command, file]).failed(1);
        assert!(line.starts_with("addon sound: moduleKeys: module `light` does not exist"), "{command}: {line}");
    }

    assert_eq!(home.run(&["catalog", "export"]).fine(), before);
}
