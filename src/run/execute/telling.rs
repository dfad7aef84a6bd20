//! Tells the listeners what happens, in the order in which it does.
//!
//! That a step is done is told once it is on record; what happens meanwhile waits behind it.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::event::{Event, Fact, Listener, StepEnd};
use crate::id::TaskId;
use crate::run::job::Job;

/// What is still to be told.
enum Untold {
    Event(Box<Event>),
    /// The end of a step that is not on record yet.
    End(TaskId),
}

/// The listeners, and what they have not heard yet.
pub(super) struct Telling<'a, 'l, 's> {
    job: &'a Job,
    listeners: &'l mut [&'s mut dyn Listener],
    /// The date when the clock's monotonic reading was this.
    start: (DateTime<Utc>, Duration),
    /// The reading for what happens now, where the clock was just read; and the one for what was told last, with its date.
    now: Option<Duration>,
    last: (Duration, DateTime<Utc>),
    untold: VecDeque<Untold>,
    steps: Vec<StepEnd>,
}

impl<'a, 'l, 's> Telling<'a, 'l, 's> {
    pub(super) fn new(job: &'a Job, listeners: &'l mut [&'s mut dyn Listener]) -> Telling<'a, 'l, 's> {
        let clock = job.context.clock();
        let start = (clock.now(), clock.monotonic());
        Telling {
            job,
            listeners,
            start,
            now: None,
            last: (start.1, start.0),
            untold: VecDeque::new(),
            steps: Vec::with_capacity(job.picked.iter().filter(|picked| **picked).count()),
        }
    }

    /// Whether anybody listens.
    pub(super) fn is_heard(&self) -> bool {
        !self.listeners.is_empty()
    }

    /// The steps that have ended, in the order in which that was told.
    pub(super) fn steps(&self) -> &[StepEnd] {
        &self.steps
    }

    pub(super) fn into_steps(self) -> Vec<StepEnd> {
        self.steps
    }

    /// Tells of something that has happened.
    pub(super) fn say(&mut self, fact: Fact) {
        if self.is_heard() {
            let event = self.event(fact);
            self.pass_on(event);
        }
    }

    /// Tells that a step was started.
    pub(super) fn started(&mut self, task: TaskId, name: &Arc<str>, attempt: u32) {
        if !self.is_heard() {
            return;
        }
        // Events are large for the sake of ends. So this one is made in its place, and not copied from call to call.
        let at = self.date();
        let fact = Fact::StepStarted { task, name: Arc::clone(name), attempt };
        let event = Event { run: self.job.context.run(), at, fact };
        if self.untold.is_empty() {
            self.have_heard(&event);
        } else {
            self.untold.push_back(Untold::Event(Box::new(event)));
        }
    }

    /// Tells of the end of a step.
    pub(super) fn end(&mut self, end: StepEnd) {
        if !self.untold.is_empty() {
            let event = self.event(Fact::StepEnded(end));
            self.untold.push_back(Untold::Event(Box::new(event)));
            return;
        }
        if !self.is_heard() {
            self.steps.push(end);
            return;
        }
        // As above.
        let at = self.date();
        let event = Event { run: self.job.context.run(), at, fact: Fact::StepEnded(end) };
        self.have_heard(&event);
        if let Fact::StepEnded(end) = event.fact {
            self.steps.push(end);
        }
    }

    fn pass_on(&mut self, event: Event) {
        if self.untold.is_empty() {
            self.tell(event);
        } else {
            self.untold.push_back(Untold::Event(Box::new(event)));
        }
    }

    /// Keeps a place for the end of a step, which is told when it is on record.
    pub(super) fn keep_place(&mut self, task: TaskId) {
        self.untold.push_back(Untold::End(task));
    }

    /// Tells of the end of a step in the place that was kept for it.
    pub(super) fn fill_place(&mut self, end: StepEnd) {
        let task = end.task;
        let event = self.event(Fact::StepEnded(end));
        let mut places = self.untold.iter_mut();
        // Ends come on record in the order in which their places were kept, so it is the first of them.
        match places.find(|untold| matches!(untold, Untold::End(kept) if *kept == task)) {
            Some(place) => *place = Untold::Event(Box::new(event)),
            None => self.untold.push_back(Untold::Event(Box::new(event))),
        }
        while let Some(Untold::Event(_)) = self.untold.front() {
            if let Some(Untold::Event(event)) = self.untold.pop_front() {
                self.tell(*event);
            }
        }
    }

    /// What is told from now on happened at this reading of the clock, so that it need not be read for each event.
    ///
    /// `None`: it happens when it is told.
    pub(super) fn is_at(&mut self, reading: Option<Duration>) {
        self.now = reading;
    }

    fn event(&mut self, fact: Fact) -> Event {
        let at = if self.is_heard() { self.date() } else { self.start.0 };
        Event { run: self.job.context.run(), at, fact }
    }

    /// When what is told just now has happened. Who has ended first may be heard last.
    fn date(&mut self) -> DateTime<Utc> {
        let reading = self.now.unwrap_or_else(|| self.job.context.clock().monotonic());
        // Where a step ends, the next mostly starts at the same reading.
        if reading > self.last.0 {
            // One clock for both: dates that jump while a run goes on would put events out of order.
            let (date, start) = self.start;
            self.last = (reading, date + reading.saturating_sub(start));
        }
        self.last.1
    }

    fn tell(&mut self, event: Event) {
        self.have_heard(&event);
        if let Fact::StepEnded(end) = event.fact {
            self.steps.push(end);
        }
    }

    fn have_heard(&mut self, event: &Event) {
        for listener in self.listeners.iter_mut() {
            // A listener that panics has lost an event; the run goes on.
            let _ = catch_unwind(AssertUnwindSafe(|| listener.hear(event)));
        }
    }
}
