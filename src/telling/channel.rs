//! The ways by which records go out: a file, HTTP, or both.

#[cfg(feature = "http")]
use std::collections::BTreeMap;
use std::path::Path;
#[cfg(feature = "http")]
use std::time::Duration;

use super::TellingError;
#[cfg(feature = "http")]
use super::http::{Receiver, Sender};
use super::lines::LineFile;
#[cfg(feature = "http")]
use super::outbox::{Outbox, Patience};
#[cfg(feature = "http")]
use crate::config::{Address, LineageSettings, TelemetrySettings};
#[cfg(feature = "http")]
use crate::secret::Secret;

/// The ways by which records go out.
#[derive(Default)]
pub(super) struct Channel {
    file: Option<LineFile>,
    #[cfg(feature = "http")]
    outbox: Option<Outbox>,
}

impl Channel {
    /// The same with a file, where this key of `[telling]` names one.
    pub(super) fn with_file(mut self, key: &'static str, path: Option<&Path>) -> Result<Channel, TellingError> {
        self.file = path.map(|path| LineFile::open(key, path)).transpose()?;
        Ok(self)
    }

    /// The same with the receiver of OpenLineage, where there is one.
    #[cfg(feature = "http")]
    pub(super) fn with_lineage(self, settings: &LineageSettings) -> Channel {
        let LineageSettings { url, headers, timeout, retries, .. } = settings;
        self.with_outbox(
            ("the receiver of OpenLineage", "telling.openlineage"),
            url.as_ref(),
            headers,
            (*timeout, *retries),
        )
    }

    /// The same with the collector of OpenTelemetry, where there is one.
    #[cfg(feature = "http")]
    pub(super) fn with_telemetry(self, settings: &TelemetrySettings) -> Channel {
        let TelemetrySettings { url, headers, timeout, retries, .. } = settings;
        self.with_outbox(
            ("the collector of OpenTelemetry", "telling.opentelemetry"),
            url.as_ref(),
            headers,
            (*timeout, *retries),
        )
    }

    #[cfg(feature = "http")]
    fn with_outbox(
        self,
        (who, place): (&str, &str),
        url: Option<&Address>,
        headers: &BTreeMap<String, Secret<String>>,
        (timeout, retries): (Duration, u32),
    ) -> Channel {
        let outbox = url.map(|url| {
            let receiver = Receiver { url: url.clone(), headers: headers.clone() };
            Outbox::new((who.to_owned(), place.to_owned()), Patience { timeout, retries }, || Sender::to(receiver))
        });
        Channel { outbox, ..self }
    }

    /// Sends a record to a path below the address of the receiver.
    #[cfg_attr(not(feature = "http"), expect(unused_variables, reason = "a file has no paths"))]
    pub(super) fn send(&mut self, path: &'static str, record: String) {
        #[cfg(feature = "http")]
        if let Some(outbox) = &mut self.outbox {
            outbox.put(path, record.clone());
        }
        if let Some(file) = &mut self.file {
            file.write(record);
        }
    }

    /// Nothing more will be sent.
    pub(super) fn end(&mut self) {
        #[cfg(feature = "http")]
        if let Some(outbox) = &mut self.outbox {
            outbox.end();
        }
    }

    /// Says what could not be sent.
    pub(super) fn close(self) -> Vec<String> {
        let warnings = self.file.and_then(LineFile::close).into_iter();
        #[cfg(feature = "http")]
        let warnings = warnings.chain(self.outbox.and_then(Outbox::close));
        warnings.collect()
    }
}
