//! Notices by e-mail, to a real server that takes them, refuses them, or hangs.

use super::post_office::{Mail, Mood, PostOffice};
use super::*;
use crate::telling::{Aged, Lateness};
use std::time::Duration;

fn mails(office: &PostOffice, to: &str) -> Case {
    Case::new()
        .set("mails.ops.server", office.address())
        .set("mails.ops.from", "purvey@seehof.example")
        .set("mails.ops.to", to)
        .set("mails.ops.timeout", "3s")
}

const ANA: &str = "[\"ana@seehof.example\"]";
const BOTH: &str = "[\"nobody@seehof.example\", \"ana@seehof.example\"]";

#[test]
fn people_get_a_mail_when_a_run_has_failed() {
    let office = PostOffice::new(Mood::Open);

    assert!(mails(&office, ANA).tell(&failed()).is_empty());

    let [Mail { from, to, text }] = office.mails().try_into().unwrap();
    assert_eq!((from.as_str(), to), ("purvey@seehof.example", vec!["ana@seehof.example".to_owned()]));
    assert_snapshot!(text.replace('\r', ""), @r#"
    From: <purvey@seehof.example>
    To: <ana@seehof.example>
    Subject: =?utf-8?Q?=E2=9C=97_alpine:_run_8b0c1d2e_failed_after_3.42_s?=
    Message-ID: <0193f3a8-5b1e-7c3a-9d4e-2f6a8b0c1d2e.failure@seehof.example>
    Date: Sat, 21 Nov 2026 02:30:09 +0000
    Auto-Submitted: auto-generated
    MIME-Version: 1.0
    Content-Type: text/plain; charset="utf-8"
    Content-Transfer-Encoding: quoted-printable

    =E2=9C=97 alpine: run 8b0c1d2e failed after 3.42 s
    =E2=80=A2 clean_bookings: model `clean_bookings` breaks its contract: colum=
    n `nights` has 2 rows below 0: row 17: -1
    =E2=80=A2 archive: task `archive` panicked: index out of bounds
    2 tasks not started because of that
    "#);
}

#[test]
fn people_get_a_mail_when_something_is_late() {
    let office = PostOffice::new(Mood::Open);
    let aged = Aged {
        model: "nights".to_owned(),
        partition: None,
        since: "2026-11-20T02:00:00Z".parse().unwrap(),
        age: Duration::from_secs(27 * 3600),
        max_age: Duration::from_secs(26 * 3600),
    };
    let at = "2026-11-21T05:00:00Z".parse().unwrap();
    let lateness = Lateness { chain: "alpine".to_owned(), at, late: vec![aged], fresh: vec![] };

    assert!(lateness.tell(&mails(&office, ANA).settings()).is_empty());

    let [Mail { text, .. }] = office.mails().try_into().unwrap();
    let text = text.replace('\r', "").replace(&format!(".{}.", std::process::id()), ".<process>.");
    assert_snapshot!(text, @r#"
    From: <purvey@seehof.example>
    To: <ana@seehof.example>
    Subject: =?utf-8?Q?=E2=9C=97_alpine:_1_model_is_late?=
    Message-ID: <1795237200000000.<process>.lateness@seehof.example>
    Date: Sat, 21 Nov 2026 05:00:00 +0000
    Auto-Submitted: auto-generated
    MIME-Version: 1.0
    Content-Type: text/plain; charset="utf-8"
    Content-Transfer-Encoding: quoted-printable

    =E2=9C=97 alpine: 1 model is late
    =E2=80=A2 nights: 27 h 00 m old, may be 26 h 00 m
    "#);
}

#[test]
fn a_line_that_begins_with_a_dot_is_not_the_end_of_a_mail() {
    let office = PostOffice::new(Mood::Open);
    let mut events = failed();
    for event in &mut events {
        if let crate::event::Fact::StepEnded(end) = &mut event.fact {
            end.name = ".\n.hidden".into();
        }
    }

    assert!(mails(&office, ANA).tell(&events).is_empty());

    let text = office.mails()[0].text.replace("\r\n", "\n");
    assert!(text.contains("\n.hidden"), "{text}");
}

#[test]
fn people_get_a_mail_when_all_is_well_again() {
    let office = PostOffice::new(Mood::Open);
    let case = mails(&office, ANA).run(RunId::random(), "", Ending::Failed).run(run_id(), "", Ending::Done);
    assert!(case.tell(&good()).is_empty());
    assert_eq!(office.mails().len(), 1);
}

#[test]
fn one_who_is_not_known_keeps_nobody_else_from_getting_it_once() {
    let office = PostOffice::new(Mood::Open);
    assert_snapshot!(mails(&office, BOTH).tell(&failed()).join("\n"), @"the mail server of `ops` did not take its message: it answered 550 to `nobody@seehof.example`: Mailbox unavailable; [telling.mails.ops] says where it is and how long to wait");
    assert_eq!(office.mails().into_iter().map(|mail| mail.to).collect::<Vec<_>>(), [["ana@seehof.example"]]);
}

#[test]
fn a_server_that_has_no_time_is_asked_again() {
    let office = PostOffice::new(Mood::Busy(2));
    assert!(mails(&office, ANA).tell(&failed()).is_empty());
    assert_eq!(office.mails().len(), 1);

    let office = PostOffice::new(Mood::Busy(9));
    assert_snapshot!(mails(&office, ANA).tell(&failed()).join("\n"), @"the mail server of `ops` did not take its message: it answered 421 to the connection: seehof has no time, at the last of 3 tries; [telling.mails.ops] says where it is and how long to wait");
}

#[test]
fn a_server_that_hangs_is_waited_for_no_longer_than_its_time_out() {
    let office = PostOffice::new(Mood::Silent);
    let case = mails(&office, ANA).set("mails.ops.timeout", "300ms").set("mails.ops.retries", "0");
    assert_snapshot!(case.tell(&failed()).join("\n"), @"the mail server of `ops` did not take its message: no answer within 300 ms; [telling.mails.ops] says where it is and how long to wait");
}

#[test]
fn a_server_that_offers_no_protection_gets_no_password() {
    let office = PostOffice::new(Mood::Open);
    let server = office.address().replace("smtp://", "smtp+starttls://");
    let case = mails(&office, ANA)
        .set("mails.ops.server", &server)
        .set("mails.ops.user", "purvey")
        .set("mails.ops.password", "hunter2");
    assert_snapshot!(case.tell(&failed()).join("\n"), @"the mail server of `ops` did not take its message: it answered 503 to STARTTLS: Bad sequence of commands; [telling.mails.ops] says where it is and how long to wait");
    assert!(office.mails().is_empty());
}

#[test]
fn what_does_not_speak_tls_is_not_trusted() {
    let office = PostOffice::new(Mood::Open);
    let server = office.address().replace("smtp://", "smtps://");
    let case = mails(&office, ANA).set("mails.ops.server", &server).set("mails.ops.retries", "0");
    assert_snapshot!(case.tell(&failed()).join("\n"), @"the mail server of `ops` did not take its message: received corrupt message of type InvalidContentType; [telling.mails.ops] says where it is and how long to wait");
}
