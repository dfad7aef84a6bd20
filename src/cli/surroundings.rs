//! The process around a command line: its streams, its environment, its signals.
//!
//! The only place that asks the operating system; everything else of the command line is told.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::exit::Exit;
use crate::cancel::CancelToken;
use crate::clock::{Clock, SystemClock};
use crate::report::Logger;

/// The columns of a text whose reader is not known.
const WIDTH: u16 = 100;

/// What surrounds a command line.
pub(super) struct Surroundings<'w> {
    /// Where results go.
    pub(super) out: &'w mut dyn Write,
    /// Where talk goes.
    pub(super) err: &'w mut (dyn Write + Send),
    /// Whether a person sees `out` on a terminal.
    pub(super) out_is_terminal: bool,
    /// Whether a person sees `err` on a terminal.
    pub(super) err_is_terminal: bool,
    /// How many columns a line may have.
    pub(super) width: u16,
    /// The environment variables.
    pub(super) variables: Vec<(String, String)>,
    /// The folder of the program.
    pub(super) program_folder: Option<PathBuf>,
    /// The program, as it can be called from anywhere.
    pub(super) program: PathBuf,
    /// The folder it works in.
    pub(super) folder: PathBuf,
    /// Whether signals and the logger are ours to take.
    pub(super) owns_process: bool,
    pub(super) clock: Arc<dyn Clock>,
}

impl<'w> Surroundings<'w> {
    /// Those of this process.
    pub(super) fn of_process(out: &'w mut dyn Write, err: &'w mut (dyn Write + Send)) -> Surroundings<'w> {
        let program = env::current_exe().ok();
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        Surroundings {
            out,
            err,
            out_is_terminal: io::stdout().is_terminal(),
            err_is_terminal: io::stderr().is_terminal(),
            // Some terminals say that they have no columns at all.
            width: comfy_table::Table::new().width().filter(|&width| width > 0).unwrap_or(WIDTH),
            variables: env::vars_os().map(|(name, value)| (text(name), text(value))).collect(),
            program_folder: program.as_deref().and_then(Path::parent).map(Path::to_owned),
            program: program.unwrap_or_else(|| env::args_os().next().unwrap_or_default().into()),
            folder: env::current_dir().unwrap_or_default(),
            owns_process: true,
            clock: clock_of_process(),
        }
    }

    /// An environment variable that is set to something.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        let found = self.variables.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Makes this the logger of the process.
    pub(super) fn install(&self, logger: Logger) {
        if self.owns_process {
            // A program that has installed a logger of its own before keeps it.
            let _ = logger.install();
        }
    }

    /// Lets Ctrl-C and SIGTERM set the token, and a second one end the process.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    pub(super) fn watch_signals(&self, cancel: &CancelToken) -> io::Result<Signals> {
        let signals = Signals::default();
        if self.owns_process {
            for (signal, exit) in [(SIGINT, Exit::Interrupted), (SIGTERM, Exit::Terminated)] {
                // Actions run in the order they are registered: the first signal finds the flag still down.
                flag::register_conditional_shutdown(signal, exit.code().into(), cancel.flag())?;
                flag::register(signal, cancel.flag())?;
                flag::register_usize(signal, Arc::clone(&signals.last), exit.code().into())?;
            }
        }
        Ok(signals)
    }
}

/// The clock of the machine; in builds with debug assertions that of the file that `PURVEY_CLOCK` names, for tests.
fn clock_of_process() -> Arc<dyn Clock> {
    #[cfg(debug_assertions)]
    if let Some(path) = env::var_os("PURVEY_CLOCK") {
        return Arc::new(crate::clock::WrittenClock::of(PathBuf::from(path)));
    }
    Arc::new(SystemClock::new())
}

/// Which signal has come, if any.
#[derive(Clone, Debug, Default)]
pub(super) struct Signals {
    /// The exit code of the last signal; 0 for none.
    last: Arc<AtomicUsize>,
}

impl Signals {
    /// How a run ends that was cancelled.
    pub(super) fn exit(&self) -> Exit {
        if self.last.load(Ordering::SeqCst) == usize::from(Exit::Terminated.code()) {
            Exit::Terminated
        } else {
            Exit::Interrupted
        }
    }
}
