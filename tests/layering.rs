//! The arrows between the crates, and what each of them may be built from, as cargo sees them.

use cargo_metadata::{Metadata, MetadataCommand, Package};
use std::collections::{BTreeMap, BTreeSet};

fn metadata() -> Metadata {
    MetadataCommand::new().manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")).exec().unwrap()
}

fn names<'a>(packages: impl IntoIterator<Item = &'a Package>) -> BTreeSet<String> {
    packages.into_iter().map(|package| package.name.to_string()).collect()
}

#[test]
fn the_crates_depend_on_each_other_along_the_arrows_and_no_other_way() {
    let metadata = metadata();
    let own = names(metadata.workspace_packages());
    let arrows: BTreeMap<String, BTreeSet<String>> = metadata
        .workspace_packages()
        .iter()
        .map(|package| {
            let needs = package.dependencies.iter().map(|dependency| dependency.name.clone());
            (package.name.to_string(), needs.filter(|name| own.contains(name)).collect())
        })
        .collect();
    let expected = [
        ("convex-edge-core", vec![]),
        ("convex-edge-firmware", vec!["convex-edge-core"]),
        ("convex-edge-hil", vec!["convex-edge-core"]),
        ("convex-edge", vec!["convex-edge-core", "convex-edge-hil"]),
        ("system-tests", vec!["convex-edge", "convex-edge-core", "convex-edge-hil"]),
    ];
    let expected = expected.map(|(name, needs)| (name.to_owned(), needs.into_iter().map(str::to_owned).collect()));
    assert_eq!(arrows, BTreeMap::from(expected));
}

#[test]
fn a_plain_build_is_of_the_host_side_only() {
    let metadata = metadata();
    let mut expected = names(metadata.workspace_packages());
    expected.remove("convex-edge-firmware");
    assert_eq!(names(metadata.workspace_default_packages()), expected);
}

#[test]
fn every_crate_carries_the_workspace_s_licence_and_oldest_rust() {
    for package in metadata().workspace_packages() {
        assert_eq!(package.license.as_deref(), Some("MIT OR Apache-2.0"), "{}", package.name);
        assert!(package.rust_version.is_some(), "{}", package.name);
    }
}

/// With its feature `std`, nalgebra's functions come from the system's mathematics library, and host and target differ.
#[test]
fn nothing_in_the_whole_graph_gives_the_core_s_algebra_another_mathematics() {
    let metadata = metadata();
    let core = metadata.workspace_packages().into_iter().find(|package| package.name == "convex-edge-core").unwrap();
    let nodes = &metadata.resolve.as_ref().unwrap().nodes;
    let needs = &nodes.iter().find(|node| node.id == core.id).unwrap().dependencies;
    let of = |name: &str| {
        let id = needs.iter().find(|id| metadata[id].name == name).unwrap();
        (&metadata[id], nodes.iter().find(|node| node.id == *id).unwrap())
    };
    let (_, algebra) = of("nalgebra");
    let features: Vec<String> = algebra.features.iter().map(ToString::to_string).collect();
    assert!(features.contains(&"libm".to_owned()), "{features:?}");
    assert!(!features.contains(&"std".to_owned()), "{features:?}");
    let libm = core.dependencies.iter().find(|dependency| dependency.name == "libm").unwrap();
    assert_eq!(libm.req.to_string(), format!("={}", of("libm").0.version));
}
