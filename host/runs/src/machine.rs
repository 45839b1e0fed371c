//! Machine of a benchmark: name of its processor.

use std::fs;
use std::process::Command;

/// The processor's name as the operating system has it; its architecture where it has none.
pub fn processor() -> String {
    let linux = || {
        let text = fs::read_to_string("/proc/cpuinfo").ok()?;
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let mac = || {
        let output = Command::new("sysctl").args(["-n", "machdep.cpu.brand_string"]).output().ok()?;
        let name = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        (!name.is_empty()).then_some(name)
    };
    linux().or_else(mac).unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}
