//! Boards as the host knows them: one TOML file each, in `hil/boards`.

use serde::Deserialize;

const FILES: [(&str, &str); 2] = [
    ("b-l475e-iot01a", include_str!("../boards/b-l475e-iot01a.toml")),
    ("native", include_str!("../boards/native.toml")),
];

/// A board that the toolkit can start, flash or talk to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Board {
    /// What `--board` calls it; also what its firmware answers to a hello.
    pub name: String,
    /// One line for people.
    pub description: String,
    /// Speed of its serial port, Bd; pseudo-terminals ignore it.
    pub baud: u32,
    /// `None`: its firmware is a process of this computer.
    pub microcontroller: Option<Microcontroller>,
}

/// The part of a [`Board`] that only a real processor has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Microcontroller {
    /// Its name for probe-rs.
    pub chip: String,
    /// Address of the artefact in flash.
    pub artefact_address: u32,
    /// USB vendor of its serial port.
    pub usb_vendor: u16,
    /// USB product of its serial port.
    pub usb_product: u16,
    /// QEMU's machine for it.
    pub qemu: QemuMachine,
}

/// Options of QEMU for a [`Microcontroller`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QemuMachine {
    /// The emulator's executable.
    pub program: String,
    /// Its `-machine`.
    pub machine: String,
    /// Its `-m`.
    pub memory: String,
}

/// Errors of the choice of a board.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BoardError {
    /// No file has this name.
    #[error("unknown board '{name}': choose one of {known}")]
    Unknown {
        /// Name that was asked for.
        name: String,
        /// Names of all boards, separated by commas.
        known: String,
    },
    /// The file of a board is damaged; a test reads them all.
    #[error("hil/boards/{name}.toml: {source}")]
    Malformed {
        /// The board.
        name: String,
        /// Error of the TOML parser.
        source: Box<toml::de::Error>,
    },
}

/// Names of all boards.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

/// The board of this name.
///
/// # Errors
/// [`BoardError::Unknown`], which lists the known ones.
pub fn find(name: &str) -> Result<Board, BoardError> {
    let Some((_, text)) = FILES.iter().find(|(known, _)| *known == name) else {
        let known = names().collect::<Vec<_>>().join(", ");
        return Err(BoardError::Unknown { name: name.to_owned(), known });
    };
    toml::from_str(text).map_err(|source| BoardError::Malformed { name: name.to_owned(), source: Box::new(source) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use convex_edge_core::artefact;

    #[test]
    fn every_board_is_found_under_its_own_name() {
        for name in names() {
            let board = find(name).unwrap();
            assert_eq!(board.name, name);
            assert!(name.len() <= 16, "{name} does not fit in the hello");
        }
    }

    #[test]
    fn the_artefact_lies_where_the_firmware_looks_for_it() {
        for microcontroller in names().filter_map(|name| find(name).unwrap().microcontroller) {
            assert_eq!(microcontroller.artefact_address, artefact::ADDRESS);
        }
    }

    #[test]
    fn an_unknown_board_lists_the_known_ones() {
        let message = find("nucleo").unwrap_err().to_string();
        assert_eq!(message, "unknown board 'nucleo': choose one of b-l475e-iot01a, native");
    }
}
