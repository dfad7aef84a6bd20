//! The chains of the hotel domain: one binary each in `src/bin/`, its configuration and its sample data in a folder of
//! its name.
//!
//! | chain | whose bookings | in what form |
//! |---|---|---|
//! | `alpine` | resort hotels | a CSV export of each house, in German, with decimal commas and local dates |
//! | `metro` | city hotels | a feed of JSON lines with nested objects |
//! | `demand` | two hotels in Portugal | the published *hotel booking demand* file |
//!
//! This library holds what a chain does not need to run: the generator of the [sample data](samples).

pub mod samples;
