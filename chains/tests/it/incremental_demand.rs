//! `demand` again and again: what is up to date is left alone, and what is not says why.

use std::fs;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use insta::assert_snapshot;

use crate::demand_published::shared;
use crate::support::{Chain, sample};

/// The chain on a file of bookings, of which single fields are changed.
struct Nights {
    chain: Chain,
    lines: Vec<String>,
    settings: Vec<&'static str>,
}

impl Nights {
    fn on(bookings: &str) -> Nights {
        let lines = bookings.lines().map(str::to_owned).collect();
        let nights = Nights { chain: Chain::demand(), lines, settings: vec!["models.raw_bookings.path=bookings.csv"] };
        nights.lay_down();
        nights
    }

    fn lay_down(&self) {
        self.chain.file("bookings.csv", self.lines.join("\n"));
    }

    /// Changes one field of one booking.
    fn change(&mut self, column: &str, value: &str) {
        let position = self.lines[0].split(',').position(|name| name == column).unwrap();
        let mut fields: Vec<&str> = self.lines[700].split(',').collect();
        assert_ne!(fields[position], value);
        fields[position] = value;
        self.lines[700] = fields.join(",");
        self.lay_down();
    }

    fn call<'a>(&'a self, verb: &'a str) -> String {
        let mut arguments = vec![verb];
        self.settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
        let output = self.chain.start(&arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a run would do and why, of the tasks that it would not leave alone at once.
    fn plan(&self) -> String {
        let plan = self.call("plan");
        let of_tasks =
            |line: &&str| !line.starts_with("handed over as") && !line.contains("  reuse  ") && !line.is_empty();
        let lines = plan.lines().filter(of_tasks);
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Runs the chain; tells the tasks that were done.
    fn run(&self) -> String {
        let table = self.call("run");
        let words = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let done = words.filter(|words| words.get(2) == Some(&"done") && words[1] == "✓");
        let done: Vec<&str> = done.map(|words| words[0]).collect();
        assert!(!done.is_empty() || table.contains("everything was up to date"), "{table}");
        done.join(" ")
    }
}

/// Ids, times, digests and sizes are other ones each time.
fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"run [0-9a-f]{8}\b", "run [run]");
    settings.add_filter(r"\b[0-9a-f]{12}\b", "[digest]");
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[time]");
    settings
}

macro_rules! told {
    ($text:expr, @$snapshot:literal) => {
        settings().bind(|| assert_snapshot!($text, @$snapshot))
    };
}

/// The story, which is the same on any file of bookings.
fn tell(bookings: &str) {
    insta::allow_duplicates! { tell_it(bookings) }
}

fn tell_it(bookings: &str) {
    let mut nights = Nights::on(bookings);
    told!(nights.plan(), @r"
      1  read_raw_bookings          run  was never done before
      2  type_demand                run  was never done before
      3  process/rejects            run  was never done before
      4  process/bookings           run  was never done before
      5  reports/daily_occupancy    run  was never done before
      6  reports/monthly_revenue    run  was never done before
      7  reports/cancellations      run  was never done before
      8  reports/guests_by_country  run  was never done before
      9  reports/agent_ranking      run  was never done before
     10  reports/pickup_curve       run  was never done before
     11  reports/los_histogram      run  was never done before
     12  reports/monthly_report     run  was never done before
    a run would run 12 of 12 tasks of chain `demand`
    ");
    told!(nights.run(), @"read_raw_bookings type_demand rejects bookings daily_occupancy monthly_revenue cancellations guests_by_country agent_ranking pickup_curve los_histogram monthly_report");
    let first = nights.chain.published();

    // Nothing is different.
    told!(nights.plan(), @"a run would run 0 of 12 tasks of chain `demand` and reuse 12; everything is up to date");
    assert_eq!(nights.run(), "");

    // A field that nobody looks at: it stops at the first table without it.
    nights.change("days_in_waiting_list", "77");
    told!(nights.plan(), @r"
      1  read_raw_bookings          run      the source file has other content: [digest] → [digest]
         type_demand                depends  unless `read_raw_bookings` makes the same again
         process/rejects            depends  unless `type_demand` makes the same again
         process/bookings           depends  unless `type_demand` makes the same again
         reports/daily_occupancy    depends  unless `bookings` makes the same again
         reports/monthly_revenue    depends  unless `daily_occupancy` makes the same again
         reports/cancellations      depends  unless `bookings` makes the same again
         reports/guests_by_country  depends  unless `bookings` makes the same again
         reports/agent_ranking      depends  unless `bookings` makes the same again
         reports/pickup_curve       depends  unless `bookings` makes the same again
         reports/los_histogram      depends  unless `bookings` makes the same again
         reports/monthly_report     depends  unless `rejects`, `bookings`, `monthly_revenue`, `cancellations`, `guests_by_country`, `agent_ranking`, `pickup_curve` and `los_histogram` make the same again
    a run would run 1 of 12 tasks of chain `demand` and decide on 11 on the way
    ");
    told!(nights.run(), @"read_raw_bookings type_demand");
    let mut second = nights.chain.published();
    assert!(second.remove("raw_bookings.parquet") != first.get("raw_bookings.parquet").cloned());
    assert!(second.iter().all(|(name, bytes)| first[name] == *bytes));

    // A field that one report looks at, and the tables in between.
    nights.change("country", "ATA");
    told!(nights.plan(), @r"
      1  read_raw_bookings          run      the source file has other content: [digest] → [digest]
         type_demand                depends  unless `read_raw_bookings` makes the same again
         process/rejects            depends  unless `type_demand` makes the same again
         process/bookings           depends  unless `type_demand` makes the same again
         reports/daily_occupancy    depends  unless `bookings` makes the same again
         reports/monthly_revenue    depends  unless `daily_occupancy` makes the same again
         reports/cancellations      depends  unless `bookings` makes the same again
         reports/guests_by_country  depends  unless `bookings` makes the same again
         reports/agent_ranking      depends  unless `bookings` makes the same again
         reports/pickup_curve       depends  unless `bookings` makes the same again
         reports/los_histogram      depends  unless `bookings` makes the same again
         reports/monthly_report     depends  unless `rejects`, `bookings`, `monthly_revenue`, `cancellations`, `guests_by_country`, `agent_ranking`, `pickup_curve` and `los_histogram` make the same again
    a run would run 1 of 12 tasks of chain `demand` and decide on 11 on the way
    ");
    told!(nights.run(), @"read_raw_bookings type_demand rejects bookings daily_occupancy cancellations guests_by_country agent_ranking pickup_curve los_histogram monthly_report");

    // A setting of one report, which another one reads.
    nights.settings.push("tasks.pickup_curve.days_before=[0, 7]");
    told!(nights.plan(), @r"
      1  reports/pickup_curve       run      setting `tasks.pickup_curve.days_before` changed: [0, 1, 3, 7, 14, 30, 60, 90, 180, 365] → [0, 7]
         reports/monthly_report     depends  unless `pickup_curve` makes the same again
    a run would run 1 of 12 tasks of chain `demand`, reuse 10, and decide on 1 on the way
    ");
    told!(nights.run(), @"pickup_curve monthly_report");

    // And of another one.
    nights.settings.push("tasks.agent_ranking.top=3");
    told!(nights.plan(), @r"
      1  reports/agent_ranking      run      setting `tasks.agent_ranking.top` changed: 50 → 3
         reports/monthly_report     depends  unless `agent_ranking` makes the same again
    a run would run 1 of 12 tasks of chain `demand`, reuse 10, and decide on 1 on the way
    ");
    told!(nights.run(), @"agent_ranking monthly_report");

    // All of it together is what comes of it in an empty folder.
    let last = nights.chain.published();
    let anew = Nights { chain: Chain::demand(), ..nights };
    anew.lay_down();
    anew.run();
    assert!(anew.chain.published() == last);
}

#[test]
fn on_the_sample_only_what_is_out_of_date_is_done_and_the_plan_says_why() {
    tell(&fs::read_to_string(sample("demand/sample/hotel_bookings.csv")).unwrap());
}

#[test]
fn a_setting_that_comes_to_the_same_table_ends_at_its_report() {
    let mut nights = Nights::on(&fs::read_to_string(sample("demand/sample/hotel_bookings.csv")).unwrap());
    nights.run();
    // There are not so many agents.
    nights.settings.push("tasks.agent_ranking.top=5000");
    assert_eq!(nights.run(), "agent_ranking");
    assert_eq!(nights.run(), "");
}

#[test]
fn on_the_published_file_only_what_is_out_of_date_is_done_and_the_plan_says_why() {
    let file = shared().join("data/hotel_bookings.csv.gz");
    if !file.exists() {
        crate::demand_published::tell_that_it_is_skipped();
        return;
    }
    tell(&unpacked(&file));
}

fn unpacked(file: &Path) -> String {
    let mut text = String::new();
    GzDecoder::new(fs::File::open(file).unwrap()).read_to_string(&mut text).unwrap();
    text
}
