//! The chain `alpine`: resort hotels, whose front-desk programs leave one CSV file a house in a folder every night.
//!
//! Only the typing of the raw bookings is its own. A row that cannot be read is set aside in `unreadable_bookings`, a
//! booking that makes no sense in `rejects`; the rest becomes tables, totals and a page for the front desk.

use std::process::ExitCode;

use hotel_tasks::typing::type_alpine;
use hotel_tasks::{front_desk, process, reports};
use purvey::prelude::*;
use tikv_jemallocator::Jemalloc;

// Tables come and go by the hundred megabytes; it gives them back to the system.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    purvey::main(chain!("alpine": [type_alpine, process::GROUP, reports::GROUP, front_desk::GROUP]))
}
