//! How long guests stay.

use hotel_models::{Booking, Bookings, LosHistogram, StayLength};
use purvey::prelude::*;

use crate::expressions::{count, euros, ratio, stayed, wide};

/// Stays of this many nights and more are one length.
const LONGEST: i32 = 15;

/// Counts the stays of each length, up to 15 nights and more.
#[task]
pub fn los_histogram(bookings: &Bookings, los_histogram: &mut LosHistogram) -> Result<()> {
    let nights = col(Booking::NIGHTS);
    let length = when(nights.clone().gt(lit(LONGEST))).then(lit(LONGEST)).otherwise(nights.clone());
    let all = col(StayLength::BOOKINGS).sum().over([StayLength::HOTEL])?;
    let running = col(StayLength::BOOKINGS).cum_sum(false).over([StayLength::HOTEL])?;
    let lengths = bookings
        .scan()
        .filter(stayed())
        .group_by([col(Booking::HOTEL), length.alias(StayLength::LOS)])
        .agg([
            count().alias(StayLength::BOOKINGS),
            wide(nights).sum().alias(StayLength::ROOM_NIGHTS),
            col(Booking::REVENUE_CENTS).sum(),
        ])
        .sort([StayLength::HOTEL.name(), StayLength::LOS.name()], SortMultipleOptions::default());
    los_histogram.put(lengths.with_columns([
        ratio(col(StayLength::BOOKINGS), all.clone()).alias(StayLength::SHARE),
        ratio(running, all).alias(StayLength::CUMULATIVE_SHARE),
        ratio(euros(col(StayLength::REVENUE_CENTS)), col(StayLength::ROOM_NIGHTS)).alias(StayLength::ADR),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{booking, cancelled, date, stay};

    fn lengths_of<const N: usize>(rows: [Booking; N]) -> Result<Vec<StayLength>> {
        let mut lengths = LosHistogram::new();
        los_histogram(&Bookings::from_rows(rows), &mut lengths)?;
        lengths.rows()
    }

    fn nights(nights: i32) -> Booking {
        stay("Seehof", date(2025, 7, 1), nights)
    }

    #[test]
    fn stays_are_counted_by_length() -> Result<()> {
        let lengths = lengths_of([nights(3), nights(1), nights(3), nights(3)])?;
        let one = StayLength {
            hotel: "Seehof".into(),
            los: 1,
            bookings: 1,
            room_nights: 1,
            revenue_cents: 10_000,
            share: 0.25,
            cumulative_share: 0.25,
            adr: Some(100.0),
        };
        let three = StayLength {
            los: 3,
            bookings: 3,
            room_nights: 9,
            revenue_cents: 90_000,
            share: 0.75,
            cumulative_share: 1.0,
            ..one.clone()
        };
        assert_eq!(lengths, [one, three]);
        Ok(())
    }

    #[test]
    fn fifteen_nights_and_more_are_one_length_and_keep_their_nights() -> Result<()> {
        let lengths = lengths_of([nights(14), nights(15), nights(40)])?;
        let found: Vec<_> = lengths.iter().map(|row| (row.los, row.room_nights)).collect();
        assert_eq!(found, [(14, 14), (15, 55)]);
        Ok(())
    }

    #[test]
    fn stays_of_no_nights_have_no_daily_rate() -> Result<()> {
        let lengths = lengths_of([nights(0)])?;
        assert_eq!((lengths[0].los, lengths[0].adr), (0, None));
        Ok(())
    }

    #[test]
    fn shares_are_of_the_hotel_and_of_stays_only() -> Result<()> {
        let elsewhere = stay("Alpenblick", date(2025, 7, 1), 2);
        let lengths = lengths_of([booking(), elsewhere, cancelled(3)])?;
        assert_eq!(lengths.iter().map(|row| row.share).collect::<Vec<_>>(), [1.0, 1.0]);
        Ok(())
    }
}
