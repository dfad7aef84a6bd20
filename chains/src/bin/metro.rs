//! The chain `metro`: city hotels, whose booking engine feeds JSON lines with nested guests and amounts in cents.
//!
//! Only the typing of the raw bookings is its own. A line that cannot be read is set aside in `unreadable_bookings`, a
//! booking that makes no sense in `rejects`; the rest becomes tables, totals and a page for the front desk.

use std::process::ExitCode;

use hotel_tasks::typing::type_metro;
use hotel_tasks::{front_desk, process, reports};
use purvey::prelude::*;
use tikv_jemallocator::Jemalloc;

// Tables come and go by the hundred megabytes; it gives them back to the system.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    purvey::main(chain!("metro": [type_metro, process::GROUP, reports::GROUP, front_desk::GROUP]))
}
