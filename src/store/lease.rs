//! Who has a store, as it wrote down itself: a small file that people can read.
//!
//! Knows what a holder says, and when that counts; not how a store is locked.

use std::fmt;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};

use super::{StoreError, fs};
use crate::id::RunId;

/// What a run says about itself while it has a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The run.
    pub run: RunId,
    /// Who started it; empty where the environment does not tell.
    pub user: String,
    /// The machine it runs on.
    pub host: String,
    /// What tells the machine's present start from others, where the system tells.
    pub boot: Option<String>,
    /// Its process.
    pub process: u32,
    /// Since when it has the store, in UTC.
    pub since: DateTime<Utc>,
    /// Until when it has the store for certain, in UTC; put off again and again while it goes on.
    pub expires: DateTime<Utc>,
}

/// Who has a store, or had it last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A run that said so.
    Run(Box<Lease>),
    /// Somebody whose words cannot be read.
    Unknown,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Holder::Run(lease) = self else { return f.write_str("an unknown run") };
        let Lease { run, process, host, since, .. } = &**lease;
        write!(f, "run {} (process {process} on host {host}) since {}", run.short(), since.format("%FT%TZ"))
    }
}

/// The shape of the file.
#[derive(Serialize, Deserialize)]
struct Stored {
    run: String,
    user: String,
    host: String,
    boot: Option<String>,
    process: u32,
    since: DateTime<Utc>,
    expires: DateTime<Utc>,
}

impl Lease {
    /// The lease of a run in this process.
    pub(super) fn new(run: RunId, now: DateTime<Utc>, live: Duration) -> Lease {
        let now = now.trunc_subsecs(3);
        Lease {
            run,
            user: user(),
            host: host().to_owned(),
            boot: boot(),
            process: std::process::id(),
            since: now,
            expires: now + live,
        }
    }

    /// The same, good for longer.
    pub(super) fn renewed(&self, now: DateTime<Utc>, live: Duration) -> Lease {
        Lease { expires: now.trunc_subsecs(3) + live, ..self.clone() }
    }

    /// Whether both are of one holder.
    pub(super) fn is_of_holder(&self, other: &Lease) -> bool {
        *self == Lease { expires: self.expires, ..other.clone() }
    }

    /// Whether its process is one of this machine, which the system's lock tells about for certain.
    pub(super) fn is_near(&self) -> bool {
        self.host == host()
    }

    /// Whether it is plain to see that its process is gone.
    pub(super) fn is_over(&self) -> bool {
        let processes = Path::new("/proc");
        let is_gone = || processes.join("self").exists() && !processes.join(self.process.to_string()).exists();
        self.is_near() && (self.boot != boot() || is_gone())
    }

    /// Whether it says to be still had, and it is not plain to see that its process is gone.
    pub(super) fn counts(&self, now: DateTime<Utc>) -> bool {
        self.expires > now && !self.is_over()
    }

    /// Writes it down.
    pub(super) fn write(&self, path: &Path) -> Result<(), StoreError> {
        let Lease { run, user, host, boot, process, since, expires } = self.clone();
        let stored = Stored { run: run.to_string(), user, host, boot, process, since, expires };
        let text = serde_json::to_string_pretty(&stored).expect("texts, numbers and times can be written as JSON");
        fs::write(path, (text + "\n").as_bytes())
    }

    fn parse(text: &str) -> Option<Lease> {
        let Stored { run, user, host, boot, process, since, expires } = serde_json::from_str(text).ok()?;
        Some(Lease { run: run.parse().ok()?, user, host, boot, process, since, expires })
    }
}

/// Who says to have the store; `None` where nobody does.
pub(super) fn read(path: &Path) -> Result<Option<Holder>, StoreError> {
    let holder = |text: String| Lease::parse(&text).map_or(Holder::Unknown, |lease| Holder::Run(Box::new(lease)));
    Ok(fs::read(path)?.map(holder))
}

/// The name of this machine in its network; `unknown` where the system does not tell.
pub(crate) fn host() -> &'static str {
    static HOST: OnceLock<String> = OnceLock::new();
    HOST.get_or_init(|| {
        let told = || {
            let output = Command::new("uname").arg("-n").output().ok()?;
            String::from_utf8(output.stdout).ok()
        };
        let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().or_else(told).unwrap_or_default();
        let name = name.trim();
        if name.is_empty() { "unknown".to_owned() } else { name.to_owned() }
    })
}

fn boot() -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(boot.trim().to_owned())
}

fn user() -> String {
    ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default()
}
