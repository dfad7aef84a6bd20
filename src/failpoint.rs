//! Named points at which a test can end the process, and calls of the system that a test can make fail.
//!
//! Knows names and counts, nothing of what stands behind them. Only builds with debug assertions have any of it; in
//! others it compiles to nothing.
//!
//! `PURVEY_KILL_AT=<point>` or `<point>:<n>` kills the process at the point, when it gets there for the n-th time.
//! `PURVEY_FAIL=<call>:<n>:<ENOSPC|EIO|EACCES>` makes the n-th such call fail; the call `any` counts all of them.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

#[cfg(any(test, debug_assertions))]
mod armed;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod trial;

/// Every point, in the order in which a run comes to them.
#[cfg(any(test, debug_assertions))]
pub(crate) const POINTS: &[&str] = &[
    "lease taken",
    "run recorded",
    "step started",
    "stage created",
    "stage written",
    "stage synced",
    "stage renamed",
    "step staged",
    "step recorded",
    "publish linked",
    "publish swapped",
    "publish tidied",
    "publication recorded",
    "run ended",
];

/// Those that only a fire of a schedule comes to, around its run.
#[cfg(any(test, debug_assertions))]
pub(crate) const FIRE_POINTS: &[&str] = &["fires taken", "fire begun", "fire run", "fire ended"];

/// Those that only a backfill comes to, around its runs.
#[cfg(any(test, debug_assertions))]
pub(crate) const BACKFILL_POINTS: &[&str] =
    &["backfill taken", "backfill recorded", "range called", "partition ended", "backfill resumed", "backfill ended"];

/// Comes to a point, which is where the process may end.
#[cfg_attr(not(any(test, debug_assertions)), expect(unused_variables, reason = "there are no points"))]
#[inline]
pub(crate) fn reached(point: &str) {
    #[cfg(any(test, debug_assertions))]
    armed::reached(point);
}

/// Asks whether a call of the system on this file or folder may go on; its error is that of the call.
#[cfg_attr(
    not(test),
    expect(unused_variables, reason = "only tests go by the path, and by the call where it can fail")
)]
#[inline]
pub(crate) fn refuse(call: &str, path: &Path) -> io::Result<()> {
    #[cfg(test)]
    trial::refuse(call, path)?;
    #[cfg(any(test, debug_assertions))]
    armed::refuse(call)?;
    Ok(())
}

/// A writer to a file, each write of which a test can make fail; otherwise it only passes on.
#[derive(Debug)]
pub(crate) struct Writer<W> {
    out: W,
    path: PathBuf,
}

impl<W> Writer<W> {
    /// Writes to this file, which has this path.
    pub(crate) fn new(out: W, path: &Path) -> Writer<W> {
        Writer { out, path: path.to_owned() }
    }

    /// Where it writes to.
    pub(crate) fn get_ref(&self) -> &W {
        &self.out
    }
}

impl<W: Write> Write for Writer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        refuse("write", &self.path)?;
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
