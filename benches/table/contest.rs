//! Contests: what is measured, beside whom, and what is to be reached.

use std::fmt;

use crate::measure::{Contestant, Sample, Series, Spread, alternate};
use crate::programs::Programs;

/// Several programs that do the same, and what is of interest in that.
pub(crate) struct Contest {
    /// Which line of the goals it belongs to; what the command line calls it.
    pub(crate) line: &'static str,
    /// What is done.
    pub(crate) what: String,
    /// Purvey's part in it, by a state of the sources.
    pub(crate) own: Box<dyn Fn(&Programs) -> Contestant>,
    pub(crate) rivals: Vec<Contestant>,
    pub(crate) figures: Vec<Figure>,
    pub(crate) repeats: usize,
}

/// What is read off a run; `None` where it has no such number.
pub(crate) type Reading = Box<dyn Fn(&Sample) -> Option<f64>>;

/// A number that is taken of each run.
pub(crate) struct Figure {
    pub(crate) what: &'static str,
    pub(crate) unit: Unit,
    /// By the sample and, where it is a figure of a task, the number of tasks.
    pub(crate) of: Reading,
    pub(crate) goal: Goal,
}

/// What is to be reached.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    /// A number that Purvey's must not exceed.
    AtMost(f64),
    /// A number that Purvey's must reach.
    AtLeast(f64),
    /// Purvey's, divided by that of each rival, must not exceed this.
    Ratio(f64),
    /// That of each rival, divided by Purvey's, must reach this.
    Faster(f64),
    /// Nothing: it is told for completeness.
    Told,
}

#[derive(Clone, Copy)]
pub(crate) enum Unit {
    Seconds,
    Bytes,
    BytesEach,
    EachSecond,
    Tables,
}

/// One line of the table.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) own: String,
    pub(crate) rival: String,
    pub(crate) ratio: String,
    pub(crate) goal: String,
    pub(crate) reached: &'static str,
}

impl Contest {
    /// Measures Purvey beside its rivals.
    pub(crate) fn hold(self, programs: &Programs) -> Vec<Row> {
        let mut contestants = vec![(self.own)(programs)];
        contestants.extend(self.rivals);
        let mut series = alternate(&contestants, self.repeats);
        let own = match series.remove(0) {
            Ok(samples) => samples,
            Err(trouble) => return vec![Row::not_measured(&self.what, &trouble)],
        };
        let rivals: Vec<(&str, Series)> = contestants[1..].iter().map(|rival| &*rival.name).zip(series).collect();
        self.figures.iter().flat_map(|figure| figure.rows(&self.what, &own, &rivals)).collect()
    }

    /// Measures two states of Purvey beside each other; the ratio is the second by the first.
    pub(crate) fn compare(self, [before, after]: [&Programs; 2]) -> Vec<Row> {
        let contestants =
            [before, after].map(|programs| Contestant { name: programs.name.clone(), ..(self.own)(programs) });
        let [before, after] = match <[Series; 2]>::try_from(alternate(&contestants, self.repeats)) {
            Ok([Ok(before), Ok(after)]) => [before, after],
            Ok([Err(trouble), _] | [_, Err(trouble)]) => return vec![Row::not_measured(&self.what, &trouble)],
            Err(_) => unreachable!("there is a series for each contestant"),
        };
        let rows = self.figures.iter().map(|figure| Row {
            what: format!("{}: {}", self.what, figure.what),
            own: figure.text(&before),
            rival: figure.text(&after),
            ratio: figure.ratio(&after, &before).map(ratio_text).unwrap_or_default(),
            goal: String::new(),
            reached: "",
        });
        rows.collect()
    }
}

impl Figure {
    fn rows(&self, what: &str, own: &[Sample], rivals: &[(&str, Series)]) -> Vec<Row> {
        let what = format!("{what}: {}", self.what);
        let blank = Row {
            own: self.text(own),
            rival: String::new(),
            ratio: String::new(),
            goal: self.goal_text(),
            reached: self.reached(own),
            what,
        };
        let mut rows = Vec::new();
        for (name, series) in rivals {
            let row = match series {
                Err(trouble) => Row { rival: format!("not measured: {trouble}"), reached: "", ..blank.clone() },
                Ok(samples) => {
                    let ratio = self.ratio(own, samples);
                    Row {
                        rival: format!("{name} {}", self.text(samples)),
                        ratio: ratio.map(ratio_text).unwrap_or_default(),
                        reached: ratio.map_or("", |ratio| self.reached_beside(ratio, own)),
                        ..blank.clone()
                    }
                }
            };
            rows.push(row);
        }
        if rows.is_empty() {
            rows.push(blank);
        }
        rows
    }

    fn spread(&self, samples: &[Sample]) -> Option<Spread> {
        Spread::of(samples.iter().filter_map(|sample| (self.of)(sample)))
    }

    /// Run by run, because those that ran one after the other met the same machine.
    fn ratio(&self, own: &[Sample], rival: &[Sample]) -> Option<Spread> {
        Spread::of(own.iter().zip(rival).filter_map(|(own, rival)| Some((self.of)(own)? / (self.of)(rival)?)))
    }

    fn text(&self, samples: &[Sample]) -> String {
        let Some(Spread { least, median, most }) = self.spread(samples) else {
            return "not told".to_owned();
        };
        let [least, median, most] = [least, median, most].map(|number| self.unit.text(number));
        if samples.len() == 1 { median } else { format!("{median} ({least} – {most})") }
    }

    fn goal_text(&self) -> String {
        match self.goal {
            Goal::AtMost(number) => format!("≤ {}", self.unit.text(number)),
            Goal::AtLeast(number) => format!("≥ {}", self.unit.text(number)),
            Goal::Ratio(ratio) => format!("≤ {ratio} ×"),
            Goal::Faster(ratio) => format!("≤ 1/{ratio:.0} ×"),
            Goal::Told => String::new(),
        }
    }

    fn reached(&self, own: &[Sample]) -> &'static str {
        let Some(own) = self.spread(own) else { return "" };
        match self.goal {
            Goal::AtMost(number) => yes_or_no(own.median <= number),
            Goal::AtLeast(number) => yes_or_no(own.median >= number),
            Goal::Ratio(_) | Goal::Faster(_) | Goal::Told => "",
        }
    }

    fn reached_beside(&self, ratio: Spread, own: &[Sample]) -> &'static str {
        match self.goal {
            Goal::Ratio(most) => yes_or_no(ratio.median <= most),
            Goal::Faster(least) => yes_or_no(ratio.median * least <= 1.0),
            _ => self.reached(own),
        }
    }
}

fn yes_or_no(reached: bool) -> &'static str {
    if reached { "yes" } else { "no" }
}

fn ratio_text(ratio: Spread) -> String {
    format!("{:.2} ({:.2} – {:.2})", ratio.median, ratio.least, ratio.most)
}

impl Unit {
    fn text(self, number: f64) -> String {
        match self {
            Unit::Seconds if number < 1e-4 => format!("{:.3} µs", number * 1e6),
            Unit::Seconds if number < 1.0 => format!("{:.1} ms", number * 1e3),
            Unit::Seconds => format!("{number:.2} s"),
            Unit::Bytes => format!("{:.0} MiB", number / f64::from(1 << 20)),
            Unit::BytesEach => format!("{number:.0} B"),
            Unit::Tables => format!("{number:.2} tables"),
            Unit::EachSecond => format!("{number:.0}/s"),
        }
    }
}

impl Row {
    /// One that says why there are no numbers.
    pub(crate) fn not_measured(what: &str, why: &str) -> Row {
        let (own, rest) = (format!("not measured: {why}"), String::new());
        Row { what: what.to_owned(), own, rival: rest.clone(), ratio: rest.clone(), goal: rest, reached: "" }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row { what, own, rival, ratio, goal, reached } = self;
        // What is not a number may hold anything.
        let cells = [what, own, rival, ratio, goal].map(|cell| cell.replace('|', "\\|"));
        write!(f, "| {} | {reached} |", cells.join(" | "))
    }
}
