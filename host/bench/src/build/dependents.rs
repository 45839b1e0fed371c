//! Generated crates that depend on ours, as a user's own crate does: built from nothing.

use super::{BuildError, Clone, Row, clean, seconds, timed};
use convex_edge_setup::workspace::{answer, cargo};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A generated crate.
struct Dependent {
    folder: PathBuf,
}

impl Dependent {
    /// With these lines of dependencies.
    fn new(clone: &Clone, name: &str, dependencies: &str) -> Result<Self, BuildError> {
        let folder = clone.folder.path().join(name);
        std::fs::create_dir_all(folder.join("src")).map_err(BuildError::Folder)?;
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n[workspace]\n"
        );
        std::fs::write(folder.join("Cargo.toml"), manifest).map_err(BuildError::Folder)?;
        let dependent = Self { folder };
        std::fs::write(dependent.folder.join("src/lib.rs"), "").map_err(BuildError::Folder)?;
        // The versions of the workspace, which are downloaded already.
        std::fs::copy(clone.root().join("Cargo.lock"), dependent.folder.join("Cargo.lock"))
            .map_err(BuildError::Folder)?;
        Ok(dependent)
    }

    fn cargo(&self, arguments: &str) -> Command {
        let mut command = clean(cargo());
        command.args(arguments.split(' ')).current_dir(&self.folder);
        command
    }

    /// Packages that it is built from, without itself.
    fn packages(&self) -> f64 {
        let tree = answer(&mut self.cargo("tree --prefix none --edges normal,build"));
        let names: BTreeSet<String> = tree
            .unwrap_or_default()
            .lines()
            .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
            .collect();
        names.len().saturating_sub(1) as f64
    }
}

/// Whether the workspace has a package in this folder.
fn is_there(root: &Path, folder: &str) -> bool {
    root.join(folder).join("Cargo.toml").is_file()
}

pub(super) fn measure(clone: &Clone) -> Result<Vec<Row>, BuildError> {
    let root = clone.root();
    let path = |folder: &str| format!("path = \"{}\"", root.join(folder).display());
    let mut rows = Vec::new();

    let core = format!("convex-edge-core = {{ {}, default-features = false }}\n", path("shared"));
    let dependent = Dependent::new(clone, "solver-alone", &core)?;
    rows.push(seconds("convex-edge-core alone", timed(&mut dependent.cargo("build --release"), &clone.log)?, 10.0));
    let crates = "crates of convex-edge-core alone".to_owned();
    rows.push(Row { name: crates, value: dependent.packages(), unit: "crates".to_owned(), at_most: Some(10.0) });

    // Before the crates were parted, the layers were in the crate of everything.
    let layers = if is_there(&root, "host/layers") { "host/layers" } else { "host" };
    let layers = format!("convex-edge = {{ {} }}\n", path(layers));
    let dependent = Dependent::new(clone, "layers-on-slices", &layers)?;
    rows.push(seconds("convex-edge", timed(&mut dependent.cargo("build --release"), &clone.log)?, 40.0));
    if is_there(&root, "host/burn") {
        let burn = burn_dependency(&root).ok_or_else(|| BuildError::File { path: root.join("Cargo.toml") })?;
        let dependent = Dependent::new(clone, "burn-alone", &burn)?;
        let alone = timed(&mut dependent.cargo("build --release"), &clone.log)?;
        // Clean as well: what ours ask of burn's dependencies would make cargo build burn a second time.
        let ours = format!("{burn}{layers}convex-edge-burn = {{ {} }}\n", path("host/burn"));
        let dependent = Dependent::new(clone, "burn-and-ours", &ours)?;
        let both = timed(&mut dependent.cargo("build --release"), &clone.log)?;
        rows.push(Row { at_most: None, ..seconds("burn", alone, 0.0) });
        rows.push(seconds("convex-edge-burn beyond burn", both - alone, 40.0));
    }
    Ok(rows)
}

/// The workspace's line of burn.
fn burn_dependency(root: &Path) -> Option<String> {
    let text = std::fs::read_to_string(root.join("Cargo.toml")).ok()?;
    text.lines().find(|line| line.starts_with("burn = ")).map(|line| format!("{line}\n"))
}
