//! The tables that have a row for each booking.

use std::path::Path;
use std::sync::Arc;

use polars::prelude::*;
use purvey::polars;

use crate::{Result, bytes_of_gzip};

const TEXTS: [&str; 12] = [
    "hotel",
    "arrival_date_month",
    "meal",
    "country",
    "market_segment",
    "distribution_channel",
    "reserved_room_type",
    "assigned_room_type",
    "deposit_type",
    "customer_type",
    "reservation_status",
    "reservation_status_date",
];

const COLUMNS: [&str; 32] = [
    "hotel",
    "is_canceled",
    "lead_time",
    "arrival_date_year",
    "arrival_date_month",
    "arrival_date_week_number",
    "arrival_date_day_of_month",
    "stays_in_weekend_nights",
    "stays_in_week_nights",
    "adults",
    "children",
    "babies",
    "meal",
    "country",
    "market_segment",
    "distribution_channel",
    "is_repeated_guest",
    "previous_cancellations",
    "previous_bookings_not_canceled",
    "reserved_room_type",
    "assigned_room_type",
    "booking_changes",
    "deposit_type",
    "agent",
    "company",
    "days_in_waiting_list",
    "customer_type",
    "adr",
    "required_car_parking_spaces",
    "total_of_special_requests",
    "reservation_status",
    "reservation_status_date",
];

pub(crate) fn raw_bookings(source: &Path) -> Result<LazyFrame> {
    let schema: Schema = COLUMNS
        .iter()
        .map(|&name| {
            let text = TEXTS.contains(&name);
            let number = if name == "adr" { DataType::Float64 } else { DataType::Int32 };
            Field::new(name.into(), if text { DataType::String } else { number })
        })
        .collect();
    let sources = match bytes_of_gzip(source)? {
        Some(bytes) => ScanSources::Buffers(Arc::new([bytes.into()])),
        None => ScanSources::Paths(vec![PlRefPath::try_from_path(source)?].into()),
    };
    let file = LazyCsvReader::new_with_sources(sources)
        .with_schema(Some(schema.into()))
        .with_null_values(Some(NullValues::AllColumns(vec!["NULL".into(), "NA".into()])))
        .with_row_index(Some(RowIndex { name: "booking_id".into(), offset: 1 }))
        .finish()?;
    Ok(file.with_column(col("booking_id").cast(DataType::Int64)))
}

pub(crate) fn bookings_typed(raw: LazyFrame) -> LazyFrame {
    let arrival = [col("arrival_date_year"), col("arrival_date_month"), col("arrival_date_day_of_month")];
    let stayed = || col("status").eq(lit("Check-Out"));
    let undefined = |column: &str| col(column).eq(lit("Undefined"));
    let lead = |days: i32| col("lead_time").lt_eq(lit(days));
    raw.select([
        col("booking_id"),
        col("hotel"),
        col("reservation_status").alias("status"),
        col("is_canceled").eq(lit(1)),
        date(concat_str(arrival, "-", false), "%Y-%B-%d").alias("arrival_date"),
        date(col("reservation_status_date"), "%Y-%m-%d").alias("status_date"),
        col("lead_time"),
        (col("stays_in_weekend_nights") + col("stays_in_week_nights")).alias("nights"),
        col("adults"),
        col("children"),
        col("babies"),
        (col("adults") + col("children") + col("babies")).alias("guests"),
        other_word("meal", "Undefined", "SC"),
        other_word("country", "CN", "CHN"),
        col("market_segment"),
        col("distribution_channel"),
        col("customer_type"),
        col("deposit_type"),
        col("is_repeated_guest").eq(lit(1)),
        col("reserved_room_type"),
        col("assigned_room_type"),
        col("reserved_room_type").neq(col("assigned_room_type")).alias("room_changed"),
        col("agent"),
        col("company"),
        (col("adr") * lit(100.0)).round(0, RoundMode::HalfAwayFromZero).cast(DataType::Int64).alias("adr_cents"),
        col("required_car_parking_spaces").alias("parking_spaces"),
        col("total_of_special_requests").alias("special_requests"),
    ])
    .with_columns([
        col("arrival_date").dt().month_start().alias("arrival_month"),
        days_from("arrival_date", lit(0) - col("lead_time")).alias("booked_date"),
        days_from("arrival_date", col("nights")).alias("departure_date"),
        first_of(
            [
                (lead(0), "000"),
                (lead(7), "001-007"),
                (lead(30), "008-030"),
                (lead(90), "031-090"),
                (lead(180), "091-180"),
                (lead(365), "181-365"),
            ],
            lit("366+"),
        )
        .alias("lead_bucket"),
        (col("adr_cents") * col("nights")).alias("revenue_cents"),
    ])
    .with_column(
        first_of(
            [
                (col("children").is_null(), "missing_children"),
                (col("guests").eq(lit(0)), "no_guests"),
                (col("adr_cents").lt(lit(0)), "negative_adr"),
                (col("adr_cents").gt(lit(100_000)), "implausible_adr"),
                (undefined("market_segment").or(undefined("distribution_channel")), "undefined_segment"),
                (col("is_canceled").eq(stayed()), "status_mismatch"),
                (stayed().and(col("status_date").neq(col("departure_date"))), "departure_mismatch"),
            ],
            lit(NULL),
        )
        .alias("reject_reason"),
    )
    .select(cols_of(&[&BOOKING[..], &["reject_reason"]].concat()))
}

const BOOKING: [&str; 32] = [
    "booking_id",
    "hotel",
    "status",
    "is_canceled",
    "arrival_date",
    "arrival_month",
    "booked_date",
    "departure_date",
    "status_date",
    "lead_time",
    "lead_bucket",
    "nights",
    "adults",
    "children",
    "babies",
    "guests",
    "meal",
    "country",
    "market_segment",
    "distribution_channel",
    "customer_type",
    "deposit_type",
    "is_repeated_guest",
    "reserved_room_type",
    "assigned_room_type",
    "room_changed",
    "agent",
    "company",
    "adr_cents",
    "revenue_cents",
    "parking_spaces",
    "special_requests",
];

pub(crate) fn rejects(typed: LazyFrame) -> LazyFrame {
    let columns =
        ["booking_id", "hotel", "status", "arrival_date", "arrival_month", "guests", "adr_cents", "reject_reason"];
    typed.filter(col("reject_reason").is_not_null()).select(cols_of(&columns))
}

/// They are in order already, because those they come from are.
pub(crate) fn bookings(typed: LazyFrame) -> LazyFrame {
    typed.filter(col("reject_reason").is_null()).select(cols_of(&BOOKING))
}

fn cols_of(names: &[&str]) -> Vec<Expr> {
    names.iter().map(|&name| col(name)).collect()
}

fn date(text: Expr, format: &str) -> Expr {
    text.str().to_date(StrptimeOptions { format: Some(format.into()), ..StrptimeOptions::default() })
}

/// A date and a number of days as the date so many days later, in the whole numbers that dates are.
fn days_from(date: &str, days: Expr) -> Expr {
    (col(date).cast(DataType::Int32) + days).cast(DataType::Date)
}

fn other_word(column: &str, theirs: &'static str, ours: &'static str) -> Expr {
    when(col(column).eq(lit(theirs))).then(lit(ours)).otherwise(col(column)).alias(column)
}

fn first_of<const N: usize>(cases: [(Expr, &'static str); N], otherwise: Expr) -> Expr {
    cases.into_iter().rev().fold(otherwise, |rest, (holds, text)| when(holds).then(lit(text)).otherwise(rest))
}
