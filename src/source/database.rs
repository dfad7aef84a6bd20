//! Reads a table of an SQLite file: all its rows, or those that have come since a watermark.
//!
//! - **One moment.** All is read in one transaction, whoever writes meanwhile. Who writes at that very moment is waited for.
//! - **Columns** are those of the row type; a table may have others. Names are compared as SQL does it, without case.
//! - **Values** have the type of their field: no numbers in texts, no `3.0` for a whole number. A boolean is `0` or `1`; dates
//!   and times are texts, or whole numbers where the format says so (`%s`, seconds since 1970).
//! - **Order** of rows is that of the rowid, or of the primary key where there is none; that of the column that tells new rows
//!   goes before. A view without such a column gives its rows as it says itself.
//! - **New rows** are those with a greater value in that column than was ever read, or with the same and other content. A row
//!   that comes with a smaller one is never read; nor is one that is changed and keeps it.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, Row, Transaction};

use super::field::{Field, shown};
use super::file::metadata;
use super::observe::Look;
use super::rows::{Part, Rows};
use super::{Mark, Portion, Source, SourceError, SourceFile, SourceOptions, SourceState, Watermark};
use crate::digest::{Digest, Digester};
use crate::nearest;
use crate::schema::TableSchema;
use crate::words;

mod fault;
mod mark;
mod table;

pub use fault::TableFault;
use mark::{Content, Place, Progress};
pub(super) use table::Table;
use table::Trouble;

/// Says what makes no sense in options that name a table, or a watermark, for rows of this schema.
pub(super) fn check(options: &SourceOptions, schema: &TableSchema) -> Result<(), String> {
    let Some(watermark) = &options.watermark else { return Ok(()) };
    if options.table.is_none() {
        return Err(
            "`watermark` is for a table of a database; say which, `table = \"…\"`, or say `once` to read each file of a \
             folder once"
                .to_owned(),
        );
    }
    let readable = schema.columns.iter().filter(|column| !column.row_number);
    let Some(column) = readable.clone().find(|column| column.name == watermark) else {
        let similar = nearest::name(watermark, readable.map(|column| column.name));
        let hint = nearest::hint(similar.as_deref());
        return Err(format!("`watermark` is \"{watermark}\", which is no column that `{}` reads{hint}", schema.name));
    };
    let wanted = "new rows are told by a column of whole numbers, texts, dates or times that is no `Option`";
    match column.ty.can_be_watermark() && !column.nullable {
        true => Ok(()),
        false => {
            let optional = if column.nullable { "an optional " } else { "a " };
            Err(format!("`watermark` is \"{watermark}\", {optional}{} column; {wanted}", column.ty))
        }
    }
}

/// How long a writer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many rows are a part.
const ROWS: u64 = 1 << 16;

/// Reads the rows and gives them away part by part, one at least; what was read is told at the end, unless nobody wants more.
pub(super) fn read(source: &Source, mut give: impl FnMut(Part) -> bool) -> Result<Option<SourceState>, SourceError> {
    let keep_rejects = source.options.keep_rejects;
    let mut rows = Rows::new(&source.fields, keep_rejects, 0);
    let columns = places(&source.fields);
    let (mut count, mut is_wanted, mut has_given) = (0, true, false);
    let state = walk(source, SystemTime::now(), |row, place| {
        rows.push(place.rowid, |index, field, values| {
            let value = row.get_ref_unwrap(columns[index]);
            field.cell(value, values).map_err(|reason| (shown(value), reason))
        });
        count += 1;
        if count == ROWS || rows.is_over() {
            let whole = std::mem::replace(&mut rows, Rows::new(&source.fields, keep_rejects, ROWS as usize));
            let is_over = whole.is_over();
            is_wanted = give(whole.finish(0)) && !is_over;
            (count, has_given) = (0, true);
        }
        is_wanted
    })?;
    if is_wanted && (count > 0 || !has_given) {
        is_wanted = give(rows.finish(0));
    }
    Ok(state.filter(|_| is_wanted))
}

/// For each field the place of its column in a query; of no use for one that is not read.
fn places(fields: &[Field]) -> Vec<usize> {
    let next = |place: &mut usize, field: &Field| {
        let here = *place;
        *place += usize::from(field.name.is_some());
        Some(here)
    };
    fields.iter().scan(0, next).collect()
}

/// What would be read now. The table is left alone where the file is as it was `before`.
pub(super) fn observe(
    source: &Source,
    before: Option<&SourceState>,
    now: SystemTime,
) -> Result<SourceState, SourceError> {
    if let Some(state) = before.and_then(|before| unchanged(source, before, now)) {
        return Ok(state);
    }
    let state = walk(source, now, |_, _| true)?;
    Ok(state.expect("all of it was wanted"))
}

/// What would be read, if the file is as it was before.
fn unchanged(source: &Source, before: &SourceState, now: SystemTime) -> Option<SourceState> {
    let look = look(&source.path, now).ok()??;
    let is_same = |file: &&SourceFile| file.settled && look.settled && look.is_of(file);
    match source.after() {
        None if source.options.watermark.is_none() => before.files.first().filter(is_same).map(|_| before.clone()),
        None => None,
        Some(after) => {
            // Whether that is the column it was read by is seen when it is read.
            let is_of_it = Some(&after.table) == source.options.table.as_ref() && is_same(&&after.file);
            is_of_it.then(|| SourceState { files: Vec::new(), watermark: before.watermark.clone() })
        }
    }
}

impl Source {
    /// Up to where the table was read before.
    fn after(&self) -> Option<&Watermark> {
        match &self.portion {
            Portion::After(watermark) => Some(watermark),
            _ => None,
        }
    }
}

/// Goes over the rows that are to be read, as long as they are wanted; what they are is told at the end.
fn walk(
    source: &Source,
    now: SystemTime,
    mut each: impl FnMut(&Row<'_>, Place) -> bool,
) -> Result<Option<SourceState>, SourceError> {
    let (path, name) = (source.path.as_path(), source.options.table.as_deref().unwrap_or_default());
    let failed = |trouble| told(path, name, trouble);
    let no_file = || TableFault::Unreadable { reason: "it is no file, but a folder or the like".to_owned() };
    let before = look(path, now)?.ok_or_else(|| failed(no_file().into()))?;
    let mut database = open(path).map_err(|error| failed(error.into()))?;
    // What is begun so reads, and sees nothing of what is written from its first query on.
    let transaction = database.transaction().map_err(|error| failed(error.into()))?;
    let walked = walk_in(&transaction, source, name, &mut each).map_err(failed)?;
    drop(transaction);
    drop(database);
    let Some(Walked { digest, count, reached }) = walked else { return Ok(None) };
    let look = look(path, now)?.map_or(before.settled_if(false), |after| after.settled_if(after == before));
    let file = look.file(String::new(), digest);
    let watermark = reached.map(|Reached { column, columns, mark, rows }| {
        Box::new(Watermark { table: name.to_owned(), column, columns, mark, rows, file: file.clone() })
    });
    let is_nothing = source.options.watermark.is_some() && count == 0;
    Ok(Some(SourceState { files: if is_nothing { Vec::new() } else { vec![file] }, watermark }))
}

/// What the rows were.
struct Walked {
    /// Of those that are new.
    digest: Digest,
    /// How many are new.
    count: u64,
    reached: Option<Reached>,
}

/// Up to where rows go.
struct Reached {
    column: String,
    columns: Digest,
    mark: Mark,
    rows: Vec<Content>,
}

fn walk_in(
    database: &Transaction<'_>,
    source: &Source,
    name: &str,
    each: &mut impl FnMut(&Row<'_>, Place) -> bool,
) -> Result<Option<Walked>, Trouble> {
    let table = Table::find(database, source, name)?;
    let columns = columns(&table);
    let after = source.after().filter(|_| table.watermark.is_some());
    let mut progress = match (table.mark(), after) {
        (None, _) => None,
        (Some(column), None) => Some(Progress::new(marking(source), column)),
        (Some(column), Some(after)) => {
            let progress = Progress::new(marking(source), column);
            Some(begin(database, &table, name, after, &columns, progress)?)
        }
    };
    let mut statement = database.prepare(&table.rows(after.is_some()))?;
    let mut rows = match after.map(|after| &after.mark) {
        Some(Mark::Int(number)) => statement.query([number])?,
        Some(Mark::Text(text)) => statement.query([text])?,
        None => statement.query([])?,
    };
    let (mut digester, mut bytes, mut count) = (beginning(after), Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let place = Place { row: count + 1, rowid: rowid(&table, row) };
        bytes.clear();
        (0..table.columns.len()).for_each(|column| add(row.get_ref_unwrap(column), &mut bytes));
        let digest = Digest::of_bytes(&bytes);
        if let (Some(progress), Some(column)) = (&mut progress, table.watermark)
            && !progress.is_new(row.get_ref_unwrap(column), place, || digest.beginning())?
        {
            continue;
        }
        digester.part(&digest.beginning());
        count += 1;
        if !each(row, place) {
            return Ok(None);
        }
    }
    let reached = progress.and_then(|progress| {
        let column = progress.column().to_owned();
        progress.finish().map(|(mark, rows)| Reached { column, columns, mark, rows })
    });
    Ok(Some(Walked { digest: digester.finish(), count, reached }))
}

/// The digest of no rows. Those that come after a watermark are others than the same ones after another.
fn beginning(after: Option<&Watermark>) -> Digester {
    let mut digester = Digester::new("purvey-rows/1");
    if let Some(Watermark { mark, rows, .. }) = after {
        digester.piece(mark.to_string().as_bytes());
        digester.piece(rows.as_flattened());
    }
    digester
}

/// The field by whose values new rows are told.
fn marking(source: &Source) -> &Field {
    let is_it = |field: &&Field| source.options.watermark.as_deref() == Some(field.schema.name);
    source.fields.iter().find(is_it).expect("its column was found by its name")
}

/// Begins after what was read before.
fn begin<'s>(
    database: &Transaction<'_>,
    table: &'s Table,
    name: &str,
    after: &Watermark,
    columns: &Digest,
    progress: Progress<'s>,
) -> Result<Progress<'s>, Trouble> {
    let column = table.mark().unwrap_or_default();
    let Watermark { mark, .. } = after;
    if (&*after.table, &*after.column) != (name, column) {
        let (table, before) = (after.table.clone(), after.column.clone());
        return Err(TableFault::Moved { table, column: before, mark: mark.to_string(), now: column.to_owned() }.into());
    }
    let is_text = matches!(mark, Mark::Text(_));
    let mut statement = database.prepare(&table.unmarked(column, is_text))?;
    if let Some(row) = statement.query([])?.next()? {
        let rowid = row.get_ref_unwrap(1).as_i64().ok().and_then(|rowid| rowid.try_into().ok());
        return Err(progress.unmarked(row.get_ref_unwrap(0), Place { row: 0, rowid }).into());
    }
    if after.columns == *columns {
        return Ok(progress.after(mark, Some(&after.rows)));
    }
    // With other columns the rows at the watermark look otherwise, but if they are as many they are the same.
    let mut statement = database.prepare(&table.at(column))?;
    let count: i64 = match mark {
        Mark::Int(number) => statement.query_row([number], |row| row.get(0))?,
        Mark::Text(text) => statement.query_row([text], |row| row.get(0))?,
    };
    if usize::try_from(count) != Ok(after.rows.len()) {
        return Err(TableFault::Blurred { column: column.to_owned(), mark: mark.to_string() }.into());
    }
    Ok(progress.after(mark, None))
}

fn rowid(table: &Table, row: &Row<'_>) -> Option<u64> {
    let rowid = table.has_rowid().then(|| row.get_ref_unwrap(table.columns.len()))?;
    rowid.as_i64().ok()?.try_into().ok()
}

/// What tells apart which columns are read.
fn columns(table: &Table) -> Digest {
    let mut digester = Digester::new("purvey-columns/1");
    table.columns.iter().for_each(|column| digester.piece(column.as_bytes()));
    digester.finish()
}

/// Adds a value, so that no two lists of values come out the same.
fn add(value: ValueRef<'_>, to: &mut Vec<u8>) {
    let long = |sort: u8, bytes: &[u8], to: &mut Vec<u8>| {
        to.push(sort);
        to.extend((bytes.len() as u64).to_le_bytes());
        to.extend(bytes);
    };
    match value {
        ValueRef::Null => to.push(0),
        ValueRef::Integer(number) => {
            to.push(1);
            to.extend(number.to_le_bytes());
        }
        ValueRef::Real(number) => {
            to.push(2);
            to.extend(number.to_le_bytes());
        }
        ValueRef::Text(bytes) => long(3, bytes, to),
        ValueRef::Blob(bytes) => long(4, bytes, to),
    }
}

fn open(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(path, flags)?;
    database.busy_timeout(PATIENCE)?;
    Ok(database)
}

/// What the system says of the file; `None` where it is no file with content of its own.
fn look(path: &Path, now: SystemTime) -> Result<Option<Look>, SourceError> {
    let beside = |ending: &str| {
        let mut name = OsString::from(path);
        name.push(ending);
        fs::metadata(name).is_ok_and(|metadata| metadata.len() > 0)
    };
    let look = Look::new(&metadata(path)?, now);
    // What was written last may stand beside the file, and nothing of the file shows that.
    let is_beside = beside("-wal") || beside("-journal");
    Ok(look.map(|look| look.settled_if(!is_beside)))
}

fn told(path: &Path, table: &str, trouble: Trouble) -> SourceError {
    let fault = match trouble {
        Trouble::Table(fault) => fault,
        Trouble::Database(error) => match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                let message = format!("another program has kept writing to it for {}", words::duration(PATIENCE));
                let source = io::Error::new(io::ErrorKind::ResourceBusy, message);
                return SourceError::Io { action: "read", path: path.to_owned(), source };
            }
            Some(ErrorCode::NotADatabase) => TableFault::Unreadable { reason: "it is no SQLite file".to_owned() },
            _ => TableFault::Unreadable { reason: error.to_string() },
        },
    };
    SourceError::Table { path: path.to_owned(), table: table.to_owned(), fault: Box::new(fault) }
}
