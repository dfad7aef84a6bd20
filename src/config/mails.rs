//! The sections `[telling.mails.<name>]`: notices by e-mail.

use std::fmt;
use std::time::Duration;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

use super::telling::{Notice, all_notices, default_retries, default_timeout, notices, some_time};
use crate::secret::Secret;
use crate::section::time::write as text;

/// What `[telling.mails.<name>]` may say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct MailSettings {
    /// The server that takes the mails.
    pub server: MailServer,
    /// Who logs in there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// With which password.
    #[serde(skip_serializing)]
    pub password: Option<Secret<String>>,
    /// The address that the mails are from.
    pub from: String,
    /// The addresses that they are for; at least one.
    pub to: Vec<String>,
    /// What they are told of; of everything if absent.
    pub on: Vec<Notice>,
    /// How long the end of a run may wait for the server.
    #[serde(serialize_with = "text")]
    pub timeout: Duration,
    /// How many more times a mail is sent that was not taken.
    pub retries: u32,
}

/// The section as it is written.
#[derive(Deserialize)]
struct Written {
    server: MailServer,
    user: Option<String>,
    password: Option<Secret<String>>,
    #[serde(deserialize_with = "address")]
    from: String,
    #[serde(deserialize_with = "addresses")]
    to: Vec<String>,
    #[serde(default = "all_notices", deserialize_with = "notices")]
    on: Vec<Notice>,
    #[serde(default = "default_timeout", deserialize_with = "some_time")]
    timeout: Duration,
    #[serde(default = "default_retries")]
    retries: u32,
}

impl TryFrom<Written> for MailSettings {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<MailSettings, &'static str> {
        let Written { server, user, password, from, to, on, timeout, retries } = written;
        match (&user, &password, server.protection) {
            (Some(_), None, _) | (None, Some(_), _) => Err("`user` and `password` go together"),
            (Some(_), Some(_), Protection::None) => {
                Err("a password is not sent unprotected; write \"smtps://\" or \"smtp+starttls://\" in `server`")
            }
            _ => Ok(MailSettings { server, user, password, from, to, on, timeout, retries }),
        }
    }
}

/// A server that takes mails, such as `smtps://mail.example.org`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailServer {
    protection: Protection,
    host: String,
    port: u16,
}

/// How the way to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Not at all: `smtp://`, port 25, for a server on the same machine.
    None,
    /// From the first word on: `smtps://`, port 465.
    Tls,
    /// After a word in the open that asks for it, and never without: `smtp+starttls://`, port 587.
    StartTls,
}

impl MailServer {
    /// How the way there is protected.
    #[must_use]
    pub fn protection(&self) -> Protection {
        self.protection
    }

    /// Its name, or its address on the network.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    fn parse(text: &str) -> Option<MailServer> {
        let (scheme, rest) = text.split_once("://")?;
        let (protection, port) = match scheme {
            "smtp" => (Protection::None, 25),
            "smtps" => (Protection::Tls, 465),
            "smtp+starttls" => (Protection::StartTls, 587),
            _ => return None,
        };
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, digits)) => (host, digits.parse().ok()?),
            None => (rest, port),
        };
        let is_host = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c));
        is_host.then(|| MailServer { protection, host: host.to_owned(), port })
    }
}

impl fmt::Display for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.protection {
            Protection::None => "smtp",
            Protection::Tls => "smtps",
            Protection::StartTls => "smtp+starttls",
        };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

impl Serialize for MailServer {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MailServer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<MailServer, D::Error> {
        if !cfg!(feature = "smtp") {
            return Err(de::Error::custom(
                "this program is built without e-mail; build it with `--features smtp`, or take this section out",
            ));
        }
        from.deserialize_str(Server)
    }
}

/// Reads a server from its text.
struct Server;

impl Visitor<'_> for Server {
    type Value = MailServer;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a server like \"smtps://mail.example.org\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<MailServer, E> {
        // There may be a password in it that does not belong there.
        MailServer::parse(text).ok_or_else(|| {
            E::custom(
                "write a server like \"smtps://mail.example.org\" or \"smtp://localhost\"; `user` and `password` are keys \
                 of their own (the value is not shown)",
            )
        })
    }
}

fn address<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    checked(String::deserialize(from)?)
}

fn addresses<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let addresses = Vec::<String>::deserialize(from)?;
    if addresses.is_empty() {
        return Err(de::Error::custom("name at least one address"));
    }
    addresses.into_iter().map(checked).collect()
}

/// A plain address: what else may stand in one must not be taken for something that is said to the server.
fn checked<E: de::Error>(address: String) -> Result<String, E> {
    let is_part =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_graphic() && !"<>()[],;:\\\"@".contains(c));
    match address.split_once('@') {
        Some((local, host)) if is_part(local) && is_part(host) => Ok(address),
        _ => Err(E::custom(format!("`{address}` is no address like \"ana@example.org\""))),
    }
}
