//! What a run is asked to do.

use crate::id::{BackfillId, RunId};
use crate::plan::Selection;

/// What a run is asked to do: which tasks, and which of them though they may be up to date.
///
/// ```
/// use purvey::plan::Selection;
/// use purvey::session::Request;
///
/// let request = Request::of("+monthly_report".parse()?).forcing("clean_bookings+".parse()?);
/// assert!(!request.selection().is_all());
/// # Ok::<(), purvey::plan::SelectionError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    selection: Selection,
    force: Option<Selection>,
    arguments: Vec<String>,
    resumes: Option<RunId>,
    backfill: Option<BackfillId>,
}

impl Request {
    /// To run these tasks, as far as they are not up to date.
    #[must_use]
    pub fn of(selection: Selection) -> Request {
        Request { selection, ..Request::default() }
    }

    /// The same, with these tasks run though they may be up to date, as far as they are selected.
    #[must_use]
    pub fn forcing(self, force: Selection) -> Request {
        Request { force: Some(force), ..self }
    }

    /// The same, as going on with an earlier run.
    #[must_use]
    pub fn resuming(self, run: RunId) -> Request {
        Request { resumes: Some(run), ..self }
    }

    /// The same, as part of a backfill, which must be on record and go on.
    #[must_use]
    pub fn of_backfill(self, backfill: BackfillId) -> Request {
        Request { backfill: Some(backfill), ..self }
    }

    /// The same, with the arguments of a command line that ask for it, which go on record. They must hold no secret.
    #[must_use]
    pub fn with_arguments(self, arguments: Vec<String>) -> Request {
        Request { arguments, ..self }
    }

    /// The tasks that are meant.
    #[must_use]
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// The tasks that are to run in any case.
    #[must_use]
    pub fn forced(&self) -> Option<&Selection> {
        self.force.as_ref()
    }

    /// The arguments of a command line that ask for it.
    #[must_use]
    pub fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// The run that this goes on with.
    #[must_use]
    pub fn resumed(&self) -> Option<RunId> {
        self.resumes
    }

    /// The backfill that it is part of.
    #[must_use]
    pub fn backfill(&self) -> Option<BackfillId> {
        self.backfill
    }
}
