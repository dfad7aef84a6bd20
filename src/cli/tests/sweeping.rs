//! Housekeeping: the verb `gc`.

use super::*;

#[test]
fn gc_has_to_be_told_what_to_keep() {
    assert_told!(tell("gc").all(), @"");
    assert_told!(tell("gc --dry-run").all(), @"");
    assert_told!(tell("gc --keep-runs few").all(), @"");
}

#[test]
fn gc_says_what_it_removes_and_before_that_what_it_would() {
    let folder = Folder::new();
    assert_told!(folder.tell("gc --keep-runs 1").all(), @"");
    for most in 5..8 {
        assert_eq!(folder.tell(&format!("run --force --set tasks.count_beds.most={most}")).exit, Exit::Done);
    }
    assert_told!(folder.tell("gc --keep-runs 1 --keep-days 1").all(), @"");
    assert_told!(folder.tell("gc --keep-runs 1 --dry-run").all(), @"");
    let before = folder.tell("plan").out;
    let would: serde_json::Value =
        serde_json::from_str(&folder.tell("gc --keep-runs 1 --dry-run --output json").out).unwrap();
    let did: serde_json::Value = serde_json::from_str(&folder.tell("gc --keep-runs 1 --output json").out).unwrap();
    for field in ["runs", "leftovers", "versions", "bytes"] {
        assert_eq!(would[field], did[field], "{field}");
    }
    assert_eq!((did["runs"].as_array().unwrap().len(), &did["versions"]), (2, &4.into()));
    assert_eq!(folder.tell("plan").out, before);
    assert_told!(folder.tell("gc --keep-days 0").all(), @"");
}
