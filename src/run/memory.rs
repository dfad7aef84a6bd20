//! How much memory the process holds at most, as the system tells.

use std::fs;

/// Forgets the peak so far, so that the next reading is that of what comes after. Does nothing where the system cannot.
pub(super) fn reset_peak() {
    // Linux resets the high-water mark of resident memory when a process writes "5" here (proc(5), clear_refs).
    // Elsewhere, and where it is forbidden, the next reading is the peak of the whole process.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// The most resident memory since the start or the last [`reset_peak`], in bytes; `None` where the system does not tell.
pub(super) fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
