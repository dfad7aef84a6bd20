//! The tables that people read.

use polars::prelude::*;
use purvey::polars;

use crate::Result;

pub(crate) fn daily_occupancy(bookings: LazyFrame) -> Result<LazyFrame> {
    let stays = bookings.filter(stayed());
    let day = [col("hotel"), col("date")];
    let on = |date: &str, times: i64| {
        stays.clone().group_by([col("hotel"), col(date).alias("date")]).agg([
            count().alias("bookings"),
            (wide("guests").sum() * lit(times)).alias("guests"),
            (col("adr_cents").sum() * lit(times)).alias("cents"),
        ])
    };
    let came = on("arrival_date", 1);
    let left = on("departure_date", -1);
    let first_and_end = stays
        .clone()
        .filter(col("nights").gt(lit(0)))
        .group_by([col("hotel")])
        .agg([col("arrival_date").min().alias("first"), col("departure_date").max().alias("end")]);
    let one_day = Some(Duration::parse("1d"));
    let days = date_ranges(Some(col("first")), Some(col("end")), one_day, None, ClosedWindow::Left)?;
    let calendar = first_and_end
        .select([col("hotel"), days.alias("date")])
        .explode(cols(["date"]), ExplodeOptions { empty_as_null: false, keep_nulls: false });
    // So many more in the house than the day before.
    let more = |came: &str, left: &str, times: i64| {
        (or_zero(came) + or_zero(left) * lit(times)).cum_sum(false).over([col("hotel")])
    };
    Ok(calendar
        .join(came, &day, &day, JoinArgs::new(JoinType::Left))
        .join(left, &day, &day, JoinArgs::new(JoinType::Left).with_suffix(Some("_left".into())))
        .sort(["hotel", "date"], SortMultipleOptions::default())
        .select([
            col("hotel"),
            col("date"),
            more("bookings", "bookings_left", -1)?.alias("rooms_occupied"),
            or_zero("bookings").alias("arrivals"),
            or_zero("bookings_left").alias("departures"),
            more("guests", "guests_left", 1)?.alias("guests_in_house"),
            more("cents", "cents_left", 1)?.alias("room_revenue_cents"),
        ]))
}

pub(crate) fn monthly_revenue(days: LazyFrame) -> Result<LazyFrame> {
    let euros = col("revenue_cents").cast(DataType::Float64) / lit(100.0);
    let for_sale = col("capacity_rooms") * col("days");
    Ok(days
        .group_by([col("hotel"), col("date").dt().month_start().alias("month")])
        .agg([
            count().alias("days"),
            col("rooms_occupied").max().alias("capacity_rooms"),
            col("rooms_occupied").sum().alias("room_nights"),
            col("guests_in_house").sum().alias("guest_nights"),
            col("arrivals").sum(),
            col("room_revenue_cents").sum().alias("revenue_cents"),
        ])
        .with_column(col("capacity_rooms").max().over([col("hotel")])?)
        .with_columns([
            ratio(euros.clone(), col("room_nights")).alias("adr"),
            ratio(col("room_nights"), for_sale.clone()).alias("occupancy"),
            ratio(euros, for_sale).alias("revpar"),
        ])
        .sort(["hotel", "month"], SortMultipleOptions::default()))
}

pub(crate) fn cancellations(bookings: LazyFrame) -> LazyFrame {
    let key = ["hotel", "lead_bucket", "market_segment"];
    let notice = col("arrival_date").cast(DataType::Int32) - col("status_date").cast(DataType::Int32);
    let fell_through = col("cancelled") + col("no_shows");
    bookings
        .group_by(key.map(col))
        .agg([
            count().alias("bookings"),
            cancelled().sum().cast(DataType::Int64).alias("cancelled"),
            no_show().sum().cast(DataType::Int64).alias("no_shows"),
            col("revenue_cents").filter(col("is_canceled")).sum().alias("lost_revenue_cents"),
            notice.cast(DataType::Int64).filter(cancelled()).sum().alias("notice"),
        ])
        .sort(key, SortMultipleOptions::default())
        .select([
            cols(["hotel", "lead_bucket", "market_segment", "bookings", "cancelled", "no_shows"]).as_expr(),
            ratio(fell_through, col("bookings")).alias("cancel_rate"),
            col("lost_revenue_cents"),
            ratio(col("notice"), col("cancelled")).alias("mean_notice_days"),
        ])
}

pub(crate) fn guests_by_country(bookings: LazyFrame) -> Result<LazyFrame> {
    let all = col("guests").sum().over([col("hotel")])?;
    Ok(bookings
        .filter(stayed())
        .group_by([col("hotel"), col("country").fill_null(lit("UNK"))])
        .agg([
            count().alias("bookings"),
            wide("guests").sum(),
            (wide("guests") * col("nights")).sum().alias("guest_nights"),
            col("revenue_cents").sum(),
        ])
        .sort(["hotel", "guests", "country"], falling_second())
        .select([
            col("hotel"),
            rank()?.alias("rank"),
            cols(["country", "bookings", "guests", "guest_nights", "revenue_cents"]).as_expr(),
            ratio(col("guests"), all).alias("guest_share"),
        ]))
}

pub(crate) fn agent_ranking(bookings: LazyFrame) -> Result<LazyFrame> {
    let hotel = |column: &str| col(column).sum().over([col("hotel")]);
    let running = col("revenue_cents").cum_sum(false).over([col("hotel")])?;
    // A hotel's revenue is that of all its agents, and of nobody.
    Ok(bookings
        .group_by([col("hotel"), col("agent")])
        .agg([
            count().alias("bookings"),
            col("is_canceled").sum().cast(DataType::Int64).alias("cancelled"),
            wide("nights").filter(stayed()).sum().alias("room_nights"),
            col("revenue_cents").filter(stayed()).sum(),
        ])
        .with_column(hotel("revenue_cents")?.alias("hotel_cents"))
        .filter(col("agent").is_not_null())
        .sort(["hotel", "revenue_cents", "agent"], falling_second())
        .select([
            col("hotel"),
            rank()?.alias("rank"),
            cols(["agent", "bookings", "cancelled", "room_nights", "revenue_cents"]).as_expr(),
            ratio(col("revenue_cents"), col("hotel_cents")).alias("revenue_share"),
            ratio(running, col("hotel_cents")).alias("cumulative_share"),
        ])
        .filter(col("rank").lt_eq(lit(50))))
}

const DAYS_BEFORE: [i32; 10] = [0, 1, 3, 7, 14, 30, 60, 90, 180, 365];

/// Bookings are first counted by how many of the days their lead time reaches and how many of them their notice does;
/// what is left is small.
pub(crate) fn pickup_curve(bookings: LazyFrame) -> Result<LazyFrame> {
    let reached = |days: &Expr| {
        let reached = DAYS_BEFORE.iter().map(|&day| days.clone().gt_eq(lit(day)).cast(DataType::UInt8));
        reached.reduce(|all, next| all + next).expect("there are days")
    };
    let notice = col("arrival_date").cast(DataType::Int32) - col("status_date").cast(DataType::Int32);
    let notice = when(cancelled()).then(notice).otherwise(lit(-1));
    let kinds = bookings
        .select([
            col("hotel"),
            col("arrival_month"),
            reached(&col("lead_time")).alias("lead"),
            reached(&notice).alias("notice"),
            stayed().alias("stayed"),
        ])
        .group_by(["hotel", "arrival_month", "lead", "notice", "stayed"].map(col))
        .agg([count().alias("n")]);
    let place = |place: usize| lit(place as u8);
    let of = |which: Expr| (col("n") * which.cast(DataType::Int64)).sum();
    let counts = DAYS_BEFORE.iter().enumerate().flat_map(|(at, days)| {
        let entered = col("lead").gt(place(at));
        let still_on = col("notice").lt_eq(place(at));
        [of(entered.clone()).alias(format!("gross_{days}")), of(entered.and(still_on)).alias(format!("net_{days}"))]
    });
    let months = kinds
        .group_by([col("hotel"), col("arrival_month")])
        .agg(
            [col("n").sum().alias("all"), of(col("stayed")).alias("stayed")]
                .into_iter()
                .chain(counts)
                .collect::<Vec<_>>(),
        )
        .collect()?;
    let points = DAYS_BEFORE.map(|days| {
        let (gross, net) = (col(format!("gross_{days}")), col(format!("net_{days}")));
        months.clone().lazy().select([
            col("hotel"),
            col("arrival_month"),
            lit(days).alias("days_before"),
            gross.clone().alias("gross"),
            net.clone().alias("net"),
            ratio(gross, col("all")).alias("gross_share"),
            ratio(net, col("stayed")).alias("net_to_stayed"),
        ])
    });
    let key = ["hotel", "arrival_month", "days_before"];
    Ok(concat(points, UnionArgs::default())?.sort(key, SortMultipleOptions::default()))
}

pub(crate) fn los_histogram(bookings: LazyFrame) -> Result<LazyFrame> {
    let all = col("bookings").sum().over([col("hotel")])?;
    let running = col("bookings").cum_sum(false).over([col("hotel")])?;
    let euros = col("revenue_cents").cast(DataType::Float64) / lit(100.0);
    Ok(bookings
        .filter(stayed())
        .group_by([col("hotel"), when(col("nights").gt(lit(15))).then(lit(15)).otherwise(col("nights")).alias("los")])
        .agg([count().alias("bookings"), wide("nights").sum().alias("room_nights"), col("revenue_cents").sum()])
        .sort(["hotel", "los"], SortMultipleOptions::default())
        .with_columns([
            ratio(col("bookings"), all.clone()).alias("share"),
            ratio(running, all).alias("cumulative_share"),
            ratio(euros, col("room_nights")).alias("adr"),
        ]))
}

/// What the monthly report reads besides the revenue.
pub(crate) struct Others {
    pub(crate) bookings: LazyFrame,
    pub(crate) rejects: LazyFrame,
    pub(crate) cancellations: LazyFrame,
    pub(crate) countries: LazyFrame,
    pub(crate) agents: LazyFrame,
    pub(crate) pickup: LazyFrame,
    pub(crate) lengths: LazyFrame,
}

pub(crate) fn monthly_report(months: LazyFrame, others: Others) -> LazyFrame {
    let by_month = || [col("hotel"), col("arrival_month").alias("month")];
    let booked = others.bookings.group_by(by_month()).agg([
        count().alias("bookings"),
        cancelled().sum().cast(DataType::Int64).alias("cancelled"),
        no_show().sum().cast(DataType::Int64).alias("no_shows"),
    ]);
    let rejected = others.rejects.group_by(by_month()).agg([count().alias("rejected")]);
    let [hotel, month] = by_month();
    let at_30 = col("gross_share").alias("gross_share_30d");
    let pickup = others.pickup.filter(col("days_before").eq(lit(30))).select([hotel, month, at_30]);
    let a_year_later = col("month").dt().offset_by(lit("1y"));
    let last_year =
        months.clone().select([col("hotel"), a_year_later, col("revenue_cents").alias("revenue_last_year")]);
    let first = |table: LazyFrame, name: &str, share: &str, top: &str| {
        let columns =
            [col("hotel"), col(name).alias(format!("top_{top}")), col(share).alias(format!("top_{top}_share"))];
        table.filter(col("rank").eq(lit(1))).select(columns)
    };
    let country = first(others.countries, "country", "guest_share", "country");
    let agent = first(others.agents, "agent", "revenue_share", "agent");
    let median =
        others
            .lengths
            .filter(col("cumulative_share").gt_eq(lit(0.5)))
            .group_by([col("hotel")])
            .agg([col("los").min().alias("median_los")]);
    let fell_through = (col("cancelled") + col("no_shows")).sum();
    let riskiest = others
        .cancellations
        .group_by([col("hotel"), col("market_segment").alias("riskiest_segment")])
        .agg([col("bookings").sum(), ratio(fell_through, col("bookings").sum()).alias("riskiest_segment_rate")])
        .filter(col("bookings").gt_eq(lit(100)))
        .sort(["hotel", "riskiest_segment_rate", "riskiest_segment"], falling_second())
        .group_by_stable([col("hotel")])
        .agg([col("riskiest_segment").first(), col("riskiest_segment_rate").first()]);

    let key = [col("hotel"), col("month")];
    let report = [booked, rejected, pickup, last_year]
        .into_iter()
        .fold(months, |report, other| report.join(other, &key, &key, JoinArgs::new(JoinType::Left)));
    let report = [country, agent, median, riskiest]
        .into_iter()
        .fold(report, |report, other| report.left_join(other, col("hotel"), col("hotel")));
    report
        .with_columns(["bookings", "cancelled", "no_shows", "rejected"].map(or_zero))
        .sort(["hotel", "month"], SortMultipleOptions::default())
        .select([
            cols(["hotel", "month", "room_nights", "revenue_cents", "adr", "occupancy", "revpar"]).as_expr(),
            cols(["bookings", "cancelled", "no_shows"]).as_expr(),
            ratio(col("cancelled") + col("no_shows"), col("bookings")).alias("cancel_rate"),
            cols(["rejected", "gross_share_30d"]).as_expr(),
            (ratio(col("revenue_cents"), col("revenue_last_year")) - lit(1.0)).alias("revenue_yoy"),
            cols(["top_country", "top_country_share", "top_agent", "top_agent_share", "median_los"]).as_expr(),
            cols(["riskiest_segment", "riskiest_segment_rate"]).as_expr(),
        ])
}

fn stayed() -> Expr {
    col("status").eq(lit("Check-Out"))
}

fn cancelled() -> Expr {
    col("status").eq(lit("Canceled"))
}

fn no_show() -> Expr {
    col("status").eq(lit("No-Show"))
}

fn count() -> Expr {
    len().cast(DataType::Int64)
}

fn wide(column: &str) -> Expr {
    col(column).cast(DataType::Int64)
}

fn or_zero(column: &str) -> Expr {
    col(column).fill_null(lit(0))
}

fn ratio(numerator: Expr, denominator: Expr) -> Expr {
    let quotient = numerator.cast(DataType::Float64) / denominator.clone().cast(DataType::Float64);
    when(denominator.neq(lit(0))).then(quotient).otherwise(lit(NULL))
}

/// 1, 2, … within each hotel, by the present order of rows.
fn rank() -> PolarsResult<Expr> {
    int_range(lit(1), len() + lit(1), 1, DataType::Int64).over([col("hotel")])
}

fn falling_second() -> SortMultipleOptions {
    SortMultipleOptions::default().with_order_descending_multi([false, true, false])
}
