//! Where the guests of each hotel come from.

use hotel_models::{Booking, Bookings, CountryGuests, GuestsByCountry};
use purvey::prelude::*;

use crate::expressions::{rank_within, ratio, stayed, wide};

/// Ranks the countries that the guests of each hotel come from, most guests first. An unknown country is `UNK`.
#[task]
pub fn guests_by_country(bookings: &Bookings, guests_by_country: &mut GuestsByCountry) -> Result<()> {
    let guests = wide(col(Booking::GUESTS));
    let all_guests = col(CountryGuests::GUESTS).sum().over([CountryGuests::HOTEL])?;
    let countries = bookings
        .scan()
        .filter(stayed())
        .group_by([col(Booking::HOTEL), col(Booking::COUNTRY).fill_null(lit("UNK"))])
        .agg([
            len().alias(CountryGuests::BOOKINGS),
            guests.clone().sum(),
            (guests * col(Booking::NIGHTS)).sum().alias(CountryGuests::GUEST_NIGHTS),
            col(Booking::REVENUE_CENTS).sum(),
        ])
        .sort(
            [CountryGuests::HOTEL.name(), CountryGuests::GUESTS.name(), CountryGuests::COUNTRY.name()],
            SortMultipleOptions::default().with_order_descending_multi([false, true, false]),
        );
    let ranked = countries.with_columns([
        rank_within(CountryGuests::HOTEL)?.alias(CountryGuests::RANK),
        ratio(col(CountryGuests::GUESTS), all_guests).alias(CountryGuests::GUEST_SHARE),
    ]);
    guests_by_country.put(ranked.select(GuestsByCountry::columns()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{booking, cancelled};

    fn countries_of<const N: usize>(rows: [Booking; N]) -> Result<Vec<CountryGuests>> {
        let mut countries = GuestsByCountry::new();
        guests_by_country(&Bookings::from_rows(rows), &mut countries)?;
        countries.rows()
    }

    fn from(country: &str, guests: i32) -> Booking {
        Booking { country: Some(country.into()), guests, ..booking() }
    }

    #[test]
    fn countries_are_ranked_by_guests() -> Result<()> {
        let countries = countries_of([from("CHE", 1), from("ITA", 2), from("ITA", 1)])?;
        let italy = CountryGuests {
            hotel: "Seehof".into(),
            rank: 1,
            country: "ITA".into(),
            bookings: 2,
            guests: 3,
            guest_nights: 6,
            revenue_cents: 40_000,
            guest_share: 0.75,
        };
        assert_eq!(countries[0], italy);
        assert_eq!((countries[1].rank, countries[1].country.as_str()), (2, "CHE"));
        Ok(())
    }

    #[test]
    fn countries_with_as_many_guests_are_ranked_by_name() -> Result<()> {
        let countries = countries_of([from("ITA", 2), from("AUT", 2), from("CHE", 2)])?;
        let found: Vec<_> = countries.iter().map(|row| (row.rank, row.country.as_str())).collect();
        assert_eq!(found, [(1, "AUT"), (2, "CHE"), (3, "ITA")]);
        Ok(())
    }

    #[test]
    fn an_unknown_country_has_a_place_of_its_own() -> Result<()> {
        let countries = countries_of([Booking { country: None, ..booking() }])?;
        assert_eq!((countries[0].country.as_str(), countries[0].guest_share), ("UNK", 1.0));
        Ok(())
    }

    #[test]
    fn ranks_and_shares_begin_anew_in_each_hotel() -> Result<()> {
        let elsewhere = Booking { hotel: "Alpenblick".into(), ..booking() };
        let countries = countries_of([booking(), elsewhere])?;
        assert_eq!(countries.iter().map(|row| (row.rank, row.guest_share)).collect::<Vec<_>>(), [(1, 1.0), (1, 1.0)]);
        Ok(())
    }

    #[test]
    fn guests_who_did_not_come_do_not_count() -> Result<()> {
        assert_eq!(countries_of([cancelled(3)])?, []);
        Ok(())
    }
}
