//! A chain of fifty tasks that add up numbers, for measuring what the command line itself costs.
//!
//! ```sh
//! cargo build --release --example bench-fifty
//! target/release/examples/bench-fifty run --data /tmp/fifty      # makes the history
//! target/release/examples/bench-fifty plan --data /tmp/fifty
//! ```

use std::process::ExitCode;

use purvey::fingerprint::Code;
use purvey::prelude::*;
use purvey::task::{Call, ModelRef, Task};

/// A number that a task hands to others.
#[derive(Named)]
#[named("number")]
struct Number;

/// Provides the sum of the last three numbers, and one.
struct AddUp {
    name: String,
    requires: Vec<ModelRef>,
    provides: [ModelRef; 1],
}

impl AddUp {
    fn new(place: usize) -> AddUp {
        let number = |place: usize| ModelRef::named::<Value<i64, Number>>(format!("number_{place}"));
        AddUp {
            name: format!("add_up_{place}"),
            requires: (place.saturating_sub(3)..place).map(number).collect(),
            provides: [number(place)],
        }
    }
}

impl Task for AddUp {
    fn name(&self) -> &str {
        &self.name
    }

    fn requires(&self) -> &[ModelRef] {
        &self.requires
    }

    fn provides(&self) -> &[ModelRef] {
        &self.provides
    }

    fn run(&self, call: &Call<'_>) -> Result<()> {
        let mut sum = 1_i64;
        for position in 0..self.requires.len() {
            sum = sum.wrapping_add(*call.require::<Value<i64, Number>>(position)?.get()?);
        }
        call.provide::<Value<i64, Number>>(0)?.put(sum)
    }

    fn code(&self) -> Code {
        Code::Version("1".into())
    }
}

fn main() -> ExitCode {
    let tasks: TaskList = (0..50).map(AddUp::new).collect();
    purvey::main(Chain::new("fifty").with(tasks))
}
