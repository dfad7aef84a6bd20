//! Sends e-mails by SMTP, RFC 5321, to one server.
//!
//! Knows how one talks with a server that takes mail for others. What is said there of a password is not repeated.

use std::io;
use std::slice::Iter;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use smtp_proto::response::parser::ResponseReceiver;
use smtp_proto::{Error, Response};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsConnector;

use super::outbox::{Carrier, Refusal};
use crate::config::{MailSettings, Protection};
use crate::store;
use crate::words;

/// The longest part of an answer that is repeated.
const LONGEST: usize = 200;

/// Sends to one server, from one thread.
pub(super) struct Mailer {
    runtime: Runtime,
    settings: MailSettings,
}

impl Mailer {
    pub(super) fn of(settings: MailSettings) -> io::Result<Mailer> {
        Ok(Mailer { runtime: Builder::new_current_thread().enable_all().build()?, settings })
    }

    async fn deliver(&self, mail: &str) -> Result<(), Refusal> {
        let server = &self.settings.server;
        let stream = TcpStream::connect((server.host(), server.port())).await.map_err(may_pass)?;
        match server.protection() {
            Protection::None => Dialogue::new(stream).greeted().await?.send(&self.settings, mail).await,
            Protection::Tls => {
                Dialogue::new(self.protect(stream).await?).greeted().await?.send(&self.settings, mail).await
            }
            Protection::StartTls => {
                let mut open = Dialogue::new(stream).greeted().await?;
                open.hello().await?;
                open.ask("STARTTLS", "STARTTLS").await?;
                let stream = self.protect(open.hung_up()?).await?;
                Dialogue::new(stream).send(&self.settings, mail).await
            }
        }
    }

    async fn protect(&self, stream: TcpStream) -> Result<tokio_rustls::client::TlsStream<TcpStream>, Refusal> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let host = self.settings.server.host().to_owned();
        let name = ServerName::try_from(host).map_err(|error| Refusal { why: error.to_string(), may_pass: false })?;
        TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(may_pass)
    }
}

impl Carrier for Mailer {
    fn send(&self, _: &str, mail: &str, limit: Duration) -> Result<(), Refusal> {
        let sent = self.runtime.block_on(async { tokio::time::timeout(limit, self.deliver(mail)).await });
        sent.unwrap_or_else(|_| {
            Err(Refusal { why: format!("no answer within {}", words::duration(limit)), may_pass: true })
        })
    }
}

/// What is said to a server, and what it answers.
struct Dialogue<S> {
    stream: S,
    answers: ResponseReceiver,
    /// What has come and was not read yet.
    rest: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Dialogue<S> {
    fn new(stream: S) -> Dialogue<S> {
        Dialogue { stream, answers: ResponseReceiver::default(), rest: Vec::new() }
    }

    /// Waits for the server to speak first.
    async fn greeted(mut self) -> Result<Dialogue<S>, Refusal> {
        let answer = self.answer().await?;
        taken(&answer, "the connection")?;
        Ok(self)
    }

    /// Takes the stream back, on which nothing must have been said in advance: it would be from somebody else.
    fn hung_up(self) -> Result<S, Refusal> {
        if self.rest.is_empty() {
            Ok(self.stream)
        } else {
            Err(Refusal { why: "it says more than it was asked before it is protected".to_owned(), may_pass: false })
        }
    }

    async fn hello(&mut self) -> Result<(), Refusal> {
        let is_name = |host: &&str| host.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c));
        let host = Some(store::host()).filter(is_name).filter(|host| !host.is_empty()).unwrap_or("localhost");
        self.ask(&format!("EHLO {host}"), "EHLO").await
    }

    /// Hands in a mail, from the greeting by name on.
    async fn send(mut self, settings: &MailSettings, mail: &str) -> Result<(), Refusal> {
        self.hello().await?;
        if let (Some(user), Some(password)) = (&settings.user, &settings.password) {
            let login = BASE64_STANDARD.encode(format!("\0{user}\0{}", password.expose()));
            self.say(&format!("AUTH PLAIN {login}\r\n")).await?;
            let code = self.answer().await?.code;
            if code != 235 {
                let why = format!("it answered {code} to user and password");
                return Err(Refusal { why, may_pass: code < 500 });
            }
        }
        self.ask(&format!("MAIL FROM:<{}>", settings.from), "the sender").await?;
        let mut refused = Vec::new();
        for to in &settings.to {
            refused.extend(self.ask(&format!("RCPT TO:<{to}>"), &format!("`{to}`")).await.err());
        }
        let is_wanted = refused.len() < settings.to.len();
        if is_wanted {
            self.ask("DATA", "DATA").await?;
            self.say(&stuffed(mail)).await?;
            let answer = self.answer().await?;
            taken(&answer, "the mail")?;
        }
        // It has been taken, or not, whatever comes of this.
        let _ = self.say("QUIT\r\n").await;
        match refused.into_iter().next() {
            // Those who were not refused have it, and must not get it again.
            Some(refusal) => Err(Refusal { may_pass: refusal.may_pass && !is_wanted, ..refusal }),
            None => Ok(()),
        }
    }

    async fn ask(&mut self, line: &str, what: &str) -> Result<(), Refusal> {
        self.say(&format!("{line}\r\n")).await?;
        let answer = self.answer().await?;
        taken(&answer, what)
    }

    async fn say(&mut self, text: &str) -> Result<(), Refusal> {
        self.stream.write_all(text.as_bytes()).await.map_err(may_pass)?;
        self.stream.flush().await.map_err(may_pass)
    }

    async fn answer(&mut self) -> Result<Response<String>, Refusal> {
        loop {
            let mut bytes: Iter<'_, u8> = self.rest.iter();
            let parsed = self.answers.parse(&mut bytes);
            self.rest = bytes.as_slice().to_vec();
            match parsed {
                Ok(answer) => {
                    self.answers.reset();
                    return Ok(answer);
                }
                Err(Error::NeedsMoreData { .. }) => {}
                Err(_) => return Err(Refusal { why: "it does not speak SMTP".to_owned(), may_pass: false }),
            }
            let mut more = [0; 1024];
            match self.stream.read(&mut more).await.map_err(may_pass)? {
                0 => return Err(Refusal { why: "it hung up".to_owned(), may_pass: true }),
                length => self.rest.extend_from_slice(&more[..length]),
            }
        }
    }
}

/// Whether an answer is a good one; 4xx may be another one later, as RFC 5321, 4.2.1 has it.
fn taken(answer: &Response<String>, what: &str) -> Result<(), Refusal> {
    if answer.code < 400 {
        return Ok(());
    }
    let said: String = answer.message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let why = format!("it answered {} to {what}: {}", answer.code, words::cut(said.trim(), LONGEST));
    Err(Refusal { why, may_pass: answer.code < 500 })
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn may_pass(error: io::Error) -> Refusal {
    Refusal { why: error.to_string(), may_pass: true }
}

/// A mail as it follows `DATA`: no line of it can be taken for its end, RFC 5321, 4.5.2.
fn stuffed(mail: &str) -> String {
    let mut text = String::with_capacity(mail.len() + 8);
    for line in mail.lines() {
        text += if line.starts_with('.') { "." } else { "" };
        text += line;
        text += "\r\n";
    }
    text + ".\r\n"
}
