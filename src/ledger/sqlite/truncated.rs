//! Whether a SQLite file is cut off.
//!
//! SQLite tells so only when it comes to a page that is missing, and a page that was never written back may rightly be
//! missing while it stands in the log beside the file. Knows the two formats: <https://www.sqlite.org/fileformat.html>.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode};

use super::fault::Fault;

/// Says of a file that SQLite calls damaged how much of it is there, where that is the reason.
pub(super) fn explain(fault: Fault, path: &Path) -> Fault {
    match &fault {
        Fault::Sql(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {}
        _ => return fault,
    }
    let mut header = [0; 100];
    let Ok(()) = File::open(path).and_then(|mut file| file.read_exact(&mut header)) else { return fault };
    let page_size = match number(&header, 16) >> 16 {
        1 => 65536,
        size => u64::from(size),
    };
    let needed = u64::from(number(&header, 28)) * page_size;
    match fs::metadata(path) {
        Ok(found) if found.len() < needed => cut(found.len(), needed),
        _ => fault,
    }
}

/// The number at this place of a header.
fn number(header: &[u8], at: usize) -> u32 {
    header[at..at + 4].iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// Checks a file within a transaction, during which its log stays: what is not in the file must be in the log.
pub(super) fn check_pages(moment: &Connection, path: &Path) -> Result<(), Fault> {
    let pages: u64 = moment.pragma_query_value(None, "page_count", |row| row.get::<_, u32>(0))?.into();
    let page_size: u64 = moment.pragma_query_value(None, "page_size", |row| row.get::<_, u32>(0))?.into();
    let there = fs::metadata(path)?.len();
    if there >= pages * page_size {
        return Ok(());
    }
    let logged = logged_pages(&log_of(path), page_size)?;
    let missing = (there / page_size + 1..=pages).any(|page| !logged.contains(&page));
    if missing { Err(cut(there, pages * page_size)) } else { Ok(()) }
}

fn cut(there: u64, needed: u64) -> Fault {
    Fault::Damaged(format!("it is cut off after {there} of {needed} bytes"))
}

/// The log of changes that SQLite keeps beside a file.
pub(super) fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    PathBuf::from(log)
}

/// The pages that are in a log.
fn logged_pages(log: &Path, page_size: u64) -> io::Result<HashSet<u64>> {
    let mut pages = HashSet::new();
    let mut file = match File::open(log) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(pages),
        file => file?,
    };
    let length = file.metadata()?.len();
    if length < 32 {
        return Ok(pages);
    }
    let mut header = [0; 32];
    file.read_exact(&mut header)?;
    let mut at = 32;
    while at + 24 + page_size <= length {
        let mut frame = [0; 24];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut frame)?;
        // A frame of an earlier use of the log has other salts, and ends it.
        if frame[8..16] != header[16..24] {
            break;
        }
        pages.insert(u64::from(number(&frame, 0)));
        at += 24 + page_size;
    }
    Ok(pages)
}
