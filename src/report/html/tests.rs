//! What people read on a page, and what no page may hold.

use insta::assert_snapshot;

use super::fixture::{page_of_run, page_of_runs};
use crate::partition::{Partitioning, Unit};

/// What a person reads: the text, without style, script and pictures; a line for each heading, row, and paragraph.
fn text(page: &str) -> String {
    let mut text = page.to_owned();
    for part in ["style", "script", "svg", "head"] {
        while let Some(from) = text.find(&format!("<{part}>")).or_else(|| text.find(&format!("<{part} "))) {
            let end = text[from..].find(&format!("</{part}>")).unwrap() + from;
            text.replace_range(from..end + part.len() + 3, "");
        }
    }
    for end in
        ["</h1>", "</h2>", "</h3>", "</h4>", "</p>", "</tr>", "</li>", "</dd>", "</summary>", "</pre>", "</caption>"]
    {
        text = text.replace(end, "\n");
    }
    for end in ["</td>", "</th>", "</dt>", "</span>", "</a>", "</b>"] {
        text = text.replace(end, " ");
    }
    let mut plain = String::new();
    let mut depth = 0;
    for letter in text.chars() {
        match letter {
            '<' => depth += 1,
            '>' => depth -= 1,
            letter if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    let lines = plain.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_page_of_a_failed_run_begins_with_what_went_wrong() {
    assert_snapshot!(text(&page_of_run()), @"
    To the content run 00000001 of chain
    lodge
    ✗ failed began 2026-11-21 02:31:00
    took 3.42 s
    steps 1 done, 1 failed, 1 skipped
    peak memory 3.0 MiB
    on host night, process 7
    asked for lodge run
    run 0193f3a8-5b1e-7c3a-9d4e-2f6a00000001
    Failures
    Checks
    Graph
    Times
    Steps
    Models
    Failures
    a &amp; &quot;b&quot; ✗ failed transient error after 2 attempts
    the &lt;rates&gt; cannot be had
    caused by the line
    was cut
    Because of it 1 task was not started: report
    Once that is mended, go on with lodge resume 00000001.
    Checks
    rooms does not pass `unique_view`
    2 of 12 rows are not unique in `view`
    row 3 and 1 other row: &lt;sea&gt;
    model check demands result rows that break it
    rooms rows rows(min = 1) ✓ passed –
    rooms unique_view unique(&quot;view&quot;) ! warning 2 rows
    Graph
    The graph is that of the chain as it is now; 1 task of this run is no part of it any more.
    Times
    0 1 s 2 s 3 s
    list_rooms ✓ 1.00 s, done, begun after 0 µs
    a &amp; &quot;b&quot; ✗ 900 ms, 2 tries, failed, begun after 1.50 s
    A bar is an attempt, a dotted line before it the time in which all was there that it reads and nobody was free for it, or before the next attempt. 1 step more was not started.
    Steps
    task state group time rows in rows out peak memory why
    list_rooms ✓ done house 1.00 s – 12 3.0 MiB code of list_rooms changedmade 1 model
    made rooms
    a &amp; &quot;b&quot; ✗ failed 900 ms – – – what went wrong 2 attempts, read 1 model
    read rooms of run 00000001attempt 1 of 2026-11-21 02:31:01: failed in 400 mstimed out &lt;again&gt;
    caused by: the line
    was cut
    attempt 2 of 2026-11-21 02:31:02: failed in 500 mstimed out &lt;again&gt;
    caused by: the line
    was cut
    report ↷ skipped – – – – because of a &amp; &quot;b&quot;
    Models
    Rows that were set aside
    12 rows in rooms
    model made by rows before in memory on disk content
    rooms list_rooms 12 +2 (+20 %) 4.0 KiB – other columns
    rooms model 12 rows other columns
    The rooms of the lodge.
    version of run 00000001, 2026-11-21 02:30:01
    made by list_rooms
    before run 00000000, 2026-11-21 02:30:01: other content, 10 → 12 rows: +2 (+20 %)
    Column number has another type: int64 → int32
    Column view is new: string
    Column door is gone: string
    The first 2 rows
    number view
    1 &lt;b&gt;lake&lt;/b&gt;
    2 –
    Columns
    2 columns
    column type checks meaning
    number int32
    view string
    Written by Purvey 0.1.0. Times are in UTC.
    ");
}

#[test]
fn the_page_over_many_runs_shows_partitions_durations_and_failures() {
    let days = Partitioning::of_time(Unit::Day, "UTC").unwrap();
    assert_snapshot!(text(&page_of_runs(Some(days))), @"
    To the content runs of chain
    lodge
    runs on record 9
    last 2026-11-21 02:34:00 ✓ done
    shown since 2026-11-21 02:31:00
    of those shown 2 ✓ done , 1 ✗ failed , 1 ✗ killed
    Durations, failures, rows and the list are those of the last 4 runs of 9; lodge report --all --last 9 shows all.
    Partitions
    Durations
    Failures
    Rows
    Runs
    Partitions
    The data is cut by day in UTC. Each partition is shown as its last run has left it.
    ✓ done 2
    ✗ failed 1
    ✗ killed 1
    · without a run 1
    November 2026
    Mon Tue Wed Thu Fri Sat Sun
    W47 18✓ 2026-11-18 done 19✗ 2026-11-19 killed 20· 2026-11-20 without a run 21✗ 2026-11-21 failed 22✓ 2026-11-22 done
    The last run of each partition4 partitions
    partition state last run began took failed
    2026-11-22 ✓ done , published 00000004 2026-11-21 02:34:00 4.00 s –
    2026-11-21 ✗ failed 00000003 2026-11-21 02:33:00 3.00 s count
    transient error: `beds` breaks &lt;its&gt; contract
    row 3
    caused by: the line
    was cut
    2026-11-19 ✗ killed 00000002 2026-11-21 02:32:00 – –
    2026-11-18 ✓ done , published 00000001 2026-11-21 02:31:00 1.00 s –
    Durations
    A bar is a run, and what stands under it how it ended; the tallest took 4.00 s. 2026-11-18, run 00000001 of 2026-11-21 02:31: ✓ done, 1.00 s
    2026-11-19, run 00000002 of 2026-11-21 02:32: ✗ killed, not known how long
    2026-11-21, run 00000003 of 2026-11-21 02:33: ✗ failed, 3.00 s
    2026-11-22, run 00000004 of 2026-11-21 02:34: ✓ done, 4.00 s
    2026-11-21 02:31:00 2026-11-21 02:34:00
    Failures
    task runs last time last failure
    count 1 2026-11-21 02:33:00 transient error: beds breaks &lt;its&gt; contractall of it
    `beds` breaks &lt;its&gt; contract
    row 3
    caused by: the line
    was cut
    Rows
    The rows of each table, by partition: the last version of each.
    rooms12 rows in 2026-11-22 10 to 12 rows, 2 versions
    1 table more is left out; show MODEL lists the versions of each.
    Runs
    run partition state began took done reused failed
    00000004 2026-11-22 ✓ done , published 2026-11-21 02:34:00 4.00 s 1 0 –
    00000003 2026-11-21 ✗ failed 2026-11-21 02:33:00 3.00 s 1 0 count
    transient error: `beds` breaks &lt;its&gt; contract
    row 3
    caused by: the line
    was cut
    00000002 2026-11-19 ✗ killed 2026-11-21 02:32:00 – 1 0 –
    00000001 2026-11-18 ✓ done , published 2026-11-21 02:31:00 1.00 s 1 0 –
    lodge report RUN writes the page of one of them.
    Written by Purvey 0.1.0. Times are in UTC.
    ");
}

#[test]
fn a_list_of_partitions_is_a_table_in_its_order() {
    let list = Partitioning::of_list(["2026-11-22", "2026-11-20", "2026-11-19"]).unwrap();
    let told = text(&page_of_runs(Some(list)));
    let (_, rest) = told.split_once("The data is cut").unwrap();
    let (section, _) = rest.split_once("\nDurations\n").unwrap();
    assert_snapshot!(section, @"
     into 3 partitions: 2026-11-22, 2026-11-20, 2026-11-19. Each partition is shown as its last run has left it.
    ✓ done 2
    ✗ failed 1
    ✗ killed 1
    · without a run 1
    2 partitions on record are not cut like this; the list has them too.
    partition state last run began took failed
    2026-11-22 ✓ done , published 00000004 2026-11-21 02:34:00 4.00 s –
    2026-11-19 ✗ killed 00000002 2026-11-21 02:32:00 – –
    2026-11-21 ✗ failed 00000003 2026-11-21 02:33:00 3.00 s count
    transient error: `beds` breaks &lt;its&gt; contract
    row 3
    caused by: the line
    was cut
    2026-11-18 ✓ done , published 00000001 2026-11-21 02:31:00 1.00 s –
    2026-11-20 · without a run – – – –
    ");
}

#[test]
fn nothing_in_a_name_or_a_message_is_markup() {
    for page in [page_of_run(), page_of_runs(None)] {
        for markup in ["<rates>", "<again>", "<b>lake", "<its>", "a & \"b\""] {
            assert!(!page.contains(markup), "{markup}");
        }
    }
}

#[test]
fn a_page_asks_nobody_for_anything_and_is_the_same_each_time() {
    for make in [page_of_run as fn() -> String, || page_of_runs(None)] {
        let page = make();
        assert_eq!(page, make());
        let without_namespace = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        for word in ["http:", "https:", "src=", "url(", "@import", "fetch("] {
            assert!(!without_namespace.contains(word), "{word}");
        }
    }
}
