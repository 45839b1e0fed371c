//! Package sources: the backports of the running Debian release, derived from the sources that serve the release.

use std::path::Path;

/// Where our own source is written; nothing else is touched.
pub const FILE: &str = "/etc/apt/sources.list.d/convex-edge-backports.sources";

/// One source of binary packages; fields as in sources.list(5).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Source {
    uris: String,
    suites: Vec<String>,
    components: Vec<String>,
    /// Further fields (the key, architectures), name and value, as they stand.
    options: Vec<(String, String)>,
}

/// Reads every source under `/etc/apt` (or another folder of that shape) that is switched on.
pub fn read(folder: &Path) -> Vec<Source> {
    let listed = std::fs::read_dir(folder.join("sources.list.d"));
    let mut files: Vec<_> = listed.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.push(folder.join("sources.list"));
    files.sort();
    let mut sources = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("sources") => sources.extend(stanzas(&text)),
            Some("list") => sources.extend(text.lines().filter_map(one_line)),
            _ => {}
        }
    }
    sources
}

/// The text of a source for `<codename>-backports`: nothing where one is configured already,
/// or where no source serves the release's `main`.
pub fn backports(sources: &[Source], codename: &str) -> Option<String> {
    let suite = format!("{codename}-backports");
    let serves = |source: &&Source, suite: &str| {
        source.suites.iter().any(|name| name == suite) && source.components.iter().any(|name| name == "main")
    };
    if sources.iter().any(|source| serves(&source, &suite)) {
        return None;
    }
    let release = sources.iter().find(|source| serves(source, codename))?;
    let mut text = format!("Types: deb\nURIs: {}\nSuites: {suite}\nComponents: main\n", release.uris);
    for (name, value) in &release.options {
        text.push_str(&format!("{name}: {value}\n"));
    }
    Some(text)
}

/// The deb822 style: stanzas of fields, a field's further lines start with white space, `#` lines are comments.
fn stanzas(text: &str) -> Vec<Source> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    lines.split(|line| line.trim().is_empty()).filter_map(stanza).collect()
}

fn stanza(lines: &[&str]) -> Option<Source> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in lines {
        match (line.starts_with([' ', '\t']), fields.last_mut(), line.split_once(':')) {
            (true, Some((_, value)), _) => value.push_str(&format!("\n{line}")),
            (false, _, Some((name, value))) => fields.push((name.to_owned(), value.trim().to_owned())),
            _ => return None,
        }
    }
    let value = |name: &str| fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let words = |name: &str| value(name).map(|value| value.split_whitespace().map(str::to_owned).collect());
    let types: Vec<String> = words("Types")?;
    if !types.iter().any(|kind| kind == "deb") || value("Enabled").is_some_and(|value| value == "no") {
        return None;
    }
    let options = ["Architectures", "Signed-By", "Trusted"];
    Some(Source {
        uris: value("URIs")?.clone(),
        suites: words("Suites")?,
        components: words("Components").unwrap_or_default(),
        options: options.iter().filter_map(|name| Some(((*name).to_owned(), value(name)?.clone()))).collect(),
    })
}

/// The one-line style: `deb [arch=amd64 signed-by=/key] uri suite component...`.
fn one_line(line: &str) -> Option<Source> {
    let line = line.split('#').next().unwrap_or_default().trim();
    let rest = line.strip_prefix("deb").filter(|rest| rest.starts_with(char::is_whitespace))?.trim_start();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => ("", rest),
    };
    let mut words = rest.split_whitespace().map(str::to_owned);
    Some(Source {
        uris: words.next()?,
        suites: vec![words.next()?],
        components: words.collect(),
        options: options.split_whitespace().filter_map(option).collect(),
    })
}

/// A one-line option under its deb822 name.
fn option(word: &str) -> Option<(String, String)> {
    let (name, value) = word.split_once('=')?;
    let name = match name {
        "arch" => "Architectures",
        "signed-by" => "Signed-By",
        "trusted" => "Trusted",
        _ => return None,
    };
    Some((name.to_owned(), value.replace(',', " ")))
}

#[cfg(test)]
mod tests {
    use super::{backports, read};
    use std::path::Path;

    const KEY: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n -----END PGP PUBLIC KEY BLOCK-----";

    fn folder(list: &str, stanzas: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sources.list.d")).unwrap();
        std::fs::write(folder.path().join("sources.list"), list).unwrap();
        std::fs::write(folder.path().join("sources.list.d/a.sources"), stanzas).unwrap();
        std::fs::write(folder.path().join("sources.list.d/b.sources.disabled"), "Types: deb\nURIs: file:/b\n").unwrap();
        folder
    }

    fn derive(path: &Path) -> Option<String> {
        backports(&read(path), "bookworm")
    }

    #[test]
    fn both_styles_give_the_same_source_with_its_key() {
        let stanza = "Types: deb\n# comment\nURIs: file:/mirror\nSuites: bookworm bookworm-updates\n\
                      Components: main\nSigned-By: /key.gpg\n\nTypes: deb\nURIs: file:/security\n\
                      Suites: bookworm-security\nComponents: main\n";
        let line = "deb-src file:/mirror bookworm main\ndeb [signed-by=/key.gpg] file:/mirror bookworm main # x\n";
        let expected = "Types: deb\nURIs: file:/mirror\nSuites: bookworm-backports\nComponents: main\n\
                        Signed-By: /key.gpg\n";
        assert_eq!(derive(folder("", stanza).path()).as_deref(), Some(expected));
        assert_eq!(derive(folder(line, "").path()).as_deref(), Some(expected));
    }

    #[test]
    fn a_key_inside_the_source_is_kept_whole() {
        let stanza = format!("Types: deb\nURIs: file:/m\nSuites: bookworm\nComponents: main\nSigned-By:\n {KEY}\n");
        let derived = derive(folder("", &stanza).path()).unwrap();
        assert!(derived.contains(KEY), "{derived}");
        let again = format!("{stanza}\n{derived}");
        assert_eq!(derive(folder("", &again).path()), None);
    }

    #[test]
    fn nothing_is_derived_from_sources_that_are_off_or_of_another_release() {
        let off = "Types: deb\nEnabled: no\nURIs: file:/m\nSuites: bookworm\nComponents: main\n";
        assert_eq!(derive(folder("# deb file:/m bookworm main\n", off).path()), None);
        assert_eq!(derive(folder("deb file:/m trixie main\n", "").path()), None);
        assert_eq!(derive(folder("deb file:/m bookworm main\ndeb file:/m bookworm-backports main\n", "").path()), None);
    }
}
