//! Housekeeping: the verb `gc`.

use super::*;

#[test]
fn gc_has_to_be_told_what_to_keep() {
    assert_told!(tell("gc").all(), @"
    exit 2
    --- stderr
    error: `gc` has to be told what to keep

    hint: `--keep-runs 20` keeps the last 20 runs, `--keep-days 90` those of 90 days; both, what either keeps
    ");
    assert_told!(tell("gc --dry-run").all(), @"
    exit 2
    --- stderr
    error: `gc` has to be told what to keep

    hint: `--keep-runs 20` keeps the last 20 runs, `--keep-days 90` those of 90 days; both, what either keeps
    ");
    assert_told!(tell("gc --keep-runs few").all(), @"
    exit 2
    --- stderr
    error: invalid value 'few' for '--keep-runs <N>': invalid digit found in string

    For more information, try '--help'.
    ");
}

#[test]
fn gc_says_what_it_removes_and_before_that_what_it_would() {
    let folder = Folder::new();
    assert_told!(folder.tell("gc --keep-runs 1").all(), @"
    exit 0
    --- stdout
    there was nothing to remove
    ");
    for most in 5..8 {
        assert_eq!(folder.tell(&format!("run --force --set tasks.count_beds.most={most}")).exit, Exit::Done);
    }
    assert_told!(folder.tell("gc --keep-runs 1 --keep-days 1").all(), @"
    exit 0
    --- stdout
    there was nothing to remove
    ");
    assert_told!(folder.tell("gc --keep-runs 1 --dry-run").all(), @"
    exit 0
    --- stdout
    would forget 2 runs and 4 versions; <size> would be given back
    ");
    let before = folder.tell("plan").out;
    let would: serde_json::Value =
        serde_json::from_str(&folder.tell("gc --keep-runs 1 --dry-run --output json").out).unwrap();
    let did: serde_json::Value = serde_json::from_str(&folder.tell("gc --keep-runs 1 --output json").out).unwrap();
    for field in ["runs", "leftovers", "versions", "bytes"] {
        assert_eq!(would[field], did[field], "{field}");
    }
    assert_eq!((did["runs"].as_array().unwrap().len(), &did["versions"]), (2, &4.into()));
    assert_eq!(folder.tell("plan").out, before);
    assert_told!(folder.tell("gc --keep-days 0").all(), @"
    exit 0
    --- stdout
    there was nothing to remove
    ");
}
