//! Writes bookings as the front-desk programs of the alpine resorts do.

use super::booking::{End, Meal, Segment, spoil};
use super::{House, Kind, Made, Random, of_house};

const HEADER: &str = "Buchung;Haus;Status;Status vom;Gebucht am;Anreise;Abreise;Erwachsene;Kinder;Kleinkinder;\
                      Verpflegung;Land;Segment;Stammgast;Zimmer gebucht;Zimmer bezogen;Reisebüro;Firma;Preis;Anzahlung;\
                      Parkplätze;Wünsche\n";

pub(super) fn files() -> Vec<(String, String)> {
    let house = |name, first_number, bookings, base_cents| House {
        name,
        kind: Kind::Resort,
        first_number,
        bookings,
        base_cents,
    };
    let houses = [
        ("alpenblick", house("Hotel Alpenblick", 100_000, 700, 9_000)),
        ("bergbach", house("Gasthof Bergbach", 200_000, 450, 6_500)),
        ("seehof", house("Seehof", 300_000, 650, 12_000)),
    ];
    let mut random = Random::from_seed(1);
    houses.iter().map(|(file, house)| (format!("alpine/sample/{file}.csv"), export(house, &mut random))).collect()
}

fn export(house: &House, random: &mut Random) -> String {
    let mut bookings = of_house(house, random);
    spoil(&mut bookings);
    let lines = bookings.iter().enumerate().map(|(at, booking)| match at {
        // Slips of the pen, one a house and kind.
        60 => line(booking, "31.02.2025", "2", &price(booking)),
        160 => line(booking, &date(booking.arrival), "zwei", &price(booking)),
        260 => line(booking, &date(booking.arrival), "2", ""),
        _ => line(booking, &date(booking.arrival), &booking.adults.to_string(), &price(booking)),
    });
    HEADER.to_owned() + &lines.collect::<String>()
}

fn line(booking: &Made, arrival: &str, adults: &str, price: &str) -> String {
    let Made { number, hotel, babies, booked_room, given_room, parking, requests, .. } = booking;
    let status = match booking.end {
        End::Stayed => "abgereist",
        End::Cancelled => "storniert",
        End::NoShow => "nicht erschienen",
    };
    let meal = match booking.meal {
        Meal::Breakfast => "Frühstück",
        Meal::HalfBoard => "Halbpension",
        Meal::FullBoard => "Vollpension",
        Meal::None => "ohne",
    };
    let segment = match booking.segment {
        Some(Segment::Direct) => "direkt",
        Some(Segment::Agency) => "Reisebüro",
        Some(Segment::Online) => "online",
        Some(Segment::Company) => "Firma",
        Some(Segment::Group) => "Gruppe",
        None => "",
    };
    let status_date = date(booking.end_date);
    let booked = date(booking.arrival - chrono::Days::new(booking.lead.into()));
    let departure = date(booking.departure());
    let children = or_empty(booking.children);
    let country = booking.country.unwrap_or_default();
    let [repeated, deposit] = [booking.repeated, booking.deposit].map(|yes| if yes { "ja" } else { "nein" });
    let [agent, company] = [booking.agent, booking.company].map(or_empty);
    format!(
        "{number};{hotel};{status};{status_date};{booked};{arrival};{departure};{adults};{children};{babies};{meal};\
         {country};{segment};{repeated};{booked_room};{given_room};{agent};{company};{price};{deposit};{parking};\
         {requests}\n"
    )
}

fn date(date: chrono::NaiveDate) -> String {
    date.format("%d.%m.%Y").to_string()
}

fn price(booking: &Made) -> String {
    format!("{:.2}", booking.night_cents as f64 / 100.0).replace('.', ",")
}

fn or_empty(number: Option<u32>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}
