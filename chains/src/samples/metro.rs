//! Writes bookings as the booking engine of the metro hotels does.

use super::booking::{End, Meal, Segment, spoil};
use super::{House, Kind, Made, Random, of_house};

pub(super) fn files() -> Vec<(String, String)> {
    let house =
        |name, first_number, base_cents| House { name, kind: Kind::City, first_number, bookings: 450, base_cents };
    let mut random = Random::from_seed(2);
    let mut bookings = of_house(&house("Metro Central", 5_000_000, 8_000), &mut random);
    bookings.extend(of_house(&house("Metro Harbour", 6_000_000, 10_500), &mut random));
    bookings.sort_by_key(|booking| (booking.arrival, booking.number));
    spoil(&mut bookings);
    let lines = bookings.iter().enumerate().map(|(at, booking)| match at {
        // What feeds are like: a day that does not exist, words for a number, a key that is missing, a line cut off.
        100 => line(booking).replace(&booking.arrival.to_string(), "2025-02-30"),
        300 => line(booking).replace(&format!("\"nights\":{}", booking.nights), "\"nights\":\"two\""),
        500 => line(booking).replace(&format!("\"hotel\":{:?},", booking.hotel), ""),
        700 => line(booking).chars().take(120).chain(['\n']).collect(),
        _ => line(booking),
    });
    vec![("metro/sample/bookings.ndjson".to_owned(), lines.collect())]
}

fn line(booking: &Made) -> String {
    let Made { number, hotel, end_date, arrival, nights, lead, adults, babies, .. } = booking;
    let Made { repeated, booked_room, given_room, night_cents, deposit, parking, requests, .. } = booking;
    let state = match booking.end {
        End::Stayed => "checked_out",
        End::Cancelled => "cancelled",
        End::NoShow => "no_show",
    };
    let meal = match booking.meal {
        Meal::Breakfast => "BB",
        Meal::HalfBoard => "HB",
        Meal::FullBoard => "FB",
        Meal::None => "SC",
    };
    let (segment, channel) = match booking.segment {
        Some(Segment::Direct) => ("Direct", "Direct"),
        Some(Segment::Agency) => ("Offline TA/TO", "TA/TO"),
        Some(Segment::Online) => ("Online TA", "GDS"),
        Some(Segment::Company) => ("Corporate", "Corporate"),
        Some(Segment::Group) => ("Groups", "TA/TO"),
        None => ("Undefined", "Undefined"),
    };
    let children = booking.children.map_or_else(String::new, |children| format!(",\"children\":{children}"));
    let country = booking.country.map_or_else(|| "null".to_owned(), |country| format!("\"{country}\""));
    let [agent, company] =
        [booking.agent, booking.company].map(|number| number.map_or_else(|| "null".to_owned(), |n| n.to_string()));
    [
        format!(r#"{{"id":{number},"hotel":"{hotel}","state":{{"name":"{state}","since":"{end_date}"}},"#),
        format!(r#""stay":{{"arrival":"{arrival}","nights":{nights},"lead_days":{lead}}},"#),
        format!(r#""guests":{{"adults":{adults}{children},"babies":{babies}}},"#),
        format!(r#""guest":{{"country":{country},"returning":{repeated}}},"meal":"{meal}","#),
        format!(r#""room":{{"booked":"{booked_room}","given":"{given_room}"}},"#),
        format!(r#""sold":{{"segment":"{segment}","channel":"{channel}","agent":{agent},"company":{company}}},"#),
        format!(r#""price":{{"night_cents":{night_cents},"deposit":{deposit}}},"#),
        format!(r#""extras":{{"parking":{parking},"requests":{requests}}}}}"#),
        "\n".to_owned(),
    ]
    .concat()
}
