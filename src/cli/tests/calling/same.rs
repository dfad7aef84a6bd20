//! Calls for several days come to the same as calls for each.

use proptest::prelude::*;

use super::*;

/// All that is on record of a day, but for times and what hangs on them, the names of runs, and how much memory a table takes.
fn on_record(house: &House, data: &str, day: &str) -> Vec<String> {
    let ledger = house.ledger(data);
    let filter = RunFilter { partition: Some(day.to_owned()), ..RunFilter::default() };
    let mut told = Vec::new();
    for run in ledger.runs(&filter).unwrap() {
        told.push(format!("{day} {:?}", run.ending));
        let step = |step: StepRecord| {
            let made: Vec<_> = step
                .made
                .iter()
                .map(|made| {
                    (&made.model, made.digest, made.rows, &made.columns, made.file.as_ref().map(|file| file.bytes))
                })
                .collect();
            let reads: Vec<_> = step.reads.iter().map(|read| (&read.model, read.digest)).collect();
            let StepRecord { task, state, why, rows_in, rows_out, checks, failure, blamed, .. } = &step;
            let attempts = step.attempts.len();
            format!(
                "{task} {state:?} {why} {rows_in:?} {rows_out:?} {attempts} {reads:?} {made:?} {checks:?} {failure:?} {blamed:?}"
            )
        };
        told.extend(ledger.steps(run.run).unwrap().into_iter().map(step));
    }
    let performed = ledger.performed(day, &["read_arrivals", "take_in", "add_up", "ring"]).unwrap();
    told.extend(performed.into_iter().map(|mut done| {
        // How long ago its files were written when it read them is a matter of time.
        let files = done.fingerprint.source.iter_mut().flat_map(|source| &mut source.files);
        files.for_each(|file| file.settled = true);
        format!("{} {:?} {}", done.task, done.fingerprint, done.published)
    }));
    told
}

/// The files that people see of a day.
fn shown(house: &House, data: &str, day: &str) -> BTreeMap<String, Vec<u8>> {
    let Ok(entries) = fs::read_dir(house.folder.path().join(data).join(day)) else { return BTreeMap::new() };
    let files = entries.map(|entry| entry.unwrap()).filter(|entry| entry.path().is_file());
    files.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

/// How many calls there are for these days, at most four at a time.
fn calls_for(days: &BTreeSet<u32>) -> usize {
    let mut lengths: Vec<(u32, usize)> = Vec::new();
    for &day in days {
        match lengths.last_mut() {
            Some((last, length)) if *last + 1 == day => (*last, *length) = (day, *length + 1),
            _ => lengths.push((day, 1)),
        }
    }
    lengths.iter().map(|(_, length)| length.div_ceil(4)).sum()
}

/// The guests of a day, each with beds, which may be no number; `None` where there is no file.
fn day() -> impl Strategy<Value = Option<BTreeMap<u8, String>>> {
    let beds = prop_oneof![8 => (1..9_i64).prop_map(|beds| beds.to_string()), 1 => Just("many".to_owned())];
    let guests = proptest::collection::btree_map(0..6_u8, beds, 0..5).prop_map(|mut guests: BTreeMap<u8, String>| {
        // A file of which nothing can be read is an error.
        if !guests.is_empty() {
            guests.insert(6, "1".to_owned());
        }
        Some(guests)
    });
    prop_oneof![7 => guests, 1 => Just(None)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_backfill_with_ranges_comes_to_the_same_as_one_day_after_another(
        days in proptest::collection::vec(day(), 2..10),
        reverse in any::<bool>(),
        beside in any::<bool>(),
    ) {
        let house = House::new();
        let mut there = BTreeSet::new();
        for (day, guests) in (1..).zip(&days) {
            let Some(guests) = guests else { continue };
            there.insert(day);
            let guests: Vec<(String, &str)> = guests.iter().map(|(guest, beds)| (format!("g{guest}"), beds.as_str())).collect();
            house.come(day, &guests.iter().map(|(guest, beds)| (guest.as_str(), *beds)).collect::<Vec<_>>());
        }
        let mut all = format!("backfill --from 2026-11-01 --to 2026-11-{:02} -q", days.len());
        if reverse {
            all += " --reverse";
        }
        if beside {
            all += " --jobs-partitions 2";
        }
        let whole = if there.len() == days.len() { Exit::Done } else { Exit::Failed };

        prop_assert_eq!(house.tell("alone", &format!("{all} --no-ranges")).exit, whole);
        prop_assert_eq!(house.calls_of("take_in").len(), there.len());
        let told = house.tell("together", &all);
        prop_assert_eq!(told.exit, whole, "{}", told.all());
        let calls = house.calls();
        let count = |task: &str| calls.iter().filter(|call| call.starts_with(task)).count();
        // From the last on other days are left over than from the first on, but as many.
        prop_assert_eq!((count("take_in"), count("add_up"), count("ring")), (calls_for(&there), calls_for(&there), there.len()));

        for day in (1..=days.len()).map(|day| format!("2026-11-{day:02}")) {
            prop_assert_eq!(shown(&house, "together", &day), shown(&house, "alone", &day));
            let (together, alone) = (on_record(&house, "together", &day), on_record(&house, "alone", &day));
            // What tasks are made of is long, and need not be read.
            let differs = together.iter().zip(&alone).find(|(one, other)| one != other).map(|(one, other)| {
                let from = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
                [one, other].map(|text| text.chars().skip(from.saturating_sub(80)).take(200).collect::<String>())
            });
            prop_assert!(together == alone, "{} and {} entries: {:#?}", together.len(), alone.len(), differs);
        }
    }
}
