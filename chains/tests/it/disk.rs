//! A small disk for a test, in a space of its own where it may mount.

#![cfg(target_os = "linux")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The variable that tells a test that it is in a space of its own, where it may mount.
const INSIDE: &str = "PURVEY_TEST_INSIDE";

/// Where a test is that needs a small disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a space of its own.
    Inside,
    /// Outside, and it has passed inside.
    Passed,
    /// Where nothing can be mounted.
    Bare,
}

/// Runs this test once more in a space of its own, unless it is there already. What is mounted there is gone with the
/// last process in it, however that ends.
pub(crate) fn enter(test: &str) -> Place {
    if std::env::var_os(INSIDE).is_some() {
        return Place::Inside;
    }
    let spaces = [["-r", "-m"], ["-m", "--"]].map(|flags| {
        let mut command = Command::new("unshare");
        command.args(flags);
        command
    });
    let may_mount = |command: &mut Command| {
        let output = command.args(["mount", "-t", "tmpfs", "purvey", "/mnt"]).output();
        output.is_ok_and(|output| output.status.success())
    };
    let Some(at) = spaces.into_iter().position(|mut command| may_mount(&mut command)) else { return Place::Bare };
    let mut command = Command::new("unshare");
    command.args([["-r", "-m"], ["-m", "--"]][at]).arg(std::env::current_exe().unwrap()).args([test, "--exact"]);
    let output = command.env(INSIDE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&output.stderr));
    Place::Passed
}

/// Says what could not be tried, past the test harness, which would keep it to itself.
pub(crate) fn skip(what: &str) {
    let message = format!("SKIPPED: no small disk can be mounted here, so {what} was not tried\n");
    std::io::stderr().write_all(message.as_bytes()).unwrap();
}

/// A small disk, on which a chain has its data folder.
pub(crate) struct Disk(PathBuf);

impl Disk {
    pub(crate) fn at(folder: &Path) -> Disk {
        std::fs::create_dir(folder).unwrap();
        mount(&["-t", "tmpfs", "-o", "size=64m", "purvey"], folder);
        Disk(folder.to_owned())
    }

    /// Leaves so much room, in KiB.
    pub(crate) fn leave(&self, room: u64) {
        let output = Command::new("df").args(["--output=used", "-k"]).arg(&self.0).output().unwrap();
        let used: u64 = String::from_utf8(output.stdout).unwrap().lines().nth(1).unwrap().trim().parse().unwrap();
        mount(&["-o", &format!("remount,size={}k", used + room)], &self.0);
    }
}

fn mount(arguments: &[&str], folder: &Path) {
    let output = Command::new("mount").args(arguments).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
