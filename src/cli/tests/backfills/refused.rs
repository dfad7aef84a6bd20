//! Backfills that cannot be begun, or found.

use super::*;

#[test]
fn a_backfill_that_makes_no_sense_or_is_too_large_is_refused() {
    let refused = |file: &str, arguments: &str| Cut::new(file).tell(arguments).all();

    insta::assert_snapshot!(refused(DAYS, "backfill --from 2026-11-21 --to 2026-11-20"), @r"
    exit 2
    --- stderr
    error: `2026-11-20` comes before `2026-11-21`
    ");
    insta::assert_snapshot!(refused(DAYS, "backfill --from 2020-01-01 --to 2026-11-20"), @r"
    exit 2
    --- stderr
    error: this would run 2,516 partitions, more than 400

    hint: `--dry-run` shows which; `--at-most 2516` lets it
    ");
    insta::assert_snapshot!(refused(DAYS, "backfill --from 2026-11-20 --partition 2026-11-20"), @r"
    exit 2
    --- stderr
    error: `backfill` is for many partitions; `--from` and `--to` say which

    hint: for one, write `run --partition 2026-11-20`
    ");
    insta::assert_snapshot!(refused("", "backfill --from 2026-11-20"), @r#"
    exit 2
    --- stderr
    error: the data of chain `lodge` is not cut into partitions

    hint: `[partitions]` in its configuration says how it is to be, such as `by = "day"`
    "#);
    insta::assert_snapshot!(refused("[partitions]\nby = 'day'\nstart = '2999-11-22'\n", "backfill"), @r"
    exit 2
    --- stderr
    error: `2999-11-22` is the first partition of all, and it is not over yet

    hint: say `--to KEY`
    ");
    insta::assert_snapshot!(refused("[partitions]\nby = ['seehof', 'kulm']\n", "backfill --from seehof"), @r"
    exit 2
    --- stderr
    error: of a list of partitions the last has to be named

    hint: say `--to KEY`
    ");
}

#[test]
fn a_backfill_that_is_not_on_record_or_not_for_these_partitions_is_refused() {
    let cut = Cut::new(DAYS);
    insta::assert_snapshot!(cut.tell("backfill show last").all(), @r"
    exit 2
    --- stderr
    error: no backfill is on record
    ");
    cut.tell("backfill --from 2026-11-17 --to 2026-11-18 --set tasks.count_beds.most=1");
    cut.tell("backfill --from 2026-11-17 --to 2026-11-18 --set tasks.count_beds.most=1");
    for verb in ["show", "resume", "stop"] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(cut.tell(&format!("backfill {verb} xyz")).all(), @r"
            exit 2
            --- stderr
            error: there is no backfill `xyz`

            hint: `backfill list` shows them; `last` is the last one
            ");
        }
    }
    assert_told!(cut.tell(&format!("backfill show {}", &cut.backfill().backfill.to_string()[..2])).all(), @r"
    exit 2
    --- stderr
    error: `01` fits 2 backfills:
      <run>  <when> UTC
      <run>  <when> UTC

    hint: the last eight digits name a backfill as well
    ");
    assert_told!(cut.tell("backfill resume last --failed --set partitions.by=month").all(), @r"
    exit 2
    --- stderr
    error: backfill <id> is for other partitions than there are now: `2026-11-17` is no month; write one like `2026-11`

    hint: `backfill --from KEY` begins another one
    ");
    insta::assert_snapshot!(cut.tell("backfill").all(), @r#"
    exit 2
    --- stderr
    error: the first partition has to be named

    hint: say `--from KEY`, or have `start = "2026-11-21"` in `[partitions]` say where all data begins
    "#);
    insta::assert_snapshot!(cut.tell("backfill --to 2026-11-20").all(), @r#"
    exit 2
    --- stderr
    error: the first partition has to be named

    hint: say `--from KEY`, or have `start = "2026-11-21"` in `[partitions]` say where all data begins
    "#);
    insta::assert_snapshot!(cut.tell("backfill begin").all(), @r"
    exit 2
    --- stderr
    error: unrecognized subcommand 'begin'

    Usage: lodge backfill [OPTIONS]
           lodge backfill <VERB>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(cut.tell("backfill --from 2026-11-17 list").all(), @r"
    exit 2
    --- stderr
    error: the subcommand 'list' cannot be used with '--from <KEY>'

    Usage: lodge backfill [OPTIONS]
           lodge backfill <VERB>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(cut.tell("backfill --from 2026-11-17 --jobs-partitions 0").all(), @r"
    exit 2
    --- stderr
    error: invalid value '0' for '--jobs-partitions <N>': give a whole number from 1 on, such as `--jobs-partitions 4`

    For more information, try '--help'.
    ");
}
