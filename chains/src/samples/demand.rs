//! Writes bookings in the form of the published *hotel booking demand* file.

use chrono::{Datelike, Days, Weekday};

use super::booking::{End, Meal, Segment, spoil};
use super::{House, Kind, Made, Random, of_house};

const HEADER: &str = "hotel,is_canceled,lead_time,arrival_date_year,arrival_date_month,arrival_date_week_number,\
                      arrival_date_day_of_month,stays_in_weekend_nights,stays_in_week_nights,adults,children,babies,\
                      meal,country,market_segment,distribution_channel,is_repeated_guest,previous_cancellations,\
                      previous_bookings_not_canceled,reserved_room_type,assigned_room_type,booking_changes,\
                      deposit_type,agent,company,days_in_waiting_list,customer_type,adr,required_car_parking_spaces,\
                      total_of_special_requests,reservation_status,reservation_status_date\n";

pub(super) fn files() -> Vec<(String, String)> {
    let houses = [
        House { name: "Resort Hotel", kind: Kind::Resort, first_number: 0, bookings: 600, base_cents: 7_000 },
        House { name: "City Hotel", kind: Kind::City, first_number: 0, bookings: 900, base_cents: 6_000 },
    ];
    let mut random = Random::from_seed(3);
    let mut content = HEADER.to_owned();
    for house in &houses {
        let mut bookings = of_house(house, &mut random);
        spoil(&mut bookings);
        content.extend(bookings.iter().map(line));
    }
    vec![("demand/sample/hotel_bookings.csv".to_owned(), content)]
}

fn line(booking: &Made) -> String {
    let Made { hotel, lead, arrival, adults, babies, booked_room, given_room, parking, requests, .. } = booking;
    let status = match booking.end {
        End::Stayed => "Check-Out",
        End::Cancelled => "Canceled",
        End::NoShow => "No-Show",
    };
    let meal = match booking.meal {
        Meal::Breakfast => "BB",
        Meal::HalfBoard => "HB",
        Meal::FullBoard => "FB",
        Meal::None => "Undefined",
    };
    let (segment, channel) = match booking.segment {
        Some(Segment::Direct) => ("Direct", "Direct"),
        Some(Segment::Agency) => ("Offline TA/TO", "TA/TO"),
        Some(Segment::Online) => ("Online TA", "TA/TO"),
        Some(Segment::Company) => ("Corporate", "Corporate"),
        Some(Segment::Group) => ("Groups", "TA/TO"),
        None => ("Undefined", "Undefined"),
    };
    let canceled = u32::from(booking.end != End::Stayed);
    let (year, month, day, week) = (arrival.year(), arrival.format("%B"), arrival.day(), arrival.iso_week().week());
    let at_weekend = |night: &u32| {
        let day = *arrival + Days::new((*night).into());
        matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
    };
    let weekend = (0..booking.nights).filter(at_weekend).count() as u32;
    let week_nights = booking.nights - weekend;
    let children = booking.children.map_or_else(|| "NA".to_owned(), |children| children.to_string());
    let country = booking.country.unwrap_or("NULL");
    let repeated = u32::from(booking.repeated);
    let deposit = if booking.deposit { "Non Refund" } else { "No Deposit" };
    let [agent, company] =
        [booking.agent, booking.company].map(|number| number.map_or_else(|| "NULL".to_owned(), |n| n.to_string()));
    let customer = if booking.segment == Some(Segment::Group) { "Transient-Party" } else { "Transient" };
    let adr = booking.night_cents as f64 / 100.0;
    let status_date = booking.end_date;
    format!(
        "{hotel},{canceled},{lead},{year},{month},{week},{day},{weekend},{week_nights},{adults},{children},{babies},\
         {meal},{country},{segment},{channel},{repeated},0,{repeated},{booked_room},{given_room},0,{deposit},{agent},\
         {company},0,{customer},{adr},{parking},{requests},{status},{status_date}\n"
    )
}
