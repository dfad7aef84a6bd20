//! Which partitions are read together, as types.

use std::fmt;
use std::marker::PhantomData;

/// Which partitions of a model an [`Across`](super::Across) reads.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which partitions are read",
    note = "write `Across<Model, Trailing<28>>`, `Across<Model, Within>` or `Across<Model, All>`, or one of them in `Published<…>`"
)]
pub trait Window: Send + Sync + 'static {
    /// Which.
    const SPAN: Span;

    /// Whether all of them have to be there.
    const COMPLETE: bool = true;
}

/// Which partitions, as a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// The one that the run is for, and those before it, so many in all.
    Trailing(usize),
    /// So many before the one that the run is for.
    Preceding(usize),
    /// Those that lie in the one that the run is for.
    Within,
    /// All there are.
    All,
}

impl Span {
    /// Whether the partition that the run is for is one of them.
    #[must_use]
    pub const fn has_own(self) -> bool {
        matches!(self, Span::Trailing(_))
    }

    /// Whether they are of another partitioning than the task's that reads them.
    #[must_use]
    pub const fn is_of_others(self) -> bool {
        matches!(self, Span::Within | Span::All)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Span::Trailing(1) => f.write_str("the last partition"),
            Span::Trailing(count) => write!(f, "the last {count} partitions"),
            Span::Preceding(1) => f.write_str("the partition before"),
            Span::Preceding(count) => write!(f, "the {count} partitions before"),
            Span::Within => f.write_str("the partitions within one"),
            Span::All => f.write_str("all partitions"),
        }
    }
}

/// The partition that the run is for and those before it, `COUNT` in all; see [`Across`](super::Across).
///
/// ```
/// use purvey::model::{Span, Trailing, Window};
///
/// assert_eq!(Trailing::<28>::SPAN, Span::Trailing(28));
/// ```
#[derive(Debug)]
pub struct Trailing<const COUNT: usize>;

impl<const COUNT: usize> Window for Trailing<COUNT> {
    const SPAN: Span = {
        assert!(COUNT > 0, "a window has one partition at least: the one that the run is for");
        Span::Trailing(COUNT)
    };
}

/// The partitions before the one that the run is for, `COUNT` in all; see [`Across`](super::Across). A task may read so what
/// it has made for them itself.
///
/// ```
/// use purvey::model::{Preceding, Span, Window};
///
/// assert_eq!(Preceding::<1>::SPAN, Span::Preceding(1));
/// ```
#[derive(Debug)]
pub struct Preceding<const COUNT: usize>;

impl<const COUNT: usize> Window for Preceding<COUNT> {
    const SPAN: Span = {
        assert!(COUNT > 0, "a window has one partition at least");
        Span::Preceding(COUNT)
    };
}

/// The partitions that lie in the one that the run is for: the days of its month, the hours of its day; see
/// [`Across`](super::Across).
///
/// ```
/// use purvey::model::{Span, Window, Within};
///
/// assert_eq!(Within::SPAN, Span::Within);
/// ```
#[derive(Debug)]
pub struct Within;

impl Window for Within {
    const SPAN: Span = Span::Within;
}

/// All partitions: those of a list, or, where they are of time, those that are published; see [`Across`](super::Across).
///
/// ```
/// use purvey::model::{All, Span, Window};
///
/// assert_eq!(All::SPAN, Span::All);
/// ```
#[derive(Debug)]
pub struct All;

impl Window for All {
    const SPAN: Span = Span::All;
}

/// Of the partitions of another window those that are published; see [`Across`](super::Across).
///
/// ```
/// use purvey::model::{Published, Trailing, Window};
///
/// assert!(!Published::<Trailing<28>>::COMPLETE);
/// ```
#[derive(Debug)]
pub struct Published<W>(PhantomData<fn() -> W>);

impl<W: Window> Window for Published<W> {
    const SPAN: Span = W::SPAN;
    const COMPLETE: bool = false;
}
