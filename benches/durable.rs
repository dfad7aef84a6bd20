//! Tasks that do nothing, each of them on record and synced before the run ends: what durability costs.
//!
//! ```sh
//! cargo build --release --example bench-durable
//! target/release/examples/bench-durable 100000 /tmp/durable
//! ```
//!
//! Prints one line of JSON; `ok` says that the ledger has every step as done.

#![allow(clippy::print_stdout, reason = "a program whose result is a line")]

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use purvey::event::State;
use purvey::ledger::{Ledger, RunFilter, SqliteLedger};
use purvey::model::{Description, Model, Size};
use purvey::prelude::*;
use purvey::section::{NoConfig, Section};
use purvey::task::{Call, ModelRef, Task};
use serde_json::json;
use tikv_jemallocator::Jemalloc;

/// As in the binaries of chains.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// What a task provides.
struct Nothing;

impl Model for Nothing {
    const NAME: &'static str = "nothing";
    type Config = NoConfig;

    fn build(_: NoConfig, _: &Section) -> Result<Nothing> {
        Ok(Nothing)
    }

    fn describe() -> Description {
        Description::new("nothing", "Nothing.")
    }

    fn seal(&mut self) -> Result<Size> {
        Ok(Size { rows: None, bytes: 0 })
    }
}

/// Does nothing.
struct Idle {
    name: String,
    provides: [ModelRef; 1],
}

impl Task for Idle {
    fn name(&self) -> &str {
        &self.name
    }

    fn requires(&self) -> &[ModelRef] {
        &[]
    }

    fn provides(&self) -> &[ModelRef] {
        &self.provides
    }

    fn run(&self, _: &Call<'_>) -> Result<()> {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [tasks, folder] = arguments.as_slice() else { return Err("usage: bench-durable TASKS FOLDER".into()) };
    let (tasks, folder) = (tasks.parse::<usize>()?, PathBuf::from(folder));
    fs::create_dir_all(&folder)?;
    let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::at(folder.join("ledger.sqlite")));
    let idle: TaskList = (0..tasks)
        .map(|task| Idle { name: format!("t{task}"), provides: [ModelRef::named::<Nothing>(format!("m{task}"))] })
        .collect();
    let mut orchestrator =
        Orchestrator::new(JobContext::new("bench"), idle, Sections::models()).with_ledger(Arc::clone(&ledger));

    let began = Instant::now();
    let outcome = orchestrator.run()?;
    let elapsed = began.elapsed();

    let last = ledger.runs(&RunFilter { limit: Some(1), ..RunFilter::default() })?;
    let steps = ledger.steps(last.first().ok_or("the run is not on record")?.run)?;
    let done = steps.iter().filter(|step| step.state == State::Done).count();
    let ok = outcome.is_done() && done == tasks;
    println!("{}", json!({ "n": tasks, "run_s": elapsed.as_secs_f64(), "ok": ok }));
    Ok(())
}
