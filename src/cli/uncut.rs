//! Results of the time before a chain's data was cut into partitions: no run changes them any more, and people who go on
//! reading them should know.

use super::desk::{Desk, Setup};
use super::runs::as_typed;
use crate::report::Tone;
use crate::store::Store;
use crate::words::count;

/// Warns of results in the data folder that belong to no partition, where there are any.
pub(super) fn warn(desk: &mut Desk<'_, '_>, setup: &Setup) {
    if setup.config.partitioning.is_none() {
        return;
    }
    // Where the folder cannot be read, the run itself says so.
    let published = setup.store_of("").current().unwrap_or_default();
    if published.is_empty() {
        return;
    }
    let data = &setup.data.0;
    let mut files: Vec<_> = published.iter().map(|current| current.path.clone()).collect();
    files.extend(["current", "sets", "versions"].map(|name| data.join(".purvey").join(name)));
    let files: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    let palette = desk.manner.talk_palette;
    let text = format!(
        "{} `{}` has results of {} from before its data was cut into partitions; no run changes them any more\n\n{} copy \
         what is to be kept (`cp -L`), then `rm -r {}`",
        palette.paint(Tone::Warning, "warning:"),
        data.display(),
        count(published.len() as u64, "model"),
        palette.paint(Tone::Active, "hint:"),
        as_typed(&files)
    );
    desk.say(&text);
}
