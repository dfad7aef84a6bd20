//! What cron text means and which is none, what clocks do to it, and what becomes of fires that were missed.

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn schedule(cron: &str, zone: &str) -> Schedule {
    Schedule::new("nightly", Cron::parse(cron).unwrap(), zone).unwrap()
}

/// The first fires after an instant, as the clocks show them.
fn shown(cron: &str, zone: &str, after: &str, fires: usize) -> Vec<String> {
    let schedule = schedule(cron, zone);
    schedule.after(at(after)).take(fires).map(|fire| schedule.shown(fire)).collect()
}

#[test]
fn fields_are_numbers_names_ranges_steps_and_lists() {
    let hours = |text: &str| Cron::parse(&format!("0 {text} * * *")).unwrap().numbers(Field::Hour).collect::<Vec<_>>();
    assert_eq!(hours("4"), [4]);
    assert_eq!(hours("8-11"), [8, 9, 10, 11]);
    assert_eq!(hours("*/8"), [0, 8, 16]);
    assert_eq!(hours("8-18/5,23,8"), [8, 13, 18, 23]);

    let weekdays =
        |text: &str| Cron::parse(&format!("0 0 * * {text}")).unwrap().numbers(Field::Weekday).collect::<Vec<_>>();
    assert_eq!(weekdays("7"), [0]);
    assert_eq!(weekdays("Fri-sun"), [0, 5, 6]);
    assert_eq!(weekdays("5-7"), [0, 5, 6]);
    assert_eq!(weekdays("*/2"), [0, 2, 4, 6]);
    assert_eq!(weekdays("sun-tue"), [0, 1, 2]);
    let months = Cron::parse("0 0 1 jan,7-DEC/5 *").unwrap();
    assert_eq!(months.numbers(Field::Month).collect::<Vec<_>>(), [1, 7, 12]);
    assert_eq!(Cron::parse(" 0\t0  1 * * ").unwrap().fields(), "0\t0  1 * *");
    assert_eq!(Cron::parse("@Weekly").unwrap().fields(), "0 0 * * 0");
}

#[test]
fn a_day_fits_either_field_unless_one_begins_with_a_star() {
    let days = |text: &str| -> Vec<String> {
        shown(text, "UTC", "2026-11-01T00:00:00Z", 4).into_iter().map(|fire| fire[5..10].to_owned()).collect()
    };
    // Mondays are the 2nd, the 9th, the 16th…
    assert_eq!(days("0 9 4 * mon"), ["11-02", "11-04", "11-09", "11-16"]);
    assert_eq!(days("0 9 * * mon"), ["11-02", "11-09", "11-16", "11-23"]);
    assert_eq!(days("0 9 4 * *"), ["11-04", "12-04", "01-04", "02-04"]);
    assert_eq!(days("0 9 */3 * mon"), ["11-16", "12-07", "12-28", "01-04"]);
    assert_eq!(days("0 9 29 2 *"), ["02-29", "02-29", "02-29", "02-29"]);
}

#[test]
fn what_is_no_cron_text_is_refused_with_what_to_write() {
    let refused = |text: &str| Cron::parse(text).unwrap_err().to_string();

    assert_eq!(
        refused("30 4 * *"),
        "`30 4 * *` has 4 fields: write five, minute, hour, day of the month, month and day of the week, such as `30 4 * * *`"
    );
    assert!(refused("0 30 4 * * *").starts_with("`0 30 4 * * *` has 6 fields: write five, "));
    assert!(refused("nightly").starts_with("`nightly` has 1 field: write five, "));
    assert!(refused("").starts_with("`` has 0 fields: write five, "));
    assert_eq!(refused("60 4 * * *"), "`60` is no minute: write one from 0 to 59");
    assert_eq!(refused("0 +4 * * *"), "`+4` is no hour: write one from 0 to 23");
    assert_eq!(refused("0 4 0 * *"), "`0` is no day of the month: write one from 1 to 31");
    assert_eq!(refused("0 4 L * *"), "`L` is no day of the month: write one from 1 to 31");
    assert_eq!(refused("0 4 * june *"), "`june` is no month: write one from 1 to 12, or `jan` to `dec`");
    assert_eq!(refused("0 4 * * 1#2"), "`1#2` is no day of the week: write one from 0 to 7, or `sun` to `sat`");
    assert_eq!(refused("0 4,,5 * * *"), "`` is no hour: write one from 0 to 23");
    assert_eq!(refused("0 22-2 * * *"), "`22-2` ends before it begins: write two ranges of the hour, `22-23,0-2`");
    assert_eq!(refused("*/60 * * * *"), "`60` is no step of the minute: write one from 1 to 59");
    assert_eq!(refused("*/0 * * * *"), "`0` is no step of the minute: write one from 1 to 59");
    assert_eq!(refused("5/15 * * * *"), "`5/15` has a step and no range: write `5-59/15`");
    assert_eq!(
        refused("@nightly"),
        "`@nightly` stands for no time: write `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`, or five fields"
    );
    assert_eq!(refused("@reboot"), "`@reboot` is no time: it is for what starts the scheduler itself");
    assert_eq!(refused("0 0 30 2 *"), "`0 0 30 2 *` never comes: no such month has such a day");
}

#[test]
fn a_time_of_day_that_is_left_out_fires_when_clocks_are_put_forward() {
    assert_eq!(
        shown("30 2 * * *", "Europe/Zurich", "2026-03-28T00:00:00Z", 3),
        ["2026-03-28T02:30+01:00", "2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"]
    );
    // All that is left out together is one fire, and so is what comes at that instant anyway.
    assert_eq!(
        shown("*/20 2,3 * * *", "Europe/Zurich", "2026-03-29T00:30:00Z", 3),
        ["2026-03-29T03:00+02:00", "2026-03-29T03:20+02:00", "2026-03-29T03:40+02:00"]
    );
    // Samoa had no 30th of December.
    assert_eq!(
        shown("30 4 * * *", "Pacific/Apia", "2011-12-29T00:00:00Z", 3),
        ["2011-12-29T04:30-10:00", "2011-12-31T00:00+14:00", "2011-12-31T04:30+14:00"]
    );
}

#[test]
fn a_time_of_day_that_comes_twice_fires_the_first_time() {
    assert_eq!(
        shown("30 2 * * *", "Europe/Zurich", "2026-10-24T12:00:00Z", 2),
        ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"]
    );
    assert_eq!(
        shown("*/30 1-3 * * *", "Europe/Zurich", "2026-10-25T00:15:00Z", 3),
        ["2026-10-25T02:30+02:00", "2026-10-25T03:00+01:00", "2026-10-25T03:30+01:00"]
    );
}

#[test]
fn every_hour_goes_on_whatever_clocks_do() {
    assert_eq!(
        shown("*/30 * * * *", "Europe/Zurich", "2026-10-25T00:15:00Z", 4),
        ["2026-10-25T02:30+02:00", "2026-10-25T02:00+01:00", "2026-10-25T02:30+01:00", "2026-10-25T03:00+01:00"]
    );
    assert_eq!(
        shown("@hourly", "Europe/Zurich", "2026-03-29T00:30:00Z", 2),
        ["2026-03-29T03:00+02:00", "2026-03-29T04:00+02:00"]
    );
    // Half an hour comes twice on Lord Howe, and no full hour with it.
    assert_eq!(
        shown("@hourly", "Australia/Lord_Howe", "2026-04-04T14:15:00Z", 2),
        ["2026-04-05T02:00+10:30", "2026-04-05T03:00+10:30"]
    );
}

#[test]
fn jitter_is_the_same_each_time_and_another_for_each_fire_and_name() {
    let jitter = Duration::from_secs(600);
    let ours = schedule("@hourly", "UTC").with_jitter(jitter);
    let theirs = Schedule { name: "other".into(), ..ours.clone() };
    let fires: Vec<_> = ours.after(at("2026-11-22T00:00:00Z")).take(200).collect();
    let late = |schedule: &Schedule| -> Vec<i64> {
        fires.iter().map(|fire| (schedule.begins(*fire) - *fire).num_seconds()).collect()
    };

    assert_eq!(late(&ours), late(&ours.clone()));
    assert_ne!(late(&ours), late(&theirs));
    assert!(late(&ours).iter().all(|late| (0..600).contains(late)));
    assert!(late(&ours).iter().any(|late| *late < 60) && late(&ours).iter().any(|late| *late >= 540));
}

fn ask(missed: Missed, passed: &str, now: &str, there_since: &str) -> Turn {
    let hourly = schedule("@hourly", "UTC").with_missed(missed);
    turn(&hourly, Standing { passed: at(passed), begun: None }, at(now), at(there_since))
}

#[test]
fn of_what_was_missed_the_last_all_or_nothing_is_run() {
    let ask = |missed| ask(missed, "2026-11-22T04:00:00Z", "2026-11-22T07:10:00Z", "2026-11-22T07:05:00Z");
    let hour = |hour: u32| at(&format!("2026-11-22T{hour:02}:00:00Z"));

    assert_eq!(ask(Missed::Last), Turn::Run { fire: hour(7), left_out: 2 });
    assert_eq!(ask(Missed::All), Turn::Run { fire: hour(5), left_out: 0 });
    assert_eq!(ask(Missed::None), Turn::LeaveOut { last: hour(7), left_out: 3 });
}

#[test]
fn what_comes_while_something_else_is_run_is_not_missed() {
    let ask = |missed| ask(missed, "2026-11-22T04:00:00Z", "2026-11-22T07:10:00Z", "2026-11-22T03:00:00Z");
    let hour = |hour: u32| at(&format!("2026-11-22T{hour:02}:00:00Z"));

    assert_eq!(ask(Missed::None), Turn::Run { fire: hour(7), left_out: 2 });
    assert_eq!(ask(Missed::Last), Turn::Run { fire: hour(7), left_out: 2 });
    assert_eq!(ask(Missed::All), Turn::Run { fire: hour(5), left_out: 0 });
}

#[test]
fn what_was_begun_is_gone_on_with_before_anything_else() {
    for missed in Missed::ALL {
        let hourly = schedule("@hourly", "UTC").with_missed(missed);
        let fire = at("2026-11-22T05:00:00Z");
        let standing = Standing { passed: at("2026-11-22T04:00:00Z"), begun: Some(fire) };
        let now = at("2026-11-23T00:00:00Z");
        assert_eq!(turn(&hourly, standing, now, now), Turn::GoOn { fire });
    }
}

#[test]
fn nothing_fires_before_its_time_nor_twice() {
    let hourly = schedule("@hourly", "UTC").with_jitter(Duration::from_secs(600));
    let (five, six) = (at("2026-11-22T05:00:00Z"), at("2026-11-22T06:00:00Z"));
    let ask = |passed, now| turn(&hourly, Standing { passed, begun: None }, now, at("2026-11-22T00:00:00Z"));

    let begins = hourly.begins(five);
    assert!(begins > five);
    let before = begins - TimeDelta::seconds(1);
    assert_eq!(ask(at("2026-11-22T04:10:00Z"), before), Turn::Wait { until: Some(begins) });
    assert_eq!(ask(at("2026-11-22T04:10:00Z"), begins), Turn::Run { fire: five, left_out: 0 });
    // Also when the clock was put back.
    assert_eq!(ask(five, before), Turn::Wait { until: Some(hourly.begins(six)) });
}

#[test]
fn systemd_is_told_the_same_times() {
    let told = |cron: &str| schedule(cron, "UTC").on_calendar();
    let table: [(&str, &[&str]); 8] = [
        ("30 4 * * *", &["*-*-* 04:30:00 UTC"]),
        ("*/15 * * * *", &["*-*-* *:00/15:00 UTC"]),
        ("0 8-18 * * mon-fri", &["Mon..Fri *-*-* 08..18:00:00 UTC"]),
        ("0 0 1,15 * sun", &["*-*-01,15 00:00:00 UTC", "Sun *-*-* 00:00:00 UTC"]),
        ("5 4 */10 jan,feb,dec fri-sun", &["Fri..Sun *-01,02,12-01/10 04:05:00 UTC"]),
        ("0 0 1-31 * mon", &["*-*-* 00:00:00 UTC"]),
        ("7,8 0 * * 0-6", &["*-*-* 00:07,08:00 UTC"]),
        ("@yearly", &["*-01-01 00:00:00 UTC"]),
    ];
    for (cron, expected) in table {
        assert_eq!(told(cron), expected, "{cron}");
    }
}
