//! The wish to stop, passed from whoever has it to whatever is running.
//!
//! Knows nothing of signals or of tasks: it is one flag, shared.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that says "stop when you can", shared by everyone who holds a clone.
///
/// Once set it stays set. A long task looks at it now and then:
///
/// ```
/// use purvey::CancelToken;
///
/// fn work(pages: u32, cancel: &CancelToken) -> purvey::Result<u32> {
///     for _page in 0..pages {
///         cancel.check()?;
///     }
///     Ok(pages)
/// }
///
/// let cancel = CancelToken::new();
/// assert_eq!(work(3, &cancel)?, 3);
/// cancel.cancel();
/// assert!(work(3, &cancel).is_err());
/// # Ok::<(), purvey::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct CancelToken {
    flag: Arc<AtomicBool>,
    parent: Option<Arc<CancelToken>>,
}

impl CancelToken {
    /// A token that nobody has cancelled.
    #[must_use]
    pub fn new() -> CancelToken {
        CancelToken::default()
    }

    /// A token for a part of the work: it is set when it or this one is, and setting it leaves this one alone.
    ///
    /// ```
    /// use purvey::CancelToken;
    ///
    /// let run = CancelToken::new();
    /// let (slow, other) = (run.child(), run.child());
    /// slow.cancel();
    /// assert!(slow.is_cancelled() && !other.is_cancelled() && !run.is_cancelled());
    /// run.cancel();
    /// assert!(other.is_cancelled());
    /// ```
    #[must_use]
    pub fn child(&self) -> CancelToken {
        CancelToken { flag: Arc::default(), parent: Some(Arc::new(self.clone())) }
    }

    /// Whether nobody else holds this token, and nobody has set it by itself.
    pub(crate) fn is_as_new(&mut self) -> bool {
        Arc::get_mut(&mut self.flag).is_some_and(|flag| !*flag.get_mut())
    }

    /// Asks everyone who holds a clone of this token, or a child of it, to stop.
    pub fn cancel(&self) {
        self.flag.store(true, Ordering::SeqCst);
    }

    /// Whether somebody has asked to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        let mut token = Some(self);
        while let Some(this) = token {
            if this.flag.load(Ordering::SeqCst) {
                return true;
            }
            token = this.parent.as_deref();
        }
        false
    }

    /// Returns an error once somebody has asked to stop, for use with `?` inside a task.
    ///
    /// # Errors
    ///
    /// [`Cancelled`], when the token is set.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// The flag itself, for code that sets it from elsewhere, such as a signal handler. It is the token's own: that a
    /// parent is set does not show in it.
    #[must_use]
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.flag)
    }
}

/// The work was given up because somebody asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled on request")]
pub struct Cancelled;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_set_with_its_parents_and_never_the_other_way_round() {
        let run = CancelToken::new();
        let step = run.child();
        let attempt = step.child();

        attempt.clone().cancel();
        assert!(attempt.is_cancelled() && !step.is_cancelled() && !run.is_cancelled());

        let other = step.child();
        run.flag().store(true, Ordering::SeqCst);
        assert_eq!(other.check(), Err(Cancelled));
        assert!(run.child().is_cancelled(), "a child of a token that is set is set from the beginning");
    }
}
