//! Public items of the libraries, against the committed lists.

use convex_edge_setup::workspace::{Workspace, cargo};
use std::fs;
use std::path::Path;

/// Items in the list that rustdoc writes, one a line.
fn items(page: &str) -> String {
    let mut items: Vec<&str> = page
        .split("<li><a href=\"")
        .skip(1)
        .filter_map(|item| item.split_once('"'))
        .map(|(link, _)| link.trim_end_matches(".html"))
        .filter(|link| !link.starts_with('#'))
        .collect();
    items.sort_unstable();
    items.dedup();
    items.join("\n") + "\n"
}

#[test]
fn public_items_are_those_of_the_committed_lists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = cargo();
    // As `cargo edge test` does: with other packages their dependencies would be built again with other features.
    command.args(["doc", "--release", "--quiet", "--no-deps", "--workspace"]);
    assert!(command.current_dir(&root).status().unwrap().success());
    let target = Workspace::locate().unwrap().target;
    for name in ["convex_edge_core", "convex_edge", "convex_edge_burn"] {
        let page = fs::read_to_string(target.join("doc").join(name).join("all.html")).unwrap();
        let (found, list) = (items(&page), root.join("docs/api").join(format!("{name}.txt")));
        if std::env::var_os("UPDATE_API").is_some() {
            fs::create_dir_all(list.parent().unwrap()).unwrap();
            fs::write(&list, &found).unwrap();
        }
        let committed = fs::read_to_string(&list).unwrap_or_default();
        assert_eq!(found, committed, "{}: write it anew with UPDATE_API=1 and look at the difference", list.display());
    }
}
