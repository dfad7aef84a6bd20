//! Writes the rows of a table as Parquet, the columns side by side.
//!
//! Polars' own writer makes the pages of a column when they are written, one column after another, so that one thread packs
//! whatever there is to write.

use std::io::Write;

use polars::prelude::{CompatLevel, DataFrame, PolarsError, PolarsResult, Schema, SchemaExt, StatisticsOptions};
use polars_parquet::write::fallible_streaming_iterator::convert;
use polars_parquet::write::{
    CompressedPage, CompressionOptions, DynIter, DynStreamingIterator, Encoding, FileWriter, Page, Version,
    WriteOptions, array_to_columns, compress, get_dtype_encoding,
};
use rayon::prelude::*;

/// The rows of a row group, where a table is written as a whole.
const GROUP: usize = 1 << 18;

/// A table that is written as Parquet, group by group.
pub(crate) struct ParquetRows<W: Write> {
    writer: FileWriter<W>,
    /// For each column.
    encodings: Vec<Vec<Encoding>>,
}

impl<W: Write> ParquetRows<W> {
    /// Begins a table of these columns.
    pub(crate) fn begin(out: W, schema: &Schema) -> PolarsResult<ParquetRows<W>> {
        let schema = schema.to_arrow(CompatLevel::newest());
        let encodings = schema.iter_values().map(|field| get_dtype_encoding(&field.dtype)).collect();
        Ok(ParquetRows { writer: FileWriter::try_new(out, schema, options())?, encodings })
    }

    /// Writes the rows that come next, as a row group.
    pub(crate) fn add(&mut self, mut rows: DataFrame) -> PolarsResult<()> {
        // The columns of a row group are of one piece each.
        rows.rechunk_mut();
        for batch in rows.iter_chunks(CompatLevel::newest(), false).filter(|batch| !batch.is_empty()) {
            let types = self.writer.parquet_schema().fields();
            let columns = batch.columns().par_iter().zip(types).zip(&self.encodings);
            let pages = columns.map(|((column, kind), encodings)| {
                // Of a nested column there are several.
                let leaves = array_to_columns(column, kind.clone(), options(), encodings)?;
                leaves.into_iter().map(|pages| pages.map(pack).collect()).collect()
            });
            let pages: Vec<Vec<Vec<CompressedPage>>> = pages.collect::<PolarsResult<_>>()?;
            let pages = pages.iter().flatten().map(|pages| {
                let pages = pages.iter().map(Ok::<_, PolarsError>);
                Ok(DynStreamingIterator::new(convert(pages)))
            });
            self.writer.write(batch.len() as u64, DynIter::new(pages))?;
        }
        Ok(())
    }

    /// Ends the table.
    pub(crate) fn finish(mut self) -> PolarsResult<()> {
        self.writer.end(None).map(|_| ())
    }

    /// Writes a table as a whole.
    pub(crate) fn write(out: W, table: &DataFrame) -> PolarsResult<()> {
        let mut rows = ParquetRows::begin(out, table.schema())?;
        (0..table.height()).step_by(GROUP).try_for_each(|from| rows.add(table.slice(from as i64, GROUP)))?;
        rows.finish()
    }
}

fn options() -> WriteOptions {
    WriteOptions {
        statistics: StatisticsOptions::default(),
        compression: CompressionOptions::Zstd(None),
        version: Version::V1,
        data_page_size: None,
    }
}

fn pack(page: PolarsResult<Page>) -> PolarsResult<CompressedPage> {
    Ok(compress(page?, Vec::new(), options().compression)?)
}

#[cfg(test)]
mod tests {
    use polars::prelude::{
        DataType, ParquetCompression, ParquetReader, ParquetWriter, ReshapeDimension, SerReader, TimeUnit, df,
    };
    use std::io::Cursor;

    use super::*;

    fn table() -> DataFrame {
        let numbers: Vec<Option<i64>> = (0..1_000).map(|row| (row % 7 != 0).then_some(row % 40)).collect();
        let texts: Vec<String> = (0..1_000).map(|row| format!("guest {}", row % 300)).collect();
        let mut table = df!("number" => numbers, "text" => texts, "share" => vec![0.5; 1_000]).unwrap();
        let instants = table.column("number").unwrap().cast(&DataType::Datetime(TimeUnit::Microseconds, None)).unwrap();
        table.with_column(instants.with_name("at".into())).unwrap();
        let pairs = [ReshapeDimension::new(500), ReshapeDimension::new(2)];
        let pairs = table.column("share").unwrap().reshape_array(&pairs).unwrap();
        table.slice(0, 500).hstack(&[pairs.with_name("pair".into())]).unwrap()
    }

    #[test]
    fn the_file_is_what_polars_writes_byte_by_byte() {
        let table = table();
        let mut polars = Vec::new();
        let mut writer = ParquetWriter::new(&mut polars)
            .with_compression(ParquetCompression::Zstd(None))
            .batched(table.schema())
            .unwrap();
        writer.write_batch(&table).unwrap();
        writer.finish().unwrap();
        drop(writer);
        let mut ours = Vec::new();
        ParquetRows::write(&mut ours, &table).unwrap();
        assert!(ours == polars, "{} bytes and {}", ours.len(), polars.len());
    }

    #[test]
    fn a_table_without_rows_has_its_columns() {
        let mut file = Vec::new();
        ParquetRows::write(&mut file, &table().clear()).unwrap();
        assert_eq!(ParquetReader::new(Cursor::new(file)).finish().unwrap(), table().clear());
    }

    #[test]
    fn how_a_table_is_cut_in_memory_does_not_show() {
        let table = table();
        let mut pieces = table.slice(0, 123);
        pieces.vstack_mut(&table.slice(123, 377)).unwrap();
        let [mut whole, mut cut] = [Vec::new(), Vec::new()];
        ParquetRows::write(&mut whole, &table).unwrap();
        ParquetRows::write(&mut cut, &pieces).unwrap();
        assert!(whole == cut);
    }
}
