//! How a chain's program says to other programs how it went.

use std::process::ExitCode;

/// How a command ended, as the exit code that scripts and schedulers see; `docs/exit-codes.md` lists them.
///
/// ```
/// use purvey::cli::Exit;
///
/// assert_eq!(Exit::Failed.code(), 1);
/// assert_eq!(Exit::Nothing.meaning(), "the selection is right and picks no task");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Exit {
    /// All is done.
    Done = 0,
    /// A task failed; nothing was published.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The chain is not valid.
    Chain = 3,
    /// The configuration is wrong.
    Configuration = 4,
    /// The selection picks no task.
    Nothing = 5,
    /// Another run of the chain is going on.
    Busy = 6,
    /// Results could not be stored or read.
    Store = 7,
    /// A model is older than it may be.
    Stale = 8,
    /// Stopped on request before all was done.
    Stopped = 9,
    /// Ended by Ctrl-C (SIGINT).
    Interrupted = 130,
    /// Ended by SIGTERM.
    Terminated = 143,
}

impl Exit {
    /// All of them, by code.
    pub const ALL: [Exit; 12] = [
        Exit::Done,
        Exit::Failed,
        Exit::Usage,
        Exit::Chain,
        Exit::Configuration,
        Exit::Nothing,
        Exit::Busy,
        Exit::Store,
        Exit::Stale,
        Exit::Stopped,
        Exit::Interrupted,
        Exit::Terminated,
    ];

    /// The exit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// What it means, in a few words.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Exit::Done => "all is done",
            Exit::Failed => "a task failed; nothing was published",
            Exit::Usage => "the command line is wrong",
            Exit::Chain => "the chain is not valid",
            Exit::Configuration => "the configuration is wrong",
            Exit::Nothing => "the selection is right and picks no task",
            Exit::Busy => "another run of the chain is going on",
            Exit::Store => "results could not be stored or read",
            Exit::Stale => "a model is older than it may be",
            Exit::Stopped => "stopped on request before all was done",
            Exit::Interrupted => "ended by Ctrl-C (SIGINT)",
            Exit::Terminated => "ended by SIGTERM",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn the_page_of_exit_codes_says_the_same() {
        let page = include_str!("../../docs/exit-codes.md");
        let rows: Vec<String> = page.lines().filter(|line| line.starts_with("| `")).map(str::to_owned).collect();
        let begins = |exit: Exit| format!("| `{}` | {} |", exit.code(), exit.meaning());
        assert_eq!(rows.len(), Exit::ALL.len());
        for (row, exit) in rows.iter().zip(Exit::ALL) {
            assert!(row.starts_with(&begins(exit)), "{row} does not begin with {}", begins(exit));
        }
    }
}
