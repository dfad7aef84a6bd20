//! The verb `completions`: a script that teaches a shell the command line.

use clap_complete::Shell;
use serde::Serialize;

use super::desk::Desk;
use super::exit::Exit;
use super::trouble::Trouble;
use crate::report::json::Document;

#[derive(Serialize)]
struct Completions {
    shell: String,
    script: String,
}

impl Document for Completions {
    const KIND: &'static str = "completions";
}

pub(super) fn completions(desk: &mut Desk<'_, '_>, mut command: clap::Command, shell: Shell) -> Result<Exit, Trouble> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, desk.chain.name(), &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    if desk.manner.json {
        desk.print_document(Completions { shell: shell.to_string(), script })?;
    } else {
        desk.print(&script)?;
    }
    Ok(Exit::Done)
}
