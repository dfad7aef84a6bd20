//! SIGKILL at every point that has a name, and at any moment: nothing is lost, nothing is half-done, and nothing is done
//! twice.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::survivor::{Night, Shown, Survivor, Trouble, undisturbed_each};

pub(crate) const SIGKILL: i32 = 9;

/// The names of the points, in the order in which a run comes to them.
pub(crate) fn points() -> Vec<&'static str> {
    let source = include_str!("../../../src/failpoint.rs");
    let list = source.split_once("POINTS: &[&str] = &[").unwrap().1.split_once("];").unwrap().0;
    let points: Vec<&str> =
        list.split(',').map(|name| name.trim().trim_matches('"')).filter(|s| !s.is_empty()).collect();
    assert!(points.len() >= 14 && points.contains(&"publish swapped"), "{points:?}");
    points
}

/// Runs the chain to be killed at a point; whether it was.
fn is_killed_at(survivor: &Survivor, point: &str, nth: usize) -> bool {
    let output = survivor.command(&["-q"]).env("PURVEY_KILL_AT", format!("{point}:{nth}")).output().unwrap();
    is_killed(output.status, &output.stderr)
}

fn is_killed(status: ExitStatus, stderr: &[u8]) -> bool {
    let is_killed = status.signal() == Some(SIGKILL);
    assert!(is_killed || status.success(), "{status}: {}", String::from_utf8_lossy(stderr));
    is_killed
}

/// Kills the chain whenever it comes to a point, the first time, the second, and so on; returns how often it did.
fn kill_at(point: &str, turns: bool, expected: &BTreeMap<u64, Shown>) -> usize {
    let survivor = Survivor::new();
    let mut seeds = expected.keys().cycle();
    // The first time twice: in a folder where nothing is, and where something is published.
    for nth in [1].into_iter().chain(1..) {
        let seed = seeds.next().unwrap();
        let mut night = Night::begin(&survivor, *seed, &expected[seed]);
        if !is_killed_at(&survivor, point, nth) {
            night.end(Trouble::Kills(0));
            return nth;
        }
        assert_eq!(night.turned(), turns, "after `{point}:{nth}`");
        survivor.run();
        night.end(Trouble::Kills(1));
    }
    unreachable!("a run that is not killed ends the loop")
}

#[test]
fn a_run_that_is_killed_at_any_point_is_finished_by_the_next_and_nothing_is_done_twice() {
    let expected = undisturbed_each(&[1, 2]);
    let points = points();
    let swapped = points.iter().position(|point| *point == "publish swapped").unwrap();
    let left: Mutex<Vec<(usize, &str)>> = Mutex::new(points.iter().copied().enumerate().rev().collect());
    let next = || left.lock().unwrap().pop();
    let work = || {
        let mut kills = BTreeMap::new();
        while let Some((at, point)) = next() {
            kills.insert(point, kill_at(point, at >= swapped, &expected));
        }
        kills
    };
    let kills: BTreeMap<&str, usize> = thread::scope(|scope| {
        let threads = [scope.spawn(work), scope.spawn(work)];
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    for point in &points {
        // Each task that stores something comes to these; the first night in an empty folder is one more.
        let least = if point.starts_with("stage") || point.starts_with("step") { 12 } else { 2 };
        assert!(kills[point] >= least, "`{point}` was reached too seldom: {kills:?}");
    }
}

/// Numbers that look like chance and are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From zero to this long.
    fn within(&mut self, longest: Duration) -> Duration {
        longest.mul_f64((self.roll() >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

/// Runs the chain and kills it after a while, unless it has ended; whether it was killed.
fn is_killed_after(survivor: &Survivor, delay: Duration) -> bool {
    let mut command = survivor.command(&["-q"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    #[expect(clippy::disallowed_methods, reason = "any moment will do, and every moment is to come up")]
    thread::sleep(delay);
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    is_killed(output.status, &output.stderr)
}

/// What came of restless nights.
#[derive(Default)]
struct Restless {
    nights: usize,
    kills: usize,
    /// How many of the kills came when people saw the new files already.
    late: usize,
}

/// Nights in which the chain is killed at any moment, up to five times, before it is let to its end; until so many kills
/// have hit.
fn restless_nights(seed: u64, kills: usize, expected: &BTreeMap<u64, Shown>) -> Restless {
    let mut dice = Dice(seed);
    let survivor = Survivor::new();
    let mut seeds = expected.keys().copied().cycle();
    let mut next = || seeds.next().unwrap();
    survivor.feed(next());
    let start = Instant::now();
    survivor.run();
    // A little more than a run takes, as busy as the machine is.
    let mut longest = start.elapsed();
    let mut restless = Restless::default();
    while restless.kills < kills {
        let input = next();
        let mut night = Night::begin(&survivor, input, &expected[&input]);
        let mut kills = 0;
        for _ in 0..=dice.roll() % 5 {
            let start = Instant::now();
            if is_killed_after(&survivor, dice.within(longest)) {
                longest = longest.mul_f64(1.02);
                kills += 1;
                restless.late += usize::from(night.turned());
                continue;
            }
            if kills == 0 {
                longest = start.elapsed();
            }
            break;
        }
        survivor.run();
        night.end(Trouble::Kills(kills));
        restless.kills += kills;
        restless.nights += 1;
    }
    restless
}

#[test]
fn a_run_that_is_killed_at_any_moment_is_finished_by_the_next_and_nothing_is_done_twice() {
    let number = |name| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let kills = number("PURVEY_KILLS").unwrap_or(100) as usize;
    let seed = number("PURVEY_SEED").unwrap_or_else(|| RandomState::new().hash_one(()));
    let expected = undisturbed_each(&[1, 2, 3, 4]);
    let start = Instant::now();
    let halves: Vec<Restless> = thread::scope(|scope| {
        let threads = [0, 1].map(|half| {
            let expected = &expected;
            scope.spawn(move || restless_nights(seed.wrapping_add(half), kills.div_ceil(2), expected))
        });
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let sum = |what: fn(&Restless) -> usize| halves.iter().map(what).sum::<usize>();
    let (kills, late, nights) = (sum(|half| half.kills), sum(|half| half.late), sum(|half| half.nights));
    // Past the test harness, which would keep it to itself.
    let message = format!(
        "{kills} kills in {nights} nights, {late} of them after the new files were to be seen; PURVEY_SEED={seed}, {:.0?}\n",
        start.elapsed()
    );
    std::io::stderr().write_all(message.as_bytes()).unwrap();
}
