//! The travel agencies that earn each hotel most.

use hotel_models::{AgentRanking, Booking, Bookings, RankedAgent};
use purvey::prelude::*;
use serde::{Deserialize, Serialize};

use crate::expressions::{rank_within, ratio, stayed, wide};

/// The settings of [`agent_ranking`], in `[tasks.agent_ranking]`.
#[derive(Serialize, Deserialize, Clone, Debug)]
#[serde(default)]
pub struct RankingSettings {
    /// How many places the ranking of each hotel has.
    pub top: u32,
}

impl Default for RankingSettings {
    fn default() -> Self {
        RankingSettings { top: 50 }
    }
}

/// Ranks the travel agencies of each hotel by what their guests paid. Shares are of all the hotel earned, whoever sold it.
#[task]
pub fn agent_ranking(
    bookings: &Bookings,
    settings: Settings<RankingSettings>,
    agent_ranking: &mut AgentRanking,
) -> Result<()> {
    let hotel_cents = col(RankedAgent::REVENUE_CENTS).sum().over([RankedAgent::HOTEL])?;
    let agents = bookings
        .scan()
        .group_by([col(Booking::HOTEL), col(Booking::AGENT)])
        .agg([
            len().alias(RankedAgent::BOOKINGS),
            col(Booking::IS_CANCELED).sum().alias(RankedAgent::CANCELLED),
            wide(col(Booking::NIGHTS)).filter(stayed()).sum().alias(RankedAgent::ROOM_NIGHTS),
            col(Booking::REVENUE_CENTS).filter(stayed()).sum(),
        ])
        // What no agency has sold counts as well.
        .with_column(hotel_cents.alias("hotel_cents"))
        .filter(col(RankedAgent::AGENT).is_not_null())
        .sort(
            [RankedAgent::HOTEL.name(), RankedAgent::REVENUE_CENTS.name(), RankedAgent::AGENT.name()],
            SortMultipleOptions::default().with_order_descending_multi([false, true, false]),
        );
    let running = col(RankedAgent::REVENUE_CENTS).cum_sum(false).over([RankedAgent::HOTEL])?;
    let ranked = agents.with_columns([
        rank_within(RankedAgent::HOTEL)?.alias(RankedAgent::RANK),
        ratio(col(RankedAgent::REVENUE_CENTS), col("hotel_cents")).alias(RankedAgent::REVENUE_SHARE),
        ratio(running, col("hotel_cents")).alias(RankedAgent::CUMULATIVE_SHARE),
    ]);
    let top = ranked.filter(col(RankedAgent::RANK).lt_eq(lit(settings.top)));
    agent_ranking.put(top.select(AgentRanking::columns()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{booking, cancelled};

    fn ranking_of<const N: usize>(rows: [Booking; N], top: u32) -> Result<Vec<RankedAgent>> {
        let mut ranking = AgentRanking::new();
        agent_ranking(&Bookings::from_rows(rows), Settings(RankingSettings { top }), &mut ranking)?;
        ranking.rows()
    }

    /// A stay that this agency sold for so much.
    fn sold(agent: i32, revenue_cents: i64) -> Booking {
        Booking { agent: Some(agent), revenue_cents, ..booking() }
    }

    #[test]
    fn agencies_are_ranked_by_revenue_and_shares_are_of_all_the_hotel_earned() -> Result<()> {
        let direct = Booking { agent: None, revenue_cents: 50, ..booking() };
        let ranking = ranking_of([sold(7, 10), sold(9, 30), direct, sold(7, 10)], 50)?;
        let first = RankedAgent {
            hotel: "Seehof".into(),
            rank: 1,
            agent: 9,
            bookings: 1,
            cancelled: 0,
            room_nights: 2,
            revenue_cents: 30,
            revenue_share: Some(0.3),
            cumulative_share: Some(0.3),
        };
        let second = RankedAgent {
            rank: 2,
            agent: 7,
            bookings: 2,
            room_nights: 4,
            revenue_cents: 20,
            revenue_share: Some(0.2),
            cumulative_share: Some(0.5),
            ..first.clone()
        };
        assert_eq!(ranking, [first, second]);
        Ok(())
    }

    #[test]
    fn agencies_that_earn_the_same_are_ranked_by_number() -> Result<()> {
        let ranking = ranking_of([sold(12, 10), sold(3, 10)], 50)?;
        assert_eq!(ranking.iter().map(|row| (row.rank, row.agent)).collect::<Vec<_>>(), [(1, 3), (2, 12)]);
        Ok(())
    }

    #[test]
    fn a_ranking_has_as_many_places_as_its_settings_say() -> Result<()> {
        let ranking = ranking_of([sold(1, 10), sold(2, 20), sold(3, 30)], 2)?;
        assert_eq!(ranking.iter().map(|row| row.agent).collect::<Vec<_>>(), [3, 2]);
        Ok(())
    }

    #[test]
    fn a_ranking_has_fifty_places_unless_told_otherwise() {
        assert_eq!(RankingSettings::default().top, 50);
    }

    #[test]
    fn an_agency_whose_guests_never_came_is_ranked_with_nothing() -> Result<()> {
        let ranking = ranking_of([Booking { agent: Some(7), ..cancelled(3) }, booking()], 50)?;
        let row = &ranking[0];
        assert_eq!((row.bookings, row.cancelled, row.room_nights, row.revenue_cents), (1, 1, 0, 0));
        assert_eq!(row.revenue_share, Some(0.0));
        Ok(())
    }

    #[test]
    fn where_the_hotel_earned_nothing_there_are_no_shares() -> Result<()> {
        let ranking = ranking_of([Booking { agent: Some(7), ..cancelled(3) }], 50)?;
        assert_eq!((ranking[0].revenue_share, ranking[0].cumulative_share), (None, None));
        Ok(())
    }
}
