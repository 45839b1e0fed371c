//! The study's page in a browser: Chromium from Debian's packages, without a window.

use convex_edge_core::random::Pcg64;
use convex_edge_setup::browser;
use convex_edge_setup::workspace::{Workspace, cargo};
use convex_edge_study::RUNS;
use convex_edge_study::blocks::blocks;
use convex_edge_study::cells::Settings;
use convex_edge_study::harm::curves;
use convex_edge_sweep::finished::Example;
use convex_edge_sweep::{Finished, Plan};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Looks for what a reader would stumble over, once everything is unfolded: words of a picture over each other or beyond its
/// edge, and content that is cut without a way to scroll to it.
const LOOK: &str = r#"
<script>
addEventListener("load", () => {
  const found = [];
  document.querySelectorAll("details").forEach(details => details.open = true);
  const words = element => (element.textContent || "").trim().slice(0, 60);
  document.querySelectorAll("figure > svg").forEach(picture => {
    const texts = [...picture.querySelectorAll("text")].map(text => [text, text.getBoundingClientRect()]);
    const edge = document.documentElement.clientWidth;
    texts.forEach(([text, box], place) => {
      if (box.left < -1 || box.right > edge + 1) found.push("beyond the edge: " + words(text));
      texts.slice(place + 1).forEach(([other, its]) => {
        const across = Math.min(box.right, its.right) - Math.max(box.left, its.left);
        const down = Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top);
        if (across > 2 && down > 3) found.push("over each other: " + words(text) + " / " + words(other));
      });
    });
  });
  document.querySelectorAll("body *").forEach(element => {
    if (element.closest("svg") || element.closest(".wide")) return;
    const box = element.getBoundingClientRect();
    if (box.right > document.documentElement.clientWidth + 1 && box.width > 0 && !element.classList.contains("skip"))
      found.push("cut: " + element.tagName + " " + words(element));
  });
  document.querySelectorAll("svg[role=img]").forEach(picture => {
    if (!picture.getAttribute("aria-label")) found.push("a picture without words");
  });
  const result = document.createElement("pre");
  result.id = "found";
  result.textContent = JSON.stringify(found);
  document.body.append(result);
});
</script>"#;

fn chromium(arguments: &[&str], profile: &Path) -> (String, String) {
    let mut command = Command::new("chromium");
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--enable-logging=stderr",
        "--disable-background-networking",
    ]);
    command.arg(format!("--user-data-dir={}", profile.display())).args(arguments);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// Results of every run of the plan, as they might be: what the page shows of them has its full size.
fn made_up(folder: &Path) {
    let plan = Plan::parse(RUNS, 0).unwrap();
    let random = &mut Pcg64::from_seed(1);
    let mut figures: Vec<(&str, Settings, String)> = Vec::new();
    for block in blocks() {
        for row in block.rows {
            let Ok(settings) = row.runs else { continue };
            for (place, way) in block.ways.iter().enumerate() {
                if row.ways.is_empty() || row.ways.contains(&place) {
                    let names = ["last", "best"].map(|policy| format!("{policy}/{}", way.figure));
                    figures.extend(names.map(|name| (block.task, settings.clone(), name)));
                }
            }
        }
    }
    for curve in curves() {
        for level in curve.levels {
            figures.extend([level.with, level.alone].map(|name| (curve.task, level.settings.clone(), name)));
        }
    }
    let lines = plan.runs.into_iter().map(|run| {
        let own = figures.iter().filter(|(task, settings, _)| run.task == *task && run.settings == *settings);
        let value = |name: &str, random: &mut Pcg64| {
            if name.contains("return") { random.uniform(-50.0, 99.0) } else { random.uniform(0.01, 0.99) }
        };
        let figures = own.map(|(_, _, name)| (name.clone(), value(name, random))).collect();
        serde_json::to_string(&Finished { run, figures }).unwrap() + "\n"
    });
    fs::write(folder.join("runs.jsonl"), lines.collect::<String>()).unwrap();
    let looked_at = Plan::parse(RUNS, 0).unwrap().runs.into_iter().filter(|run| run.settings.contains_key("examples"));
    let examples = looked_at.map(|run| {
        let map = vec!["#.  O#".repeat(3); 14].join("\n");
        let board: String = (0..81).map(|cell| char::from(b'0' + (cell % 9 + 1) as u8)).collect();
        let texts = match run.task.as_str() {
            "sudoku" => {
                ["givens", "solution", "read", "solver", "layer"].map(|name| (name.to_owned(), board.clone())).into()
            }
            _ => ["0/without/drawn", "0/without/decoded", "0/with/drawn"]
                .map(|name| (name.to_owned(), map.clone()))
                .into(),
        };
        serde_json::to_string(&Example { run, texts }).unwrap() + "\n"
    });
    fs::write(folder.join("examples.jsonl"), examples.collect::<String>()).unwrap();
}

#[test]
fn the_page_of_the_study_is_whole_in_a_browser() {
    browser::install().unwrap();
    let workspace = Workspace::locate().unwrap();
    assert!(
        cargo().args(["build", "--release", "--quiet", "--package", "convex-edge-study"]).status().unwrap().success()
    );
    let folder = tempfile::tempdir().unwrap();
    made_up(folder.path());
    look(&workspace, folder.path(), folder.path(), "made-up");
    look(&workspace, &workspace.root.join("results/study"), folder.path(), "study");
}

/// Writes the page of some results and looks at it, at two widths.
fn look(workspace: &Workspace, results: &Path, folder: &Path, name: &str) {
    let path = folder.join("study.html");
    let started = Instant::now();
    let mut command = Command::new(workspace.target.join("release/convex-edge-study"));
    command.args(["report", "study", "--output"]).arg(&path).arg("--results").arg(results);
    command.args(["--runs", "nowhere"]).current_dir(&workspace.root);
    assert!(command.status().unwrap().success());
    println!("the page of {name} took {:.1} s", started.elapsed().as_secs_f64());
    let page = fs::read_to_string(&path).unwrap();
    let looked = folder.join("looked.html");
    fs::write(&looked, page.replace("</body>", &format!("{LOOK}</body>"))).unwrap();
    for (width, colours) in [(1100, "light"), (400, "dark")] {
        let profile = folder.join(format!("profile-{name}-{width}"));
        let net = folder.join(format!("net-{name}-{width}.json"));
        let size = format!("--window-size={width},1400");
        let dark = if colours == "dark" { "--force-dark-mode" } else { "--force-light-mode" };
        let log = format!("--log-net-log={}", net.display());
        let (dom, messages) = chromium(&[&size, dark, &log, "--dump-dom", looked.to_str().unwrap()], &profile);
        let (_, found) = dom.split_once("<pre id=\"found\">").expect("the page was looked at");
        let (found, _) = found.split_once("</pre>").unwrap();
        let found: Value =
            serde_json::from_str(&found.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")).unwrap();
        assert_eq!(found, serde_json::json!([]), "{name} at {width} px");
        assert!(!messages.contains("CONSOLE"), "{messages}");
        let net = fs::read_to_string(net).unwrap_or_default();
        let requests: Vec<&str> = net.split("\"url\":\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        // The browser's own: its updates, its dictionaries.
        let is_own = |url: &str| ["google", "gvt1.com"].iter().any(|host| url.contains(host));
        let foreign: Vec<&&str> = requests.iter().filter(|url| url.starts_with("http") && !is_own(url)).collect();
        assert!(foreign.is_empty(), "{foreign:?}");
        // To be looked at.
        let picture = workspace.root.join("runs").join(format!("{name}-{width}-{colours}.png"));
        let shot = format!("--screenshot={}", picture.display());
        let size = format!("--window-size={width},3000");
        chromium(&[&size, dark, &shot, path.to_str().unwrap()], &profile);
        println!("{}", picture.display());
    }
}
