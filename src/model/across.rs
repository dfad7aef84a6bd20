//! What several partitions have of a model, as a model.

use std::marker::PhantomData;
use std::{fmt, slice};

use polars::prelude::{IntoLazy, LazyFrame, UnionArgs, concat};

use super::{Description, Leaf, Model, Row, Size, Table, never_written};
use crate::digest::{Digest, Digester};
use crate::failure::{Error, Result};
use crate::partition::Partition;
use crate::section::{NoConfig, Section};

mod name;
mod part;
#[cfg(test)]
mod tests;
mod window;

use name::Name;
pub use part::{Gathers, Part, PartVisitor};
pub use window::{All, Preceding, Published, Span, Trailing, Window, Within};

/// What the partitions of a window have of a model `M`: `&Across<M, W>` as the parameter of a task says what it reads
/// besides the partition that its run is for.
///
/// | window | read by a task for | the partitions |
/// |---|---|---|
/// | [`Trailing<28>`](Trailing) | a day, say, as `M` is | that day and the 27 before it |
/// | [`Preceding<1>`](Preceding) | the same | the day before |
/// | [`Within`] | a month, of an `M` by day | the days of the month |
/// | [`All`] | all data (`#[task(partition = "all")]`) | all there are of `M` |
///
/// Of other partitions it is what is published; of the run's own it is what the run has made. All of them have to be there,
/// but those before the `start` of `[partitions]`; [`Published<W>`](Published) does with those that are. They come in the
/// order of time, or of their keys where they are of a list.
///
/// The step that gathers them stands before the first task that reads them, and is called `gather_…`. Tables are scanned where
/// they are stored, so only what is read of them takes memory.
///
/// ```
/// use purvey::prelude::*;
/// use purvey::partition::{Partitioning, Unit};
///
/// /// The nights of one day.
/// #[derive(Row, Clone, Debug, PartialEq)]
/// #[row(table = "nights", key = "hotel")]
/// struct Night {
///     hotel: String,
///     sold: i64,
/// }
///
/// /// The nights sold in the last week.
/// #[derive(Named)]
/// #[named("sold_in_a_week")]
/// struct SoldInAWeek;
///
/// #[task]
/// fn add_up(nights: &Across<Table<Night>, Trailing<7>>, sold: &mut Value<i64, SoldInAWeek>) -> Result<()> {
///     sold.put(nights.rows()?.iter().map(|night| night.sold).sum())
/// }
///
/// let days = Partitioning::of_time(Unit::Day, "Europe/Zurich")?;
/// let sold = |sold| Table::from_rows([Night { hotel: "seehof".into(), sold }]);
/// let mut week = Value::new();
/// add_up(&[(days.find("2026-11-20")?, sold(7)), (days.find("2026-11-21")?, sold(9))].into_iter().collect(), &mut week)?;
/// assert_eq!(*week.get()?, 16);
/// # Ok::<(), purvey::Error>(())
/// ```
pub struct Across<M, W> {
    /// In order; `None` where nobody has gathered them.
    parts: Option<Vec<(Partition, M)>>,
    size: Size,
    digest: Option<Digest>,
    window: PhantomData<fn() -> W>,
}

impl<M: Model, W: Window> Across<M, W> {
    const TEXT: &'static Name = &Name::of(M::NAME, W::SPAN, W::COMPLETE);

    /// Each partition, and what it has.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, M> {
        Iter(self.parts.as_deref().unwrap_or_default().iter())
    }

    /// What the partition of this key has; `None` where it is not one of the window.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&M> {
        self.iter().find(|(partition, _)| **partition.key() == *key).map(|(_, model)| model)
    }

    /// How many partitions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<R: Row, W: Window> Across<Table<R>, W> {
    /// A lazy query over the rows of all partitions, one after another.
    pub fn scan(&self) -> LazyFrame {
        let mut scans: Vec<LazyFrame> = self.iter().map(|(_, table)| table.scan()).collect();
        let none = || R::to_frame(Vec::new()).lazy();
        match scans.len() {
            0 => none(),
            1 => scans.swap_remove(0),
            // Tables of one row type have the same columns, so that there is nothing to refuse.
            _ => concat(scans, UnionArgs { maintain_order: true, ..UnionArgs::default() }).unwrap_or_else(|_| none()),
        }
    }

    /// The rows of all partitions, one after another.
    ///
    /// # Errors
    ///
    /// When one of the tables cannot be read.
    pub fn rows(&self) -> Result<Vec<R>> {
        let mut rows = Vec::new();
        for (partition, table) in self {
            let of_one = table.rows();
            rows.extend(of_one.map_err(|error| error.context(format_args!("in partition `{partition}`")))?);
        }
        Ok(rows)
    }
}

impl<M: Model, W: Window> Model for Across<M, W> {
    const NAME: &'static str = Self::TEXT.as_str();
    const GATHERS: Option<Gathers> =
        Some(Gathers { model: M::NAME, is_source: M::SOURCE, span: W::SPAN, is_complete: W::COMPLETE });
    type Config = NoConfig;

    fn build(_: NoConfig, _: &Section) -> Result<Self> {
        Ok(Across { parts: None, size: Size::default(), digest: None, window: PhantomData })
    }

    fn describe() -> Description {
        let schema = M::describe().schema;
        let doc = format!("`{}` of {}.", M::NAME, W::SPAN);
        Description { name: Self::NAME.to_owned(), kind: "across", doc, schema }
    }

    fn gather(&mut self, parts: Vec<Part<'_>>, section: &Section) -> Result<()> {
        let mut digester = Digester::new("purvey-across/1");
        let (mut rows, mut bytes) = (Some(0), 0);
        let mut gathered = Vec::with_capacity(parts.len());
        let mut is_told = true;
        for part in parts {
            let opened = open::<M>(&part, section);
            let (model, size) = opened.map_err(|error| {
                let (model, partition) = (M::NAME, &part.partition);
                error.context(format_args!(
                    "model `{model}` of partition `{partition}` cannot be read; if its file is gone, a run for that partition makes \
                     it again"
                ))
            })?;
            rows = rows.zip(size.rows).map(|(all, rows)| all + rows);
            bytes += size.bytes;
            digester.piece(part.partition.key().as_bytes());
            match part.digest {
                Some(digest) => digester.piece(digest.to_string().as_bytes()),
                None => is_told = false,
            }
            gathered.push((part.partition, model));
        }
        self.size = Size { rows, bytes };
        self.digest = is_told.then(|| digester.finish());
        self.parts = Some(gathered);
        Ok(())
    }

    fn is_origin(&self, leaf: &Leaf) -> bool {
        self.iter().any(|(_, model)| model.is_origin(leaf))
    }

    fn seal(&mut self) -> Result<Size> {
        if self.parts.is_none() {
            return Err(never_written(Self::NAME));
        }
        Ok(self.size)
    }

    fn digest(&self) -> Result<Option<Digest>> {
        Ok(self.digest)
    }

    fn visit_parts<V: PartVisitor>(visitor: V) -> Option<V::Output> {
        Some(visitor.visit::<Self, M>())
    }
}

/// The model that a partition has.
fn open<M: Model>(part: &Part<'_>, section: &Section) -> Result<(M, Size)> {
    let mut model = M::build(section.read::<M::Config>().map_err(Error::from)?, section)?;
    model.restore((part.load)(&model.storage())?)?;
    let size = model.seal()?;
    Ok((model, size))
}

/// For tests of a task: what there is of these partitions, in this order.
impl<M: Model, W: Window> FromIterator<(Partition, M)> for Across<M, W> {
    fn from_iter<I: IntoIterator<Item = (Partition, M)>>(parts: I) -> Self {
        let parts = Some(parts.into_iter().collect());
        Across { parts, size: Size::default(), digest: None, window: PhantomData }
    }
}

/// The partitions of an [`Across`], each with what it has.
///
/// ```
/// use purvey::prelude::*;
/// use purvey::partition::{Partitioning, Unit};
///
/// /// Swiss francs for one euro.
/// #[derive(Named)]
/// #[named("exchange_rate")]
/// struct ExchangeRate;
///
/// let days = Partitioning::of_time(Unit::Day, "UTC")?;
/// let rates: Across<Value<f64, ExchangeRate>, Trailing<2>> =
///     [(days.find("2026-11-20")?, Value::from(0.93)), (days.find("2026-11-21")?, Value::from(0.94))].into_iter().collect();
/// let (last, rate) = rates.iter().next_back().unwrap();
/// assert_eq!((last.to_string(), *rate.get()?), ("2026-11-21".to_owned(), 0.94));
/// # Ok::<(), purvey::Error>(())
/// ```
#[derive(Debug)]
pub struct Iter<'a, M>(slice::Iter<'a, (Partition, M)>);

impl<'a, M> Iterator for Iter<'a, M> {
    type Item = (&'a Partition, &'a M);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(partition, model)| (partition, model))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<M> DoubleEndedIterator for Iter<'_, M> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(partition, model)| (partition, model))
    }
}

impl<M> ExactSizeIterator for Iter<'_, M> {}

impl<'a, M: Model, W: Window> IntoIterator for &'a Across<M, W> {
    type Item = (&'a Partition, &'a M);
    type IntoIter = Iter<'a, M>;

    fn into_iter(self) -> Iter<'a, M> {
        self.iter()
    }
}

impl<M: Model + fmt::Debug, W: Window> fmt::Debug for Across<M, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Across `{}`: ", M::NAME)?;
        f.debug_map().entries(self).finish()
    }
}
