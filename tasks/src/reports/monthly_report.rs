//! One line for each hotel and month, with a word from every other report.

use hotel_models::{
    AgentRanking, Booking, Bookings, Cancellation, Cancellations, CountryGuests, GuestsByCountry, LosHistogram,
    MonthlyReport, MonthlyRevenue, PickupCurve, PickupPoint, RankedAgent, Reject, Rejects, ReportMonth, RevenueMonth,
    StayLength,
};
use purvey::prelude::*;

use crate::expressions::{cancelled, no_show, or_zero, ratio};

/// A market segment of a hotel is too small to be called risky with fewer bookings.
const SEGMENT_BOOKINGS: i32 = 100;

/// Puts a word from every other report beside each month of each hotel.
#[task]
#[expect(clippy::too_many_arguments, reason = "it reads every other report, which is what it is for")]
pub fn monthly_report(
    monthly_revenue: &MonthlyRevenue,
    bookings: &Bookings,
    rejects: &Rejects,
    cancellations: &Cancellations,
    guests_by_country: &GuestsByCountry,
    agent_ranking: &AgentRanking,
    pickup_curve: &PickupCurve,
    los_histogram: &LosHistogram,
    monthly_report: &mut MonthlyReport,
) -> Result<()> {
    let month = [col(ReportMonth::HOTEL), col(ReportMonth::MONTH)];
    let by_month = |left: LazyFrame, right| left.join(right, &month, &month, JoinArgs::new(JoinType::Left));
    let by_hotel = |left: LazyFrame, right| left.left_join(right, ReportMonth::HOTEL, ReportMonth::HOTEL);

    let monthly = [booked(bookings), rejected(rejects), pickup_at_30_days(pickup_curve), a_year_later(monthly_revenue)];
    let hotels = [
        top_country(guests_by_country),
        top_agent(agent_ranking),
        median_los(los_histogram),
        riskiest_segment(cancellations),
    ];
    let report = monthly.into_iter().fold(monthly_revenue.scan(), by_month);
    let report = hotels.into_iter().fold(report, by_hotel);

    let fell_through = col(ReportMonth::CANCELLED) + col(ReportMonth::NO_SHOWS);
    let growth = ratio(col(ReportMonth::REVENUE_CENTS), col("cents_last_year")) - lit(1.0);
    let report = report.with_columns([
        or_zero(col(ReportMonth::BOOKINGS)),
        or_zero(col(ReportMonth::CANCELLED)),
        or_zero(col(ReportMonth::NO_SHOWS)),
        or_zero(col(ReportMonth::REJECTED)),
        ratio(fell_through, col(ReportMonth::BOOKINGS)).alias(ReportMonth::CANCEL_RATE),
        growth.alias(ReportMonth::REVENUE_YOY),
    ]);
    monthly_report.put(report.select(MonthlyReport::columns()))
}

fn booked(bookings: &Bookings) -> LazyFrame {
    bookings.scan().group_by([col(Booking::HOTEL), col(Booking::ARRIVAL_MONTH).alias(ReportMonth::MONTH)]).agg([
        len().alias(ReportMonth::BOOKINGS),
        cancelled().sum().alias(ReportMonth::CANCELLED),
        no_show().sum().alias(ReportMonth::NO_SHOWS),
    ])
}

fn rejected(rejects: &Rejects) -> LazyFrame {
    rejects
        .scan()
        .group_by([col(Reject::HOTEL), col(Reject::ARRIVAL_MONTH).alias(ReportMonth::MONTH)])
        .agg([len().alias(ReportMonth::REJECTED)])
}

fn pickup_at_30_days(pickup_curve: &PickupCurve) -> LazyFrame {
    pickup_curve.scan().filter(col(PickupPoint::DAYS_BEFORE).eq(lit(30))).select([
        col(PickupPoint::HOTEL),
        col(PickupPoint::ARRIVAL_MONTH).alias(ReportMonth::MONTH),
        col(PickupPoint::GROSS_SHARE).alias(ReportMonth::GROSS_SHARE_30D),
    ])
}

/// What each month earned, beside the month a year later.
fn a_year_later(monthly_revenue: &MonthlyRevenue) -> LazyFrame {
    monthly_revenue.scan().select([
        col(RevenueMonth::HOTEL),
        col(RevenueMonth::MONTH).dt().offset_by(lit("1y")),
        col(RevenueMonth::REVENUE_CENTS).alias("cents_last_year"),
    ])
}

fn top_country(guests_by_country: &GuestsByCountry) -> LazyFrame {
    guests_by_country.scan().filter(col(CountryGuests::RANK).eq(lit(1))).select([
        col(CountryGuests::HOTEL),
        col(CountryGuests::COUNTRY).alias(ReportMonth::TOP_COUNTRY),
        col(CountryGuests::GUEST_SHARE).alias(ReportMonth::TOP_COUNTRY_SHARE),
    ])
}

fn top_agent(agent_ranking: &AgentRanking) -> LazyFrame {
    agent_ranking.scan().filter(col(RankedAgent::RANK).eq(lit(1))).select([
        col(RankedAgent::HOTEL),
        col(RankedAgent::AGENT).alias(ReportMonth::TOP_AGENT),
        col(RankedAgent::REVENUE_SHARE).alias(ReportMonth::TOP_AGENT_SHARE),
    ])
}

fn median_los(los_histogram: &LosHistogram) -> LazyFrame {
    los_histogram
        .scan()
        .filter(col(StayLength::CUMULATIVE_SHARE).gt_eq(lit(0.5)))
        .group_by([StayLength::HOTEL])
        .agg([col(StayLength::LOS).min().alias(ReportMonth::MEDIAN_LOS)])
}

fn riskiest_segment(cancellations: &Cancellations) -> LazyFrame {
    let fell_through = (col(Cancellation::CANCELLED) + col(Cancellation::NO_SHOWS)).sum();
    cancellations
        .scan()
        .group_by([Cancellation::HOTEL, Cancellation::MARKET_SEGMENT])
        .agg([
            col(Cancellation::BOOKINGS).sum(),
            ratio(fell_through, col(Cancellation::BOOKINGS).sum()).alias(ReportMonth::RISKIEST_SEGMENT_RATE),
        ])
        .filter(col(Cancellation::BOOKINGS).gt_eq(lit(SEGMENT_BOOKINGS)))
        .sort(
            [ReportMonth::RISKIEST_SEGMENT_RATE.name(), Cancellation::MARKET_SEGMENT.name()],
            SortMultipleOptions::default().with_order_descending_multi([true, false]),
        )
        .group_by_stable([Cancellation::HOTEL])
        .agg([
            col(Cancellation::MARKET_SEGMENT).first().alias(ReportMonth::RISKIEST_SEGMENT),
            col(ReportMonth::RISKIEST_SEGMENT_RATE).first(),
        ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{booking, cancelled, date, no_show};

    /// What the report is made of; a test changes what it is about.
    struct Inputs {
        months: Vec<RevenueMonth>,
        bookings: Vec<Booking>,
        rejects: Vec<Reject>,
        cancellations: Vec<Cancellation>,
        agents: Vec<RankedAgent>,
        pickup: Vec<PickupPoint>,
        lengths: Vec<StayLength>,
    }

    /// July 2025 at the Seehof, and nothing that could be missing.
    fn inputs() -> Inputs {
        Inputs {
            months: vec![month(2025, 7, 60_000)],
            bookings: vec![],
            rejects: vec![],
            cancellations: vec![],
            agents: vec![],
            pickup: vec![],
            lengths: vec![length(2, 1.0)],
        }
    }

    fn month(year: i32, month: u32, revenue_cents: i64) -> RevenueMonth {
        RevenueMonth {
            hotel: "Seehof".into(),
            month: date(year, month, 1),
            room_nights: 6,
            revenue_cents,
            adr: Some(100.0),
            occupancy: 0.75,
            revpar: 75.0,
            ..RevenueMonth::default()
        }
    }

    fn length(los: i32, cumulative_share: f64) -> StayLength {
        StayLength { hotel: "Seehof".into(), los, cumulative_share, ..StayLength::default() }
    }

    fn segment(market_segment: &str, lead_bucket: &str, bookings: i64, cancelled: i64) -> Cancellation {
        Cancellation {
            hotel: "Seehof".into(),
            lead_bucket: lead_bucket.into(),
            market_segment: market_segment.into(),
            bookings,
            cancelled,
            ..Cancellation::default()
        }
    }

    fn report_of(inputs: Inputs) -> Result<Vec<ReportMonth>> {
        let country = CountryGuests {
            hotel: "Seehof".into(),
            rank: 1,
            country: "CHE".into(),
            guest_share: 0.6,
            ..Default::default()
        };
        let second = CountryGuests { rank: 2, country: "ITA".into(), guest_share: 0.4, ..country.clone() };
        let mut report = MonthlyReport::new();
        monthly_report(
            &MonthlyRevenue::from_rows(inputs.months),
            &Bookings::from_rows(inputs.bookings),
            &Rejects::from_rows(inputs.rejects),
            &Cancellations::from_rows(inputs.cancellations),
            &GuestsByCountry::from_rows([country, second]),
            &AgentRanking::from_rows(inputs.agents),
            &PickupCurve::from_rows(inputs.pickup),
            &LosHistogram::from_rows(inputs.lengths),
            &mut report,
        )?;
        report.rows()
    }

    #[test]
    fn a_month_without_bookings_agents_or_a_past_has_zeros_and_nulls() -> Result<()> {
        let july = ReportMonth {
            hotel: "Seehof".into(),
            month: date(2025, 7, 1),
            room_nights: 6,
            revenue_cents: 60_000,
            adr: Some(100.0),
            occupancy: 0.75,
            revpar: 75.0,
            top_country: "CHE".into(),
            top_country_share: 0.6,
            median_los: 2,
            ..ReportMonth::default()
        };
        assert_eq!(report_of(inputs())?, [july]);
        Ok(())
    }

    #[test]
    fn bookings_and_rejects_count_in_the_month_of_arrival() -> Result<()> {
        let elsewhere = Booking { hotel: "Alpenblick".into(), ..booking() };
        let reject = Reject { hotel: "Seehof".into(), arrival_month: date(2025, 7, 1), ..Reject::default() };
        let later = Reject { arrival_month: date(2025, 8, 1), ..reject.clone() };
        let july = report_of(Inputs {
            bookings: vec![booking(), booking(), cancelled(3), no_show(), elsewhere],
            rejects: vec![reject, later],
            ..inputs()
        })?
        .remove(0);
        assert_eq!((july.bookings, july.cancelled, july.no_shows, july.rejected), (4, 1, 1, 1));
        assert_eq!(july.cancel_rate, Some(0.5));
        Ok(())
    }

    #[test]
    fn revenue_is_compared_with_the_same_month_a_year_before() -> Result<()> {
        let report = report_of(Inputs { months: vec![month(2024, 7, 50_000), month(2025, 7, 60_000)], ..inputs() })?;
        assert_eq!(report[0].revenue_yoy, None);
        assert!((report[1].revenue_yoy.unwrap() - 0.2).abs() < 1e-12);
        Ok(())
    }

    #[test]
    fn a_year_after_a_month_without_revenue_there_is_nothing_to_compare_with() -> Result<()> {
        let report = report_of(Inputs { months: vec![month(2024, 7, 0), month(2025, 7, 60_000)], ..inputs() })?;
        assert_eq!(report[1].revenue_yoy, None);
        Ok(())
    }

    #[test]
    fn pickup_is_that_of_thirty_days_before() -> Result<()> {
        let point = |days_before, gross_share| PickupPoint {
            hotel: "Seehof".into(),
            arrival_month: date(2025, 7, 1),
            days_before,
            gross_share,
            ..PickupPoint::default()
        };
        let report = report_of(Inputs { pickup: vec![point(14, 0.8), point(30, 0.4)], ..inputs() })?;
        assert_eq!(report[0].gross_share_30d, Some(0.4));
        Ok(())
    }

    #[test]
    fn the_first_of_the_ranking_is_the_top_agent() -> Result<()> {
        let first = RankedAgent {
            hotel: "Seehof".into(),
            rank: 1,
            agent: 9,
            revenue_share: Some(0.3),
            ..RankedAgent::default()
        };
        let second = RankedAgent { rank: 2, agent: 7, ..first.clone() };
        let report = report_of(Inputs { agents: vec![first, second], ..inputs() })?;
        assert_eq!((report[0].top_agent, report[0].top_agent_share), (Some(9), Some(0.3)));
        Ok(())
    }

    #[test]
    fn the_median_stay_is_the_shortest_that_half_of_the_stays_do_not_exceed() -> Result<()> {
        let report = report_of(Inputs { lengths: vec![length(1, 0.2), length(3, 0.5), length(7, 1.0)], ..inputs() })?;
        assert_eq!(report[0].median_los, 3);
        Ok(())
    }

    #[test]
    fn the_riskiest_segment_is_taken_over_all_lead_times() -> Result<()> {
        let cancellations = vec![
            segment("Direct", "000", 100, 10),
            segment("Groups", "000", 60, 0),
            segment("Groups", "366+", 60, 30),
            segment("Online TA", "000", 99, 99),
        ];
        let report = report_of(Inputs { cancellations, ..inputs() })?;
        assert_eq!(report[0].riskiest_segment.as_deref(), Some("Groups"));
        assert_eq!(report[0].riskiest_segment_rate, Some(0.25));
        Ok(())
    }

    #[test]
    fn of_two_segments_as_risky_the_first_by_name_is_named() -> Result<()> {
        let cancellations = vec![segment("Groups", "000", 200, 20), segment("Direct", "000", 100, 10)];
        let report = report_of(Inputs { cancellations, ..inputs() })?;
        assert_eq!(report[0].riskiest_segment.as_deref(), Some("Direct"));
        Ok(())
    }
}
