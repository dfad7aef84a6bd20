//! Failing calls for the tests of this library, each in its own thread.

use std::cell::RefCell;
use std::io;
use std::path::Path;

#[derive(Default)]
struct Trial {
    fail: Option<(usize, i32)>,
    calls: Vec<String>,
}

thread_local! {
    static TRIAL: RefCell<Option<Trial>> = const { RefCell::new(None) };
}

pub(super) fn refuse(call: &str, path: &Path) -> io::Result<()> {
    TRIAL.with_borrow_mut(|trial| {
        let Some(trial) = trial else { return Ok(()) };
        trial.calls.push(format!("{call} {}", path.display()));
        match trial.fail {
            Some((nth, code)) if nth == trial.calls.len() => Err(io::Error::from_raw_os_error(code)),
            _ => Ok(()),
        }
    })
}

/// Acts while the n-th call, from 1, of this thread fails with this error of the system; tells the calls as well.
pub(crate) fn failing<T>(nth: usize, code: i32, act: impl FnOnce() -> T) -> (T, Vec<String>) {
    watched(Trial { fail: Some((nth, code)), calls: Vec::new() }, act)
}

/// Acts, and tells all calls that this thread made.
pub(crate) fn calls<T>(act: impl FnOnce() -> T) -> (T, Vec<String>) {
    watched(Trial::default(), act)
}

fn watched<T>(trial: Trial, act: impl FnOnce() -> T) -> (T, Vec<String>) {
    TRIAL.set(Some(trial));
    let result = act();
    (result, TRIAL.take().map(|trial| trial.calls).unwrap_or_default())
}
