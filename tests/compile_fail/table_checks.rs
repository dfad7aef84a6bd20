use purvey::prelude::*;

#[derive(Row)]
#[row(table = "agents")]
struct Agent {
    id: i64,
}

#[derive(Row)]
#[row(table = "nights", max_age = "26")]
#[check(row(min = 1))]
#[check(rows())]
#[check(rows(min = 2, max = 1))]
#[check(rows(min = "2"))]
#[check(change(max = 0.5))]
#[check(change(max = "half"))]
#[check(unique("hotel, nigth"))]
#[check(unique(night))]
#[check(relation(column = "agnt", to = Agent::ID))]
#[check(relation(column = "agent", to = "agents.id"))]
#[check(relation(column = "agent"))]
#[check(holds("revenue > 0"))]
#[check(rejected(max = "1%"))]
#[check(rows(min = 1, severity = "fatal"))]
#[check(change(max = "5%", min = 1))]
#[check(unique("night"), unique("night"))]
#[check(unique("agent", name = "Agent"))]
struct Night {
    hotel: String,
    night: i64,
    agent: i64,
}

#[derive(Row)]
#[row(table = "beds")]
#[check(holds(sum))]
struct Bed {
    number: i64,
}

fn sum(_frame: LazyFrame) -> Expr {
    col(Bed::NUMBER).sum()
}

fn main() {}
