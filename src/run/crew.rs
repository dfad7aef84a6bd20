//! Who does the work: threads that take jobs from one desk, do them, and bring them back.
//!
//! The desk is the loop's: it alone says what is done next, under one lock, and whoever has nothing to do turns to it.
//! No job is handed from thread to thread, so that a job of no length costs no more than taking the lock; a thread that
//! has nothing to do sleeps until there is something. A thread of its own writes down what the desk wants written.
//!
//! Knows jobs and reports by their types only.

use super::sync::{Condvar, Duration, Mutex, MutexGuard, PoisonError, scope, spawn};

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next<J> {
    /// This.
    Do(J),
    /// Nothing, until somebody brings something back.
    Wait,
    /// Nothing, until this time has passed or somebody brings something back.
    Nap(Duration),
    /// Nothing any more.
    Over,
}

/// Where jobs come from and where they are brought back.
pub(super) trait Desk: Send {
    /// Something to do.
    type Job;
    /// What has come of it.
    type Report;
    /// Something to write down.
    type Batch;
    /// Whether that went well.
    type Written;

    /// What to do next.
    fn next(&mut self) -> Next<Self::Job>;

    /// Whether who asks next is likely to get a job.
    fn has_more(&self) -> bool;

    /// Takes back what has come of a job.
    fn take(&mut self, report: Self::Report);

    /// Whether there is something to write down.
    fn has_batch(&self) -> bool;

    /// What is to be written down now.
    fn batch(&mut self) -> Option<Self::Batch>;

    /// Takes back what has come of writing that.
    fn written(&mut self, batch: Self::Batch, written: Self::Written);
}

/// How the work is done.
pub(super) trait Hands<D: Desk>: Sync {
    /// What one thread keeps from job to job.
    type Hand;

    /// That of a new thread.
    fn hand(&self) -> Self::Hand;

    /// Does a job; says besides how long it took.
    fn work(&self, hand: &mut Self::Hand, job: D::Job) -> (D::Report, Duration);

    /// Writes something down.
    fn write(&self, batch: &D::Batch) -> D::Written;

    /// Lets time pass while there is nothing else to do.
    fn nap(&self, time: Duration);
}

/// Does all that the desk says with so many threads, this one among them, and returns when it says that all is over.
/// With `writes`, one thread more does the writing.
pub(super) fn work<D: Desk, H: Hands<D>>(desk: &mut D, hands: &H, width: usize, writes: bool) {
    if width <= 1 && !writes {
        return work_alone(desk, hands);
    }
    let crew = Crew {
        room: Mutex::new(Room {
            desk,
            active: 0,
            asleep: 0,
            called: 0,
            turns: 0,
            has_writer: false,
            writer_sleeps: false,
            is_over: false,
        }),
        bell: Condvar::new(),
        aside: Condvar::new(),
        writer: Condvar::new(),
        stand_back: STAND_BACK * u32::try_from(width).unwrap_or(u32::MAX),
        hands,
    };
    scope(|threads| {
        // A thread that cannot be had leaves more to the others.
        if writes && spawn(threads, "purvey-ledger".to_owned(), || crew.write()) {
            crew.enter().has_writer = true;
        }
        for number in 1..width {
            spawn(threads, format!("purvey-{number}"), || crew.work());
        }
        crew.work();
    });
}

/// The same without other threads.
fn work_alone<D: Desk, H: Hands<D>>(desk: &mut D, hands: &H) {
    let mut hand = hands.hand();
    loop {
        match desk.next() {
            Next::Do(job) => desk.take(hands.work(&mut hand, job).0),
            Next::Nap(time) => hands.nap(time),
            Next::Wait | Next::Over => return,
        }
    }
}

/// A job as short as this is not worth a second thread: to wake one costs about as much.
const BRIEF: Duration = Duration::from_micros(20);

/// How long a thread stands back that was in another's way, for each thread there is.
const STAND_BACK: Duration = Duration::from_micros(100);

struct Crew<'a, D, H> {
    room: Mutex<Room<'a, D>>,
    /// Calls those who wait for a job.
    bell: Condvar,
    /// Where those wait who stand back; they come back by themselves.
    aside: Condvar,
    /// Calls the one who writes.
    writer: Condvar,
    stand_back: Duration,
    hands: &'a H,
}

/// What the threads share.
struct Room<'a, D> {
    desk: &'a mut D,
    /// How many are at work, or at the desk.
    active: usize,
    /// How many wait to be called, and how many of them have been.
    asleep: usize,
    called: usize,
    /// How many jobs have been brought back.
    turns: u64,
    has_writer: bool,
    writer_sleeps: bool,
    is_over: bool,
}

type Held<'g, 'a, D> = MutexGuard<'g, Room<'a, D>>;

impl<'a, D: Desk, H: Hands<D>> Crew<'a, D, H> {
    fn enter(&self) -> Held<'_, 'a, D> {
        // Who has panicked in here ends the run anyway, as `Leaving` and the scope see to.
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let _leaving = Leaving(self);
        let mut hand = self.hands.hand();
        let mut room = self.enter();
        room.active += 1;
        while !room.is_over {
            room = match room.desk.next() {
                Next::Do(job) => self.carry_out(room, &mut hand, job),
                Next::Nap(time) if room.active == 1 && !room.desk.has_batch() => {
                    drop(room);
                    self.hands.nap(time);
                    self.enter()
                }
                Next::Nap(time) => self.sleep(room, Some(time)),
                Next::Wait => self.sleep(room, None),
                Next::Over => break,
            };
        }
        room.active -= 1;
    }

    fn carry_out<'g>(&'g self, mut room: Held<'g, 'a, D>, hand: &mut H::Hand, job: D::Job) -> Held<'g, 'a, D> {
        self.call(&mut room);
        let turns = room.turns;
        drop(room);
        let (report, time) = self.hands.work(hand, job);
        let mut room = self.enter();
        // Where another has brought something back meanwhile, it turns the desk as fast as it can be turned.
        let is_in_the_way = time < BRIEF && room.turns != turns && room.active > 1;
        room.turns += 1;
        room.desk.take(report);
        if is_in_the_way {
            room.active -= 1;
            room = self.aside.wait_timeout(room, self.stand_back).unwrap_or_else(PoisonError::into_inner).0;
            room.active += 1;
        }
        room
    }

    /// Waits until somebody calls, or for some time.
    fn sleep<'g>(&'g self, mut room: Held<'g, 'a, D>, time: Option<Duration>) -> Held<'g, 'a, D> {
        if !room.has_writer && room.desk.has_batch() {
            return self.write_batch(room).unwrap_or_else(|room| room);
        }
        self.call(&mut room);
        room.active -= 1;
        room.asleep += 1;
        room = match time {
            Some(time) => self.bell.wait_timeout(room, time).unwrap_or_else(PoisonError::into_inner).0,
            None => self.bell.wait(room).unwrap_or_else(PoisonError::into_inner),
        };
        room.asleep -= 1;
        room.called = room.called.saturating_sub(1);
        room.active += 1;
        room
    }

    /// Calls whoever has something to do now.
    fn call(&self, room: &mut Held<'_, 'a, D>) {
        if room.asleep > room.called && room.desk.has_more() {
            room.called += 1;
            self.bell.notify_one();
        }
        if room.writer_sleeps && room.desk.has_batch() {
            room.writer_sleeps = false;
            self.writer.notify_one();
        }
    }

    fn write(&self) {
        let _leaving = Leaving(self);
        let mut room = self.enter();
        loop {
            room = match self.write_batch(room) {
                Ok(room) => room,
                Err(room) if room.is_over => return,
                Err(mut room) => {
                    room.writer_sleeps = true;
                    self.writer.wait(room).unwrap_or_else(PoisonError::into_inner)
                }
            };
        }
    }

    /// Writes what is to be written; an error where there is nothing.
    fn write_batch<'g>(&'g self, mut room: Held<'g, 'a, D>) -> Result<Held<'g, 'a, D>, Held<'g, 'a, D>> {
        let Some(batch) = room.desk.batch() else { return Err(room) };
        drop(room);
        let written = self.hands.write(&batch);
        let mut room = self.enter();
        room.desk.written(batch, written);
        room.called = room.asleep;
        self.bell.notify_all();
        Ok(room)
    }
}

/// Whoever leaves does so because all is over, or because of a fault of the desk; nobody is to wait for what does not come.
struct Leaving<'c, 'a, D: Desk, H: Hands<D>>(&'c Crew<'a, D, H>);

impl<D: Desk, H: Hands<D>> Drop for Leaving<'_, '_, D, H> {
    fn drop(&mut self) {
        self.0.enter().is_over = true;
        self.0.bell.notify_all();
        self.0.writer.notify_all();
    }
}
