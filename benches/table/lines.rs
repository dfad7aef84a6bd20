//! The goals, line by line.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::contest::{Contest, Figure, Goal, Unit};
use crate::measure::{Contestant, Sample, alternate};
use crate::peers::Peers;
use crate::programs::Programs;

/// How much is measured.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    /// Tasks of a large graph.
    pub(crate) tasks: usize,
    /// The largest input, so many times the original.
    pub(crate) largest: usize,
    /// How often small things are run.
    pub(crate) repeats: usize,
    /// How often large things are run.
    pub(crate) few: usize,
}

impl Effort {
    pub(crate) const FULL: Effort = Effort { tasks: 1_000_000, largest: 100, repeats: 9, few: 3 };
    pub(crate) const QUICK: Effort = Effort { tasks: 100_000, largest: 10, repeats: 3, few: 1 };
}

/// The names of the lines, in order, and what they are about.
pub(crate) const LINES: [(&str, &str); 11] = [
    ("graph", "tasks that do nothing, one at a time"),
    ("graph-jobs", "the same, two at a time, beside oneTBB"),
    ("durable", "tasks that do nothing, each on record"),
    ("plan", "memory of a plan"),
    ("start", "the command line itself"),
    ("rerun", "a run that finds everything up to date"),
    ("etl", "the ETL job beside the floor"),
    ("orchestrators", "the ETL job beside orchestrators"),
    ("stored", "the ETL job in a quarter of the memory"),
    ("line", "tables of 200 MB that come and go"),
    ("lazy", "a table of thirty columns, of which a report reads five"),
];

const GRAPHS: [&str; 4] = ["chain", "wide", "layered", "diamond"];

/// The contests of a line; why there are none of some.
pub(crate) fn contests(line: &str, peers: &Peers, programs: &Programs, effort: Effort) -> Vec<Result<Contest, String>> {
    match line {
        "graph" => GRAPHS.map(|graph| Ok(one_at_a_time(graph, effort))).into(),
        "graph-jobs" => GRAPHS.map(|graph| Ok(two_at_a_time(graph, peers, effort))).into(),
        "durable" => vec![Ok(durable(effort))],
        "plan" => vec![Ok(plan(effort))],
        "start" => start(effort).map(Ok).into(),
        "rerun" => [1, effort.largest].map(|times| rerun(times, peers, effort)).into(),
        "etl" => sizes(effort).map(|times| etl(times, peers, programs, effort)).collect(),
        "orchestrators" => [(1, 3.0, 6.0), (effort.largest, 2.0, 2.0)]
            .into_iter()
            .flat_map(|(times, least, least_of_dagster)| {
                let plain = orchestrators(times, &["kedro", "hamilton", "luigi"], least, peers, effort);
                [plain, orchestrators(times, &["dagster"], least_of_dagster, peers, effort)]
            })
            .collect(),
        "stored" => vec![stored(peers, programs, effort)],
        "line" => vec![
            // The first of eight and the six made of it, or these and the last.
            Ok(tables("eight in a wide cut", &["--tables", "8", "--wide"], 7.5, effort)),
            Ok(tables("twenty in a line", &["--tables", "20"], 3.0, effort)),
        ],
        "lazy" => vec![Ok(lazy(programs, effort))],
        _ => Vec::new(),
    }
}

fn sizes(effort: Effort) -> impl Iterator<Item = usize> {
    [1, 10, 100].into_iter().filter(move |&times| times <= effort.largest)
}

fn repeats(times: usize, effort: Effort) -> usize {
    if times < 100 { effort.repeats } else { effort.few }
}

fn one_at_a_time(graph: &'static str, effort: Effort) -> Contest {
    Contest {
        line: "graph",
        what: format!("{} no-op tasks, {graph}, one at a time", effort.tasks),
        own: graph_program(graph, effort.tasks, 1, &[]),
        rivals: Vec::new(),
        figures: vec![
            told_each("to run, a task", "run_s", effort.tasks, Goal::AtMost(0.2e-6)),
            told_each("to build, validate and plan, a task", "build_s", effort.tasks, Goal::AtMost(1e-6)),
        ],
        repeats: effort.repeats,
    }
}

fn two_at_a_time(graph: &'static str, peers: &Peers, effort: Effort) -> Contest {
    Contest {
        line: "graph-jobs",
        what: format!("{} no-op tasks, {graph}, two at a time", effort.tasks),
        own: graph_program(graph, effort.tasks, 2, &[]),
        rivals: vec![peers.flow_graph(graph, effort.tasks, 2)],
        figures: vec![
            told("to run", "run_s", Unit::Seconds, Goal::Ratio(1.0)),
            told("to build", "build_s", Unit::Seconds, Goal::Told),
        ],
        repeats: effort.repeats,
    }
}

fn durable(effort: Effort) -> Contest {
    let tasks = 100_000;
    Contest {
        line: "durable",
        what: format!("{tasks} no-op tasks, each on record"),
        own: Box::new(|programs| programs.call("bench-durable", &["100000"], |out| vec![out.to_owned()])),
        rivals: Vec::new(),
        figures: vec![Figure {
            what: "tasks a second",
            unit: Unit::EachSecond,
            of: Box::new(move |sample| Some(f64::from(tasks) / tells(sample, "run_s")?)),
            goal: Goal::AtLeast(100_000.0),
        }],
        repeats: effort.repeats,
    }
}

fn plan(effort: Effort) -> Contest {
    Contest {
        line: "plan",
        what: format!("plan of {} tasks, layered", effort.tasks),
        own: graph_program("layered", effort.tasks, 1, &["--plan-only"]),
        rivals: Vec::new(),
        figures: vec![
            told("peak memory, a task", "bytes_a_task", Unit::BytesEach, Goal::AtMost(500.0)),
            peak("peak memory of the process", Goal::Told),
        ],
        repeats: effort.few,
    }
}

fn start(effort: Effort) -> [Contest; 3] {
    let contest = |what: &str, own: Box<dyn Fn(&Programs) -> Contestant>, goal| Contest {
        line: "start",
        what: what.to_owned(),
        own,
        rivals: Vec::new(),
        figures: vec![wall("wall", goal), cpu("CPU", Goal::Told)],
        repeats: 3 * effort.repeats,
    };
    let quick = Goal::AtMost(0.010);
    [
        contest("`demand --help`", Box::new(|programs| programs.call("demand", &["--help"], |_| Vec::new())), quick),
        contest("`plan` of a 50-task chain with history", Box::new(|programs| fifty(programs, "plan")), quick),
        contest("`run` of a 50-task chain that is up to date", Box::new(|programs| fifty(programs, "run")), Goal::Told),
    ]
}

/// A chain of fifty tasks that has run before.
fn fifty(programs: &Programs, verb: &'static str) -> Contestant {
    let call = if verb == "plan" { planned } else { ran };
    programs.call("bench-fifty", &[], call).with_history(2)
}

fn ran(out: &Path) -> Vec<PathBuf> {
    vec!["run".into(), "--data".into(), out.to_owned()]
}

fn planned(out: &Path) -> Vec<PathBuf> {
    // The first time there is nothing to plan from.
    let verb = if out.exists() { "plan" } else { "run" };
    vec![verb.into(), "--data".into(), out.to_owned()]
}

fn rerun(times: usize, peers: &Peers, effort: Effort) -> Result<Contest, String> {
    let input = peers.input(times)?;
    Ok(Contest {
        line: "rerun",
        what: format!("unchanged rerun of `demand`, ×{times}"),
        own: Box::new(move |programs| programs.demand(&input, &[]).with_history(2)),
        rivals: Vec::new(),
        figures: vec![wall("wall", Goal::AtMost(0.030)), cpu("CPU", Goal::Told), peak("peak memory", Goal::Told)],
        repeats: effort.repeats,
    })
}

fn etl(times: usize, peers: &Peers, programs: &Programs, effort: Effort) -> Result<Contest, String> {
    let input = peers.input(times)?;
    let script = fastest(["collect", "eager", "lazy", "lazy-cache"].map(|mode| peers.plain_script(mode, &input)));
    let by_hand = ["", "--streaming", "--files"];
    let rivals = by_hand.map(|how| programs.plain(&input, (!how.is_empty()).then_some(how)).judged(peers.judge(times)));
    Ok(Contest {
        line: "etl",
        what: format!("ETL job ×{times}"),
        own: demand(times, peers, input),
        rivals: rivals.into_iter().chain(script).collect(),
        figures: vec![wall("wall", Goal::Ratio(1.0)), cpu("CPU", Goal::Told), peak("peak memory", Goal::Ratio(0.8))],
        repeats: repeats(times, effort),
    })
}

/// The ETL job under Purvey, whose tables have to be right.
fn demand(times: usize, peers: &Peers, input: PathBuf) -> Box<dyn Fn(&Programs) -> Contestant> {
    let judge = Rc::new(peers.judge(times));
    Box::new(move |programs| {
        let judge = Rc::clone(&judge);
        programs.demand(&input, &[]).judged(move |out| judge(out))
    })
}

/// The contestant that took least of one run each.
fn fastest<const N: usize>(contestants: [Contestant; N]) -> Option<Contestant> {
    let series = alternate(&contestants, 1);
    let timed =
        contestants.into_iter().zip(series).filter_map(|(contestant, series)| Some((series.ok()?[0].wall, contestant)));
    timed.min_by_key(|(wall, _)| *wall).map(|(_, contestant)| contestant)
}

fn orchestrators(
    times: usize,
    names: &[&'static str],
    least: f64,
    peers: &Peers,
    effort: Effort,
) -> Result<Contest, String> {
    let input = peers.input(times)?;
    let rivals = names.iter().map(|peer| peers.orchestrator(peer, &input)).collect();
    Ok(Contest {
        line: "orchestrators",
        what: format!("ETL job ×{times}"),
        own: demand(times, peers, input),
        rivals,
        figures: vec![wall("wall", Goal::Faster(least)), peak("peak memory", Goal::Told)],
        repeats: effort.few,
    })
}

/// The tables that have a row for each booking.
const LARGE: [&str; 3] = ["raw_bookings", "bookings_typed", "bookings"];

fn stored(peers: &Peers, programs: &Programs, effort: Effort) -> Result<Contest, String> {
    let input = peers.input(effort.largest)?;
    let handed_over =
        |how: &str| LARGE.map(|model| ["--set".to_owned(), format!("models.{model}.hand_over={how}")]).concat();
    let demand = |programs: &Programs, input: &Path, words: &[String]| {
        programs.demand(input, &words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let in_memory = Contestant { name: "in memory".to_owned(), ..demand(programs, &input, &handed_over("memory")) };
    let stored = handed_over("stored");
    let judge = Rc::new(peers.judge(effort.largest));
    Ok(Contest {
        line: "stored",
        what: format!("ETL job ×{}, large tables `stored`", effort.largest),
        own: Box::new(move |programs| {
            let judge = Rc::clone(&judge);
            demand(programs, &input, &stored).judged(move |out| judge(out))
        }),
        rivals: vec![in_memory],
        figures: vec![peak("peak memory", Goal::Ratio(0.25)), wall("wall", Goal::Told)],
        repeats: effort.few,
    })
}

fn lazy(programs: &Programs, effort: Effort) -> Contest {
    let program = |how: &'static str| {
        move |programs: &Programs| programs.call("bench-lazy", &["--hand-over", how], |_| Vec::<PathBuf>::new())
    };
    Contest {
        line: "lazy",
        what: "2,000,000 rows, five of thirty columns read".to_owned(),
        own: Box::new(program("lazy")),
        rivals: vec![Contestant { name: "in memory".to_owned(), ..program("memory")(programs) }],
        figures: vec![told("to run", "run_s", Unit::Seconds, Goal::Ratio(0.25)), peak("peak memory", Goal::Ratio(0.5))],
        repeats: effort.few,
    }
}

/// How many of these tables are in memory at most.
fn tables(what: &str, words: &'static [&'static str], most: f64, effort: Effort) -> Contest {
    Contest {
        line: "line",
        what: what.to_owned(),
        own: Box::new(|programs| programs.call("bench-line", words, |_| Vec::<PathBuf>::new())),
        rivals: Vec::new(),
        figures: vec![told("in memory at most", "peak_tables", Unit::Tables, Goal::AtMost(most))],
        repeats: effort.few,
    }
}

fn graph_program(
    graph: &'static str,
    tasks: usize,
    workers: usize,
    more: &'static [&'static str],
) -> Box<dyn Fn(&Programs) -> Contestant> {
    Box::new(move |programs| {
        let (tasks, workers) = (tasks.to_string(), workers.to_string());
        let words = [&["--graph", graph, "--n", &tasks, "--workers", &workers], more].concat();
        programs.call("bench-graph", &words, |_| Vec::<PathBuf>::new())
    })
}

fn wall(what: &'static str, goal: Goal) -> Figure {
    Figure { what, unit: Unit::Seconds, of: Box::new(|sample| Some(sample.wall.as_secs_f64())), goal }
}

fn cpu(what: &'static str, goal: Goal) -> Figure {
    Figure { what, unit: Unit::Seconds, of: Box::new(|sample| Some(sample.cpu.as_secs_f64())), goal }
}

fn peak(what: &'static str, goal: Goal) -> Figure {
    Figure { what, unit: Unit::Bytes, of: Box::new(|sample| Some(sample.peak as f64)), goal }
}

/// A number that the program itself tells; a program that says that its run went wrong tells none.
fn told(what: &'static str, key: &'static str, unit: Unit, goal: Goal) -> Figure {
    Figure { what, unit, of: Box::new(move |sample| tells(sample, key)), goal }
}

fn told_each(what: &'static str, key: &'static str, tasks: usize, goal: Goal) -> Figure {
    Figure { what, unit: Unit::Seconds, of: Box::new(move |sample| Some(tells(sample, key)? / tasks as f64)), goal }
}

fn tells(sample: &Sample, key: &str) -> Option<f64> {
    sample.told["ok"].as_bool().unwrap_or(false).then(|| sample.told[key].as_f64())?
}
