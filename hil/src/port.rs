//! Serial port of a board, found by its USB ids.

use crate::board::{Board, Microcontroller};
use serialport::{SerialPortInfo, SerialPortType};

/// Errors of `--port auto`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PortError {
    /// The board is a process or an emulator and has no port to look for.
    #[error("board '{0}' has no serial port of its own: leave --port out, it is started here")]
    NoHardware(String),
    /// The system does not tell its ports.
    #[error("serial ports cannot be listed: {0}; name one with --port")]
    List(#[from] serialport::Error),
    /// None has the board's USB ids.
    #[error("no serial port with USB id {id} (board '{board}'): plug it in or name one with --port; found: {found}")]
    Missing {
        /// The board.
        board: String,
        /// Its vendor and product.
        id: String,
        /// Every serial port there is.
        found: String,
    },
    /// More than one board is plugged in.
    #[error("several serial ports with USB id {id} (board '{board}'): name one with --port: {candidates}")]
    Several {
        /// The board.
        board: String,
        /// Its vendor and product.
        id: String,
        /// Those that match.
        candidates: String,
    },
}

/// The port that `--port` means: a path as it is, `auto` the only port with the board's USB ids.
///
/// # Errors
/// A [`PortError`] unless exactly one port matches `auto`.
pub fn resolve(board: &Board, port: &str) -> Result<String, PortError> {
    if port != "auto" {
        return Ok(port.to_owned());
    }
    let Some(microcontroller) = &board.microcontroller else {
        return Err(PortError::NoHardware(board.name.clone()));
    };
    choose(&board.name, microcontroller, &serialport::available_ports()?)
}

fn choose(board: &str, microcontroller: &Microcontroller, ports: &[SerialPortInfo]) -> Result<String, PortError> {
    // macOS lists each port twice; the /dev/tty. one waits for a carrier that a board does not give.
    let ports: Vec<_> = ports.iter().filter(|port| !port.port_name.starts_with("/dev/tty.")).collect();
    let matches: Vec<_> = ports.iter().copied().filter(|port| belongs(port, microcontroller)).collect();
    let board = board.to_owned();
    let id = format!("{:04x}:{:04x}", microcontroller.usb_vendor, microcontroller.usb_product);
    match matches.as_slice() {
        [port] => Ok(port.port_name.clone()),
        [] if ports.is_empty() => Err(PortError::Missing { board, id, found: "none".to_owned() }),
        [] => Err(PortError::Missing { board, id, found: describe(&ports) }),
        _ => Err(PortError::Several { board, id, candidates: describe(&matches) }),
    }
}

fn belongs(port: &SerialPortInfo, microcontroller: &Microcontroller) -> bool {
    match &port.port_type {
        SerialPortType::UsbPort(usb) => (usb.vid, usb.pid) == (microcontroller.usb_vendor, microcontroller.usb_product),
        _ => false,
    }
}

fn describe(ports: &[&SerialPortInfo]) -> String {
    let describe = |port: &&SerialPortInfo| match &port.port_type {
        SerialPortType::UsbPort(usb) => {
            let serial = usb.serial_number.as_deref().unwrap_or("no serial number");
            format!("{} ({:04x}:{:04x}, {serial})", port.port_name, usb.vid, usb.pid)
        }
        _ => port.port_name.clone(),
    };
    ports.iter().map(describe).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board;
    use serialport::UsbPortInfo;

    fn usb(name: &str, vid: u16, pid: u16) -> SerialPortInfo {
        let info = UsbPortInfo { vid, pid, serial_number: Some("0671".to_owned()), manufacturer: None, product: None };
        SerialPortInfo { port_name: name.to_owned(), port_type: SerialPortType::UsbPort(info) }
    }

    fn choose_for_discovery_kit(ports: &[SerialPortInfo]) -> Result<String, PortError> {
        let board = board::find("b-l475e-iot01a").unwrap();
        choose(&board.name, &board.microcontroller.unwrap(), ports)
    }

    #[test]
    fn the_only_match_is_chosen() {
        let other = SerialPortInfo { port_name: "/dev/ttyS0".to_owned(), port_type: SerialPortType::Unknown };
        let ports = [other, usb("/dev/ttyUSB0", 0x0403, 0x6001), usb("/dev/ttyACM0", 0x0483, 0x374B)];
        assert_eq!(choose_for_discovery_kit(&ports).unwrap(), "/dev/ttyACM0");
    }

    #[test]
    fn several_matches_are_listed() {
        let ports = [usb("/dev/ttyACM0", 0x0483, 0x374B), usb("/dev/ttyACM1", 0x0483, 0x374B)];
        let message = choose_for_discovery_kit(&ports).unwrap_err().to_string();
        assert!(message.contains("/dev/ttyACM0 (0483:374b, 0671), /dev/ttyACM1"), "{message}");
    }

    #[test]
    fn no_match_lists_what_there_is() {
        let message = choose_for_discovery_kit(&[usb("/dev/ttyUSB0", 0x0403, 0x6001)]).unwrap_err().to_string();
        assert!(message.contains("0483:374b") && message.contains("/dev/ttyUSB0 (0403:6001"), "{message}");
        let message = choose_for_discovery_kit(&[]).unwrap_err().to_string();
        assert!(message.ends_with("found: none"), "{message}");
    }

    #[test]
    fn a_process_has_no_port_to_find() {
        let native = board::find("native").unwrap();
        assert!(matches!(resolve(&native, "auto"), Err(PortError::NoHardware(_))));
        assert_eq!(resolve(&native, "/dev/ttyS9").unwrap(), "/dev/ttyS9");
    }
}
