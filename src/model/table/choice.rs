//! How a table is handed over and stored: what goes with what, and what counts where nobody says anything.

use crate::model::{Row, StoreAs, TableOptions};
use crate::schema::{Format, HandOver};

/// What a task provides is stored; what was only read is not, unless the row type says so or each file or row is read once,
/// nor is what is never computed by itself.
pub(super) fn stored_by_default<R: Row>(hand_over: HandOver, is_once: bool) -> StoreAs {
    match &R::SCHEMA.source {
        _ if hand_over == HandOver::Lazy => StoreAs::Memory,
        Some(source) if !source.publish && !is_once => StoreAs::Memory,
        _ => StoreAs::Parquet,
    }
}

/// Whether each file of a source is read once, or each row.
pub(super) fn is_once<R: Row>(config: &R::Config) -> bool {
    R::SCHEMA.source.as_ref().zip(config.source()).is_some_and(|(schema, config)| config.is_once(schema))
}

/// Says what makes no sense for a source of which each file, or each row, is read once.
pub(super) fn check_once<R: Row>(config: &R::Config) -> Result<(), String> {
    let (Some(source), Some(schema), true) = (config.source(), &R::SCHEMA.source, is_once::<R>(config)) else {
        return Ok(());
    };
    let (options, watermark) = (source.options(schema), source.watermark(schema));
    if let (Some(table), true) = (options.table, source.once.unwrap_or(schema.once)) {
        let instead =
            if watermark.is_some() { "" } else { ", and say by which column new rows are told, `watermark = \"…\"`" };
        return Err(format!(
            "`once` is for files, but what is read is table `{table}` of a database; leave it away{instead}"
        ));
    }
    let which = match (hand_over::<R>(config), config.store()) {
        (HandOver::Lazy, _) => "`hand_over` is \"lazy\"",
        (_, Some(StoreAs::Memory)) => "`store` is \"memory\"",
        _ => return Ok(()),
    };
    let (what, instead) = match watermark {
        Some(_) => ("each row is read once (`watermark`)", "take `watermark` away"),
        None => ("each file is read once (`once`)", "say `once = false`"),
    };
    Err(format!(
        "{which}, but {what}, and what was read has to be stored to be told from what is new; leave it away, or {instead}"
    ))
}

/// How a table of this configuration is handed over.
pub(super) fn hand_over<R: Row>(config: &R::Config) -> HandOver {
    config.hand_over().unwrap_or(R::SCHEMA.hand_over)
}

/// Says what makes no sense for a table that grows.
pub(super) fn check_growth<R: Row>(config: &R::Config) -> Result<(), String> {
    let Some(way) = R::SCHEMA.incremental else { return Ok(()) };
    let word = way.as_str();
    match (hand_over::<R>(config), config.store()) {
        (HandOver::Lazy, _) => Err(format!(
            "`hand_over` is \"lazy\", but the row type says `incremental = \"{word}\"`, and what is not stored cannot grow; say \
             `hand_over = \"memory\"` or `hand_over = \"stored\"`"
        )),
        (_, Some(StoreAs::Memory)) => Err(format!(
            "`store` is \"memory\", but the row type says `incremental = \"{word}\"`, and what is not stored cannot grow; leave \
             `store` away"
        )),
        _ => Ok(()),
    }
}

/// Says what makes no sense in how a table is to be handed over and stored.
pub(super) fn check_hand_over<R: Row>(config: &R::Config) -> Result<(), String> {
    let (hand_over, stored) = (hand_over::<R>(config), config.store().and_then(StoreAs::format));
    let is_published = R::SCHEMA.source.is_some_and(|source| source.publish) && config.store().is_none();
    match (hand_over, stored) {
        (HandOver::Lazy, Some(format)) => Err(format!(
            "`hand_over` is \"lazy\" and `store` is \"{}\", but a lazy table is never computed by itself, so there is \
             nothing to store; leave `store` away, or say `hand_over = \"stored\"`",
            format.as_str()
        )),
        (HandOver::Lazy, None) if is_published => {
            Err("`hand_over` is \"lazy\", and the row type says `publish`, but a \
             lazy table is never computed by itself, so there is nothing to publish; say `store = \"memory\"`, or \
             `hand_over = \"stored\"`"
                .to_owned())
        }
        (HandOver::Stored, Some(format)) if format != Format::Parquet => Err(format!(
            "`hand_over` is \"stored\" and `store` is \"{}\", but the file of a stored table is Parquet; say `store = \
             \"parquet\"`, or hand it over in memory",
            format.as_str()
        )),
        _ => Ok(()),
    }
}
