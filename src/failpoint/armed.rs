//! What the environment asks for: read once, then counted.

use std::env::var;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{BACKFILL_POINTS, FIRE_POINTS, POINTS};

/// Something that happens when a name has come up so many times.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Trap {
    pub(super) name: String,
    pub(super) nth: u64,
}

impl Trap {
    /// Reads `<name>` or `<name>:<n>`.
    pub(super) fn parse(text: &str) -> Trap {
        match text.rsplit_once(':').and_then(|(name, nth)| Some((name, nth.parse().ok()?))) {
            Some((name, nth)) => Trap { name: name.to_owned(), nth },
            None => Trap { name: text.to_owned(), nth: 1 },
        }
    }
}

pub(super) fn reached(point: &str) {
    static TRAP: OnceLock<Option<Trap>> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    assert!(is_point(point), "`{point}` is missing in POINTS");
    let Some(trap) = TRAP.get_or_init(|| var("PURVEY_KILL_AT").ok().map(|text| kill_at(&text))) else { return };
    if trap.name == point && COUNT.fetch_add(1, Ordering::SeqCst) + 1 == trap.nth {
        die();
    }
}

/// A point that does not exist would never be reached, and its test would pass.
pub(super) fn kill_at(text: &str) -> Trap {
    let trap = Trap::parse(text);
    let known = [POINTS, FIRE_POINTS, BACKFILL_POINTS].concat().join(", ");
    assert!(is_point(&trap.name), "PURVEY_KILL_AT names no point: `{}`; there are: {known}", trap.name);
    trap
}

fn is_point(name: &str) -> bool {
    [POINTS, FIRE_POINTS, BACKFILL_POINTS].iter().any(|points| points.contains(&name))
}

fn die() -> ! {
    #[cfg(unix)]
    let _ = signal_hook::low_level::raise(signal_hook::consts::SIGKILL);
    std::process::abort()
}

pub(super) fn refuse(call: &str) -> io::Result<()> {
    static TRAP: OnceLock<Option<(Trap, i32)>> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let Some((trap, code)) = TRAP.get_or_init(|| var("PURVEY_FAIL").ok().map(|text| fail(&text))) else {
        return Ok(());
    };
    if (trap.name == "any" || trap.name == call) && COUNT.fetch_add(1, Ordering::SeqCst) + 1 == trap.nth {
        return Err(io::Error::from_raw_os_error(*code));
    }
    Ok(())
}

/// Reads `<call>:<n>:<error>`.
pub(super) fn fail(text: &str) -> (Trap, i32) {
    let (trap, code) = text.rsplit_once(':').unwrap_or((text, ""));
    let code = match code {
        "ENOSPC" => 28,
        "EIO" => 5,
        "EACCES" => 13,
        _ => panic!("PURVEY_FAIL is to be `<call>:<n>:<ENOSPC|EIO|EACCES>`, not `{text}`"),
    };
    (Trap::parse(trap), code)
}
