//! Dependencies between the crates, and what each of them may be built from, as cargo sees them.

use cargo_metadata::{Metadata, MetadataCommand, Package};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

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
        ("convex-edge-core", ""),
        ("convex-edge-firmware", "core"),
        ("convex-edge-hil", "core"),
        // Libraries for users.
        ("convex-edge", "core"),
        ("convex-edge-burn", "core layers"),
        // What commands and experiments share.
        ("convex-edge-runs", "core"),
        ("convex-edge-setup", "runs"),
        ("convex-edge-learn", "core runs"),
        ("convex-edge-report", "runs"),
        ("convex-edge-statistics", "core"),
        ("convex-edge-sweep", "runs"),
        ("convex-edge-study", "features report runs setup statistics sweep"),
        // Oracles and benchmarks: those of the solver without tensors.
        ("convex-edge-verify", "core layers runs"),
        ("convex-edge-any-size", "core layers runs verify"),
        ("convex-edge-bench", "any-size core hil runs setup verify"),
        ("convex-edge-burn-bench", "burn core layers runs setup verify"),
        ("convex-edge-burn-verify", "burn core layers runs verify"),
        // Tasks.
        ("convex-edge-mountain-car", "core hil layers report runs"),
        ("convex-edge-mountain-car-study", "burn core layers mountain-car report runs setup statistics"),
        ("convex-edge-sudoku", "burn core layers learn report runs setup statistics"),
        ("convex-edge-maps", "burn core learn report runs statistics"),
        // Commands.
        ("convex-edge-cli", ""),
        ("convex-edge-features", "core"),
        ("convex-edge-demo", "core features hil mountain-car runs setup"),
        ("convex-edge-solver", "any-size bench core features runs setup verify"),
        (
            "convex-edge-tasks",
            "burn burn-bench burn-verify core features hil maps mountain-car mountain-car-study runs setup statistics study sudoku sweep verify",
        ),
    ];
    let full = |short: &str| match short {
        "layers" => "convex-edge".to_owned(),
        short => format!("convex-edge-{short}"),
    };
    let expected = expected.map(|(name, needs)| (name.to_owned(), needs.split_whitespace().map(full).collect()));
    let mut arrows = arrows;
    arrows.remove("solver-tests");
    arrows.remove("system-tests");
    assert_eq!(arrows, BTreeMap::from(expected));
}

/// A reader who knows one task finds everything of another.
#[test]
fn every_task_has_the_same_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let entries = |folder: PathBuf| -> BTreeSet<String> {
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        files.map(|name| name.trim_end_matches(".rs").to_owned()).collect()
    };
    let expected = "baselines compare data evaluate export lib model report study target train";
    let expected: BTreeSet<String> = expected.split(' ').map(str::to_owned).collect();
    for crates in [&["sudoku"][..], &["maps"], &["mountain_car", "mountain_car_study"]] {
        let tasks = root.join("host/tasks");
        let mut found: BTreeSet<String> = crates.iter().flat_map(|it| entries(tasks.join(it).join("src"))).collect();
        // Options that two programs share.
        found.remove("cli");
        assert_eq!(found, expected, "{crates:?}");
        assert!(tasks.join(crates[0]).join("README.md").exists(), "{crates:?}");
        assert!(root.join("host/commands/tasks/src").join(crates[0]).join("train.rs").exists(), "{crates:?}");
    }
}

/// What a product needs of an experiment is no experiment.
#[test]
fn only_comparisons_and_their_pages_import_a_comparison() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut open = vec![root.join("host/tasks"), root.join("host/commands")];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let may = [
            "/compare",
            "/report",
            "/baselines",
            "/mountain_car_study/",
            "/study",
            "/experiment.rs",
            "/sudoku/train.rs",
        ];
        if name.ends_with(".rs") && !may.iter().any(|part| name.contains(part)) {
            let text = fs::read_to_string(&path).unwrap();
            let code = |line: &&str| !line.trim_start().starts_with("//");
            let is_of_task = |line: &str| line.contains("crate::") && name.starts_with("host/tasks");
            let imports = |line: &&str| {
                let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
                words.contains(&"compare")
                    && (line.contains("convex_edge_") || is_of_task(line) || line.contains("super::"))
            };
            let line = text.lines().filter(code).find(imports);
            assert_eq!(line, None, "{name}");
        }
    }
}

/// What compiles for minutes, and what only one task or command needs.
#[test]
fn libraries_for_users_and_the_demonstration_carry_no_tensors_and_no_task() {
    let metadata = metadata();
    let nodes = &metadata.resolve.as_ref().unwrap().nodes;
    let needs = |name: &str| -> BTreeSet<String> {
        let root = metadata.workspace_packages().into_iter().find(|package| package.name == name).unwrap();
        let (mut found, mut open) = (BTreeSet::new(), vec![root.id.clone()]);
        while let Some(id) = open.pop() {
            if found.insert(id.clone()) {
                let node = nodes.iter().find(|node| node.id == id).unwrap();
                let built = node.deps.iter().filter(|dependency| {
                    let kinds = dependency.dep_kinds.iter().map(|kind| kind.kind);
                    kinds.into_iter().any(|kind| kind != cargo_metadata::DependencyKind::Development)
                });
                open.extend(built.map(|dependency| dependency.pkg.clone()));
            }
        }
        found.iter().map(|id| metadata[id].name.to_string()).collect()
    };
    let heavy = ["burn", "clap", "clarabel", "microlp", "object", "png", "serialport", "smartcore", "zip"];
    for name in heavy {
        assert!(!needs("convex-edge").contains(name), "{name}");
    }
    for name in ["burn", "clarabel", "microlp", "smartcore", "zip"] {
        assert!(!needs("convex-edge-demo").contains(name), "{name}");
    }
    for name in ["convex-edge-any-size", "convex-edge-verify", "convex-edge-bench", "convex-edge-solver"] {
        assert!(!needs(name).contains("burn"), "{name}");
    }
}

/// Otherwise cargo would build the packages that programs and tests share once for each of them.
#[test]
fn every_program_asks_for_the_features_that_the_tests_ask_for() {
    let features = |arguments: &[&str]| -> BTreeMap<String, String> {
        let mut command = convex_edge_setup::workspace::cargo();
        command.args(["tree", "--prefix", "none", "--format", "{p}|{f}", "--color", "never"]).args(arguments);
        let output = command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let line =
            |line: &str| line.trim_end_matches(" (*)").split_once('|').map(|(p, f)| (p.to_owned(), f.to_owned()));
        text.lines().filter_map(line).collect()
    };
    let all = features(&["--workspace", "--edges", "normal,build,dev"]);
    for program in ["convex-edge-demo", "convex-edge-solver", "convex-edge-study", "convex-edge-tasks"] {
        for (package, own) in features(&["--package", program, "--edges", "normal,build"]) {
            assert_eq!(all.get(&package), Some(&own), "{program}: {package}; write it into host/features/Cargo.toml");
        }
    }
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
