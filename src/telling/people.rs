//! Notices to people that a run has failed, that all is well again, that a check has warned, or that a model is late: by
//! webhook and by e-mail.

#[cfg(feature = "smtp")]
use mail_builder::MessageBuilder;
#[cfg(feature = "http")]
use serde::Serialize;

#[cfg(feature = "http")]
use super::http::{Receiver, Sender};
use super::notice::{Letter, Run};
use super::outbox::{Outbox, Patience};
#[cfg(feature = "smtp")]
use super::smtp::Mailer;
use super::{Past, Teller};
#[cfg(feature = "smtp")]
use crate::config::MailSettings;
#[cfg(feature = "http")]
use crate::config::{Form, WebhookSettings};
use crate::config::{Notice, TellingSettings};
use crate::event::Event;

/// All people that a configuration names.
pub(super) fn all(settings: &TellingSettings) -> Vec<People> {
    let mut all = Vec::new();
    #[cfg(feature = "http")]
    all.extend(settings.webhooks.iter().map(|(name, hook)| People::behind(name, hook)));
    #[cfg(feature = "smtp")]
    all.extend(settings.mails.iter().map(|(name, mails)| People::by_mail(name, mails)));
    all
}

/// Tells people at one place.
pub(super) struct People {
    on: Vec<Notice>,
    /// How a notice is written.
    write: Box<dyn Fn(&Letter) -> String + Send>,
    outbox: Outbox,
    run: Run,
}

impl People {
    /// Those behind the webhook of this name.
    #[cfg(feature = "http")]
    pub(super) fn behind(name: &str, settings: &WebhookSettings) -> People {
        let WebhookSettings { url, headers, on, form, timeout, retries } = settings;
        let receiver = Receiver { url: url.clone(), headers: headers.clone() };
        let patience = Patience { timeout: *timeout, retries: *retries };
        let names = (format!("webhook `{name}`"), format!("telling.webhooks.{name}"));
        let outbox = Outbox::new(names, patience, || Sender::to(receiver));
        let write: Box<dyn Fn(&Letter) -> String + Send> = match form {
            Form::Json => Box::new(|letter| letter.line.clone()),
            Form::Slack => Box::new(|letter| slack(&letter.text)),
        };
        People { on: on.clone(), write, outbox, run: Run::default() }
    }

    /// Those who get the mails of this name.
    #[cfg(feature = "smtp")]
    pub(super) fn by_mail(name: &str, settings: &MailSettings) -> People {
        let patience = Patience { timeout: settings.timeout, retries: settings.retries };
        let names = (format!("the mail server of `{name}`"), format!("telling.mails.{name}"));
        let (ours, theirs) = (settings.clone(), settings.clone());
        let outbox = Outbox::new(names, patience, || Mailer::of(theirs));
        People {
            on: settings.on.clone(),
            write: Box::new(move |letter| mail(letter, &ours)),
            outbox,
            run: Run::default(),
        }
    }
}

impl People {
    /// Whether they want to be told of this.
    pub(super) fn want(&self, notice: Notice) -> bool {
        self.on.contains(&notice)
    }

    /// Sends them a notice.
    pub(super) fn put(&mut self, letter: &Letter) {
        self.outbox.put("", (self.write)(letter));
    }
}

impl Teller for People {
    fn hear(&mut self, event: &Event) {
        self.run.hear(event);
    }

    fn end(&mut self, past: &Past) {
        if let Some(letter) = self.run.noticed(past, &self.on) {
            self.put(&letter);
        }
        self.outbox.end();
    }

    fn close(self: Box<Self>) -> Vec<String> {
        self.outbox.close().into_iter().collect()
    }
}

/// `text` alone.
#[cfg(feature = "http")]
#[derive(Serialize)]
struct Text {
    text: String,
}

/// A text as Slack takes it, <https://api.slack.com/reference/surfaces/formatting#escaping>.
#[cfg(feature = "http")]
fn slack(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    serde_json::to_string(&Text { text }).expect("a text can be written as JSON")
}

/// A mail whose subject is the first line of the text.
#[cfg(feature = "smtp")]
fn mail(letter: &Letter, settings: &MailSettings) -> String {
    let subject = letter.text.lines().next().unwrap_or_default().to_owned();
    let host = settings.from.rsplit('@').next().unwrap_or_default();
    let mail = MessageBuilder::new()
        .from(settings.from.as_str())
        .to(settings.to.iter().map(String::as_str).collect::<Vec<_>>())
        .subject(subject)
        // The same whenever it is sent again, so that two of them are seen to be one.
        .message_id(format!("{}@{host}", letter.id))
        .date(letter.at.timestamp())
        .header("Auto-Submitted", mail_builder::headers::raw::Raw::new("auto-generated"))
        .text_body(letter.text.as_str());
    mail.write_to_string().expect("writing to memory does not fail")
}
