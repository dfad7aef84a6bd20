//! Pages in a real browser: `tests/browser/look.mjs` opens them in Chromium, narrow and wide, in light and dark.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Chain, sample};

/// What the script ends with where there is no Chromium.
const NO_BROWSER: i32 = 77;

/// Looks at pages. Where there is no browser it says so, and fails if `PURVEY_BROWSER` says that there has to be one.
fn look_at(pages: &[PathBuf]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/browser/look.mjs");
    let mut node = Command::new("node");
    node.arg(script).args(pages);
    // To look at them oneself: the folder for screenshots.
    if let Some(folder) = std::env::var_os("PURVEY_SCREENSHOTS") {
        node.arg("--screenshots").arg(folder);
    }
    let skipped = match node.output() {
        Err(error) => format!("node cannot be started: {error}"),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
            if output.status.code() != Some(NO_BROWSER) {
                assert!(output.status.success(), "{said}");
                return;
            }
            said
        }
    };
    assert!(std::env::var_os("PURVEY_BROWSER").is_none(), "PURVEY_BROWSER wants a browser: {skipped}");
    #[expect(clippy::print_stderr, reason = "that nothing was looked at must be seen")]
    {
        eprintln!("SKIPPED: no page was looked at: {skipped}");
    }
}

/// The page that a command line writes.
fn page(chain: &Chain, arguments: &[&str]) -> PathBuf {
    let output = chain.start(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    chain.path().join(String::from_utf8(output.stdout).unwrap().trim_end())
}

/// A column leads to those that it is made of, and they lead back.
fn columns_lead_to_columns(page: &str) {
    let row = |id: &str| {
        let from = page.find(&format!("<tr id=\"{id}\"")).unwrap_or_else(|| panic!("there is no {id}"));
        &page[from..from + page[from..].find("</tr>").unwrap()]
    };
    assert!(row("column-bookings.status").contains("href=\"#column-bookings_typed.status\""));
    assert!(row("column-bookings_typed.status").contains("href=\"#column-bookings.status\""));
    assert!(row("column-bookings_typed.reject_reason").contains("rows of <a class=\"mono\" href=\"#model-bookings\""));
    assert!(row("column-pickup_curve.gross").contains("not known"));
    for link in page.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(page.contains(&format!("id=\"{link}\"")), "nothing is at #{link}");
    }
}

#[test]
fn pages_of_a_good_and_of_a_failed_run_and_of_the_chain_are_sound() {
    let chain = Chain::demand();
    chain.run(&[]);
    let good = page(&chain, &["report", "--out", "good.html"]);
    let docs = page(&chain, &["docs"]);
    columns_lead_to_columns(&fs::read_to_string(&docs).unwrap());
    let bookings = fs::read_to_string(sample("demand/sample/hotel_bookings.csv")).unwrap();
    let bad = chain.file("bad.csv", bookings.replacen(",2024,", ",next year,", 1));
    let set = format!("models.raw_bookings.path={}", bad.display());
    assert_eq!(chain.start(&["--set", &set]).status.code(), Some(1));
    let failed = page(&chain, &["report", "--out", "failed.html"]);
    let text = fs::read_to_string(&failed).unwrap();
    assert!(text.contains("<code>next year</code>") || text.contains("`next year` is not a whole number"), "{text}");
    let many = page(&chain, &["report", "--all"]);
    look_at(&[good, failed, docs, many]);
}

#[test]
fn the_calendar_of_a_backfill_shows_the_days_that_failed() {
    let chain = Chain::alpine();
    let nights = fs::read(sample("alpine/sample/seehof.csv")).unwrap();
    for day in 18..=24 {
        let broken = [20, 23].contains(&day);
        chain.file(&format!("2026-11-{day}.csv"), if broken { b"no;header\n".as_slice() } else { &nights });
    }
    let set = |text: &str| ["--set".to_owned(), text.to_owned()];
    let cut = [
        set("partitions.by=day"),
        set("partitions.zone=Europe/Zurich"),
        set("models.raw_bookings.path={partition}.csv"),
    ];
    let with = |arguments: &[&str]| -> Vec<String> {
        arguments.iter().map(|&argument| argument.to_owned()).chain(cut.iter().flatten().cloned()).collect()
    };
    let start = |arguments: &[&str]| {
        let arguments = with(arguments);
        chain.start(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert_eq!(start(&["backfill", "--from", "2026-11-18", "--to", "2026-11-24"]).status.code(), Some(1));
    let pages = [&["report", "--all"] as &[&str], &["report", "--partition", "2026-11-23"]].map(|arguments| {
        let output = start(arguments);
        chain.path().join(String::from_utf8(output.stdout).unwrap().trim_end())
    });
    let calendar = fs::read_to_string(&pages[0]).unwrap();
    for day in 18..=24 {
        let state = if [20, 23].contains(&day) { "failed" } else { "done" };
        assert!(calendar.contains(&format!("title=\"2026-11-{day}: {state}\"")), "{day}");
    }
    look_at(&pages);
}
