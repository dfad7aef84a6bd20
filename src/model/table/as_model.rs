//! A table as a model of a run: how it is built, checked, stored and read again.

use std::mem;
use std::time::Duration;

use polars::prelude::DataFrame;

use super::choice::{check_growth, check_hand_over, check_once, hand_over, is_once, stored_by_default};
use super::held::Held;
use super::input::Input;
use super::{Growth, Table, data};
use crate::contract::{self, Whole};
use crate::digest::Digest;
use crate::failure::Result;
use crate::model::config::{SourceConfig, TableOptions};
use crate::model::{
    Content, Description, Leaf, Model, Provision, Row, Size, SourceVisitor, Storage, Traced, checks, never_written,
    wrong_content,
};
use crate::partition::PartitionRange;
use crate::schema::{Format, HandOver, TableCheck};
use crate::section::{Section, SectionError};
use crate::source::SourceState;

impl<R: Row> Model for Table<R> {
    const NAME: &'static str = R::SCHEMA.name;
    const SOURCE: bool = <R::Source as Row>::SCHEMA.source.is_some();
    const INCREMENTAL: bool = R::SCHEMA.incremental.is_some();
    const PARTITION: Option<&'static str> = R::SCHEMA.partition;
    const CHECKS: &'static [TableCheck] = R::SCHEMA.checks;
    type Config = R::Config;

    fn build(config: R::Config, section: &Section) -> Result<Self> {
        let input = Input::new(&config, R::SCHEMA.source.as_ref(), section);
        let hand_over = hand_over::<R>(&config);
        let store = config.store().unwrap_or_else(|| stored_by_default::<R>(hand_over, is_once::<R>(&config)));
        let checks = checks::in_effect::<R>(&config, section)?;
        Ok(Table { store: Some(store), hand_over, checks, input, ..Table::new() })
    }

    fn check(config: &R::Config, section: &Section) -> Result<(), SectionError> {
        let senseless = |message| section.senseless(message);
        check_hand_over::<R>(config).map_err(senseless)?;
        check_growth::<R>(config).map_err(senseless)?;
        check_once::<R>(config).map_err(senseless)?;
        if let (Some(config), Some(schema)) = (config.source(), &R::SCHEMA.source) {
            config.options(schema).check(R::SCHEMA).map_err(senseless)?;
        }
        checks::in_effect::<R>(config, section).map(|_| ())
    }

    fn checks(config: &R::Config, section: &Section) -> Result<Vec<TableCheck>, SectionError> {
        checks::in_effect::<R>(config, section)
    }

    fn max_age(config: &R::Config) -> Option<Duration> {
        config.max_age().or(R::SCHEMA.max_age)
    }

    fn has_checks(&self) -> bool {
        !self.checks.is_empty()
    }

    fn whole(&self) -> Result<Option<Whole>> {
        let (checks, rejected) = (self.checks.clone(), self.rejected);
        let whole = match &self.held {
            Held::Frame(framed) => Whole::of_frame(R::SCHEMA, DataFrame::clone(framed)),
            held => Whole::of_query(R::SCHEMA, held.scan(R::SCHEMA)?),
        };
        let (rows, is_filed) = (self.held.size().rows, matches!(self.held, Held::File(_)));
        Ok(Some(Whole { checks, rejected, rows, is_filed, ..whole }))
    }

    fn describe() -> Description {
        Description {
            name: R::SCHEMA.name.to_owned(),
            kind: "table",
            doc: R::SCHEMA.doc.to_owned(),
            schema: Some(R::SCHEMA),
        }
    }

    fn prepare(&mut self, provision: Provision) {
        self.provision = Some(provision);
    }

    fn hand_over(&self) -> HandOver {
        self.hand_over
    }

    fn follow(&mut self, previous: Option<Content>) -> Result<()> {
        self.growth = Growth::new(R::SCHEMA, previous)?;
        Ok(())
    }

    fn traced(&self) -> Option<&Traced> {
        self.traced.as_ref()
    }

    fn is_origin(&self, leaf: &Leaf) -> bool {
        self.held.is_origin(leaf)
    }

    fn handed_on(&self) -> Option<&str> {
        match &self.held {
            Held::Handed(handed) => handed.task(),
            _ => None,
        }
    }

    fn seal(&mut self) -> Result<Size> {
        let held = mem::replace(&mut self.held, Held::Nothing);
        self.held = if self.sealed { held } else { self.sealed(held)? };
        self.sealed = true;
        Ok(self.held.size())
    }

    fn defaults(config: &R::Config) -> toml::Table {
        let source = R::SCHEMA.source.as_ref().map(SourceConfig::of).unwrap_or_default();
        let store = Some(stored_by_default::<R>(hand_over::<R>(config), is_once::<R>(config)));
        let (hand_over, max_age) = (Some(R::SCHEMA.hand_over), R::SCHEMA.max_age);
        let defaults = SourceConfig { store, hand_over, max_age, ..source };
        toml::Table::try_from(defaults).unwrap_or_default()
    }

    fn storage(&self) -> Storage {
        let format = self.store.unwrap_or(stored_by_default::<R>(self.hand_over, false)).format();
        match (format, self.hand_over) {
            (None, _) => Storage::Memory,
            (Some(Format::Parquet), HandOver::Stored) => Storage::Scanned,
            (Some(format), _) => Storage::Table(format),
        }
    }

    fn content(&self) -> Result<Content> {
        match &self.held {
            Held::File(filed) => Ok(Content::Parquet(filed.file().clone())),
            held => Ok(Content::Table(held.frame(R::SCHEMA)?.clone())),
        }
    }

    fn digest(&self) -> Result<Option<Digest>> {
        match &self.held {
            // It cannot be told without computing it.
            Held::Handed(_) => Ok(None),
            Held::File(filed) => filed.file().digest().map(Some),
            // Also where it is not stored.
            held => Ok(Some(Digest::of_frame(held.frame(R::SCHEMA)?))),
        }
    }

    fn restore(&mut self, content: Content) -> Result<()> {
        match content {
            Content::Table(frame) => self.put(frame)?,
            // What is given as a file stays one.
            Content::Parquet(file) => {
                let found = file.scan()?.collect_schema()?;
                contract::query::columns(R::SCHEMA, &found).map_err(data)?;
                self.held = Held::File(file.into());
            }
            other => return Err(wrong_content::<Self>(&other)),
        }
        self.seal().map(|_| ())
    }

    fn split(&self, partitions: &PartitionRange) -> Result<Vec<Content>> {
        let frame = match &self.held {
            Held::Nothing => return Err(never_written(R::SCHEMA.name)),
            held => held.frame(R::SCHEMA)?,
        };
        Ok(contract::split(R::SCHEMA, frame, partitions)?.into_iter().map(Content::Table).collect())
    }

    fn join(&mut self, parts: Vec<Content>) -> Result<()> {
        let mut whole = R::to_frame(Vec::new());
        for part in parts {
            match part {
                Content::Table(frame) => whole.vstack_mut_owned(frame)?,
                other => return Err(wrong_content::<Self>(&other)),
            };
        }
        (self.held, self.sealed) = (Held::Frame(whole.into()), true);
        Ok(())
    }

    fn observe(config: &R::Config, section: &Section, before: Option<&SourceState>) -> Result<Option<SourceState>> {
        let Some(input) = Input::new(config, R::SCHEMA.source.as_ref(), section) else { return Ok(None) };
        input.observe(R::SCHEMA, before)
    }

    fn reads_once(config: &R::Config) -> bool {
        is_once::<R>(config)
    }

    fn leave_out(&mut self, taken: SourceState) {
        if let Some(input) = &mut self.input {
            input.leave_out(taken);
        }
    }

    fn observed(&self) -> Option<SourceState> {
        self.observed.clone()
    }

    fn visit_source<V: SourceVisitor>(visitor: V) -> Option<V::Output> {
        let source = <R::Source as Row>::SCHEMA.source.as_ref()?;
        Some(
            visitor
                .visit::<Table<R::Source>, Table<<R::Source as Row>::Rejects>>(source.rejects.is_some(), Table::load),
        )
    }
}
