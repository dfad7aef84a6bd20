//! The page that lies at the front desk in the morning.

use std::io::Write;

use hotel_models::{MonthlyReport, NightReport, ReportMonth, Totals};
use purvey::prelude::*;

/// Writes a page with the latest month of arrivals at each hotel, and the chain in four numbers below.
#[task]
pub fn night_report(
    job: &JobContext,
    monthly_report: &MonthlyReport,
    totals: &Value<Totals>,
    page: &mut Artifact<NightReport>,
) -> Result<()> {
    let months = monthly_report.rows()?;
    let totals = totals.get()?;
    let mut page = page.create()?;
    writeln!(page, "# Night report: {}\n", job.chain())?;
    writeln!(page, "| hotel | month | revenue | occupancy | against last year |")?;
    writeln!(page, "|---|---|---:|---:|---:|")?;
    // Rows stand in order of hotel and month. A month that guests only leave in says nothing yet.
    let hotels = months.chunk_by(|one, next| one.hotel == next.hotel);
    for latest in hotels.filter_map(|months| months.iter().rfind(|month| month.bookings > 0)) {
        writeln!(page, "{}", line(latest))?;
    }
    writeln!(
        page,
        "\n{} bookings, {} set aside; {} room nights, {} €.",
        totals.bookings,
        totals.rejected,
        totals.room_nights,
        whole_euros(totals.revenue_cents)
    )?;
    Ok(())
}

fn line(month: &ReportMonth) -> String {
    let growth = month.revenue_yoy.map_or_else(|| "–".to_owned(), |growth| format!("{:+.1} %", 100.0 * growth));
    format!(
        "| {} | {} | {} € | {:.1} % | {growth} |",
        month.hotel,
        month.month.format("%B %Y"),
        whole_euros(month.revenue_cents),
        100.0 * month.occupancy,
    )
}

/// Cents as euros to the nearest, with a thin space between thousands.
fn whole_euros(cents: i64) -> String {
    let digits = ((cents + 50) / 100).to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join("\u{2009}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::date;

    fn month(hotel: &str, month: u32, revenue_yoy: Option<f64>) -> ReportMonth {
        ReportMonth {
            hotel: hotel.into(),
            month: date(2025, month, 1),
            revenue_cents: 123_456_750,
            bookings: 60,
            occupancy: 0.754,
            revenue_yoy,
            top_country: "CHE".into(),
            ..ReportMonth::default()
        }
    }

    fn page_of<const N: usize>(months: [ReportMonth; N]) -> Result<String> {
        let totals = Totals { bookings: 812, rejected: 3, room_nights: 2_400, revenue_cents: 31_000_000 };
        let mut page = Artifact::new();
        let job = JobContext::new("alpine");
        night_report(&job, &MonthlyReport::from_rows(months), &Value::from(totals), &mut page)?;
        page.read_to_string()
    }

    #[test]
    fn the_page_has_the_latest_month_of_each_hotel_and_the_totals() -> Result<()> {
        let page = page_of([month("Alpenblick", 7, None), month("Seehof", 6, None), month("Seehof", 7, Some(0.0512))])?;
        let expected = "\
# Night report: alpine

| hotel | month | revenue | occupancy | against last year |
|---|---|---:|---:|---:|
| Alpenblick | July 2025 | 1\u{2009}234\u{2009}568 € | 75.4 % | – |
| Seehof | July 2025 | 1\u{2009}234\u{2009}568 € | 75.4 % | +5.1 % |

812 bookings, 3 set aside; 2400 room nights, 310\u{2009}000 €.
";
        assert_eq!(page, expected);
        Ok(())
    }

    #[test]
    fn a_month_that_guests_only_leave_in_is_not_the_latest() -> Result<()> {
        let leaving = ReportMonth { bookings: 0, ..month("Seehof", 8, None) };
        let page = page_of([month("Seehof", 7, None), leaving])?;
        assert!(page.contains("| Seehof | July 2025 |"), "{page}");
        assert!(!page.contains("August"), "{page}");
        Ok(())
    }
}
