//! The chain `demand`: the published *hotel booking demand* file, turned into twelve tables.
//!
//! A booking that makes no sense is set aside in `rejects`; a field that cannot be read stops the chain.

use std::process::ExitCode;

use hotel_tasks::typing::type_demand;
use hotel_tasks::{process, reports};
use purvey::prelude::*;
use tikv_jemallocator::Jemalloc;

// Tables come and go by the hundred megabytes; it gives them back to the system.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    purvey::main(chain!("demand": [type_demand, process::GROUP, reports::GROUP]))
}
