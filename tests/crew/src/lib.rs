//! The threads of a run under a scheduler that tries many orders of events.
//!
//! `src/run/crew.rs` is compiled once more here, with threads, locks and bells that the scheduler has in hand.

#![cfg(test)]

use std::time::Duration;

use shuttle::rand::{Rng, thread_rng};
use shuttle::sync::Mutex;

use crew::{Desk, Hands, Next};

#[path = "../../../src/run/crew.rs"]
mod crew;

/// Stands for `src/run/sync.rs`.
mod sync {
    pub(super) use std::sync::PoisonError;
    pub(super) use std::time::Duration;

    use std::ops::{Deref, DerefMut};

    pub(super) use shuttle::thread::scope;
    use shuttle::thread::{Scope, yield_now};

    pub(super) fn spawn<'s>(threads: &'s Scope<'s, '_>, _: String, work: impl FnOnce() + Send + 's) -> bool {
        threads.spawn(work);
        true
    }

    pub(super) struct Mutex<T>(shuttle::sync::Mutex<T>);

    /// A guard that knows its lock.
    pub(super) struct MutexGuard<'a, T>(shuttle::sync::MutexGuard<'a, T>, &'a Mutex<T>);

    type Held<G> = Result<G, PoisonError<G>>;

    impl<T> Mutex<T> {
        pub(super) fn new(value: T) -> Mutex<T> {
            Mutex(shuttle::sync::Mutex::new(value))
        }

        pub(super) fn lock(&self) -> Held<MutexGuard<'_, T>> {
            Ok(MutexGuard(self.0.lock().unwrap(), self))
        }
    }

    impl<T> Deref for MutexGuard<'_, T> {
        type Target = T;

        fn deref(&self) -> &T {
            &self.0
        }
    }

    impl<T> DerefMut for MutexGuard<'_, T> {
        fn deref_mut(&mut self) -> &mut T {
            &mut self.0
        }
    }

    /// A bell whose times may be over at any moment.
    pub(super) struct Condvar(shuttle::sync::Condvar);

    impl Condvar {
        pub(super) fn new() -> Condvar {
            Condvar(shuttle::sync::Condvar::new())
        }

        pub(super) fn notify_one(&self) {
            self.0.notify_one();
        }

        pub(super) fn notify_all(&self) {
            self.0.notify_all();
        }

        pub(super) fn wait<'g, T>(&self, MutexGuard(guard, mutex): MutexGuard<'g, T>) -> Held<MutexGuard<'g, T>> {
            Ok(MutexGuard(self.0.wait(guard).unwrap(), mutex))
        }

        pub(super) fn wait_timeout<'g, T>(
            &self,
            MutexGuard(guard, mutex): MutexGuard<'g, T>,
            _: Duration,
        ) -> Held<(MutexGuard<'g, T>, ())> {
            // Time passes while others do something.
            drop(guard);
            yield_now();
            mutex.lock().map(|guard| (guard, ())).map_err(|_| unreachable!("a lock here is never poisoned"))
        }
    }
}

/// Jobs of which each may begin when some before it have been brought back.
#[derive(Debug)]
struct Jobs {
    /// For each job, which it waits for.
    after: Vec<Vec<usize>>,
    out: Vec<usize>,
    done: Vec<usize>,
    /// What is to be written down, what is being written, and what has been.
    pending: Vec<usize>,
    writing: usize,
    written: Vec<usize>,
    naps: usize,
}

impl Jobs {
    /// Some jobs, drawn at random.
    fn draw(jobs: usize) -> Jobs {
        let mut random = thread_rng();
        let after = (0..jobs).map(|job| (0..job).filter(|_| random.gen_bool(0.3)).collect()).collect();
        let (out, done, pending, written) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Jobs { after, out, done, pending, writing: 0, written, naps: random.gen_range(0..2) }
    }

    fn ready(&self) -> Option<usize> {
        (0..self.after.len()).find(|job| {
            !self.out.contains(job)
                && !self.done.contains(job)
                && self.after[*job].iter().all(|before| self.done.contains(before))
        })
    }
}

impl Desk for Jobs {
    type Job = usize;
    type Report = usize;
    type Batch = Vec<usize>;
    type Written = Vec<usize>;

    fn next(&mut self) -> Next<usize> {
        match self.ready() {
            Some(job) => {
                self.out.push(job);
                Next::Do(job)
            }
            None if self.out.is_empty() && self.pending.is_empty() && self.writing == 0 => Next::Over,
            None if self.naps > 0 => {
                self.naps -= 1;
                Next::Nap(Duration::from_millis(1))
            }
            None => Next::Wait,
        }
    }

    fn has_more(&self) -> bool {
        self.ready().is_some()
    }

    fn take(&mut self, job: usize) {
        assert!(self.out.contains(&job) && !self.done.contains(&job), "job {job} is brought back once");
        self.out.retain(|out| *out != job);
        self.done.push(job);
        self.pending.push(job);
    }

    fn has_batch(&self) -> bool {
        self.writing == 0 && !self.pending.is_empty()
    }

    fn batch(&mut self) -> Option<Vec<usize>> {
        if !self.has_batch() {
            return None;
        }
        self.writing = self.pending.len();
        Some(std::mem::take(&mut self.pending))
    }

    fn written(&mut self, batch: Vec<usize>, written: Vec<usize>) {
        assert!(batch == written && batch.len() == self.writing, "what is written is what was to be");
        self.writing = 0;
        self.written.extend(batch);
    }
}

/// Hands that look whether what a job was made of can be seen by whoever does it.
struct Careful {
    /// What each job has made.
    made: Vec<Mutex<Option<usize>>>,
    after: Vec<Vec<usize>>,
}

impl Hands<Jobs> for Careful {
    type Hand = usize;

    fn hand(&self) -> usize {
        0
    }

    fn work(&self, hand: &mut usize, job: usize) -> (usize, Duration) {
        *hand += 1;
        for before in &self.after[job] {
            assert_eq!(*self.made[*before].lock().unwrap(), Some(*before), "job {job} reads what {before} has made");
        }
        assert_eq!(self.made[job].lock().unwrap().replace(job), None, "job {job} is done once");
        // Short jobs are kept from getting into each other's way.
        (job, Duration::from_micros(thread_rng().gen_range(0..40)))
    }

    fn write(&self, batch: &Vec<usize>) -> Vec<usize> {
        batch.clone()
    }

    fn nap(&self, _: Duration) {
        shuttle::thread::yield_now();
    }
}

fn all_is_done_once(width: usize, writes: bool) {
    let mut jobs = Jobs::draw(7);
    let after = jobs.after.clone();
    let hands = Careful { made: after.iter().map(|_| Mutex::new(None)).collect(), after };
    crew::work(&mut jobs, &hands, width, writes);
    jobs.done.sort_unstable();
    assert_eq!(jobs.done, (0..7).collect::<Vec<_>>());
    assert_eq!(jobs.written.len(), if writes { 7 } else { 0 });
}

#[test]
fn every_job_is_done_once_and_after_those_it_waits_for_whatever_the_order_of_events() {
    for width in [1, 2, 3] {
        shuttle::check_random(move || all_is_done_once(width, true), 1_000);
        shuttle::check_pct(move || all_is_done_once(width, true), 500, 3);
    }
}

#[test]
fn without_a_ledger_nothing_is_written_and_all_is_done() {
    for width in [1, 2, 3] {
        shuttle::check_random(move || all_is_done_once_without(width), 1_000);
    }
}

/// Where nothing is written, nothing is to be written either.
fn all_is_done_once_without(width: usize) {
    struct Silent(Jobs);

    impl Desk for Silent {
        type Job = usize;
        type Report = usize;
        type Batch = Vec<usize>;
        type Written = Vec<usize>;

        fn next(&mut self) -> Next<usize> {
            self.0.next()
        }

        fn has_more(&self) -> bool {
            self.0.has_more()
        }

        fn take(&mut self, job: usize) {
            self.0.take(job);
            self.0.pending.clear();
        }

        fn has_batch(&self) -> bool {
            false
        }

        fn batch(&mut self) -> Option<Vec<usize>> {
            None
        }

        fn written(&mut self, _: Vec<usize>, _: Vec<usize>) {
            unreachable!("there was no batch");
        }
    }

    impl Hands<Silent> for Careful {
        type Hand = usize;

        fn hand(&self) -> usize {
            0
        }

        fn work(&self, hand: &mut usize, job: usize) -> (usize, Duration) {
            <Careful as Hands<Jobs>>::work(self, hand, job)
        }

        fn write(&self, batch: &Vec<usize>) -> Vec<usize> {
            batch.clone()
        }

        fn nap(&self, time: Duration) {
            <Careful as Hands<Jobs>>::nap(self, time);
        }
    }

    let mut jobs = Silent(Jobs::draw(7));
    let after = jobs.0.after.clone();
    let hands = Careful { made: after.iter().map(|_| Mutex::new(None)).collect(), after };
    crew::work(&mut jobs, &hands, width, false);
    assert_eq!(jobs.0.done.len(), 7);
}
