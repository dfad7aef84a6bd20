//! Reads a source block by block, with all threads of the machine and in bounded memory.
//!
//! One thread reads the files, unpacks them, makes their digests and cuts them into pieces of whole records. As many
//! threads as the machine has cores make columns of the pieces. Whoever takes the blocks gets them in their order, and
//! there row numbers and lines are counted on. The threads are the source's own and not polars', which may be waiting for
//! the blocks, so that neither can lock the other up; they end with the source. A small source needs none of them.

use std::panic::resume_unwind;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use polars::prelude::DataFrame;

use super::pieces::{Form, Lengths, Next, Origin, Piece, Pieces};
use super::rows::{Part, Reject, Rejects, refused};
use super::{Portion, Source, SourceError, SourceFile, SourceOptions, SourceState, columnar, csv, database, ndjson};
use crate::schema::{Format, TableSchema};

/// Rows of a source that stand together in it.
#[derive(Clone, Debug)]
pub struct Block {
    /// The rows that could be read, with the columns of the schema; each is of one chunk.
    pub frame: DataFrame,
    /// The rows that could not, with the columns of [`Rejected`](crate::model::Rejected).
    pub rejects: DataFrame,
}

/// Reads the files of a source block by block, in their order, as [`read`](super::read) does together.
///
/// There is one block at least, if of no rows. Each holds some megabytes, and about as many are in memory as the machine
/// has cores, and a few more that wait to be taken; where they are not, reading waits. A file of Parquet or IPC is one
/// block, however large.
///
/// Blocks come before the source was read to its end. Only when there is no error up to the last of them has it been read.
///
/// ```
/// use purvey::model::SourceConfig;
/// use purvey::prelude::*;
/// use purvey::schema::SourceSchema;
/// use purvey::source;
///
/// /// One stay.
/// #[derive(Row, Clone, Debug, PartialEq)]
/// #[row(table = "stays", source)]
/// struct Stay {
///     hotel: String,
///     nights: i64,
/// }
///
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("2023.csv"), "hotel,nights\nSeehof,3\n")?;
/// std::fs::write(folder.path().join("2024.csv"), "hotel,nights\nSeehof,1\nAlpenblick,7\n")?;
/// let options = SourceConfig::default().options(&SourceSchema::DEFAULT);
///
/// let mut rows = 0;
/// for block in source::blocks(Stay::SCHEMA, &options, folder.path()) {
///     rows += block?.frame.height();
/// }
/// assert_eq!(rows, 3);
/// # Ok::<(), purvey::Error>(())
/// ```
#[must_use]
pub fn blocks(schema: &'static TableSchema, options: &SourceOptions, path: &Path) -> Blocks {
    Blocks::new(schema, options, path, Lengths::BLOCKS)
}

/// The blocks of a source; see [`blocks`].
///
/// # Errors
///
/// Each block may be a [`SourceError`], and is the last one then.
pub struct Blocks {
    source: Arc<Source>,
    lengths: Lengths,
    feed: Feed,
    before: Count,
    /// `None` where a file cannot be looked at.
    state: Option<SourceState>,
}

/// What stands before a part.
#[derive(Default)]
struct Count {
    /// Records of all files.
    records: u64,
    /// Lines of the same file.
    lines: u64,
}

impl Count {
    /// A block out of a part, whose rows and lines are counted on.
    fn block(&mut self, source: &Source, path: &Path, mut part: Part) -> Result<Block, SourceError> {
        let Count { records, lines } = *self;
        let place = |reject: &Reject| (reject.line.map(|line| lines + line), records + reject.record);
        if !source.options.keep_rejects && !part.rejects.is_empty() {
            let reject = part.rejects.swap_remove(0);
            let (line, row) = place(&reject);
            return Err(refused(source, path, line, row, reject.fault));
        }
        if let Some(line) = part.unclosed {
            return Err(SourceError::UnclosedQuote { path: path.to_owned(), line: lines + line });
        }
        let frame = part.frame(&source.fields, records);
        let mut rejects = Rejects::default();
        for reject in part.rejects {
            let (line, row) = place(&reject);
            rejects.add(path, line, row, reject.fault);
        }
        self.records += part.records;
        self.lines += part.lines;
        Ok(Block { frame, rejects: rejects.finish() })
    }
}

/// Where parts come from.
enum Feed {
    Start,
    Here(Box<Pieces>),
    Threads(Receiver<Promise>, Vec<JoinHandle<()>>),
    End { well: bool },
}

/// What comes next, or will come once a thread has read it.
enum Promise {
    Part(Origin, Receiver<Result<Part, SourceError>>),
    Rows(Origin, Part),
    End(Option<SourceState>),
    Failed(SourceError),
}

/// What has come.
enum Step {
    Part(Origin, Part),
    End(Option<SourceState>),
}

impl Blocks {
    pub(super) fn new(schema: &'static TableSchema, options: &SourceOptions, path: &Path, lengths: Lengths) -> Blocks {
        let source = Arc::new(Source::new(schema, options, path, Portion::All));
        Blocks { source, lengths, feed: Feed::Start, before: Count::default(), state: Some(SourceState::default()) }
    }

    /// The same for some of it only.
    pub(crate) fn portion(mut self, portion: Portion) -> Blocks {
        Arc::get_mut(&mut self.source).expect("nothing is read yet, so nobody else has it").portion = portion;
        self
    }

    /// What the files were like while they were read. `None` before the last block has been taken, after an error, and
    /// where one of them is no file on a disk.
    #[must_use]
    pub fn state(&self) -> Option<SourceState> {
        match self.feed {
            Feed::End { well: true } => self.state.clone(),
            _ => None,
        }
    }

    fn block(&mut self) -> Result<Option<Block>, SourceError> {
        loop {
            match self.step()? {
                None => return Ok(None),
                Some(Step::End(read)) => self.end_file(read),
                Some(Step::Part(origin, part)) => {
                    self.before.lines += origin.lines;
                    let block = self.before.block(&self.source, &origin.path, part);
                    if origin.is_packed && block.is_err() {
                        // What damaged data says is not to be believed.
                        while let Some(Step::Part(..)) = self.step()? {}
                    }
                    return block.map(Some);
                }
            }
        }
    }

    fn end_file(&mut self, read: Option<SourceState>) {
        self.before.lines = 0;
        match (&mut self.state, read) {
            (Some(state), Some(read)) => {
                state.files.extend(read.files);
                state.watermark = read.watermark;
            }
            _ => self.state = None,
        }
    }

    fn step(&mut self) -> Result<Option<Step>, SourceError> {
        loop {
            match std::mem::replace(&mut self.feed, Feed::End { well: false }) {
                Feed::Start if self.source.options.table.is_some() => self.feed = start_table(&self.source),
                Feed::Start => self.feed = Feed::Here(Box::new(Pieces::new(self.source.clone(), self.lengths)?)),
                Feed::Here(pieces) if pieces.are_many() => self.feed = start(&self.source, *pieces),
                Feed::Here(mut pieces) => {
                    let step = match pieces.next()? {
                        None => None,
                        Some(Next::End(file)) => Some(Step::End(of_file(file))),
                        Some(Next::Piece(piece)) => {
                            let (origin, part, _) = read_piece(&self.source, piece);
                            Some(Step::Part(origin, part?))
                        }
                    };
                    self.feed = Feed::Here(pieces);
                    return Ok(step);
                }
                Feed::Threads(parts, threads) => {
                    let step = match parts.recv() {
                        Ok(Promise::Part(origin, part)) => part.recv().ok().map(|part| Ok(Step::Part(origin, part?))),
                        Ok(Promise::Rows(origin, part)) => Some(Ok(Step::Part(origin, part))),
                        Ok(Promise::End(read)) => Some(Ok(Step::End(read))),
                        Ok(Promise::Failed(error)) => Some(Err(error)),
                        Err(_) => None,
                    };
                    if step.is_some() {
                        self.feed = Feed::Threads(parts, threads);
                        return step.transpose();
                    }
                    // That was all, or a thread panicked. None of them waits for this one any more.
                    drop(parts);
                    for thread in threads {
                        thread.join().unwrap_or_else(|panic| resume_unwind(panic));
                    }
                    return Ok(None);
                }
                Feed::End { .. } => return Ok(None),
            }
        }
    }
}

impl Iterator for Blocks {
    type Item = Result<Block, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Feed::End { .. } = self.feed {
            return None;
        }
        let block = self.block().transpose();
        if !matches!(block, Some(Ok(_))) {
            self.feed = Feed::End { well: block.is_none() };
        }
        block
    }
}

/// Has threads read the rest of a source.
fn start(source: &Arc<Source>, mut pieces: Pieces) -> Feed {
    let readers = thread::available_parallelism().map_or(1, usize::from);
    let (promise, parts) = sync_channel(readers);
    let (order, orders) = channel::<(Piece, Sender<_>)>();
    let (used, buffers) = channel();
    let orders = Arc::new(Mutex::new(orders));
    let reader = || {
        let (source, orders, used) = (source.clone(), orders.clone(), used.clone());
        move || loop {
            let next = orders.lock().expect("no thread panics while it waits for a piece").recv();
            let Ok((piece, part)) = next else { break };
            let (_, read, buffer) = read_piece(&source, piece);
            // Who is gone does not need them any more.
            used.send(buffer).ok();
            part.send(read).ok();
        }
    };
    let mut threads: Vec<_> = (0..readers).map(|_| thread::spawn(reader())).collect();
    pieces.reuse(buffers);
    threads.push(thread::spawn(move || {
        loop {
            let next = match pieces.next() {
                Ok(None) => break,
                Ok(Some(Next::End(file))) => Promise::End(of_file(file)),
                Ok(Some(Next::Piece(piece))) => {
                    let (part, promised) = channel();
                    let origin = piece.origin.clone();
                    if order.send((piece, part)).is_err() {
                        break;
                    }
                    Promise::Part(origin, promised)
                }
                Err(error) => Promise::Failed(error),
            };
            let is_last = matches!(next, Promise::Failed(_));
            if promise.send(next).is_err() || is_last {
                break;
            }
        }
    }));
    Feed::Threads(parts, threads)
}

/// Has a thread read a table of a database.
fn start_table(source: &Arc<Source>) -> Feed {
    let (promise, parts) = sync_channel(2);
    let source = source.clone();
    let thread = thread::spawn(move || {
        let origin = Origin { path: source.path.as_path().into(), is_packed: false, lines: 0 };
        let give = |part| promise.send(Promise::Rows(origin.clone(), part)).is_ok();
        let last = match database::read(&source, give) {
            Ok(None) => return,
            Ok(state) => Promise::End(state),
            Err(error) => Promise::Failed(error),
        };
        // Who is gone does not need it any more.
        promise.send(last).ok();
    });
    Feed::Threads(parts, vec![thread])
}

fn of_file(file: Option<SourceFile>) -> Option<SourceState> {
    file.map(|file| SourceState::of(vec![file]))
}

/// What stands in a piece; and its memory, to be used again.
fn read_piece(source: &Source, piece: Piece) -> (Origin, Result<Part, SourceError>, Vec<u8>) {
    let (fields, keep_rejects) = (&source.fields, source.options.keep_rejects);
    let part = match &piece.form {
        Form::Csv(header) => csv::read(piece.bytes(), header, fields, keep_rejects),
        Form::Ndjson => ndjson::read(piece.bytes(), source.options.encoding, fields, keep_rejects),
        Form::Columnar(format) => {
            let (format, origin, bytes) = (*format, piece.origin.clone(), piece.into_buffer());
            let part = columnar::read(source.schema, fields, &origin.path, bytes, format);
            return (origin, part, Vec::new());
        }
    };
    (piece.origin.clone(), Ok(part), piece.into_buffer())
}

/// Reads the bytes of a table that a store has written.
pub(super) fn read_bytes(source: &Source, bytes: &[u8], path: &Path) -> Result<DataFrame, SourceError> {
    let mut before = Count::default();
    let part = match source.options.format {
        Some(Format::Ndjson) => ndjson::read(bytes, source.options.encoding, &source.fields, false),
        _ => {
            let dialect = csv::Dialect { quoted_empty: true, ..source.options.dialect(source.options.separator) };
            let header = csv::header(bytes, dialect, source, path)?;
            let (header, begin) = header.ok_or_else(|| SourceError::EmptyFile { path: path.to_owned() })?;
            before.lines = csv::lines(&bytes[..begin]);
            csv::read(&bytes[begin..], &header, &source.fields, false)
        }
    };
    Ok(before.block(source, path, part)?.frame)
}
