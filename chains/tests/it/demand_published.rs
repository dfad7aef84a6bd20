//! `demand` on the published file, against the tables that another engine computed from it.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::compare::difference;
use crate::support::{Chain, parquet};

/// The folder with the published file and the expected tables, which are too large to be part of this repository.
pub(crate) fn shared() -> PathBuf {
    let beside_the_repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    std::env::var_os("PURVEY_SHARED").map_or(beside_the_repository, PathBuf::from)
}

pub(crate) fn tell_that_it_is_skipped() {
    // Past the test harness, which would keep it to itself.
    let message = format!("SKIPPED: no published file and expected tables in {}\n", shared().display());
    std::io::stderr().write_all(message.as_bytes()).unwrap();
}

#[test]
fn the_twelve_tables_of_the_published_file_are_as_expected() {
    let input = shared().join("data/hotel_bookings.csv.gz");
    let expected = shared().join("bench/etl/expected");
    if !input.exists() || !expected.exists() {
        tell_that_it_is_skipped();
        return;
    }
    let chain = Chain::demand();
    chain.run_on(&input);
    let mut tables = 0;
    for (model, _) in chain.heights() {
        let expected = parquet(&expected.join(format!("{model}.parquet")));
        if let Some(difference) = difference(&chain.table(&model), &expected) {
            panic!("{model}: {difference}");
        }
        tables += 1;
    }
    assert_eq!(tables, 12);
}
