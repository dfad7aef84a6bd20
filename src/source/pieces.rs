//! Cuts the files of a source into pieces of whole records, one after another.
//!
//! Knows where records end; not what stands in them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use super::csv::{self, Dialect, Header};
use super::file::{self, Input};
use super::{Portion, Source, SourceError, SourceFile};
use crate::schema::Format;

/// How long pieces are, in bytes of text. One record is in one piece, however long it is.
#[derive(Clone, Copy)]
pub(super) struct Lengths {
    /// The first: a source that has no more is read in one go.
    pub(super) first: usize,
    /// All others, at least. They grow with the text before them, so that there are few of them in a long source.
    pub(super) shortest: usize,
    pub(super) longest: usize,
}

impl Lengths {
    /// For blocks that are used and dropped.
    pub(super) const BLOCKS: Lengths = Lengths { first: 1 << 18, shortest: 1 << 20, longest: 1 << 22 };

    /// For blocks that are kept, and become the chunks of one frame.
    pub(super) const WHOLE: Lengths = Lengths { longest: 1 << 24, ..Lengths::BLOCKS };

    /// The length of a piece after so much text.
    fn after(&self, text: u64) -> usize {
        match text {
            0 => self.first,
            text => usize::try_from(text / 16).unwrap_or(usize::MAX).clamp(self.shortest, self.longest),
        }
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Some records of a file, or a whole file of Parquet or IPC.
pub(super) struct Piece {
    pub(super) origin: Origin,
    pub(super) form: Form,
    buffer: Vec<u8>,
    begin: usize,
    end: usize,
}

/// Where a piece is from.
#[derive(Clone)]
pub(super) struct Origin {
    pub(super) path: Arc<Path>,
    /// Whether the bytes of the file were packed.
    pub(super) is_packed: bool,
    /// Lines of the file between the piece before and this one, such as a header.
    pub(super) lines: u64,
}

/// How the records of a piece are written.
pub(super) enum Form {
    Csv(Arc<Header>),
    Ndjson,
    Columnar(Format),
}

impl Piece {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.begin..self.end]
    }

    /// Its memory, to be used again.
    pub(super) fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }
}

/// What comes next in a source.
pub(super) enum Next {
    Piece(Piece),
    /// A file has ended, and this is what it was like.
    End(Option<SourceFile>),
}

/// All files of a source, piece by piece.
pub(super) struct Pieces {
    source: Arc<Source>,
    files: std::vec::IntoIter<PathBuf>,
    open: Option<Open>,
    /// How much text there was so far.
    text: u64,
    lengths: Lengths,
    used: Option<Receiver<Vec<u8>>>,
}

/// The file that is being read.
struct Open {
    path: Arc<Path>,
    input: Input,
    format: Format,
    dialect: Dialect,
    header: Option<Arc<Header>>,
    has_piece: bool,
    /// What was read and belongs to no piece yet, and room for more.
    buffer: Vec<u8>,
    filled: usize,
    has_ended: bool,
}

impl Pieces {
    pub(super) fn new(source: Arc<Source>, lengths: Lengths) -> Result<Pieces, SourceError> {
        let files = match &source.portion {
            Portion::Files(files) => files.clone(),
            _ => file::list(&source.path)?,
        };
        let files = files.into_iter();
        Ok(Pieces { source, files, open: None, text: 0, lengths, used: None })
    }

    /// Whether there is more than what was read so far, which is a good deal.
    pub(super) fn are_many(&self) -> bool {
        let goes_on = self.open.as_ref().is_some_and(|open| !open.has_ended) || self.files.len() > 0;
        goes_on && self.text >= self.lengths.first as u64 / 2
    }

    /// Takes buffers from here that have been used.
    pub(super) fn reuse(&mut self, used: Receiver<Vec<u8>>) {
        self.used = Some(used);
    }

    /// The next piece of the file that is open, the end of it, or the first of the next file; after an error there is
    /// nothing of use.
    pub(super) fn next(&mut self) -> Result<Option<Next>, SourceError> {
        if self.open.is_none() {
            let Some(path) = self.files.next() else { return Ok(None) };
            self.open = Some(Open::new(&self.source, path)?);
        }
        let open = self.open.as_mut().expect("it was opened");
        let length = self.lengths.after(self.text);
        let buffer = || self.used.as_ref().and_then(|used| used.try_recv().ok()).unwrap_or_default();
        match open.piece(&self.source, length, buffer) {
            Ok(Some(piece)) => {
                self.text += piece.bytes().len() as u64;
                Ok(Some(Next::Piece(piece)))
            }
            Ok(None) => {
                let open = self.open.take().expect("it was opened");
                Ok(Some(Next::End(open.input.finish()?)))
            }
            Err(error) => {
                open.input.check(&open.path)?;
                Err(error)
            }
        }
    }
}

impl Open {
    fn new(source: &Source, path: PathBuf) -> Result<Open, SourceError> {
        let options = &source.options;
        let form = options.format.map(|format| (format, false)).or_else(|| file::form(&path));
        let Some((format, tabs)) = form else {
            return Err(match file::seems_database(&path) {
                true => SourceError::Database { path },
                false => SourceError::UnknownEnding { path },
            });
        };
        let separator = if tabs && options.separator == ',' { '\t' } else { options.separator };
        Ok(Open {
            input: Input::open(&source.path, &path)?,
            path: path.into(),
            format,
            dialect: options.dialect(separator),
            header: None,
            has_piece: false,
            buffer: Vec::new(),
            filled: 0,
            has_ended: false,
        })
    }

    /// The next records, about so many bytes of them; a file has one piece at least.
    fn piece(
        &mut self,
        source: &Source,
        length: usize,
        spare: impl FnOnce() -> Vec<u8>,
    ) -> Result<Option<Piece>, SourceError> {
        if let Format::Parquet | Format::Ipc = self.format {
            return self.whole();
        }
        let (mut begin, mut lines, mut wanted) = (0, 0, length);
        let end = loop {
            self.fill(wanted)?;
            if !self.has_piece && self.buffer[..self.filled].starts_with(BYTE_ORDER_MARK) {
                begin = BYTE_ORDER_MARK.len();
            }
            if self.has_piece && self.filled == 0 {
                return Ok(None);
            }
            if let Some(end) = self.end_of_records(begin) {
                if self.format != Format::Csv || self.header.is_some() {
                    break end;
                }
                let found = csv::header(&self.buffer[begin..end], self.dialect, source, &self.path)?;
                if let Some((header, length)) = found {
                    self.header = Some(Arc::new(header));
                    lines = csv::lines(&self.buffer[begin..begin + length]);
                    begin += length;
                    break end;
                } else if self.has_ended {
                    return Err(SourceError::EmptyFile { path: self.path.to_path_buf() });
                }
            }
            // A record, or so many blank lines, that do not fit.
            wanted = 2 * self.filled.max(length);
        };
        let rest = self.filled - end;
        let mut next = if self.has_ended { Vec::new() } else { spare() };
        if next.len() < rest {
            next = vec![0; rest.max(length)];
        }
        next[..rest].copy_from_slice(&self.buffer[end..self.filled]);
        let buffer = std::mem::replace(&mut self.buffer, next);
        self.filled = rest;
        self.has_piece = true;
        let form = self.header.clone().map_or(Form::Ndjson, Form::Csv);
        Ok(Some(Piece { origin: self.origin(lines), form, buffer, begin, end }))
    }

    fn whole(&mut self) -> Result<Option<Piece>, SourceError> {
        if self.has_piece {
            return Ok(None);
        }
        self.has_piece = true;
        let buffer = self.input.rest(&self.path)?;
        let end = buffer.len();
        let form = Form::Columnar(self.format);
        Ok(Some(Piece { origin: self.origin(0), form, buffer, begin: 0, end }))
    }

    fn origin(&self, lines: u64) -> Origin {
        Origin { path: self.path.clone(), is_packed: self.input.is_packed(), lines }
    }

    /// Reads until there are so many bytes, or no more.
    fn fill(&mut self, wanted: usize) -> Result<(), SourceError> {
        if self.has_ended || self.filled >= wanted {
            return Ok(());
        }
        if self.buffer.len() < wanted {
            let mut larger = vec![0; wanted];
            larger[..self.filled].copy_from_slice(&self.buffer[..self.filled]);
            self.buffer = larger;
        }
        self.filled += self.input.fill(&mut self.buffer[self.filled..wanted], &self.path)?;
        self.has_ended = self.filled < wanted;
        Ok(())
    }

    /// Where the last record ends that is there as a whole.
    fn end_of_records(&self, begin: usize) -> Option<usize> {
        if self.has_ended {
            return Some(self.filled);
        }
        let bytes = &self.buffer[begin..self.filled];
        let end = match self.format {
            Format::Csv => csv::end_of_records(bytes, self.dialect.separator),
            _ => memchr::memrchr(b'\n', bytes).map(|at| at + 1),
        };
        end.map(|end| begin + end)
    }
}
