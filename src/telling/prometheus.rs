//! The figures of a run as a file for the textfile collector of Prometheus' node exporter.
//!
//! The format is <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>, version 0.0.4.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::figures::{Figure, Figures};
use super::{Past, Teller, TellingError};
use crate::event::Event;

/// Writes the figures of a run when it has ended.
pub(super) struct PrometheusFile {
    path: PathBuf,
    figures: Figures,
    trouble: Option<io::Error>,
}

impl PrometheusFile {
    /// Will write to the file that this key of `[telling]` names.
    pub(super) fn at(key: &'static str, path: &Path) -> Result<PrometheusFile, TellingError> {
        // It can be replaced exactly where another file can be put beside it.
        tempfile::tempfile_in(folder(path)).map_err(TellingError::of(key, path))?;
        Ok(PrometheusFile { path: path.to_owned(), figures: Figures::default(), trouble: None })
    }

    /// Puts the text in place of the file in one step, so that nobody ever reads half of it.
    fn replace(&self, text: &str) -> io::Result<()> {
        // The collector reads what ends in `.prom`; the name it has until it is whole does not.
        let mut builder = tempfile::Builder::new();
        builder.prefix(".purvey-").suffix(".partial");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
        let mut file = builder.tempfile_in(folder(&self.path))?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_data()?;
        file.persist(&self.path)?;
        Ok(())
    }
}

impl Teller for PrometheusFile {
    fn hear(&mut self, event: &Event) {
        self.figures.hear(event);
    }

    fn end(&mut self, past: &Past) {
        let figures = self.figures.all(past);
        // A run that never began says nothing of itself, and what stands there still holds.
        if !figures.is_empty() {
            self.trouble = self.replace(&render(&figures)).err();
        }
    }

    fn close(self: Box<Self>) -> Vec<String> {
        let path = self.path.display();
        self.trouble
            .iter()
            .map(|trouble| format!("the figures of the run could not be written to `{path}`: {trouble}"))
            .collect()
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes figures, those of a kind under one head.
fn render(figures: &[Figure]) -> String {
    let mut text = String::new();
    let mut last = "";
    for Figure { kind, labels, value } in figures {
        if kind.name != last {
            let _ = writeln!(text, "# HELP {} {}\n# TYPE {} gauge", kind.name, kind.help, kind.name);
            last = kind.name;
        }
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let _ = writeln!(text, "{}{{{}}} {value}", kind.name, labels.join(","));
    }
    text
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
