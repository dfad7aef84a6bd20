//! The verb `report`: a page for people about one run, or about many.

use std::path::Path;

use serde::Serialize;

use super::desk::Desk;
use super::exit::Exit;
use super::invocation::{ReportOrder, Talk};
use super::pages;
use super::trouble::Trouble;
use crate::ledger::RunFilter;
use crate::report::json::Document;

mod head;
mod many;
mod one;

pub(super) use one::drawing;

/// The document of `report`.
#[derive(Serialize)]
struct Report {
    chain: String,
    /// The run that the page is about; `None` where it is about many.
    run: Option<String>,
    file: String,
    bytes: usize,
}

impl Document for Report {
    const KIND: &'static str = "report";
}

pub(super) fn report(desk: &mut Desk<'_, '_>, order: &ReportOrder) -> Result<Exit, Trouble> {
    let setup = desk.set_up()?;
    let (run, name, page) = if order.all {
        (None, "runs.html", many::page(desk, &setup, order.last)?)
    } else {
        let run = match &order.run {
            Some(text) => super::runs::find(setup.ledger(), text)?,
            None => last(desk, &setup)?,
        };
        let page = one::page(desk, &setup, &run, order.rows)?;
        (Some(run.run.to_string()), "run.html", page)
    };
    let file = pages::write(desk, &setup, order.out.as_deref(), name, &page)?;
    if let Some(file) = file {
        tell(desk, &file, |chain, file| Report { chain, run, file, bytes: page.len() })?;
    }
    Ok(Exit::Done)
}

/// The last run, of the partition that was named where one was.
fn last(desk: &Desk<'_, '_>, setup: &super::desk::Setup) -> Result<crate::ledger::RunRecord, Trouble> {
    let partition = desk.manner.partition.clone();
    let filter = RunFilter { limit: Some(1), partition: partition.clone(), ..RunFilter::default() };
    let mut found = setup.ledger().runs(&filter).map_err(|error| Trouble::from(&error))?;
    found.pop().ok_or_else(|| {
        let of = partition.map(|key| format!(" of partition `{key}`")).unwrap_or_default();
        let chain = desk.chain.name();
        Trouble::new(Exit::Usage, format!("no run{of} is on record in {}", setup.data.0.display()))
            .hint(format!("`{chain} run` makes one; `--data DIR` looks into another folder"))
    })
}

/// Says where a page is.
pub(super) fn tell<D: Document + Serialize>(
    desk: &mut Desk<'_, '_>,
    file: &Path,
    document: impl FnOnce(String, String) -> D,
) -> Result<(), Trouble> {
    let shown = file.display().to_string();
    if desk.manner.json {
        let chain = desk.chain.name().to_owned();
        desk.print_document(document(chain, shown))
    } else if desk.manner.talk != Talk::Quiet {
        desk.print(&format!("{shown}\n"))
    } else {
        Ok(())
    }
}
