//! Tasks: units of work that require models and provide models.
//!
//! `#[task]` makes one of a plain function; [`Task`] is what every task is underneath, and may be implemented by hand.
//! [`Group`] and [`Chain`] put tasks together. Nothing here knows in which order tasks run, or whether they run at all.

use std::fmt;
use std::sync::Arc;

use crate::failure::Result;
use crate::fingerprint::Code;
use crate::partition::Cut;

mod call;
#[doc(hidden)]
pub mod check;
mod define;
mod erased;
mod gather;
mod group;
mod list;
mod param;
mod ranges;
mod reference;
mod retry;
mod source;
mod uses;

pub use call::Call;
pub(crate) use call::ModelNames;
pub use define::{Declared, FnTask, Need, TaskDef};
pub use erased::{ModelKind, Read, Slot, Write};
pub use gather::gather_task;
pub use group::{Chain, Group, Member};
pub use list::{AnchorError, Entry, TaskList};
pub use param::{IntoOutcome, Param, Position, Settings, SettingsKind};
pub use ranges::Ranges;
pub use reference::ModelRef;
pub use retry::Retry;
pub use source::source_task;
pub use uses::Uses;

/// A unit of work that requires models and provides models.
///
/// Functions marked `#[task]` become one without further ado. Implement the trait by hand for tasks that are made at
/// run time, say one for each hotel of a list:
///
/// ```
/// use purvey::prelude::*;
/// use purvey::task::{Call, ModelRef, Task};
///
/// /// The rooms of one hotel.
/// #[derive(Row, Clone, Debug, PartialEq)]
/// #[row(table = "rooms")]
/// struct Room {
///     hotel: String,
///     number: i32,
/// }
///
/// /// Lists the rooms of one hotel; its model is `rooms_<hotel>`.
/// struct ListRooms {
///     name: String,
///     hotel: String,
///     provides: Vec<ModelRef>,
/// }
///
/// impl ListRooms {
///     fn of(hotel: &str) -> ListRooms {
///         let rooms = ModelRef::named::<Table<Room>>(format!("rooms_{hotel}"));
///         ListRooms { name: format!("list_{hotel}"), hotel: hotel.to_owned(), provides: vec![rooms] }
///     }
/// }
///
/// impl Task for ListRooms {
///     fn name(&self) -> &str {
///         &self.name
///     }
///
///     fn requires(&self) -> &[ModelRef] {
///         &[]
///     }
///
///     fn provides(&self) -> &[ModelRef] {
///         &self.provides
///     }
///
///     fn run(&self, call: &Call<'_>) -> Result<()> {
///         let mut rooms = call.provide::<Table<Room>>(0)?;
///         rooms.put(vec![Room { hotel: self.hotel.clone(), number: 1 }])
///     }
/// }
///
/// let tasks = ["alpenblick", "seehof"].map(ListRooms::of);
/// let mut orchestrator =
///     Orchestrator::new(JobContext::new("rooms"), tasks, Sections::models()).keep_named("rooms_seehof");
/// let mut outcome = orchestrator.run()?;
/// let rooms = outcome.take_named::<Table<Room>>("rooms_seehof").unwrap();
/// assert_rows!(rooms, [Room { hotel: "seehof".into(), number: 1 }]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Task: Send + Sync {
    /// The name, unique in a chain.
    fn name(&self) -> &str;

    /// The models that must be there before it runs.
    fn requires(&self) -> &[ModelRef];

    /// The models that are there when it has run.
    fn provides(&self) -> &[ModelRef];

    /// The models that it reads where the chain has them, and does without where it has not.
    fn after(&self) -> &[ModelRef] {
        &[]
    }

    /// Does the work. The models are reached through `call`, by their position in the lists above.
    ///
    /// # Errors
    ///
    /// Whatever keeps the task from doing its work. A panic counts as an error too.
    fn run(&self, call: &Call<'_>) -> Result<()>;

    /// The code it is made of. What it made before is reused only while this is the same, so a task that does not say
    /// runs every time.
    fn code(&self) -> Code {
        Code::Unknown
    }

    /// How often it is tried, and how long it may run, where that differs from the chain's defaults.
    fn retry(&self) -> Retry {
        Retry::default()
    }

    /// What it needs beside others that run at the same time.
    fn uses(&self) -> Uses<'_> {
        Uses::default()
    }

    /// What it is run for each of, where that differs from the chain's partitions; what it provides is there for each, too.
    fn partition(&self) -> Option<Cut> {
        None
    }

    /// Whether a backfill may call it for several partitions at once.
    fn ranges(&self) -> Option<Ranges> {
        None
    }

    /// What people want to know of it, and what its configuration looks like.
    fn about(&self) -> About<'_> {
        About::default()
    }
}

/// What people want to know of a task.
#[derive(Clone, Copy, Debug, Default)]
pub struct About<'t> {
    /// Its doc text.
    pub doc: &'t str,
    /// Its tags, for selection.
    pub tags: &'t [&'t str],
    /// The file it is written in, and the line, from 1.
    pub place: Option<(&'t str, u32)>,
    /// What `[tasks.<name>]` may say.
    pub settings: &'t [SettingsKind],
    /// Whether the orchestrator put it in to read a source.
    pub reads_source: bool,
}

impl fmt::Debug for dyn Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Task({})", self.name())
    }
}

/// A shared task of any kind.
pub type AnyTask = Arc<dyn Task>;
