//! The rules, applied to this repository.

use std::{collections::BTreeSet, fmt::Write, process::Command};

use architecture::{
    Finding, Tree,
    rules::{
        boundary, concepts,
        dependencies::{self, Dependency},
        documents, imports, ratchet, reachable, shipped, sizes, sql, unfinished, words,
    },
};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};

const RATCHET: &str = include_str!("../ratchet.txt");

#[track_caller]
fn hold(mut findings: Vec<Finding>) {
    findings.sort();
    findings.dedup();
    let mut report = String::new();
    for finding in &findings {
        let _ = writeln!(report, "  {finding}");
    }
    assert!(findings.is_empty(), "{} broken house rules:\n{report}", findings.len());
}

fn tree() -> Tree {
    match Tree::read() {
        Ok(tree) => tree,
        Err(findings) => panic!("files that are not Rust: {findings:?}"),
    }
}

/// What cargo says of the workspace on this kind of machine.
fn metadata() -> Metadata {
    let version = Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let version = String::from_utf8(version.stdout).expect("rustc speaks UTF-8");
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host");
    let manifest = architecture::root().join("Cargo.toml");
    let options = ["--locked", "--filter-platform", host].map(str::to_owned).to_vec();
    MetadataCommand::new().manifest_path(manifest).other_options(options).exec().expect("cargo metadata runs")
}

fn members(metadata: &Metadata) -> Vec<imports::Member> {
    metadata.workspace_packages().into_iter().map(|package| member(metadata, package)).collect()
}

fn member(metadata: &Metadata, package: &Package) -> imports::Member {
    let named = |shipped: bool| {
        let of_kind = package.dependencies.iter().filter(|one| (one.kind == DependencyKind::Normal) == shipped);
        of_kind.map(|one| one.name.clone()).collect::<BTreeSet<String>>()
    };
    let mut brought = BTreeSet::new();
    bring(metadata, &package.id, &mut brought);
    let name_of = |id: &PackageId| metadata[id].name.to_string();
    imports::Member {
        name: package.name.to_string(),
        uses: named(true),
        test_uses: named(false),
        brings: brought.iter().map(name_of).collect(),
    }
}

/// Everything that the shipped code of a package pulls in, itself left out.
fn bring(metadata: &Metadata, id: &PackageId, brought: &mut BTreeSet<PackageId>) {
    let nodes = metadata.resolve.as_ref().map(|resolve| resolve.nodes.as_slice()).unwrap_or_default();
    let Some(node) = nodes.iter().find(|node| node.id == *id) else { return };
    for dependency in &node.deps {
        let is_shipped = dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
        if is_shipped && brought.insert(dependency.pkg.clone()) {
            bring(metadata, &dependency.pkg, brought);
        }
    }
}

#[test]
fn crates_use_each_other_only_in_the_direction_of_the_picture() {
    hold(imports::check(&members(&metadata())));
}

#[test]
fn concrete_stores_are_named_only_at_startup() {
    hold(imports::stores_are_chosen_at_startup(&tree()));
}

#[test]
fn what_comes_in_from_outside_keeps_the_policy() {
    let metadata = metadata();
    let outside = metadata.packages.iter().filter(|package| !metadata.workspace_members.contains(&package.id));
    let dependencies: Vec<Dependency> = outside
        .map(|package| Dependency {
            name: package.name.to_string(),
            version: package.version.to_string(),
            licence: package.license.clone(),
            source: package.source.as_ref().map_or_else(|| "a path".to_owned(), |source| source.repr.clone()),
        })
        .collect();
    assert!(dependencies.len() > 50, "cargo metadata names the dependencies");
    hold(dependencies::check(&dependencies));
}

#[test]
fn no_file_and_no_function_is_too_large() {
    hold(ratchet::apply(sizes::check(&tree()), RATCHET));
}

#[test]
fn no_name_says_nothing() {
    hold(words::check(&tree()));
}

#[test]
fn nothing_is_left_unfinished() {
    hold(unfinished::check(&tree()));
}

#[test]
fn no_lint_is_silenced_without_a_reason() {
    hold(unfinished::silenced_lints(&tree()));
}

#[test]
fn no_test_sleeps() {
    hold(unfinished::sleeping_tests(&tree()));
}

#[test]
fn nothing_names_a_path_of_one_machine() {
    hold(unfinished::machine_paths(&tree()));
}

#[test]
fn shipped_code_does_not_panic_on_purpose() {
    hold(shipped::check(&tree()));
}

#[test]
fn every_rust_file_is_compiled() {
    let metadata = metadata();
    let root = metadata.workspace_root.as_str();
    let targets = metadata.workspace_packages().into_iter().flat_map(|package| &package.targets);
    let relative = targets.filter_map(|target| target.src_path.as_str().strip_prefix(root));
    let roots: Vec<String> = relative.map(|path| path.trim_start_matches('/').to_owned()).collect();
    hold(reachable::check(&tree(), &roots));
}

#[test]
fn links_and_make_targets_in_documents_exist() {
    hold(documents::check(&tree()));
}

#[test]
fn sql_keywords_are_in_upper_case() {
    hold(sql::check(&tree()));
}

#[test]
fn every_concept_has_one_word_and_is_explained() {
    hold(concepts::check(&tree()));
}

#[test]
fn nothing_speaks_of_users_their_rights_or_tokens_issued() {
    hold(boundary::check(&tree()));
}
