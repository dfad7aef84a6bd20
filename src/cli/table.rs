//! Tables for people.

use comfy_table::{ContentArrangement, Table, presets};

use crate::report::{Palette, Tone};

/// A table without lines, as wide as it needs to be or as there is room.
pub(super) fn table(
    header: &[String],
    rows: impl IntoIterator<Item = Vec<String>>,
    width: Option<u16>,
    palette: Palette,
) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    if palette.has_colour() {
        table.enforce_styling()
    } else {
        table.force_no_tty()
    };
    table.set_header(header.iter().map(|name| palette.paint(Tone::Dim, name)));
    table.add_rows(rows);
    if let Some(first) = table.column_mut(0) {
        first.set_padding((0, 1));
    }
    let lines = table.lines().map(|line| line.trim_end().to_owned() + "\n");
    lines.collect()
}
