//! What was measured on, and what.

use std::fs;
use std::process::Command;
use std::thread;

use crate::peers::Peers;
use crate::programs::commit;

/// The machine, and the versions of all who take part.
pub(crate) fn sentence(peers: &Peers) -> String {
    let line = |path, key: &str| -> Option<String> {
        let text = fs::read_to_string(path).ok()?;
        let line = text.lines().find(|line| line.starts_with(key))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let processor = line("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
    let memory = line("/proc/meminfo", "MemTotal").and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    let memory = memory.map_or_else(String::new, |kib| format!(", {} GiB", kib.div_ceil(1 << 20)));
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    let rustc = Command::new("rustc").arg("--version").output();
    let rustc = rustc.map(|told| String::from_utf8_lossy(&told.stdout).trim().to_owned()).unwrap_or_default();
    let mut versions = vec![format!("Purvey {} ({})", env!("CARGO_PKG_VERSION"), commit()), rustc];
    versions.extend(peers.versions());
    format!(
        "Machine: {cores} cores ({processor}){memory}, {}; load before the start {load}.\nVersions: {}.",
        std::env::consts::OS,
        versions.join(", ")
    )
}
