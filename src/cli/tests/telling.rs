//! Who is told of runs besides those who look on.

use super::checking::Hotel;
use super::*;

#[cfg(feature = "http")]
mod lateness;

#[test]
fn events_go_to_a_file_whatever_is_on_the_terminal() {
    let folder = Folder::new();
    let file = folder.0.path().join("events.ndjson");
    let events = format!("--events {}", file.display());

    assert_eq!(folder.tell(&format!("--quiet {events}")).err, "");
    assert_eq!(folder.tell(&format!("run --set tasks.count_beds.most=1 {events}")).exit, Exit::Failed);
    assert_eq!(folder.tell(&format!("resume last --set tasks.count_beds.most=9 {events}")).exit, Exit::Done);
    let backfill = "backfill --set partitions.by=day --from 2026-11-20 --to 2026-11-21";
    assert_eq!(folder.tell(&format!("{backfill} {events}")).exit, Exit::Done);

    let text = fs::read_to_string(file).unwrap();
    let of = |kind: &str| text.lines().filter(|line| line.contains(&format!(r#""event":"{kind}""#))).count();
    assert_eq!((of("run_started"), of("run_ended")), (5, 5));
}

#[test]
fn a_file_for_events_that_cannot_be_written_is_an_error_before_anything_runs() {
    let folder = Folder::new();
    let told = folder.tell("--events /no/such/folder/events.ndjson");
    insta::assert_snapshot!(told.all(), @"
    exit 4
    --- stderr
    error: cannot write to `/no/such/folder/events.ndjson`: No such file or directory (os error 2)

    hint: `telling.events` names it (command line)
    ");
    assert!(folder.tell("history --output json").out.contains(r#""runs": []"#));

    insta::assert_snapshot!(configured("[telling]\nevents = 'no/events.ndjson'\n", "run").all(), @"
    exit 4
    --- stderr
    error: cannot write to `no/events.ndjson`: No such file or directory (os error 2)

    hint: `telling.events` names it (purvey.toml:2:1)
    ");
}

#[test]
fn nobody_can_be_told_of_what_is_late_where_nobody_is_named() {
    insta::assert_snapshot!(Hotel::new("").tell("check freshness --notify").all(), @r#"
    exit 2
    --- stderr
    error: `--notify` has nobody to tell

    hint: `[telling.webhooks.<name>]` or `[telling.mails.<name>]` names who wants to be told of "lateness"
    "#);
}

#[test]
fn events_are_told_of_runs_only() {
    insta::assert_snapshot!(tell("--events events.ndjson plan").all(), @"
    exit 2
    --- stderr
    error: `--events` is an option of `run`, `resume` and `backfill`; write it behind the verb

    hint: `--help` shows verbs, options and examples
    ");
}

#[test]
fn what_telling_says_is_checked_with_the_rest_of_the_configuration() {
    let file = "[telling]\nevent = 'x'\n[telling.prometheus]\nfile = 7\n";
    insta::assert_snapshot!(configured(file, "check").all(), @"
    exit 4
    --- stderr
    error: unknown key `event` in [telling]
     --> purvey.toml:2:1
      |
    2 | event = …
      | ^^^^^
      |
      = help: did you mean `events`?
    ");
    insta::assert_snapshot!(configured("[telling.prometheus]\nfiles = 'x'\n", "check").all(), @"
    exit 4
    --- stderr
    error: unknown key `prometheus.files` in [telling]
     --> purvey.toml:2:1
      |
    2 | files = …
      | ^^^^^
      |
      = help: did you mean `file`?
    ");
}

#[cfg(not(feature = "http"))]
#[test]
fn what_needs_http_names_the_feature_that_is_missing() {
    let file = "[telling.webhooks.alerts]\nurl = 'https://example.org/hunter2'\n";
    insta::assert_snapshot!(configured(file, "check").all(), @"
    exit 4
    --- stderr
    error: wrong value for `webhooks.alerts.url` in [telling]
     --> purvey.toml:2:1
      |
    2 | url = …
      | ^^^ this program is built without HTTP; build it with `--features http`, or take this key out
    ");
}

#[cfg(feature = "http")]
mod with_http {
    use super::*;

    #[test]
    fn wrong_addresses_and_headers_are_refused_and_not_shown() {
        let told = [
            "url = 'hunter2'",
            "url = 7",
            "url = 'https:///hunter2'",
            "url = 'https://example.org'\non = ['recoverd']",
            "url = 'https://example.org'\nheaders = { 'a b' = 'hunter2' }",
            "url = 'https://example.org'\nheaders = { a = \"hunter2\\n\" }",
            "url = 'https://example.org'\ntimeout = '0s'",
            "url = 'https://example.org'\ntimeout = '61m'",
            "on = ['failure']",
        ];
        let told = told.map(|text| configured(&format!("[telling.webhooks.alerts]\n{text}\n"), "check"));
        assert!(told.iter().all(|told| told.exit == Exit::Configuration && !told.err.contains("hunter2")));
        let text: Vec<&str> = told.iter().map(|told| told.err.as_str()).collect();
        insta::assert_snapshot!(text.join("\n"), @r#"
        error: wrong value for `webhooks.alerts.url` in [telling]
         --> purvey.toml:2:1
          |
        2 | url = …
          | ^^^ write an address like "https://example.org/hook" (the value is not shown)

        error: wrong value for `webhooks.alerts.url` in [telling]
         --> purvey.toml:2:1
          |
        2 | url = …
          | ^^^ invalid type: integer `7`, expected an address like "https://example.org/hook"

        error: wrong value for `webhooks.alerts.url` in [telling]
         --> purvey.toml:2:1
          |
        2 | url = …
          | ^^^ write an address like "https://example.org/hook" (the value is not shown)

        error: wrong value for `webhooks.alerts.on` in [telling]
         --> purvey.toml:3:1
          |
        3 | on = …
          | ^^ people are told of "failure", "recovery", "warning" and "lateness", not of "recoverd"; did you mean `recovery`?

        error: wrong value for `webhooks.alerts.headers` in [telling]
         --> purvey.toml:3:13
          |
        3 | headers = { 'a b' = …
          |             ^^^^^ no header can be called `a b`

        error: wrong value for `webhooks.alerts.headers` in [telling]
         --> purvey.toml:3:13
          |
        3 | headers = { a = …
          |             ^ header `a` has characters that no header may have (it is not shown)

        error: wrong value for `webhooks.alerts.timeout` in [telling]
         --> purvey.toml:3:1
          |
        3 | timeout = …
          | ^^^^^^^ nobody answers in no time; write a length of time like "10s"

        error: wrong value for `webhooks.alerts.timeout` in [telling]
         --> purvey.toml:3:1
          |
        3 | timeout = …
          | ^^^^^^^ no run waits for a receiver for more than an hour; write a length of time like "10s"

        error: missing key `webhooks.alerts.url` in [telling]; it has no default, so it must be set
        "#);
    }

    #[test]
    fn addresses_and_headers_are_secrets() {
        let folder = Folder::new();
        // Nobody listens there.
        let hook = "telling.webhooks.alerts";
        let secrets = format!(
            "--set {hook}.url=http://127.0.0.1:1/hunter2 --set {hook}.headers.authorization=sesame --set {hook}.retries=0"
        );
        let failing = "--set tasks.count_beds.most=1";

        let told = folder.tell(&format!("run {failing} {secrets}"));
        let shown = folder.tell(&format!("config {secrets}"));

        assert_eq!(told.exit, Exit::Failed);
        assert!(shown.out.contains("webhooks.alerts.retries = 0"), "{}", shown.out);
        let history = folder.tell("history last --output json").out;
        assert!(history.contains(&format!("{hook}.url")), "{history}");
        for text in [told.all(), shown.all(), history] {
            assert!(!text.contains("hunter2") && !text.contains("sesame"), "{text}");
        }
        let resumed = folder.tell("resume last");
        assert_eq!(resumed.exit, Exit::Usage);
        assert!(resumed.err.contains(&format!("was given the secret `{hook}.url`, which is on no record")));
    }
}

#[cfg(not(feature = "smtp"))]
#[test]
fn what_needs_e_mail_names_the_feature_that_is_missing() {
    let file = "[telling.mails.ops]\nserver = 'smtp://localhost'\nfrom = 'a@b'\nto = ['c@d']\n";
    insta::assert_snapshot!(configured(file, "check").all(), @"
    exit 4
    --- stderr
    error: wrong value for `mails.ops.server` in [telling]
     --> purvey.toml:2:1
      |
    2 | server = …
      | ^^^^^^ this program is built without e-mail; build it with `--features smtp`, or take this section out
    ");
}

#[cfg(feature = "smtp")]
#[test]
fn wrong_mail_servers_and_addresses_are_refused() {
    let good = "server = 'smtp://localhost'\nfrom = 'a@b'\nto = ['c@d']";
    let told = [
        good.replace("smtp://localhost", "localhost:25"),
        good.replace("smtp://localhost", "smtps://ana:hunter2@mail.example.org"),
        good.replace("a@b", "Ana <a@b>"),
        good.replace("['c@d']", "[]"),
        format!("{good}\nuser = 'ana'\npassword = 'hunter2'"),
        format!("{good}\nuser = 'ana'"),
        format!("{good}\npasword = 'hunter2'"),
    ];
    let told = told.map(|text| configured(&format!("[telling.mails.ops]\n{text}\n"), "check"));
    assert!(told.iter().all(|told| told.exit == Exit::Configuration && !told.err.contains("hunter2")));
    let text: Vec<&str> = told.iter().map(|told| told.err.as_str()).collect();
    insta::assert_snapshot!(text.join("\n"), @r#"
    error: wrong value for `mails.ops.server` in [telling]
     --> purvey.toml:2:1
      |
    2 | server = …
      | ^^^^^^ write a server like "smtps://mail.example.org" or "smtp://localhost"; `user` and `password` are keys of their own (the value is not shown)

    error: wrong value for `mails.ops.server` in [telling]
     --> purvey.toml:2:1
      |
    2 | server = …
      | ^^^^^^ write a server like "smtps://mail.example.org" or "smtp://localhost"; `user` and `password` are keys of their own (the value is not shown)

    error: wrong value for `mails.ops.from` in [telling]
     --> purvey.toml:3:1
      |
    3 | from = …
      | ^^^^ `Ana <a@b>` is no address like "ana@example.org"

    error: wrong value for `mails.ops.to` in [telling]
     --> purvey.toml:4:1
      |
    4 | to = …
      | ^^ name at least one address

    error: wrong value for `mails.ops` in [telling]
     --> purvey.toml:3:1
      |
    3 | from = …
      | ^^^^ a password is not sent unprotected; write "smtps://" or "smtp+starttls://" in `server`

    error: wrong value for `mails.ops` in [telling]
     --> purvey.toml:3:1
      |
    3 | from = …
      | ^^^^ `user` and `password` go together

    error: unknown key `mails.ops.pasword` in [telling]
     --> purvey.toml:5:1
      |
    5 | pasword = …
      | ^^^^^^^
      |
      = help: did you mean `password`?
    "#);
    assert_eq!(configured(&format!("[telling.mails.ops]\n{good}\n"), "check").exit, Exit::Done);
}
