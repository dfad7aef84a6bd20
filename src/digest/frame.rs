//! The digest of a frame: over the names, types and values of its columns, in order.
//!
//! It is the same however the columns are cut into chunks, and whatever stands under a null. Each column is two
//! streams: a bit for each row, which says whether there is a value, and the values. They are read where they lie; what
//! is written besides is a buffer.

use polars::prelude::{AnyValue, BinaryChunked, BooleanChunked, ChunkedArray, Column, DataFrame, DataType};
use polars::prelude::{PlSmallStr, PolarsNumericType, Schema, Series, StaticArray, StringChunked};

use super::{Digest, Digester};

/// So many bytes are gathered before they are hashed.
const BUFFER: usize = 1 << 16;

/// A text of at most so many bytes stands in its view.
const SHORT: u32 = 12;

/// So many rows at a time are made of a column that is one value.
const BLOCK: usize = 1 << 12;

impl Digest {
    /// The digest of a frame: names, types and values of its columns, in order.
    ///
    /// Floats go by their bits: `-0.0` is another value than `0.0`, and a NaN is itself. A null is another value than the
    /// empty text, or zero.
    ///
    /// ```
    /// use purvey::digest::Digest;
    /// use purvey::polars::df;
    ///
    /// let whole = Digest::of_frame(&df!("nights" => [3_i64, 1])?);
    /// let stacked = df!("nights" => [3_i64])?.vstack(&df!("nights" => [1_i64])?)?;
    /// assert_eq!(Digest::of_frame(&stacked), whole);
    /// assert_ne!(Digest::of_frame(&df!("nights" => [1_i64, 3])?), whole);
    /// # Ok::<(), purvey::polars::error::PolarsError>(())
    /// ```
    #[must_use]
    pub fn of_frame(frame: &DataFrame) -> Digest {
        let mut digester = FrameDigester::new(frame.schema());
        digester.add(frame);
        digester.finish()
    }
}

/// Makes the digest of a frame that comes in pieces: that of all of them stacked.
pub(crate) struct FrameDigester {
    height: usize,
    columns: Vec<(PlSmallStr, DataType, Streams)>,
}

impl FrameDigester {
    /// A digester of frames with these columns.
    pub(crate) fn new(schema: &Schema) -> FrameDigester {
        let columns = schema.iter().map(|(name, dtype)| (name.clone(), dtype.clone(), Streams::default()));
        FrameDigester { height: 0, columns: columns.collect() }
    }

    /// Adds the rows that come next; the frame has the columns of the schema, in its order.
    pub(crate) fn add(&mut self, frame: &DataFrame) {
        self.height += frame.height();
        for (column, (.., streams)) in frame.columns().iter().zip(&mut self.columns) {
            streams.column(column);
        }
    }

    /// The digest of what was added.
    pub(crate) fn finish(self) -> Digest {
        let mut digester = Digester::new("frame 1");
        digester.piece(&(self.height as u64).to_le_bytes());
        for (name, dtype, streams) in self.columns {
            digester.piece(name.as_bytes());
            digester.piece(type_text(&dtype).as_bytes());
            let (there, values) = streams.finish(&dtype);
            digester.piece(&there.0);
            digester.piece(&values.0);
        }
        digester.finish()
    }
}

impl std::fmt::Debug for FrameDigester {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FrameDigester({} rows)", self.height)
    }
}

/// The type in words that no other type has.
fn type_text(dtype: &DataType) -> String {
    match dtype {
        DataType::List(inner) => format!("List({})", type_text(inner)),
        DataType::Array(inner, width) => format!("Array({}, {width})", type_text(inner)),
        DataType::Struct(fields) => {
            let fields: Vec<_> = fields.iter().map(|field| (field.name().as_str(), type_text(field.dtype()))).collect();
            format!("Struct({fields:?})")
        }
        plain => format!("{plain:?}"),
    }
}

/// What is told of one column.
#[derive(Default)]
struct Streams {
    there: Bits,
    values: Bytes,
    /// The values of booleans, which are bits too.
    truths: Bits,
}

impl Streams {
    fn column(&mut self, column: &Column) {
        match column {
            Column::Series(series) => self.series(series),
            // One value for all rows: it would be a pity to write it out for each.
            Column::Scalar(scalar) => {
                let block = scalar.as_n_values_series(BLOCK);
                let mut rest = scalar.len();
                while rest > block.len() {
                    self.series(&block);
                    rest -= block.len();
                }
                self.series(&block.head(Some(rest)));
            }
        }
    }

    fn finish(mut self, dtype: &DataType) -> (Digest, Digest) {
        if dtype.is_bool() {
            self.values.add(&self.truths.finish().0);
        }
        (self.there.finish(), self.values.finish())
    }

    fn series(&mut self, series: &Series) {
        let series = series.to_physical_repr();
        let series = series.as_ref();
        const SAME: &str = "a series is of its own type";
        match series.dtype() {
            DataType::Boolean => self.booleans(series.bool().expect(SAME)),
            DataType::Int8 => self.numbers(series.i8().expect(SAME)),
            DataType::Int16 => self.numbers(series.i16().expect(SAME)),
            DataType::Int32 => self.numbers(series.i32().expect(SAME)),
            DataType::Int64 => self.numbers(series.i64().expect(SAME)),
            DataType::UInt8 => self.numbers(series.u8().expect(SAME)),
            DataType::UInt16 => self.numbers(series.u16().expect(SAME)),
            DataType::UInt32 => self.numbers(series.u32().expect(SAME)),
            DataType::UInt64 => self.numbers(series.u64().expect(SAME)),
            DataType::Float32 => self.numbers(series.f32().expect(SAME)),
            DataType::Float64 => self.numbers(series.f64().expect(SAME)),
            DataType::String => self.texts(series.str().expect(SAME)),
            DataType::Binary => self.blobs(series.binary().expect(SAME)),
            _ => series.iter().for_each(|value| self.any(&value)),
        }
    }

    fn numbers<T: PolarsNumericType>(&mut self, column: &ChunkedArray<T>) {
        for chunk in column.downcast_iter() {
            let values: &[T::Native] = chunk.values();
            let Some(bits) = validity(chunk) else {
                self.there.ones(values.len());
                self.values.add(bytemuck::cast_slice(values));
                continue;
            };
            for ((word, count), values) in words(bits).zip(values.chunks(64)) {
                self.there.add(word, count);
                let out = self.values.room(bytemuck::cast_slice(values));
                // What stands under a null may be anything.
                for null in ones(!word).take_while(|null| *null < count as usize) {
                    out[null * size_of::<T::Native>()..][..size_of::<T::Native>()].fill(0);
                }
            }
        }
    }

    fn booleans(&mut self, column: &BooleanChunked) {
        for chunk in column.downcast_iter() {
            let values = words(chunk.values().as_slice());
            match validity(chunk) {
                None => {
                    self.there.ones(chunk.len());
                    values.for_each(|(word, count)| self.truths.add(word, count));
                }
                Some(bits) => {
                    for ((word, count), (there, _)) in values.zip(words(bits)) {
                        self.there.add(there, count);
                        self.truths.add(word & there, count);
                    }
                }
            }
        }
    }

    fn texts(&mut self, column: &StringChunked) {
        for chunk in column.downcast_iter() {
            let mut add = |row: usize, view: u128| match view as u32 {
                length @ 0..=SHORT => self.values.short(length as usize, view),
                _ => self.values.piece(chunk.value(row).as_bytes()),
            };
            let views = chunk.views().as_slice();
            let Some(bits) = validity(chunk) else {
                self.there.ones(views.len());
                views.iter().enumerate().for_each(|(row, view)| add(row, view.as_u128()));
                continue;
            };
            for (block, (word, count)) in words(bits).enumerate() {
                self.there.add(word, count);
                let first = block * 64;
                ones(word).for_each(|row| add(first + row, views[first + row].as_u128()));
            }
        }
    }

    fn blobs(&mut self, column: &BinaryChunked) {
        for blob in column.iter() {
            self.there.add(blob.is_some().into(), 1);
            blob.into_iter().for_each(|blob| self.values.piece(blob));
        }
    }

    /// A value of a type that no row type has: a list, say, in a frame that somebody made by hand.
    fn any(&mut self, value: &AnyValue<'_>) {
        self.there.add((!value.is_null()).into(), 1);
        match value {
            AnyValue::Null => {}
            AnyValue::List(items) | AnyValue::Array(items, _) => self.nested(items.len(), items.iter()),
            AnyValue::Struct(..) => {
                let fields: Vec<AnyValue<'_>> = value._iter_struct_av().collect();
                self.nested(fields.len(), fields.into_iter());
            }
            AnyValue::StructOwned(fields) => self.nested(fields.0.len(), fields.0.iter().cloned()),
            AnyValue::String(text) => self.values.piece(text.as_bytes()),
            AnyValue::Binary(blob) => self.values.piece(blob),
            AnyValue::BinaryOwned(blob) => self.values.piece(blob),
            AnyValue::Float32(value) => self.values.piece(&value.to_bits().to_le_bytes()),
            AnyValue::Float64(value) => self.values.piece(&value.to_bits().to_le_bytes()),
            other => self.values.piece(format!("{other:?}").as_bytes()),
        }
    }

    fn nested<'v>(&mut self, count: usize, values: impl Iterator<Item = AnyValue<'v>>) {
        self.values.number(count);
        values.for_each(|value| self.any(&value));
    }
}

/// A stream of bytes.
struct Bytes {
    hasher: blake3::Hasher,
    /// Its first bytes are what has been gathered.
    buffer: Vec<u8>,
    filled: usize,
}

impl Default for Bytes {
    fn default() -> Bytes {
        Bytes { hasher: blake3::Hasher::new(), buffer: vec![0; BUFFER], filled: 0 }
    }
}

impl Bytes {
    fn add(&mut self, bytes: &[u8]) {
        if bytes.len() > BUFFER {
            self.drain();
            self.hasher.update(bytes);
        } else {
            self.room(bytes);
        }
    }

    /// The same for bytes that fit the buffer and are still to be changed.
    fn room(&mut self, bytes: &[u8]) -> &mut [u8] {
        if self.filled + bytes.len() > BUFFER {
            self.drain();
        }
        let room = &mut self.buffer[self.filled..][..bytes.len()];
        room.copy_from_slice(bytes);
        self.filled += bytes.len();
        room
    }

    /// Adds a piece of up to twelve bytes, given as the view of a text: four bytes of length, and the text. It is copied
    /// with what stands behind it, for copies of a fixed length take no time; the next bytes go over that.
    #[inline]
    fn short(&mut self, length: usize, view: u128) {
        if self.filled + size_of::<u128>() > BUFFER {
            self.drain();
        }
        let text = view >> 24 & !0xff | length as u128;
        self.buffer[self.filled..][..size_of::<u128>()].copy_from_slice(&text.to_le_bytes());
        self.filled += 1 + length;
    }

    fn drain(&mut self) {
        self.hasher.update(&self.buffer[..self.filled]);
        self.filled = 0;
    }

    /// Adds bytes that are told apart from what follows.
    fn piece(&mut self, bytes: &[u8]) {
        self.number(bytes.len());
        self.add(bytes);
    }

    /// Adds a number, mostly small ones: seven bits a byte, the lowest first.
    fn number(&mut self, mut number: usize) {
        while number > 0x7f {
            self.add(&[number as u8 | 0x80]);
            number >>= 7;
        }
        self.add(&[number as u8]);
    }

    fn finish(mut self) -> Digest {
        self.drain();
        Digest(*self.hasher.finalize().as_bytes())
    }
}

/// A stream of bits.
#[derive(Default)]
struct Bits {
    out: Bytes,
    word: u64,
    held: u32,
}

impl Bits {
    /// Adds the lowest `count` bits of a word; those above are 0.
    fn add(&mut self, word: u64, count: u32) {
        let wide = u128::from(word) << self.held | u128::from(self.word);
        self.held += count;
        self.word = wide as u64;
        if self.held >= 64 {
            self.out.add(&self.word.to_le_bytes());
            self.word = (wide >> 64) as u64;
            self.held -= 64;
        }
    }

    fn ones(&mut self, count: usize) {
        (0..count / 64).for_each(|_| self.add(u64::MAX, 64));
        let rest = (count % 64) as u32;
        self.add((1 << rest) - 1, rest);
    }

    fn finish(mut self) -> Digest {
        self.out.add(&self.word.to_le_bytes());
        self.out.finish()
    }
}

/// The bits that say where a chunk has values; `None` where it has them everywhere.
fn validity<A: StaticArray>(chunk: &A) -> Option<(&[u8], usize, usize)> {
    let bits = chunk.validity()?;
    Some(bits.as_slice())
}

/// The bits of a bitmap, given as bytes, first bit and number of bits: up to 64 at a time, those above 0.
fn words((bytes, offset, len): (&[u8], usize, usize)) -> impl Iterator<Item = (u64, u32)> {
    (0..len).step_by(64).map(move |at| {
        let count = (len - at).min(64);
        let first = offset + at;
        let bytes = &bytes[first / 8..(first + count).div_ceil(8)];
        let mut window = [0; 16];
        window[..bytes.len()].copy_from_slice(bytes);
        let word = (u128::from_le_bytes(window) >> (first % 8)) as u64;
        (word & (u64::MAX >> (64 - count)), count as u32)
    })
}

/// The positions of the bits that are set.
fn ones(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = word.trailing_zeros();
        word &= word.wrapping_sub(1);
        (at < 64).then_some(at as usize)
    })
}
