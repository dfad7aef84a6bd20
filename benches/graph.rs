//! One graph of tasks that do nothing but add up: what the orchestrator itself costs, in time and in memory.
//!
//! ```sh
//! cargo build --release --example bench-graph
//! target/release/examples/bench-graph --graph chain|wide|layered|diamond --n 1000000
//! target/release/examples/bench-graph --graph wide --n 1000000 --plan-only     # stops when the plan is made
//! ```
//!
//! Every task reads numbers and provides their sum and one, so that one checksum tells whether each has run after those
//! it depends on. Prints one line of JSON: *build* is from lists of numbers to a plan, *run* is the run. Memory is told
//! in bytes a task, counted from when the lists of numbers were there.

#![allow(clippy::print_stdout, reason = "a program whose result is a line")]

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use purvey::event::Event;
use purvey::model::{Description, Model, Size};
use purvey::prelude::*;
use purvey::run::{Jobs, RunOptions};
use purvey::section::{NoConfig, Section};
use purvey::session::Request;
use purvey::task::{Call, ModelRef, Task};
use serde_json::json;
use tikv_jemallocator::Jemalloc;

/// As in the binaries of chains.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

#[derive(Parser)]
struct Arguments {
    /// Which graph.
    #[arg(long)]
    graph: Shape,
    /// How many tasks.
    #[arg(long)]
    n: usize,
    /// How many tasks at a time.
    #[arg(long, default_value_t = 1)]
    workers: usize,
    /// Stop when the plan is made.
    #[arg(long)]
    plan_only: bool,
    /// Check and plan again so often, for the least time that it takes when all is warm.
    #[arg(long, default_value_t = 0)]
    again: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum Shape {
    /// Each task depends on the one before.
    Chain,
    /// No task depends on any.
    Wide,
    /// √n tasks a layer; each depends on three of the layer before.
    Layered,
    /// One task, all others that depend on it, and one that depends on all of these.
    Diamond,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let dependencies = Dependencies::of(arguments.graph, arguments.n);
    let totals = Arc::new(Totals::default());

    // So that the peak is that of what follows.
    fs::write("/proc/self/clear_refs", "5")?;
    let floor = memory("VmRSS:")?;
    let watch = Watch::start()?;
    let tasks = tasks(&dependencies, &totals);
    let options = RunOptions { jobs: Jobs::new(arguments.workers), ..RunOptions::default() };
    let mut orchestrator = Orchestrator::new(JobContext::new("bench"), tasks, Sections::models()).with_options(options);
    let listed = watch.read()?;
    let declared = memory("VmRSS:")?;
    let blueprint = orchestrator.check()?;
    let checked = watch.read()?;
    let plan = orchestrator.plan(&blueprint, &Request::default())?;
    let built = watch.read()?;
    let peak = memory("VmHWM:")?;

    let per_task = |bytes: u64| bytes as f64 / arguments.n as f64;
    let mut line = json!({
        "graph": arguments.graph.to_possible_value().map(|shape| shape.get_name().to_owned()),
        "n": arguments.n,
        "version": env!("CARGO_PKG_VERSION"),
        "build_s": built.0.as_secs_f64(),
        "build_cpu_s": built.1.as_secs_f64(),
        "build_parts_cpu_s": {
            "list": listed.1.as_secs_f64(),
            "check": (checked.1 - listed.1).as_secs_f64(),
            "plan": (built.1 - checked.1).as_secs_f64(),
        },
        "bytes_a_task": per_task(peak.saturating_sub(floor)),
        "bytes_a_task_declared": per_task(declared.saturating_sub(floor)),
    });
    let mut least = [Duration::MAX; 2];
    for _ in 0..arguments.again {
        let began = Instant::now();
        let blueprint = orchestrator.check()?;
        let checked = began.elapsed();
        let plan = orchestrator.plan(&blueprint, &Request::default())?;
        least = [least[0].min(checked), least[1].min(began.elapsed() - checked)];
        drop(plan);
    }
    if arguments.again > 0 {
        line["again_s"] = json!({ "check": least[0].as_secs_f64(), "plan": least[1].as_secs_f64() });
    }
    if arguments.plan_only {
        line["ok"] = (plan.steps().len() == arguments.n).into();
        println!("{line}");
        return Ok(());
    }
    drop(plan);

    let watch = Watch::start()?;
    let mut heard = 0_usize;
    let mut count = |_: &Event| heard += 1;
    let outcome = orchestrator.run_request(&blueprint, &Request::default(), &mut [&mut count])?;
    let ran = watch.read()?;
    let executed = totals.tasks.load(Relaxed);
    let is_right = totals.sum.load(Relaxed) == dependencies.checksum();
    line["run_s"] = ran.0.as_secs_f64().into();
    line["run_cpu_s"] = ran.1.as_secs_f64().into();
    line["executed"] = executed.into();
    line["events"] = heard.into();
    line["ok"] = (is_right && executed as usize == arguments.n && outcome.is_done()).into();
    line["bytes_a_task_run"] = per_task(memory("VmHWM:")?.saturating_sub(floor)).into();
    println!("{line}");
    // Taking a million tasks apart is no part of either.
    std::process::exit(0);
}

/// What each task depends on, in two flat arrays.
struct Dependencies {
    ends: Vec<u32>,
    flat: Vec<u32>,
}

impl Dependencies {
    fn of(shape: Shape, tasks: usize) -> Dependencies {
        let mut all = Dependencies { ends: Vec::with_capacity(tasks), flat: Vec::new() };
        let width = tasks.isqrt().max(3);
        let mut draws = Draws(24301);
        for task in 0..tasks {
            let last = task as u32;
            match shape {
                Shape::Chain => all.flat.extend(last.checked_sub(1)),
                Shape::Wide => {}
                Shape::Layered => {
                    if let Some(above) = (task / width).checked_sub(1) {
                        all.flat.extend(draws.three(above * width, width));
                    }
                }
                Shape::Diamond if task == 0 => {}
                Shape::Diamond if task + 1 == tasks => all.flat.extend(1..last),
                Shape::Diamond => all.flat.push(0),
            }
            all.ends.push(all.flat.len() as u32);
        }
        all
    }

    fn of_each(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        (0..self.ends.len()).map(|task| {
            let start = task.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
            &self.flat[start..self.ends[task] as usize]
        })
    }

    /// What all tasks add up to.
    fn checksum(&self) -> u32 {
        let mut values: Vec<u32> = Vec::with_capacity(self.ends.len());
        for dependencies in self.of_each() {
            values.push(dependencies.iter().fold(1, |sum, &task| sum.wrapping_add(values[task as usize])));
        }
        values.into_iter().fold(0, u32::wrapping_add)
    }
}

/// Random numbers that are the same everywhere.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// Three different tasks of a layer, in order.
    fn three(&mut self, first: usize, width: usize) -> [u32; 3] {
        let mut picks = [u32::MAX; 3];
        let mut found = 0;
        while found < 3 {
            let pick = first as u32 + (self.next() % width as u64) as u32;
            if !picks.contains(&pick) {
                picks[found] = pick;
                found += 1;
            }
        }
        picks.sort_unstable();
        picks
    }
}

/// What the tasks have done.
#[derive(Default)]
struct Totals {
    tasks: AtomicU32,
    sum: AtomicU32,
}

/// A number that a task hands to others.
struct Number(u32);

impl Model for Number {
    const NAME: &'static str = "number";
    type Config = NoConfig;

    fn build(_: NoConfig, _: &Section) -> Result<Number> {
        Ok(Number(0))
    }

    fn describe() -> Description {
        Description::new("number", "A number.")
    }

    fn seal(&mut self) -> Result<Size> {
        Ok(Size { rows: None, bytes: 4 })
    }
}

/// Provides the sum of the numbers it reads, and one.
struct AddUp {
    name: Arc<str>,
    requires: Box<[ModelRef]>,
    provides: [ModelRef; 1],
    totals: Arc<Totals>,
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
        let mut sum = 1_u32;
        for position in 0..self.requires.len() {
            sum = sum.wrapping_add(call.require::<Number>(position)?.0);
        }
        call.provide::<Number>(0)?.0 = sum;
        self.totals.tasks.fetch_add(1, Relaxed);
        self.totals.sum.fetch_add(sum, Relaxed);
        Ok(())
    }
}

/// The tasks, in order.
fn tasks(dependencies: &Dependencies, totals: &Arc<Totals>) -> impl Iterator<Item = AddUp> {
    let mut models: Vec<ModelRef> = Vec::with_capacity(dependencies.ends.len());
    let mut name = String::new();
    let mut named = move |letter: char, number: usize| -> Arc<str> {
        name.clear();
        write!(name, "{letter}{number}").expect("a text takes any number");
        name.as_str().into()
    };
    dependencies.of_each().enumerate().map(move |(task, dependencies)| {
        let provided = ModelRef::named::<Number>(named('m', task));
        models.push(provided.clone());
        AddUp {
            name: named('t', task),
            requires: dependencies.iter().map(|&task| models[task as usize].clone()).collect(),
            provides: [provided],
            totals: Arc::clone(totals),
        }
    })
}

/// Wall and CPU time since a start.
struct Watch(Instant, Duration);

impl Watch {
    fn start() -> Result<Watch, Box<dyn Error>> {
        Ok(Watch(Instant::now(), cpu_time()?))
    }

    fn read(&self) -> Result<(Duration, Duration), Box<dyn Error>> {
        Ok((self.0.elapsed(), cpu_time()? - self.1))
    }
}

/// The CPU time of this process: to the nanosecond while there is one thread, else to the hundredth of a second.
fn cpu_time() -> Result<Duration, Box<dyn Error>> {
    if fs::read_dir("/proc/self/task")?.count() == 1 {
        let text = fs::read_to_string("/proc/self/schedstat")?;
        let nanos = text.split_whitespace().next().ok_or("no time in /proc/self/schedstat")?;
        return Ok(Duration::from_nanos(nanos.parse()?));
    }
    let text = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = text.rsplit_once(')').ok_or("no name in /proc/self/stat")?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(Duration::from_millis(10 * ticks))
}

/// A size that the system tells of this process, in bytes.
fn memory(key: &str) -> Result<u64, Box<dyn Error>> {
    let text = fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix(key)).ok_or("no such line in /proc/self/status")?;
    Ok(1024 * line.trim().trim_end_matches(" kB").parse::<u64>()?)
}
