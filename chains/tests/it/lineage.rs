//! What the columns of the chain `demand` are made of.

use std::fmt::Write as _;

use insta::assert_snapshot;
use purvey::ledger::{Ledger, SqliteLedger};
use purvey::lineage::{Origin, Origins};

use crate::support::Chain;

fn words(origins: &Origins) -> String {
    let Some(origins) = origins else { return "?".to_owned() };
    let word = |origin: &Origin| format!("{}.{} {}", origin.model, origin.column, origin.how);
    origins.iter().map(word).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_columns_of_demand() {
    let chain = Chain::demand();
    chain.run(&[]);
    let ledger = SqliteLedger::at(chain.path().join("data/demand/.purvey/ledger.sqlite"));
    let mut told = String::new();
    for version in ledger.published("").unwrap() {
        let Some(lineage) = version.lineage else {
            writeln!(told, "{}: nothing", version.model).unwrap();
            continue;
        };
        writeln!(told, "{}: {}", version.model, words(&lineage.rows)).unwrap();
        for (column, _) in &version.columns {
            writeln!(told, "  {column}: {}", words(lineage.columns.get(column.as_str()).unwrap_or(&None))).unwrap();
        }
    }
    assert_snapshot!(told, @r"
    agent_ranking: bookings.agent group_by, bookings.agent filter, bookings.agent sort, bookings.hotel group_by, bookings.hotel filter, bookings.hotel sort, bookings.revenue_cents sort, bookings.status sort
      hotel: bookings.hotel identity
      rank: bookings.hotel window
      agent: bookings.agent identity
      bookings: 
      cancelled: bookings.is_canceled aggregation
      room_nights: bookings.nights aggregation, bookings.status filter
      revenue_cents: bookings.revenue_cents aggregation, bookings.status filter
      revenue_share: bookings.hotel conditional, bookings.hotel window, bookings.revenue_cents aggregation, bookings.revenue_cents conditional, bookings.status conditional, bookings.status filter
      cumulative_share: bookings.hotel conditional, bookings.hotel window, bookings.revenue_cents aggregation, bookings.revenue_cents conditional, bookings.status conditional, bookings.status filter
    bookings: bookings_typed.reject_reason filter
      booking_id: bookings_typed.booking_id identity
      hotel: bookings_typed.hotel identity
      status: bookings_typed.status identity
      is_canceled: bookings_typed.is_canceled identity
      arrival_date: bookings_typed.arrival_date identity
      arrival_month: bookings_typed.arrival_month identity
      booked_date: bookings_typed.booked_date identity
      departure_date: bookings_typed.departure_date identity
      status_date: bookings_typed.status_date identity
      lead_time: bookings_typed.lead_time identity
      lead_bucket: bookings_typed.lead_bucket identity
      nights: bookings_typed.nights identity
      adults: bookings_typed.adults identity
      children: bookings_typed.children identity
      babies: bookings_typed.babies identity
      guests: bookings_typed.guests identity
      meal: bookings_typed.meal identity
      country: bookings_typed.country identity
      market_segment: bookings_typed.market_segment identity
      distribution_channel: bookings_typed.distribution_channel identity
      customer_type: bookings_typed.customer_type identity
      deposit_type: bookings_typed.deposit_type identity
      is_repeated_guest: bookings_typed.is_repeated_guest identity
      reserved_room_type: bookings_typed.reserved_room_type identity
      assigned_room_type: bookings_typed.assigned_room_type identity
      room_changed: bookings_typed.room_changed identity
      agent: bookings_typed.agent identity
      company: bookings_typed.company identity
      adr_cents: bookings_typed.adr_cents identity
      revenue_cents: bookings_typed.revenue_cents identity
      parking_spaces: bookings_typed.parking_spaces identity
      special_requests: bookings_typed.special_requests identity
    bookings_typed: 
      booking_id: raw_bookings.booking_id identity
      hotel: raw_bookings.hotel identity
      status: raw_bookings.reservation_status identity
      is_canceled: raw_bookings.is_canceled transformation
      arrival_date: raw_bookings.arrival_date_day_of_month transformation, raw_bookings.arrival_date_month transformation, raw_bookings.arrival_date_year transformation
      arrival_month: raw_bookings.arrival_date_day_of_month transformation, raw_bookings.arrival_date_month transformation, raw_bookings.arrival_date_year transformation
      booked_date: raw_bookings.arrival_date_day_of_month transformation, raw_bookings.arrival_date_month transformation, raw_bookings.arrival_date_year transformation, raw_bookings.lead_time transformation
      departure_date: raw_bookings.arrival_date_day_of_month transformation, raw_bookings.arrival_date_month transformation, raw_bookings.arrival_date_year transformation, raw_bookings.stays_in_week_nights transformation, raw_bookings.stays_in_weekend_nights transformation
      status_date: raw_bookings.reservation_status_date transformation
      lead_time: raw_bookings.lead_time identity
      lead_bucket: raw_bookings.lead_time conditional
      nights: raw_bookings.stays_in_week_nights transformation, raw_bookings.stays_in_weekend_nights transformation
      adults: raw_bookings.adults identity
      children: raw_bookings.children identity
      babies: raw_bookings.babies identity
      guests: raw_bookings.adults transformation, raw_bookings.babies transformation, raw_bookings.children transformation
      meal: raw_bookings.meal transformation, raw_bookings.meal conditional
      country: raw_bookings.country transformation, raw_bookings.country conditional
      market_segment: raw_bookings.market_segment identity
      distribution_channel: raw_bookings.distribution_channel identity
      customer_type: raw_bookings.customer_type identity
      deposit_type: raw_bookings.deposit_type identity
      is_repeated_guest: raw_bookings.is_repeated_guest transformation
      reserved_room_type: raw_bookings.reserved_room_type identity
      assigned_room_type: raw_bookings.assigned_room_type identity
      room_changed: raw_bookings.assigned_room_type transformation, raw_bookings.reserved_room_type transformation
      agent: raw_bookings.agent identity
      company: raw_bookings.company identity
      adr_cents: raw_bookings.adr transformation
      revenue_cents: raw_bookings.adr transformation, raw_bookings.stays_in_week_nights transformation, raw_bookings.stays_in_weekend_nights transformation
      parking_spaces: raw_bookings.required_car_parking_spaces identity
      special_requests: raw_bookings.total_of_special_requests identity
      reject_reason: raw_bookings.adr conditional, raw_bookings.adults conditional, raw_bookings.arrival_date_day_of_month conditional, raw_bookings.arrival_date_month conditional, raw_bookings.arrival_date_year conditional, raw_bookings.babies conditional, raw_bookings.children conditional, raw_bookings.distribution_channel conditional, raw_bookings.is_canceled conditional, raw_bookings.market_segment conditional, raw_bookings.reservation_status conditional, raw_bookings.reservation_status_date conditional, raw_bookings.stays_in_week_nights conditional, raw_bookings.stays_in_weekend_nights conditional
    cancellations: bookings.hotel group_by, bookings.lead_bucket group_by, bookings.market_segment group_by
      hotel: bookings.hotel identity
      lead_bucket: bookings.lead_bucket identity
      market_segment: bookings.market_segment identity
      bookings: 
      cancelled: bookings.status aggregation
      no_shows: bookings.status aggregation
      cancel_rate: bookings.status aggregation
      lost_revenue_cents: bookings.is_canceled filter, bookings.revenue_cents aggregation
      mean_notice_days: bookings.arrival_date aggregation, bookings.status aggregation, bookings.status conditional, bookings.status filter, bookings.status_date aggregation
    daily_occupancy: bookings.arrival_date join, bookings.arrival_date group_by, bookings.arrival_date filter, bookings.arrival_date sort, bookings.departure_date join, bookings.departure_date group_by, bookings.departure_date filter, bookings.departure_date sort, bookings.hotel join, bookings.hotel group_by, bookings.hotel sort, bookings.nights filter, bookings.status filter
      hotel: bookings.hotel identity
      date: bookings.arrival_date aggregation, bookings.departure_date aggregation
      rooms_occupied: bookings.hotel window
      arrivals: 
      departures: 
      guests_in_house: bookings.guests aggregation, bookings.hotel window
      room_revenue_cents: bookings.adr_cents aggregation, bookings.hotel window
    guests_by_country: bookings.country group_by, bookings.country sort, bookings.guests sort, bookings.hotel group_by, bookings.hotel sort, bookings.status filter
      hotel: bookings.hotel identity
      rank: bookings.hotel window
      country: bookings.country transformation
      bookings: 
      guests: bookings.guests aggregation
      guest_nights: bookings.guests aggregation, bookings.nights aggregation
      revenue_cents: bookings.revenue_cents aggregation
      guest_share: bookings.guests aggregation, bookings.guests conditional, bookings.hotel conditional, bookings.hotel window
    los_histogram: bookings.hotel group_by, bookings.hotel sort, bookings.nights group_by, bookings.nights sort, bookings.status filter
      hotel: bookings.hotel identity
      los: bookings.nights transformation, bookings.nights conditional
      bookings: 
      room_nights: bookings.nights aggregation
      revenue_cents: bookings.revenue_cents aggregation
      share: bookings.hotel conditional, bookings.hotel window
      cumulative_share: bookings.hotel conditional, bookings.hotel window
      adr: bookings.nights aggregation, bookings.nights conditional, bookings.revenue_cents aggregation
    monthly_report: agent_ranking.hotel join, agent_ranking.rank filter, bookings.arrival_month join, bookings.arrival_month group_by, bookings.hotel join, bookings.hotel group_by, cancellations.bookings filter, cancellations.bookings sort, cancellations.cancelled sort, cancellations.hotel join, cancellations.hotel group_by, cancellations.market_segment group_by, cancellations.market_segment sort, cancellations.no_shows sort, guests_by_country.hotel join, guests_by_country.rank filter, los_histogram.cumulative_share filter, los_histogram.hotel join, los_histogram.hotel group_by, monthly_revenue.hotel join, monthly_revenue.month join, pickup_curve.arrival_month join, pickup_curve.days_before filter, pickup_curve.hotel join, rejects.arrival_month join, rejects.arrival_month group_by, rejects.hotel join, rejects.hotel group_by
      hotel: monthly_revenue.hotel identity
      month: monthly_revenue.month identity
      room_nights: monthly_revenue.room_nights identity
      revenue_cents: monthly_revenue.revenue_cents identity
      adr: monthly_revenue.adr identity
      occupancy: monthly_revenue.occupancy identity
      revpar: monthly_revenue.revpar identity
      bookings: 
      cancelled: bookings.status aggregation
      no_shows: bookings.status aggregation
      cancel_rate: bookings.status aggregation
      rejected: 
      gross_share_30d: pickup_curve.gross_share identity
      revenue_yoy: monthly_revenue.revenue_cents transformation, monthly_revenue.revenue_cents conditional
      top_country: guests_by_country.country identity
      top_country_share: guests_by_country.guest_share identity
      top_agent: agent_ranking.agent identity
      top_agent_share: agent_ranking.revenue_share identity
      median_los: los_histogram.los aggregation
      riskiest_segment: cancellations.market_segment aggregation
      riskiest_segment_rate: cancellations.bookings aggregation, cancellations.bookings conditional, cancellations.cancelled aggregation, cancellations.no_shows aggregation
    monthly_revenue: daily_occupancy.date group_by, daily_occupancy.hotel group_by
      hotel: daily_occupancy.hotel identity
      month: daily_occupancy.date transformation
      days: 
      capacity_rooms: daily_occupancy.hotel window, daily_occupancy.rooms_occupied aggregation
      room_nights: daily_occupancy.rooms_occupied aggregation
      guest_nights: daily_occupancy.guests_in_house aggregation
      arrivals: daily_occupancy.arrivals aggregation
      revenue_cents: daily_occupancy.room_revenue_cents aggregation
      adr: daily_occupancy.room_revenue_cents aggregation, daily_occupancy.rooms_occupied aggregation, daily_occupancy.rooms_occupied conditional
      occupancy: daily_occupancy.hotel conditional, daily_occupancy.hotel window, daily_occupancy.rooms_occupied aggregation, daily_occupancy.rooms_occupied conditional
      revpar: daily_occupancy.hotel conditional, daily_occupancy.hotel window, daily_occupancy.room_revenue_cents aggregation, daily_occupancy.rooms_occupied aggregation, daily_occupancy.rooms_occupied conditional
    pickup_curve: ?
      hotel: ?
      arrival_month: ?
      days_before: 
      gross: ?
      net: ?
      gross_share: ?
      net_to_stayed: ?
    raw_bookings: nothing
    rejects: bookings_typed.reject_reason filter
      booking_id: bookings_typed.booking_id identity
      hotel: bookings_typed.hotel identity
      status: bookings_typed.status identity
      arrival_date: bookings_typed.arrival_date identity
      arrival_month: bookings_typed.arrival_month identity
      guests: bookings_typed.guests identity
      adr_cents: bookings_typed.adr_cents identity
      reject_reason: bookings_typed.reject_reason identity
    ");
}
