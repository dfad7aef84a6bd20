//! The file of a ledger: how it comes to be, how it is told from other files, and its format.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use tempfile::TempPath;

use super::fault::Fault;
use super::known::Known;
use super::truncated;

/// What tells a ledger from other SQLite files: `prvy`.
pub(super) const APPLICATION: i32 = 0x7072_7679;

/// The format that this program writes.
pub(super) const FORMAT: u32 = 1 + MIGRATIONS.len() as u32;

/// What makes each format out of the one before; the first makes format 2.
const MIGRATIONS: [&str; 6] = [
    include_str!("format_2.sql"),
    include_str!("format_3.sql"),
    include_str!("format_4.sql"),
    include_str!("format_5.sql"),
    include_str!("format_6.sql"),
    include_str!("format_7.sql"),
];

const SCHEMA: &str = include_str!("schema.sql");

/// Prepared statements that are kept.
const STATEMENTS: usize = 64;

/// What a ledger is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    /// Read, and close again: nobody could tell this process of a change.
    ReadOnce,
    Write,
}

/// A ledger that is open.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) connection: Connection,
    pub(super) access: Access,
    /// What need not be read again to write.
    pub(super) known: Known,
}

/// Opens the file; `None` where there is none.
pub(super) fn open(path: &Path, access: Access, patience: Duration) -> Result<Option<Open>, Fault> {
    if !is_there(path)? {
        return Ok(None);
    }
    // Looked at without the right to write first: what is damaged or foreign must stay as it is.
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(patience)?;
    let found = match check(&mut connection, path) {
        Err(Fault::Sql(error)) if access == Access::Read && is_for_its_folder(&error) => {
            return open_unchanging(path).map(Some);
        }
        found => found.map_err(|fault| truncated::explain(fault, path))?,
    };
    if access == Access::Write || found < FORMAT {
        connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.busy_timeout(patience)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // Only forgetting needs what the references say: entries are checked before they are written.
        connection.pragma_update(None, "foreign_keys", false)?;
        // So many KiB at most; only forgetting thousands of runs needs them.
        connection.pragma_update(None, "cache_size", -65_536)?;
        migrate(&mut connection, &MIGRATIONS)?;
    }
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(Some(Open { connection, access, known: Known::default() }))
}

/// Whether a file can perhaps be read after all, and only its folder is in the way.
fn is_for_its_folder(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

/// Opens the file in a folder that may only be read, where the files beside it cannot be made that tell processes of each
/// other. While nobody writes there are none, and the file is whole without them.
fn open_unchanging(path: &Path) -> Result<Open, Fault> {
    if truncated::log_of(path).try_exists()? {
        let reason = "a run writes to it, or was killed; its folder must be writable to read it now";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, reason).into());
    }
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => uri.push(char::from(*byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_READ_ONLY;
    let mut connection = Connection::open_with_flags(format!("{uri}?immutable=1"), flags)?;
    let found = check(&mut connection, path).map_err(|fault| truncated::explain(fault, path))?;
    if found < FORMAT {
        let reason = "it has an earlier format; its folder must be writable to bring it to the present one";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, reason).into());
    }
    Ok(Open { connection, access: Access::ReadOnce, known: Known::default() })
}

/// Whether there is a file, which SQLite may then be asked about: it takes an empty one for an empty ledger,
/// and what has not even the header of a SQLite file likewise.
///
/// The file is not opened here, nor anywhere else but by SQLite: closing it would give up the locks on it that other
/// connections of this process hold (<https://www.sqlite.org/howtocorrupt.html>, 2.2).
pub(super) fn is_there(path: &Path) -> Result<bool, Fault> {
    let found = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        found => found?,
    };
    if !found.is_file() {
        return Err(Fault::Damaged("it is no file".to_owned()));
    }
    if found.len() == 0 {
        return Err(Fault::Damaged("it is empty".to_owned()));
    }
    if found.len() < 100 {
        return Err(Fault::Damaged("it is too short".to_owned()));
    }
    Ok(true)
}

/// Opens the file to write, and makes it where there is none.
pub(super) fn open_or_create(path: &Path, patience: Duration) -> Result<Open, Fault> {
    if let Some(open) = open(path, Access::Write, patience)? {
        return Ok(open);
    }
    create(path)?;
    let open = open(path, Access::Write, patience)?;
    open.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "it was removed just now").into())
}

/// Makes the file of a ledger without runs, whole or not at all.
fn create(path: &Path) -> Result<(), Fault> {
    let folder = folder_of(path);
    create_folder(folder)?;
    let _alone = alone_in(folder);
    if is_there(path)? {
        return Ok(());
    }
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let partial = path.with_file_name(format!(".{name}.partial"));
    // Left over by a process that was killed.
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let mut left = partial.clone().into_os_string();
        left.push(suffix);
        match fs::remove_file(left) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    let whole = TempPath::try_from_path(&partial)?;
    let mut connection = Connection::open(&partial)?;
    // Nobody sees the file before it is whole and synced, so nothing of it has to be on the disk any earlier.
    connection.pragma_update(None, "synchronous", "OFF")?;
    // These two must come before the first table.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    let schema = connection.transaction()?;
    schema.execute_batch(SCHEMA)?;
    schema.pragma_update(None, "user_version", FORMAT)?;
    schema.commit()?;
    // The mode stays in the file. It is set last, so that no second file is needed for what stands above.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.close().map_err(|(_, error)| error)?;
    File::open(&partial)?.sync_all()?;
    match whole.persist_noclobber(path) {
        // Another process was quicker, and what it made is as good.
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {}
        persisted => persisted.map_err(|error| error.error)?,
    }
    sync_folder(folder)?;
    Ok(())
}

/// Whether it is a ledger that has all its pages, of a format that this program knows; which is returned.
fn check(connection: &mut Connection, path: &Path) -> Result<u32, Fault> {
    let moment = connection.transaction()?;
    let application: i32 = moment.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application != APPLICATION {
        return Err(Fault::Damaged("it is a SQLite file, but no ledger of Purvey".to_owned()));
    }
    let found: u32 = moment.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > FORMAT {
        return Err(Fault::Newer { found, known: FORMAT });
    }
    if found == 0 {
        return Err(Fault::Damaged("it names no format".to_owned()));
    }
    truncated::check_pages(&moment, path)?;
    moment.finish()?;
    Ok(found)
}

/// Brings a ledger to the format after the last of these steps, all or none.
fn migrate(connection: &mut Connection, migrations: &[&str]) -> Result<(), Fault> {
    let format = |connection: &Connection| -> rusqlite::Result<u32> {
        connection.pragma_query_value(None, "user_version", |row| row.get(0))
    };
    let latest = 1 + migrations.len() as u32;
    if format(connection)? >= latest {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Asked again: another process may have been quicker.
    let found = format(&transaction)?;
    for migration in &migrations[(found as usize - 1).min(migrations.len())..] {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", latest.max(found))?;
    transaction.commit()?;
    Ok(())
}

/// The folder of a file, by a name that can be opened.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Creates a folder with those above it, durably.
fn create_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above: PathBuf = folder_of(folder).to_owned();
    create_folder(&above)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => sync_folder(&above),
    }
}

/// Keeps others from making a ledger in this folder, as long as the value is there. Where a folder cannot be locked, the
/// ledgers of two that begin at the same moment may be in each other's way.
fn alone_in(folder: &Path) -> Option<File> {
    let folder = if cfg!(unix) { File::open(folder).ok()? } else { return None };
    folder.lock().ok().map(|()| folder)
}

/// Makes the names in a folder durable.
fn sync_folder(folder: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened like a file, and renaming is durable by itself.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of format 1 by a made-up history, in which 2 and 3 follow.
    const LATER: [&str; 2] =
        ["ALTER TABLE notes ADD COLUMN author TEXT", "UPDATE notes SET author = 'nobody' WHERE author IS NULL"];

    fn older(path: &Path) -> Connection {
        let connection = Connection::open(path).unwrap();
        connection
            .execute_batch("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('a'); PRAGMA user_version = 1")
            .unwrap();
        connection
    }

    fn format(connection: &Connection) -> u32 {
        connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
    }

    #[test]
    fn an_older_file_is_brought_through_every_format_in_between() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = older(&folder.path().join("older.sqlite"));
        migrate(&mut connection, &LATER).unwrap();
        assert_eq!(format(&connection), 3);
        let author: String = connection.query_row("SELECT author FROM notes", [], |row| row.get(0)).unwrap();
        assert_eq!(author, "nobody");
        migrate(&mut connection, &LATER).unwrap();
        assert_eq!(format(&connection), 3);
    }

    #[test]
    fn a_migration_that_fails_leaves_the_file_in_its_format() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = older(&folder.path().join("older.sqlite"));
        migrate(&mut connection, &[LATER[0], "UPDATE letters SET author = 1"]).unwrap_err();
        assert_eq!(format(&connection), 1);
        let columns: u32 =
            connection.query_row("SELECT count(*) FROM pragma_table_info('notes')", [], |row| row.get(0)).unwrap();
        assert_eq!(columns, 1);
    }
}
