//! The goals of Purvey, measured: each line beside those it is compared with, in one run on one machine.
//!
//! ```sh
//! cargo bench --bench table                                  # the whole table, as BENCHMARKS.md has it
//! cargo bench --bench table -- --quick                       # smaller, in some minutes
//! cargo bench --bench table -- etl rerun                     # these lines only
//! cargo bench --bench table -- compare main HEAD etl start   # two commits beside each other
//! ```
//!
//! Whoever takes part in a line is run in turn with the others, so often that the spread is seen: medians, with the least
//! and the greatest in brackets; ratios are taken run by run. Processes are measured from outside, as their users meet
//! them; only what a task of a graph takes is told by the programs themselves.
//!
//! Peers and data are looked for in `PURVEY_PEERS`, by default `../shared/bench` beside the checkout; its `setup.sh`
//! installs the peers into `ETL_PEERS_CACHE`. What is not there is said and left out.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program whose result is a table")]

use std::process::ExitCode;

mod contest;
mod lines;
mod machine;
mod measure;
mod peers;
mod programs;

use contest::{Contest, Row};
use lines::{Effort, LINES};
use peers::Peers;
use programs::Programs;

fn main() -> ExitCode {
    let (flags, words): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|word| word.starts_with("--"));
    // `cargo bench` says so; whoever only wants to know that it compiles does not.
    if !flags.iter().any(|flag| flag == "--bench") {
        return ExitCode::SUCCESS;
    }
    let effort = if flags.iter().any(|flag| flag == "--quick") { Effort::QUICK } else { Effort::FULL };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["compare", before, after, lines @ ..] => {
            picked(lines).and_then(|lines| compare([before, after], &lines, effort))
        }
        lines => picked(lines).and_then(|lines| table(&lines, effort)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("error: {trouble}");
            ExitCode::FAILURE
        }
    }
}

/// The lines of these names, or all.
fn picked(names: &[&str]) -> Result<Vec<(&'static str, &'static str)>, String> {
    if let Some(unknown) = names.iter().find(|name| LINES.iter().all(|(line, _)| line != *name)) {
        let all: Vec<&str> = LINES.iter().map(|(line, _)| *line).collect();
        return Err(format!("there is no line `{unknown}`; there are {}", all.join(", ")));
    }
    Ok(LINES.into_iter().filter(|(line, _)| names.is_empty() || names.contains(line)).collect())
}

fn table(lines: &[(&str, &str)], effort: Effort) -> Result<(), String> {
    let (programs, peers) = (Programs::here()?, Peers::find());
    println!("{}", machine::sentence(&peers));
    if let Some(missing) = peers.missing() {
        eprintln!("warning: {missing}");
        println!("\n**Some peers take no part**: {missing}");
    }
    for (line, about) in lines {
        println!("\n### {about} (`{line}`)\n");
        println!("| what | Purvey | beside | ratio | goal | reached |\n|---|---|---|---|---|---|");
        hold(line, &peers, &programs, effort, |contest| contest.hold(&programs));
    }
    Ok(())
}

fn compare(commits: [&str; 2], lines: &[(&str, &str)], effort: Effort) -> Result<(), String> {
    let [before, after] = commits.map(Programs::at);
    let (before, after, peers) = (before?, after?, Peers::find());
    println!("{}", machine::sentence(&peers));
    for (line, about) in lines {
        println!("\n### {about} (`{line}`)\n");
        println!("| what | {} | {} | ratio | | |\n|---|---|---|---|---|---|", before.name, after.name);
        hold(line, &peers, &after, effort, |contest| contest.compare([&before, &after]));
    }
    Ok(())
}

/// Holds the contests of a line one after the other, and says at once what came out.
fn hold(line: &str, peers: &Peers, programs: &Programs, effort: Effort, hold: impl Fn(Contest) -> Vec<Row>) {
    for contest in lines::contests(line, peers, programs, effort) {
        let rows = match contest {
            Ok(contest) => {
                eprintln!("{}: {}", contest.line, contest.what);
                hold(contest)
            }
            Err(trouble) => vec![Row::not_measured(line, &trouble)],
        };
        rows.iter().for_each(|row| println!("{row}"));
    }
}
