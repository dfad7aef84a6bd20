//! A mail server on this machine.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use mailin::response::{NO_MAILBOX, OK};
use mailin::{Action, Handler, Response, SessionBuilder};

/// A mail that was handed in.
#[derive(Clone, Debug, Default)]
pub(super) struct Mail {
    pub(super) from: String,
    pub(super) to: Vec<String>,
    pub(super) text: String,
}

/// How it receives whom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mood {
    /// It takes what is for anybody but `nobody@…`.
    Open,
    /// It has no time for the first who come, so many of them.
    Busy(usize),
    /// It never says a word.
    Silent,
}

pub(super) struct PostOffice {
    address: String,
    mails: Arc<Mutex<Vec<Mail>>>,
}

impl PostOffice {
    pub(super) fn new(mood: Mood) -> PostOffice {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("smtp://{}", listener.local_addr().unwrap());
        let mails = Arc::new(Mutex::new(Vec::new()));
        let ours = Arc::clone(&mails);
        thread::spawn(move || {
            let mut silent = Vec::new();
            for (before, stream) in listener.incoming().map(Result::unwrap).enumerate() {
                match mood {
                    Mood::Silent => silent.push(stream),
                    Mood::Busy(first) if before < first => {
                        (&stream).write_all(b"421 seehof has no time\r\n").unwrap();
                    }
                    _ => drop(serve(&stream, Clerk { mails: Arc::clone(&ours), mail: Mail::default() })),
                }
            }
        });
        PostOffice { address, mails }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }
}

fn serve(mut stream: &TcpStream, clerk: Clerk) -> io::Result<()> {
    let mut session = SessionBuilder::new("seehof").build(stream.peer_addr()?.ip(), clerk);
    session.greeting().write_to(&mut stream)?;
    let mut lines = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let answer = session.process(&line);
        match answer.action {
            Action::NoReply => {}
            Action::Close => return answer.write_to(&mut stream),
            _ => answer.write_to(&mut stream)?,
        }
    }
}

/// Takes the mails of one who has come.
struct Clerk {
    mails: Arc<Mutex<Vec<Mail>>>,
    mail: Mail,
}

impl Handler for Clerk {
    fn rcpt(&mut self, to: &str) -> Response {
        if to.starts_with("nobody@") { NO_MAILBOX } else { OK }
    }

    fn data_start(&mut self, _: &str, from: &str, _: bool, to: &[String]) -> Response {
        self.mail = Mail { from: from.to_owned(), to: to.to_vec(), text: String::new() };
        OK
    }

    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        self.mail.text += std::str::from_utf8(line).unwrap();
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        self.mails.lock().unwrap().push(self.mail.clone());
        OK
    }
}
