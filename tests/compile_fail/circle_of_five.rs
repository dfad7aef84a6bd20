use purvey::prelude::*;

#[derive(Named)]
#[named("raw")]
struct RawName;
type Raw = Value<i64, RawName>;

#[derive(Named)]
#[named("clean")]
struct CleanName;
type Clean = Value<i64, CleanName>;

#[derive(Named)]
#[named("guests")]
struct GuestsName;
type Guests = Value<i64, GuestsName>;

#[derive(Named)]
#[named("agents")]
struct AgentsName;
type Agents = Value<i64, AgentsName>;

#[derive(Named)]
#[named("report")]
struct ReportName;
type Report = Value<i64, ReportName>;

#[task]
fn ingest(report: Option<&Report>, raw: &mut Raw) -> Result<()> {
    raw.put(report.map_or(Ok(0), |report| report.get().copied())?)
}

#[task]
fn tidy(raw: &Raw, clean: &mut Clean) -> Result<()> {
    clean.put(*raw.get()?)
}

#[task]
fn find_guests(clean: &Clean, guests: &mut Guests) -> Result<()> {
    guests.put(*clean.get()?)
}

#[task]
fn find_agents(guests: &Guests, agents: &mut Agents) -> Result<()> {
    agents.put(*guests.get()?)
}

#[task]
fn write_report(agents: &Agents, report: &mut Report) -> Result<()> {
    report.put(*agents.get()?)
}

fn main() {
    let _ = chain!("hotel": [write_report, find_agents, find_guests, tidy, ingest]);
}
