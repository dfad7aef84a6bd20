//! Types the bookings of the published file.

use hotel_models::demand::{RawBooking, RawBookings};
use hotel_models::{BookingTyped, BookingsTyped};
use purvey::polars::prelude::StrptimeOptions;
use purvey::prelude::*;

use super::{cents, complete, translated};

/// Types the bookings of the published file: its dates in three columns, its rates in euros, its flags in numbers.
#[task]
pub fn type_demand(raw_bookings: &RawBookings, bookings_typed: &mut BookingsTyped) -> Result<()> {
    let arrival = concat_str(
        [
            col(RawBooking::ARRIVAL_DATE_YEAR),
            col(RawBooking::ARRIVAL_DATE_MONTH),
            col(RawBooking::ARRIVAL_DATE_DAY_OF_MONTH),
        ],
        "-",
        false,
    );
    let nights = col(RawBooking::STAYS_IN_WEEKEND_NIGHTS) + col(RawBooking::STAYS_IN_WEEK_NIGHTS);
    let facts = raw_bookings.scan().with_columns([
        col(RawBooking::RESERVATION_STATUS).alias(BookingTyped::STATUS),
        col(RawBooking::IS_CANCELED).eq(lit(1)).alias(BookingTyped::IS_CANCELED),
        dates(arrival, "%Y-%B-%d").alias(BookingTyped::ARRIVAL_DATE),
        dates(col(RawBooking::RESERVATION_STATUS_DATE), "%Y-%m-%d").alias(BookingTyped::STATUS_DATE),
        nights.alias(BookingTyped::NIGHTS),
        translated(RawBooking::MEAL, [("Undefined", "SC")]).alias(BookingTyped::MEAL),
        translated(RawBooking::COUNTRY, [("CN", "CHN")]).alias(BookingTyped::COUNTRY),
        col(RawBooking::IS_REPEATED_GUEST).eq(lit(1)).alias(BookingTyped::IS_REPEATED_GUEST),
        cents(RawBooking::ADR).alias(BookingTyped::ADR_CENTS),
        col(RawBooking::REQUIRED_CAR_PARKING_SPACES).alias(BookingTyped::PARKING_SPACES),
        col(RawBooking::TOTAL_OF_SPECIAL_REQUESTS).alias(BookingTyped::SPECIAL_REQUESTS),
    ]);
    bookings_typed.put(complete(facts))
}

/// Texts as dates; a text that is none is an error.
fn dates(texts: Expr, format: &str) -> Expr {
    texts.str().to_date(StrptimeOptions { format: Some(format.into()), ..StrptimeOptions::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{date, typed};

    fn raw() -> RawBooking {
        RawBooking {
            booking_id: 1,
            hotel: "Seehof".into(),
            is_canceled: 0,
            lead_time: 7,
            arrival_date_year: 2025,
            arrival_date_month: "July".into(),
            arrival_date_week_number: 27,
            arrival_date_day_of_month: 1,
            stays_in_weekend_nights: 0,
            stays_in_week_nights: 2,
            adults: 2,
            children: Some(0),
            babies: 0,
            meal: "BB".into(),
            country: Some("CHE".into()),
            market_segment: "Direct".into(),
            distribution_channel: "Direct".into(),
            reserved_room_type: "A".into(),
            assigned_room_type: "A".into(),
            deposit_type: "No Deposit".into(),
            customer_type: "Transient".into(),
            adr: 100.0,
            reservation_status: "Check-Out".into(),
            reservation_status_date: "2025-07-03".into(),
            ..RawBooking::default()
        }
    }

    fn typed_from(raw: RawBooking) -> Result<BookingsTyped> {
        let mut typed = BookingsTyped::new();
        type_demand(&RawBookings::from_rows([raw]), &mut typed)?;
        Ok(typed)
    }

    #[test]
    fn a_row_of_the_file_is_typed() -> Result<()> {
        assert_rows!(typed_from(raw())?, [typed()]);
        Ok(())
    }

    #[test]
    fn nights_are_those_of_the_week_and_of_the_weekend() -> Result<()> {
        let raw = RawBooking { stays_in_weekend_nights: 2, stays_in_week_nights: 3, ..raw() };
        assert_eq!(typed_from(raw)?.rows()?[0].nights, 5);
        Ok(())
    }

    #[test]
    fn undefined_meals_and_the_short_code_of_china_are_put_right() -> Result<()> {
        let raw = RawBooking { meal: "Undefined".into(), country: Some("CN".into()), ..raw() };
        let row = typed_from(raw)?.rows()?.remove(0);
        assert_eq!((row.meal.as_str(), row.country.as_deref()), ("SC", Some("CHN")));
        Ok(())
    }

    #[test]
    fn an_unknown_country_stays_unknown() -> Result<()> {
        let raw = RawBooking { country: None, ..raw() };
        assert_eq!(typed_from(raw)?.rows()?[0].country, None);
        Ok(())
    }

    #[test]
    fn rates_become_the_nearest_whole_cents() -> Result<()> {
        // 75.19 * 100 is 7518.999… in binary.
        for (adr, cents) in [(75.19, 7_519), (-6.38, -638), (0.0, 0)] {
            assert_eq!(typed_from(RawBooking { adr, ..raw() })?.rows()?[0].adr_cents, cents);
        }
        Ok(())
    }

    #[test]
    fn a_month_by_name_is_read_in_a_leap_year_too() -> Result<()> {
        let raw = RawBooking {
            arrival_date_year: 2024,
            arrival_date_month: "February".into(),
            arrival_date_day_of_month: 29,
            ..raw()
        };
        assert_eq!(typed_from(raw)?.rows()?[0].arrival_date, date(2024, 2, 29));
        Ok(())
    }

    #[test]
    fn a_day_that_does_not_exist_is_an_error() {
        let raw = RawBooking { arrival_date_month: "February".into(), arrival_date_day_of_month: 30, ..raw() };
        assert!(typed_from(raw).unwrap_err().to_string().contains("2025-February-30"));
    }
}
