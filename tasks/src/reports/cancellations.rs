//! How many bookings fall through, by lead time and market segment.

use hotel_models::{Booking, Bookings, Cancellation, Cancellations};
use purvey::prelude::*;

use crate::expressions::{cancelled, no_show, notice_days, ratio, wide};

/// Counts bookings that fall through, for each hotel, lead time and market segment.
#[task]
pub fn cancellations(bookings: &Bookings, cancellations: &mut Cancellations) -> Result<()> {
    let fell_through = col(Cancellation::CANCELLED) + col(Cancellation::NO_SHOWS);
    let counts = bookings.scan().group_by([Booking::HOTEL, Booking::LEAD_BUCKET, Booking::MARKET_SEGMENT]).agg([
        len().alias(Cancellation::BOOKINGS),
        cancelled().sum().alias(Cancellation::CANCELLED),
        no_show().sum().alias(Cancellation::NO_SHOWS),
        col(Booking::REVENUE_CENTS).filter(col(Booking::IS_CANCELED)).sum().alias(Cancellation::LOST_REVENUE_CENTS),
        wide(notice_days()).filter(cancelled()).sum().alias("notice_days"),
    ]);
    let rates = counts.with_columns([
        ratio(fell_through, col(Cancellation::BOOKINGS)).alias(Cancellation::CANCEL_RATE),
        ratio(col("notice_days"), col(Cancellation::CANCELLED)).alias(Cancellation::MEAN_NOTICE_DAYS),
    ]);
    cancellations.put(rates.select(Cancellations::columns()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{booking, cancelled, no_show};

    fn cancellations_of<const N: usize>(rows: [Booking; N]) -> Result<Vec<Cancellation>> {
        let mut counts = Cancellations::new();
        cancellations(&Bookings::from_rows(rows), &mut counts)?;
        counts.rows()
    }

    #[test]
    fn cancelled_bookings_and_no_shows_fall_through() -> Result<()> {
        let counts = cancellations_of([booking(), cancelled(3), cancelled(6), no_show()])?;
        let expected = Cancellation {
            hotel: "Seehof".into(),
            lead_bucket: "001-007".into(),
            market_segment: "Direct".into(),
            bookings: 4,
            cancelled: 2,
            no_shows: 1,
            cancel_rate: 0.75,
            lost_revenue_cents: 60_000,
            mean_notice_days: Some(4.5),
        };
        assert_eq!(counts, [expected]);
        Ok(())
    }

    #[test]
    fn where_none_was_cancelled_there_is_no_notice() -> Result<()> {
        let counts = cancellations_of([booking(), no_show()])?;
        assert_eq!((counts[0].cancelled, counts[0].mean_notice_days), (0, None));
        Ok(())
    }

    #[test]
    fn where_all_stayed_nothing_is_lost() -> Result<()> {
        assert_eq!(cancellations_of([booking()])?[0].lost_revenue_cents, 0);
        Ok(())
    }

    #[test]
    fn lead_times_and_segments_are_counted_apart() -> Result<()> {
        let online = Booking { market_segment: "Online TA".into(), ..booking() };
        let late = Booking { lead_bucket: "000".into(), ..booking() };
        let counts = cancellations_of([online, booking(), late])?;
        let found: Vec<_> = counts.iter().map(|row| (row.lead_bucket.as_str(), row.market_segment.as_str())).collect();
        assert_eq!(found, [("000", "Direct"), ("001-007", "Direct"), ("001-007", "Online TA")]);
        Ok(())
    }
}
