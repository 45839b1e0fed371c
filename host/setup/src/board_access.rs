//! Access to a real board: the flashing tool, and the right to open its serial port. Both are optional.

use super::workspace::answer;
use super::{Check, Need, State};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Command;

/// probe-rs, which writes the board's flash.
pub fn check_probe() -> Check {
    let version = answer(Command::new("probe-rs").arg("--version"));
    Check {
        name: "probe-rs",
        state: if version.is_some() { State::Ok } else { State::Optional },
        mend: version.is_none().then(|| "cargo install --locked probe-rs-tools".to_owned()),
        found: version.unwrap_or_else(|| "probe-rs is not there".to_owned()),
        needed_for: vec![Need::Flash],
    }
}

/// The serial port of an attached board.
pub fn check_serial_port() -> Check {
    let ports = ports();
    let closed = ports.iter().find_map(|port| Some((port, owner_group_if_closed(port)?)));
    let (state, found, mend) = match (&closed, ports.first()) {
        (Some((port, group)), _) => (
            State::Optional,
            format!("{} may not be opened", port.display()),
            Some(format!("sudo usermod --append --groups {group} $USER, then log in again")),
        ),
        (None, Some(port)) => (State::Ok, port.display().to_string(), None),
        (None, None) => {
            (State::Optional, "no board is attached".to_owned(), Some("plug in a B-L475E-IOT01A".to_owned()))
        }
    };
    Check { name: "serial port", found, needed_for: vec![Need::Hil], state, mend }
}

/// The ports that a board's own debug probe shows up as, on Linux and macOS.
fn ports() -> Vec<PathBuf> {
    let mut ports: Vec<PathBuf> = std::fs::read_dir("/dev")
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("ttyACM") || name.starts_with("cu.usbmodem")
        })
        .map(|entry| entry.path())
        .collect();
    ports.sort();
    ports
}

/// The group that one must be in to open the port, when this user is not and the port is not open to all.
fn owner_group_if_closed(port: &PathBuf) -> Option<String> {
    let attributes = std::fs::metadata(port).ok()?;
    let groups = answer(Command::new("id").arg("-G"))?;
    let in_group = groups.split(' ').any(|group| group == attributes.gid().to_string());
    let user = answer(Command::new("id").arg("-u"))?;
    let owner = user == "0" || user == attributes.uid().to_string();
    let open = owner || attributes.mode() & 0o006 == 0o006 || (in_group && attributes.mode() & 0o060 == 0o060);
    (!open).then(|| answer(Command::new("stat").args(["-c", "%G"]).arg(port)).unwrap_or_else(|| "dialout".to_owned()))
}
