//! Turns the panic of a task into an error of that task.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;

use crate::context::Scope;
use crate::failure::{Error, panic_text};

thread_local! {
    /// Where the last panic of a task on this thread happened.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps panics of tasks off stderr, for they are reported as failures with their place; other panics stay as they are.
///
/// This changes the panic hook of the whole process, so it is for programs that own `main`.
pub fn hold_panics() {
    static HELD: Once = Once::new();
    HELD.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
            if Scope::current().is_some() {
                PLACE.set(info.location().map(|place| format!("{}:{}", place.file(), place.line())));
            } else {
                before(info);
            }
        }));
    });
}

/// Does some work; a panic in it comes back as an error.
pub(super) fn guard<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    // Whatever the work was changing is thrown away after a panic: a failed task's models are never read.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let place = PLACE.take().map(|place| format!(" at {place}")).unwrap_or_default();
        let text = panic_text(payload.as_ref()).unwrap_or("(the panic carries no text)");
        Err(Error::new(format!("panicked{place}: {text}")))
    })
}
