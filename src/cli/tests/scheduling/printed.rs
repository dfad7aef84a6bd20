//! What systemd and cron are given.

use super::*;

#[test]
fn units_for_systemd_are_printed() {
    let file = format!(
        "{NIGHTLY}[schedule.week-end]\ncron = '*/30 8-18 1 * sat,sun'\njitter = '5m'\nmissed = 'none'\nselect = '+beds rooms'\n"
    );
    let lodge = Lodge::at("2026-11-22T12:00:00Z", &file);
    insta::assert_snapshot!(lodge.tell("schedule print systemd --set params.rate=100%").all(), @r#"
    exit 0
    --- stdout
    # /etc/systemd/system/lodge-nightly.service
    [Unit]
    Description=Chain lodge, as schedule nightly says

    [Service]
    Type=oneshot
    WorkingDirectory=/srv/lodge
    ExecStart=/opt/lodge/bin/lodge run --schedule nightly --quiet --wait --config purvey.toml --data <data> --set "params.rate=100%%"

    # /etc/systemd/system/lodge-nightly.timer
    [Unit]
    Description=Times of chain lodge, schedule nightly: 30 4 * * * in Europe/Vienna

    [Timer]
    OnCalendar=*-*-* 04:30:00 Europe/Vienna
    AccuracySec=1s
    Persistent=true
    # Where clocks are put forward or back: what they leave out is left out, and what comes twice fires the first
    # time only; `schedule run` leaves nothing out.

    [Install]
    WantedBy=timers.target

    # /etc/systemd/system/lodge-week-end.service
    [Unit]
    Description=Chain lodge, as schedule week-end says

    [Service]
    Type=oneshot
    WorkingDirectory=/srv/lodge
    ExecStart=/opt/lodge/bin/lodge run "+beds rooms" --schedule week-end --quiet --wait --config purvey.toml --data <data> --set "params.rate=100%%"

    # /etc/systemd/system/lodge-week-end.timer
    [Unit]
    Description=Times of chain lodge, schedule week-end: */30 8-18 1 * sat,sun in UTC

    [Timer]
    OnCalendar=*-*-01 08..18:00,30:00 UTC
    OnCalendar=Sat,Sun *-*-* 08..18:00,30:00 UTC
    AccuracySec=1s
    RandomizedDelaySec=300
    FixedRandomDelay=true
    Persistent=false

    [Install]
    WantedBy=timers.target
    "#);
}

#[test]
fn lines_for_a_crontab_are_printed() {
    let file = format!(
        "{NIGHTLY}[schedule.hourly]\ncron = '@hourly'\njitter = '5m'\nmissed = 'none'\nselect = '+beds rooms'\nexclude = 'tag:daily'\n"
    );
    let lodge = Lodge::at("2026-11-22T12:00:00Z", &file);
    insta::assert_snapshot!(lodge.tell("schedule print cron --set params.rate=100%").all(), @r#"
    exit 0
    --- stdout
    # Chain lodge; for `crontab -e`.
    # CRON_TZ is read by cronie. Other programs go by the zone of the machine, which then has to be this one.

    # Schedule nightly
    # `missed = "last"`: cron runs nothing of what was missed while the machine was off.
    CRON_TZ=Europe/Vienna
    30 4 * * * cd /srv/lodge && /opt/lodge/bin/lodge run --schedule nightly --quiet --wait --config purvey.toml --data <data> --set 'params.rate=100\%'

    # Schedule hourly
    # `jitter`: cron has none.
    CRON_TZ=UTC
    0 * * * * cd /srv/lodge && /opt/lodge/bin/lodge run '+beds rooms' --exclude tag:daily --schedule hourly --quiet --wait --config purvey.toml --data <data> --set 'params.rate=100\%'
    "#);
    let told = lodge.tell("schedule print cron --output json").out;
    let document: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(document["files"][0]["name"], serde_json::Value::Null);
}

#[test]
fn a_secret_is_not_printed() {
    let lodge = Lodge::at("2026-11-22T12:00:00Z", NIGHTLY);
    insta::assert_snapshot!(lodge.tell("schedule print systemd --set tasks.count_beds.key=s3cret").all(), @r"
    exit 2
    --- stderr
    error: `--set tasks.count_beds.key` is secret, and is not written into a file

    hint: leave it out here, and give it to the service by an environment variable
    ");
}
