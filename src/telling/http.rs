//! Sends by HTTP.
//!
//! Addresses and headers may be secrets, so that no text made here quotes one, or what the receiver answered to it.

use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use tokio::runtime::{Builder, Runtime};

use super::outbox::{Carrier, Refusal};
use crate::config::Address;
use crate::secret::Secret;
use crate::words;

/// Where to send to, and with which headers.
#[derive(Clone, Debug)]
pub(super) struct Receiver {
    pub(super) url: Address,
    pub(super) headers: BTreeMap<String, Secret<String>>,
}

/// Sends to one receiver, from one thread.
pub(super) struct Sender {
    runtime: Runtime,
    client: Client,
    url: Address,
    headers: HeaderMap,
}

impl Sender {
    pub(super) fn to(receiver: Receiver) -> io::Result<Sender> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let client = Client::builder()
            // What is posted is not posted again elsewhere.
            .redirect(Policy::none())
            .user_agent(concat!("purvey/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| io::Error::other(cause(&error.without_url())))?;
        let headers = receiver.headers.iter().map(|(name, value)| {
            let name = HeaderName::try_from(name.as_str()).map_err(io::Error::other)?;
            let mut value = HeaderValue::from_str(value.expose()).map_err(io::Error::other)?;
            value.set_sensitive(true);
            Ok((name, value))
        });
        let mut headers: HeaderMap = headers.collect::<io::Result<_>>()?;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Sender { runtime, client, url: receiver.url, headers })
    }
}

impl Carrier for Sender {
    fn send(&self, path: &str, body: &str, limit: Duration) -> Result<(), Refusal> {
        let url = format!("{}{path}", self.url.expose());
        let request = self.client.post(url).headers(self.headers.clone()).body(body.to_owned());
        let answer = self.runtime.block_on(async { tokio::time::timeout(limit, request.send()).await });
        match answer {
            Err(_) => Err(Refusal { why: format!("no answer within {}", words::duration(limit)), may_pass: true }),
            Ok(Err(error)) => {
                let may_pass = !error.is_builder();
                Err(Refusal { why: cause(&error.without_url()), may_pass })
            }
            Ok(Ok(answer)) if answer.status().is_success() => Ok(()),
            Ok(Ok(answer)) => {
                let status = answer.status();
                Err(Refusal { why: format!("it answered {status}"), may_pass: may_pass(status) })
            }
        }
    }
}

/// Whether the same request may be taken later, as RFC 9110 has it.
fn may_pass(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
}

/// What is at the bottom of an error: "Connection refused" says more than "error sending request".
fn cause(error: &dyn Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
