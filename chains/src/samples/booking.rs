//! Bookings as they might have been, before they are written down in the form of one chain or another.

use chrono::{Datelike, Days, NaiveDate};

use super::Random;

/// A house, and what is typical of it.
pub(super) struct House {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// The number before its first booking's.
    pub(super) first_number: i64,
    pub(super) bookings: usize,
    /// What a night costs off season.
    pub(super) base_cents: i64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Full in winter and summer; guests stay long.
    Resort,
    /// Full all year round; guests stay short.
    City,
}

impl Kind {
    /// How well a month sells, of a hundred.
    fn season(self, month: u32) -> u32 {
        let resort = [85, 95, 70, 30, 25, 55, 90, 100, 65, 40, 15, 75];
        let city = [55, 60, 70, 80, 90, 95, 75, 70, 95, 100, 80, 70];
        (if self == Kind::Resort { resort } else { city })[month as usize - 1]
    }
}

/// One booking; nothing is wrong with it.
#[derive(Clone)]
pub(super) struct Made {
    pub(super) number: i64,
    pub(super) hotel: &'static str,
    pub(super) end: End,
    pub(super) end_date: NaiveDate,
    pub(super) arrival: NaiveDate,
    pub(super) nights: u32,
    pub(super) lead: u32,
    pub(super) adults: u32,
    pub(super) children: Option<u32>,
    pub(super) babies: u32,
    pub(super) meal: Meal,
    pub(super) country: Option<&'static str>,
    /// `None` where it was not recorded.
    pub(super) segment: Option<Segment>,
    pub(super) repeated: bool,
    pub(super) booked_room: char,
    pub(super) given_room: char,
    pub(super) agent: Option<u32>,
    pub(super) company: Option<u32>,
    pub(super) night_cents: i64,
    pub(super) deposit: bool,
    pub(super) parking: u32,
    pub(super) requests: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Stayed,
    Cancelled,
    NoShow,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Meal {
    Breakfast,
    HalfBoard,
    FullBoard,
    None,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Segment {
    Direct,
    Agency,
    Online,
    Company,
    Group,
}

impl Made {
    pub(super) fn departure(&self) -> NaiveDate {
        self.arrival + Days::new(self.nights.into())
    }
}

/// All bookings of a house, by arrival.
pub(super) fn of_house(house: &House, random: &mut Random) -> Vec<Made> {
    let mut arrivals: Vec<NaiveDate> = (0..house.bookings).map(|_| arrival(house.kind, random)).collect();
    arrivals.sort_unstable();
    let numbers = house.first_number + 1..;
    numbers.zip(arrivals).map(|(number, arrival)| booking(house, number, arrival, random)).collect()
}

/// A day of the fourteen months from July 2024 to August 2025, more often one that sells well.
fn arrival(kind: Kind, random: &mut Random) -> NaiveDate {
    let first = NaiveDate::from_ymd_opt(2024, 7, 1).expect("a day of the calendar");
    loop {
        let day = first + Days::new(random.below(427).into());
        if random.percent(kind.season(day.month())) {
            return day;
        }
    }
}

fn booking(house: &House, number: i64, arrival: NaiveDate, random: &mut Random) -> Made {
    let resort = house.kind == Kind::Resort;
    let nights = match random.below(100) {
        0 => 0,
        1..=3 if resort => 14 + random.below(8),
        _ if resort => 1 + random.below(4) + random.below(5),
        _ => 1 + random.below(3) + random.below(2),
    };
    let lead = match random.below(10) {
        0 => 0,
        1..=3 => random.below(8),
        4..=7 => random.below(91),
        _ => random.below(420),
    };
    let segment = if resort {
        [
            (Segment::Direct, 25),
            (Segment::Agency, 25),
            (Segment::Online, 40),
            (Segment::Company, 2),
            (Segment::Group, 8),
        ]
    } else {
        [
            (Segment::Direct, 15),
            (Segment::Agency, 15),
            (Segment::Online, 45),
            (Segment::Company, 15),
            (Segment::Group, 10),
        ]
    };
    let segment = random.pick(&segment);
    // The longer ahead, the likelier that something comes between.
    let end = match random.below(100) {
        0 | 1 => End::NoShow,
        at if at < 12 + lead / 8 => End::Cancelled,
        _ => End::Stayed,
    };
    let end_date = match end {
        End::Stayed => arrival + Days::new(nights.into()),
        End::Cancelled => arrival - Days::new(random.below(lead + 1).into()),
        End::NoShow => arrival,
    };
    let through_agency = matches!(segment, Segment::Agency | Segment::Online | Segment::Group);
    let room = random.pick(&[('A', 60), ('B', 15), ('C', 12), ('D', 9), ('S', 4)]);
    let season = i64::from(house.kind.season(arrival.month()));
    let rate = house.base_cents * (100 + season) / 100 + i64::from(random.below(60)) * 50;
    Made {
        number,
        hotel: house.name,
        end,
        end_date,
        arrival,
        nights,
        lead,
        adults: random.pick(&[(1, 25), (2, 65), (3, 10)]),
        children: Some(if resort {
            random.pick(&[(0, 75), (1, 13), (2, 12)])
        } else {
            random.pick(&[(0, 94), (1, 6)])
        }),
        babies: u32::from(random.percent(2)),
        meal: random.pick(&[(Meal::Breakfast, 65), (Meal::HalfBoard, 20), (Meal::FullBoard, 3), (Meal::None, 12)]),
        country: random.pick(&[
            (Some("CHE"), 24),
            (Some("DEU"), 22),
            (Some("AUT"), 14),
            (Some("ITA"), 10),
            (Some("FRA"), 9),
            (Some("GBR"), 8),
            (Some("NLD"), 6),
            (Some("USA"), 4),
            (Some("JPN"), 2),
            (None, 1),
        ]),
        segment: Some(segment),
        repeated: random.percent(if resort { 14 } else { 6 }),
        booked_room: room,
        given_room: if random.percent(8) { 'D' } else { room },
        agent: through_agency
            .then(|| random.pick(&[(9, 30), (14, 20), (240, 18), (3, 12), (28, 10), (6, 6), (171, 4)])),
        company: (segment == Segment::Company).then(|| random.pick(&[(40, 50), (223, 30), (281, 20)])),
        night_cents: rate,
        deposit: random.percent(10),
        parking: u32::from(random.percent(if resort { 30 } else { 5 })),
        requests: random.pick(&[(0, 60), (1, 25), (2, 12), (3, 3)]),
    }
}

/// Makes some bookings such that they must be set aside, one of each reason that a source can have.
pub(super) fn spoil(bookings: &mut [Made]) {
    let stayed: Vec<usize> =
        (0..bookings.len()).filter(|&at| bookings[at].end == End::Stayed && bookings[at].nights > 1).collect();
    // Spread over the months.
    let nth = |part: usize| stayed[stayed.len() * part / 7];
    bookings[nth(1)].children = None;
    let nobody = &mut bookings[nth(2)];
    (nobody.adults, nobody.children, nobody.babies) = (0, Some(0), 0);
    bookings[nth(3)].night_cents = -638;
    bookings[nth(4)].night_cents *= 100;
    bookings[nth(5)].segment = None;
    let early = &mut bookings[nth(6)];
    early.end_date = early.end_date - Days::new(1);
}
