//! The name of the machine.

use std::fs;
use std::process::Command;

/// The machine's name in its network; `unknown` where the system does not tell.
pub(super) fn name() -> String {
    let told = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let asked = || {
        let output = Command::new("uname").arg("-n").output().ok()?;
        String::from_utf8(output.stdout).ok()
    };
    let name = told.or_else(asked).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    name.unwrap_or_else(|| "unknown".to_owned())
}
