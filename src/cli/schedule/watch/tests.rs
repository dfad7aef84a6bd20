//! Watches by a clock that moves when somebody waits.

use super::*;
use crate::clock::FakeClock;
use crate::schedule::{Cron, Missed};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn hourly(missed: Missed) -> Schedule {
    Schedule::new("hourly", Cron::parse("@hourly").unwrap(), "UTC").unwrap().with_missed(missed)
}

/// A data folder, and what was run in it.
struct Place {
    folder: tempfile::TempDir,
    clock: FakeClock,
}

impl Place {
    fn at(now: &str) -> Place {
        Place { folder: tempfile::tempdir().unwrap(), clock: FakeClock::at(at(now)) }
    }

    fn fires(&self) -> Fires {
        Fires::of(self.folder.path())
    }

    /// Watches until so many fires were run, each of which takes so long; the fires, and when they were run.
    fn watch(&self, schedules: &[Schedule], fires: usize, each: Duration) -> Vec<String> {
        let cancel = CancelToken::new();
        let mut run = Vec::new();
        let mut act = |news: News| {
            let (text, is_run) = match news {
                News::Run(fire) => (self.told(schedules, fire), true),
                News::Idle => return None,
                News::LeftOut(schedule, left_out) => {
                    (format!("{} left out of {}", left_out, schedules[schedule].name()), false)
                }
            };
            run.push(text);
            if is_run {
                self.clock.advance(each);
            }
            if run.len() >= fires {
                cancel.cancel();
            }
            is_run.then_some(0)
        };
        let watched = self.of(schedules, &cancel, false).watch(&mut act);
        assert_eq!(watched.unwrap(), Ended::Stopped);
        run
    }

    fn of<'a>(&'a self, schedules: &'a [Schedule], cancel: &'a CancelToken, once: bool) -> OwnedWatch<'a> {
        OwnedWatch { fires: self.fires(), schedules, clock: &self.clock, cancel, once }
    }

    fn told(&self, schedules: &[Schedule], fire: Fire) -> String {
        let minute = |at: DateTime<Utc>| at.format("%H:%M").to_string();
        let again = if fire.again { ", again" } else { "" };
        let left_out = if fire.left_out > 0 { format!(", {} left out", fire.left_out) } else { String::new() };
        let (fired, now) = (minute(fire.at), minute(self.clock.now()));
        format!("{} {fired} at {now}{again}{left_out}", schedules[fire.schedule].name())
    }
}

/// A watch with its own record of fires.
struct OwnedWatch<'a> {
    fires: Fires,
    schedules: &'a [Schedule],
    clock: &'a FakeClock,
    cancel: &'a CancelToken,
    once: bool,
}

impl OwnedWatch<'_> {
    fn watch(&self, act: &mut dyn FnMut(News) -> Option<u8>) -> Result<Ended, StoreError> {
        let OwnedWatch { fires, schedules, clock, cancel, once } = self;
        Watch { schedules, fires, clock: *clock, cancel, once: *once }.watch(act)
    }
}

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn each_fire_is_run_once_at_its_time() {
    let place = Place::at("2026-11-22T04:30:00Z");
    let schedules = [hourly(Missed::Last), Schedule::new("daily", Cron::parse("0 6 * * *").unwrap(), "UTC").unwrap()];

    assert_eq!(
        place.watch(&schedules, 4, MINUTE),
        ["hourly 05:00 at 05:00", "hourly 06:00 at 06:00", "daily 06:00 at 06:01", "hourly 07:00 at 07:00"]
    );
    // Another process goes on where this one has stopped.
    assert_eq!(place.watch(&schedules, 1, MINUTE), ["hourly 08:00 at 08:00"]);
    assert_eq!(place.fires().read().unwrap()["daily"].ended.as_ref().unwrap().fire, at("2026-11-22T06:00:00Z"));
}

#[test]
fn what_came_while_nobody_was_there_is_run_as_the_schedule_says() {
    let missed = |missed| {
        let place = Place::at("2026-11-22T04:30:00Z");
        place.watch(&[hourly(missed)], 1, MINUTE);
        place.clock.set(at("2026-11-22T08:30:00Z"));
        place.watch(&[hourly(missed)], 4, MINUTE)
    };

    assert_eq!(
        missed(Missed::Last),
        [
            "hourly 08:00 at 08:30, 2 left out",
            "hourly 09:00 at 09:00",
            "hourly 10:00 at 10:00",
            "hourly 11:00 at 11:00"
        ]
    );
    assert_eq!(
        missed(Missed::All),
        ["hourly 06:00 at 08:30", "hourly 07:00 at 08:31", "hourly 08:00 at 08:32", "hourly 09:00 at 09:00"]
    );
    assert_eq!(
        missed(Missed::None),
        ["3 left out of hourly", "hourly 09:00 at 09:00", "hourly 10:00 at 10:00", "hourly 11:00 at 11:00"]
    );
}

#[test]
fn what_comes_while_a_run_goes_on_waits_for_it() {
    let long = |missed| {
        let place = Place::at("2026-11-22T04:30:00Z");
        place.watch(&[hourly(missed)], 3, 150 * MINUTE)
    };

    for missed in [Missed::Last, Missed::None] {
        assert_eq!(
            long(missed),
            ["hourly 05:00 at 05:00", "hourly 07:00 at 07:30, 1 left out", "hourly 10:00 at 10:00, 2 left out"]
        );
    }
    assert_eq!(long(Missed::All), ["hourly 05:00 at 05:00", "hourly 06:00 at 07:30", "hourly 07:00 at 10:00"]);
}

/// A clock that is set when it has come to an instant.
#[derive(Debug)]
struct Set {
    clock: FakeClock,
    when: DateTime<Utc>,
    to: std::sync::Mutex<Option<DateTime<Utc>>>,
}

impl Clock for Set {
    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }

    fn sleep(&self, time: Duration) {
        self.clock.sleep(time);
        if self.clock.now() >= self.when
            && let Some(to) = self.to.lock().unwrap().take()
        {
            self.clock.set(to);
        }
    }
}

/// The first fires of a watch whose clock is set to something at half past five.
fn set_to(to: &str, missed: Missed, fires: usize) -> Vec<String> {
    let place = Place::at("2026-11-22T04:30:00Z");
    let when = at("2026-11-22T05:30:00Z");
    let clock = Set { clock: FakeClock::at(place.clock.now()), when, to: std::sync::Mutex::new(Some(at(to))) };
    let (schedules, cancel, fires_of) = ([hourly(missed)], CancelToken::new(), place.fires());
    let mut run = Vec::new();
    let watch = Watch { schedules: &schedules, fires: &fires_of, clock: &clock, cancel: &cancel, once: false };
    let ended = watch.watch(&mut |news| {
        run.push(match news {
            News::Run(fire) => format!("{} at {}", fire.at.format("%H:%M"), clock.now().format("%H:%M")),
            News::LeftOut(_, left_out) => format!("{left_out} left out"),
            News::Idle => return None,
        });
        if run.len() == fires {
            cancel.cancel();
        }
        Some(0)
    });
    assert_eq!(ended.unwrap(), Ended::Stopped);
    run
}

#[test]
fn a_machine_that_wakes_up_has_missed_what_came_while_it_slept() {
    assert_eq!(set_to("2026-11-22T08:10:00Z", Missed::Last, 3), ["05:00 at 05:00", "08:00 at 08:10", "09:00 at 09:00"]);
    assert_eq!(set_to("2026-11-22T08:10:00Z", Missed::None, 3), ["05:00 at 05:00", "3 left out", "09:00 at 09:00"]);
    assert_eq!(
        set_to("2026-11-22T08:10:00Z", Missed::All, 4),
        ["05:00 at 05:00", "06:00 at 08:10", "07:00 at 08:10", "08:00 at 08:10"]
    );
}

#[test]
fn a_clock_that_is_put_back_fires_nothing_again() {
    for missed in Missed::ALL {
        assert_eq!(set_to("2026-11-22T03:10:00Z", missed, 2), ["05:00 at 05:00", "06:00 at 06:00"]);
    }
}

#[test]
fn what_was_begun_by_a_process_that_is_gone_is_gone_on_with_once() {
    let place = Place::at("2026-11-22T04:30:00Z");
    let schedules = [hourly(Missed::None)];
    place.watch(&schedules, 1, MINUTE);
    let mut hand = place.fires().take().unwrap().unwrap();
    hand.begin("hourly", at("2026-11-22T06:00:00Z"), at("2026-11-22T06:00:01Z")).unwrap();
    drop(hand);
    place.clock.set(at("2026-11-22T08:30:00Z"));

    // Nobody has missed it, and nothing that came later is run for it.
    assert_eq!(
        place.watch(&schedules, 3, MINUTE),
        ["hourly 06:00 at 08:30, again", "2 left out of hourly", "hourly 09:00 at 09:00"]
    );
}

#[test]
fn while_nothing_is_due_there_is_time_for_something_else() {
    let place = Place::at("2026-11-22T04:30:00Z");
    let (schedules, cancel) = ([hourly(Missed::Last)], CancelToken::new());
    let mut idle: Vec<String> = Vec::new();
    let ended = place.of(&schedules, &cancel, false).watch(&mut |news| {
        match news {
            News::Idle => idle.push(place.clock.now().format("%H:%M:%S").to_string()),
            _ => cancel.cancel(),
        }
        Some(0)
    });
    assert_eq!(ended.unwrap(), Ended::Stopped);
    // Until the fire of five o'clock, each time that the record was read.
    assert_eq!((&*idle[0], &*idle[1], idle.len()), ("04:30:00", "04:30:10", 180));

    place.clock.set(at("2026-11-22T05:30:00Z"));
    let mut idle = 0;
    let once = place.of(&schedules, &CancelToken::new(), true).watch(&mut |news| {
        idle += usize::from(matches!(news, News::Idle));
        Some(0)
    });
    assert_eq!((once.unwrap(), idle), (Ended::Idle, 1));
}

#[test]
fn what_was_stopped_is_gone_on_with() {
    let place = Place::at("2026-11-22T04:30:00Z");
    let schedules = [hourly(Missed::Last)];
    let cancel = CancelToken::new();
    let ended = place.of(&schedules, &cancel, false).watch(&mut |news| {
        if matches!(news, News::Run(_)) {
            cancel.cancel();
        }
        None
    });
    assert_eq!(ended.unwrap(), Ended::Stopped);
    assert_eq!(place.watch(&schedules, 2, MINUTE), ["hourly 05:00 at 05:00, again", "hourly 06:00 at 06:00"]);
}

#[test]
fn two_watches_of_one_folder_run_each_fire_once() {
    let folder = tempfile::tempdir().unwrap();
    let schedules: Vec<Schedule> = (0..3)
        .map(|place| Schedule::new(&format!("minutely-{place}"), Cron::parse("* * * * *").unwrap(), "UTC").unwrap())
        .map(|schedule| schedule.with_missed(Missed::All))
        .collect();
    let mut hand = Fires::of(folder.path()).take().unwrap().unwrap();
    schedules.iter().for_each(|schedule| hand.meet(schedule.name(), at("2026-11-22T04:00:00Z")).unwrap());
    drop(hand);
    let run = std::sync::Mutex::new(Vec::new());
    let until = at("2026-11-22T05:00:00Z");
    let watch = || {
        let (clock, cancel) = (FakeClock::at(at("2026-11-22T04:00:00Z")), CancelToken::new());
        let fires = Fires::of(folder.path());
        let watch = Watch { schedules: &schedules, fires: &fires, clock: &clock, cancel: &cancel, once: false };
        let ended = watch.watch(&mut |news| {
            let fire = match news {
                News::Run(fire) => fire,
                News::Idle => return None,
                News::LeftOut(..) => panic!("all are run"),
            };
            run.lock().unwrap().push((fire.schedule, fire.at));
            if fire.at >= until {
                cancel.cancel();
            }
            Some(0)
        });
        assert_eq!(ended.unwrap(), Ended::Stopped);
    };
    std::thread::scope(|scope| {
        scope.spawn(watch);
        scope.spawn(watch);
    });

    let mut fires = run.into_inner().unwrap();
    let all = fires.len();
    fires.sort_unstable();
    fires.dedup();
    assert_eq!(fires.len(), all, "one was run twice");
    let before: Vec<_> = fires.iter().filter(|(_, at)| *at < until).collect();
    assert_eq!(before.len(), 3 * 59);
}

#[test]
fn once_runs_what_is_due_and_ends() {
    let place = Place::at("2026-11-22T04:30:00Z");
    let (schedules, cancel) = ([hourly(Missed::All)], CancelToken::new());
    let watch = place.of(&schedules, &cancel, true);
    let mut run = Vec::new();
    let mut once = || {
        let ended = watch.watch(&mut |news| {
            if let News::Run(fire) = news {
                run.push(place.told(&schedules, fire));
            }
            Some(0)
        });
        (ended.unwrap(), std::mem::take(&mut run))
    };

    assert_eq!(once(), (Ended::Idle, vec![]));
    place.clock.advance(120 * MINUTE);
    assert_eq!(once(), (Ended::Idle, vec!["hourly 05:00 at 06:30".to_owned(), "hourly 06:00 at 06:30".to_owned()]));
    assert_eq!(once(), (Ended::Idle, vec![]));

    place.clock.advance(60 * MINUTE);
    let hand = place.fires().take().unwrap();
    assert_eq!(once(), (Ended::Busy, vec![]));
    drop(hand);
    assert_eq!(once().1, ["hourly 07:00 at 07:30"]);
}
