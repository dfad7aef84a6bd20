//! What is on its way to one receiver: a queue, and the thread that works it off.
//!
//! Whoever puts something in never waits. A message that is not taken is tried again, with a growing pause, until its time
//! is over or it has been tried often enough.

use std::io;
use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::words::{self, count, number};

/// How many messages may wait.
const ROOM: usize = 4096;

/// The pause before the second try; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(250);

/// The least time that a try gets, as far as there is so much.
const LEAST: Duration = Duration::from_secs(1);

/// Who takes messages to one receiver, from one thread.
pub(super) trait Carrier {
    /// Takes a message to a place below the address of the receiver, and waits so long for the receiver to take it.
    fn send(&self, place: &str, message: &str, limit: Duration) -> Result<(), Refusal>;
}

/// Why something was not taken. It must not quote a secret.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) why: String,
    /// Whether it may be taken the next time.
    pub(super) may_pass: bool,
}

/// How patient one is with a receiver.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// How long a message may take with all its tries, and all that is left at the end of a run.
    pub(super) timeout: Duration,
    /// How many more times a message is sent that was not taken.
    pub(super) retries: u32,
}

/// Something to send.
#[derive(Debug)]
struct Message {
    /// Where below the address of the receiver.
    path: &'static str,
    body: String,
}

/// What is on its way to one receiver.
pub(super) struct Outbox {
    /// Who it is, for warnings.
    who: String,
    /// The section of the configuration that it is from.
    place: String,
    patience: Patience,
    queue: Option<SyncSender<Message>>,
    desk: Arc<Desk>,
    /// Hangs up when the thread has ended.
    done: mpsc::Receiver<()>,
    /// How many messages there were, those that did not fit in among them.
    all: u64,
    ended: Option<Instant>,
}

/// What both sides look at.
#[derive(Default)]
struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    told: u64,
    /// Why the last message that was not taken was not.
    trouble: Option<String>,
    /// Whether there was ever no room for a message.
    is_overfull: bool,
    /// Nobody waits for what is left.
    is_given_up: bool,
}

impl Outbox {
    /// An outbox for a receiver that goes by this name, from this section of the configuration.
    pub(super) fn new<C: Carrier>(
        (who, place): (String, String),
        patience: Patience,
        carrier: impl FnOnce() -> io::Result<C> + Send + 'static,
    ) -> Outbox {
        let (queue, messages) = mpsc::sync_channel(ROOM);
        let (hang_up, done) = mpsc::channel();
        let desk = Arc::new(Desk::default());
        let ours = Arc::clone(&desk);
        let work = move || {
            match carrier() {
                Ok(carrier) => work_off(&messages, &carrier, patience, &ours),
                Err(error) => ours.state().trouble = Some(error.to_string()),
            }
            drop(hang_up);
        };
        if let Err(error) = thread::Builder::new().name("telling".to_owned()).spawn(work) {
            desk.state().trouble = Some(format!("no thread can be had: {error}"));
        }
        Outbox { who, place, patience, queue: Some(queue), desk, done, all: 0, ended: None }
    }

    /// Puts something in.
    pub(super) fn put(&mut self, path: &'static str, body: String) {
        self.all += 1;
        let Some(queue) = &self.queue else { return };
        if let Err(TrySendError::Full(_)) = queue.try_send(Message { path, body }) {
            self.desk.state().is_overfull = true;
        }
    }

    /// Nothing more will be put in.
    pub(super) fn end(&mut self) {
        self.queue = None;
        self.ended = Some(Instant::now());
    }

    /// Waits for what is left, no longer than its time; says what the receiver was not told.
    pub(super) fn close(mut self) -> Option<String> {
        if self.all == 0 {
            return None;
        }
        let ended = *self.ended.get_or_insert_with(Instant::now);
        self.queue = None;
        let left = (ended + self.patience.timeout).saturating_duration_since(Instant::now());
        // Nothing is ever sent this way: it is the end of the thread that is waited for.
        let _ = self.done.recv_timeout(left);
        let mut state = self.desk.state();
        state.is_given_up = true;
        self.desk.changed.notify_all();
        let untold = self.all - state.told;
        if untold == 0 {
            return None;
        }
        let late = || format!("no answer within {}", words::duration(self.patience.timeout));
        let mut why = state.trouble.clone().unwrap_or_else(late);
        if state.is_overfull {
            why += &format!(", while more than {} waited", number(ROOM as u64));
        }
        let what = match self.all {
            1 => "its message".to_owned(),
            all => format!("{} of {}", number(untold), count(all, "message")),
        };
        let (who, place) = (&self.who, &self.place);
        Some(format!("{who} did not take {what}: {why}; [{place}] says where it is and how long to wait"))
    }
}

impl Desk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits so long, or until nobody waits for what is left; says whether that is so.
    fn pause(&self, time: Duration) -> bool {
        let waited = self.changed.wait_timeout_while(self.state(), time, |state| !state.is_given_up);
        waited.unwrap_or_else(PoisonError::into_inner).0.is_given_up
    }
}

fn work_off(messages: &mpsc::Receiver<Message>, carrier: &impl Carrier, patience: Patience, desk: &Desk) {
    for message in messages {
        let sent = send(carrier, &message, patience, desk);
        let mut state = desk.state();
        match sent {
            Ok(()) => state.told += 1,
            Err(why) => state.trouble = Some(why),
        }
        if state.is_given_up {
            return;
        }
    }
}

/// Sends a message, again where that may help; says why it was not taken.
fn send(carrier: &impl Carrier, message: &Message, patience: Patience, desk: &Desk) -> Result<(), String> {
    let deadline = Instant::now() + patience.timeout;
    let mut pause = PAUSE;
    let mut tries = 0;
    loop {
        tries += 1;
        let left = deadline.saturating_duration_since(Instant::now());
        // One that hangs leaves time for the tries that are left; one that is slow gets time enough.
        let share = left / (patience.retries.saturating_add(2) - tries);
        let limit = share.max(LEAST).min(left);
        let Err(Refusal { why, may_pass }) = carrier.send(message.path, &message.body, limit) else { return Ok(()) };
        let why = if tries > 1 { format!("{why}, at the last of {tries} tries") } else { why };
        let is_last = !may_pass || tries > patience.retries || Instant::now() + pause >= deadline;
        if is_last || desk.pause(pause) {
            return Err(why);
        }
        pause *= 2;
    }
}
