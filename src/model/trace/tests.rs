//! What queries tell of their columns, and whether it is true.

use std::sync::Arc;

use polars::lazy::dsl::sum_horizontal;
use polars::prelude::*;
use polars_plan::plans::{DslFunction, FunctionIR};

use super::{CONTRACT, DataFrameUdf, Traced};
use crate::lineage::{Lineage, Origins};

mod truth;

/// A model by name, in memory.
struct Known {
    name: &'static str,
    frame: Arc<DataFrame>,
}

impl Known {
    fn new(name: &'static str, frame: DataFrame) -> Known {
        Known { name, frame: Arc::new(frame) }
    }

    fn scan(&self) -> LazyFrame {
        let (df, schema) = (Arc::clone(&self.frame), Arc::clone(self.frame.schema()));
        LazyFrame::from_logical_plan(DslPlan::DataFrameScan { df, schema }, OptFlags::default())
    }
}

fn lineage(query: &LazyFrame, known: &[&Known]) -> Lineage {
    let model =
        |leaf: &super::Leaf| known.iter().find(|model| leaf.is_frame(&model.frame)).map(|model| model.name.into());
    Traced::of(query).expect("it can be resolved").resolve(model)
}

fn origins(origins: &Origins) -> String {
    let Some(origins) = origins else { return "?".to_owned() };
    let word = |origin: &crate::lineage::Origin| format!("{}.{} {}", origin.model, origin.column, origin.how);
    origins.iter().map(word).collect::<Vec<_>>().join(", ")
}

fn stays() -> Known {
    let frame =
        df!("hotel" => ["seehof", "kulm"], "nights" => [1_i64, 2], "rate" => [80_i64, 90], "paid" => [true, false]);
    Known::new("stays", frame.unwrap())
}

fn hotels() -> Known {
    let frame = df!("hotel" => ["seehof", "kulm"], "rooms" => [40_i64, 12], "rate" => [70_i64, 60]);
    Known::new("hotels", frame.unwrap())
}

/// What a query over both is made of, a line for each column.
fn told(query: impl FnOnce(LazyFrame, LazyFrame) -> LazyFrame) -> String {
    let (stays, hotels) = (stays(), hotels());
    let query = query(stays.scan(), hotels.scan());
    let lineage = lineage(&query, &[&stays, &hotels]);
    let lines = lineage.columns.iter().map(|(name, of)| format!("{name}: {}\n", origins(of)));
    lines.collect::<String>() + &format!("rows: {}", origins(&lineage.rows))
}

#[test]
fn expressions() {
    let told = told(|stays, _| {
        stays.select([
            col("hotel"),
            col("rate").alias("renamed"),
            (col("nights") * col("rate")).alias("price"),
            lit(7).alias("constant"),
            len().alias("all"),
            col("nights").sum().cast(DataType::Float64).alias("sum"),
            when(col("paid")).then(col("rate")).otherwise(lit(0)).alias("taken"),
            col("rate").filter(col("paid")).mean().alias("mean"),
            col("nights").sort_by([col("rate")], Default::default()).first().alias("cheapest"),
            col("rate").sum().over([col("hotel")]).unwrap().alias("of_hotel"),
            col("hotel").str().to_uppercase().alias("upper"),
            sum_horizontal([col("nights"), col("rate")], true).unwrap().alias("across"),
            col("rate").is_in(lit(1).implode(true), false).alias("is_one"),
        ])
    });
    insta::assert_snapshot!(told, @r"
    across: stays.nights transformation, stays.rate transformation
    all: 
    cheapest: stays.nights aggregation, stays.rate sort
    constant: 
    hotel: stays.hotel identity
    is_one: stays.rate transformation
    mean: stays.paid filter, stays.rate aggregation
    of_hotel: stays.hotel window, stays.rate aggregation
    price: stays.nights transformation, stays.rate transformation
    renamed: stays.rate identity
    sum: stays.nights aggregation
    taken: stays.paid conditional, stays.rate transformation
    upper: stays.hotel transformation
    rows:
    ");
}

#[test]
fn what_is_not_understood_is_not_known() {
    insta::assert_snapshot!(told(|stays, _| {
        let fold = fold_exprs(lit(0), PlanCallback::new(|(a, b): (Series, Series)| a + b), [col("rate")], false, None);
        stays.with_columns([
            col("nights").map(Ok, |_, field| Ok(field.clone())).alias("mapped"),
            (col("rate") + lit(Series::new("made".into(), [1, 2]))).alias("by_hand"),
            fold.alias("folded"),
        ])
    }), @r"
    by_hand: ?
    folded: ?
    hotel: stays.hotel identity
    mapped: ?
    nights: stays.nights identity
    paid: stays.paid identity
    rate: stays.rate identity
    rows:
    ");
    insta::assert_snapshot!(told(|stays, _| stays.filter(col("rate").eq(lit(Series::new("x".into(), [80, 1]))))), @r"
    hotel: stays.hotel identity
    nights: stays.nights identity
    paid: stays.paid identity
    rate: stays.rate identity
    rows: ?
    ");
    insta::assert_snapshot!(told(|stays, _| stays.map(Ok, Default::default(), None, None)), @r"
    hotel: ?
    nights: ?
    paid: ?
    rate: ?
    rows: ?
    ");
    // Somebody else's frame: how many rows it has may come from anything.
    insta::assert_snapshot!(told(|stays, _| {
        let other = df!("hotel" => ["kulm"], "note" => ["old"]).unwrap().lazy();
        stays.left_join(other, col("hotel"), col("hotel"))
    }), @r"
    hotel: stays.hotel identity
    nights: stays.nights identity
    note: ?
    paid: stays.paid identity
    rate: stays.rate identity
    rows: ?
    ");
}

#[test]
fn nodes_of_one_input() {
    let by = |name: &str| vec![col(name)];
    insta::assert_snapshot!(told(|stays, _| stays.filter(col("paid")).slice(0, 5)), @r"
    hotel: stays.hotel identity
    nights: stays.nights identity
    paid: stays.paid identity
    rate: stays.rate identity
    rows: stays.paid filter
    ");
    insta::assert_snapshot!(told(|stays, _| stays.sort(["rate"], Default::default()).limit(1)), @r"
    hotel: stays.hotel identity
    nights: stays.nights identity
    paid: stays.paid identity
    rate: stays.rate identity
    rows: stays.rate sort
    ");
    insta::assert_snapshot!(told(|stays, _| stays.rename(["rate"], ["price"], true).drop(cols(["paid", "hotel"]))), @r"
    nights: stays.nights identity
    price: stays.rate identity
    rows:
    ");
    insta::assert_snapshot!(told(|stays, _| stays.with_column(col("rate").alias("nights")).cache()), @r"
    hotel: stays.hotel identity
    nights: stays.rate identity
    paid: stays.paid identity
    rate: stays.rate identity
    rows:
    ");
    insta::assert_snapshot!(told(|stays, _| stays.with_row_index("number", None).select([col("number"), col("paid")])), @r"
    number: 
    paid: stays.paid identity
    rows:
    ");
    insta::assert_snapshot!(told(|stays, _| {
        stays.group_by(by("hotel")).having(col("rate").max().gt(lit(9))).agg([col("nights").sum(), len().alias("all")])
    }), @r"
    all: 
    hotel: stays.hotel identity
    nights: stays.nights aggregation
    rows: stays.hotel group_by, stays.rate filter
    ");
    insta::assert_snapshot!(told(|stays, _| stays.unique(Some(cols(["hotel"])), UniqueKeepStrategy::First)), @r"
    hotel: stays.hotel identity
    nights: stays.nights identity
    paid: stays.paid identity
    rate: stays.rate identity
    rows: stays.hotel group_by
    ");
    insta::assert_snapshot!(told(|stays, _| stays.select([col("hotel"), col("paid")]).unique(None, UniqueKeepStrategy::Any)), @r"
    hotel: stays.hotel identity
    paid: stays.paid identity
    rows: stays.hotel group_by, stays.paid group_by
    ");
    insta::assert_snapshot!(told(|stays, _| {
        stays.group_by(by("hotel")).agg([col("nights")]).explode(cols(["nights"]), ExplodeOptions { empty_as_null: true, keep_nulls: true })
    }), @r"
    hotel: stays.hotel identity
    nights: stays.nights aggregation
    rows: stays.hotel group_by, stays.nights filter
    ");
    insta::assert_snapshot!(told(|stays, _| stays.fill_null(lit(0)).reverse().select([col("rate").shift(lit(1))])), @r"
    rate: stays.rate transformation
    rows:
    ");
}

#[test]
fn joins() {
    let join = |how: JoinType| {
        told(|stays, hotels| {
            let stays = stays.select([col("hotel"), col("rate")]);
            stays.join(hotels, [col("hotel")], [col("hotel")], JoinArgs::new(how))
        })
    };
    insta::assert_snapshot!(join(JoinType::Inner), @r"
    hotel: stays.hotel identity
    rate: stays.rate identity
    rate_right: hotels.rate identity
    rooms: hotels.rooms identity
    rows: hotels.hotel join, stays.hotel join
    ");
    insta::assert_snapshot!(join(JoinType::Left), @r"
    hotel: stays.hotel identity
    rate: stays.rate identity
    rate_right: hotels.rate identity
    rooms: hotels.rooms identity
    rows: hotels.hotel join, stays.hotel join
    ");
    insta::assert_snapshot!(join(JoinType::Right), @r"
    hotel: hotels.hotel identity
    rate: stays.rate identity
    rate_right: hotels.rate identity
    rooms: hotels.rooms identity
    rows: hotels.hotel join, stays.hotel join
    ");
    insta::assert_snapshot!(join(JoinType::Full), @r"
    hotel: stays.hotel identity
    hotel_right: hotels.hotel identity
    rate: stays.rate identity
    rate_right: hotels.rate identity
    rooms: hotels.rooms identity
    rows: hotels.hotel join, stays.hotel join
    ");
    insta::assert_snapshot!(join(JoinType::Semi), @r"
    hotel: stays.hotel identity
    rate: stays.rate identity
    rows: hotels.hotel join, stays.hotel join
    ");
    insta::assert_snapshot!(join(JoinType::Anti), @r"
    hotel: stays.hotel identity
    rate: stays.rate identity
    rows: hotels.hotel join, stays.hotel join
    ");
    insta::assert_snapshot!(told(|stays, hotels| {
        let args = JoinArgs { coalesce: JoinCoalesce::CoalesceColumns, ..JoinArgs::new(JoinType::Full) };
        stays.select([col("hotel")]).join(hotels, [col("hotel")], [col("hotel")], args)
    }), @r"
    hotel: hotels.hotel identity, stays.hotel identity
    rate: hotels.rate identity
    rooms: hotels.rooms identity
    rows: hotels.hotel join, stays.hotel join
    ");
    insta::assert_snapshot!(told(|stays, hotels| {
        let args = JoinArgs::new(JoinType::Left).with_suffix(Some("_of_house".into()));
        let house = hotels.select([col("hotel").alias("house"), col("rate")]);
        stays.select([col("hotel"), col("rate")]).join(house, [col("hotel").str().to_lowercase()], [col("house")], args)
    }), @r"
    hotel: stays.hotel identity
    house: hotels.hotel identity
    rate: stays.rate identity
    rate_of_house: hotels.rate identity
    rows: hotels.hotel join, stays.hotel join
    ");
    insta::assert_snapshot!(told(|stays, hotels| {
        stays.select([col("nights")]).cross_join(hotels.filter(col("rooms").gt(lit(9))).select([col("rate")]), None)
    }), @r"
    nights: stays.nights identity
    rate: hotels.rate identity
    rows: hotels.rooms filter
    ");
}

#[test]
fn nodes_of_several_inputs() {
    insta::assert_snapshot!(told(|stays, hotels| {
        let rates = |frame: LazyFrame| frame.select([col("hotel"), col("rate")]);
        concat([rates(stays.filter(col("paid"))), rates(hotels)], UnionArgs::default()).unwrap()
    }), @r"
    hotel: hotels.hotel identity, stays.hotel identity
    rate: hotels.rate identity, stays.rate identity
    rows: stays.paid filter
    ");
    insta::assert_snapshot!(told(|stays, hotels| {
        concat_lf_diagonal([stays.select([col("nights")]), hotels.select([col("rooms")])], UnionArgs::default()).unwrap()
    }), @r"
    nights: stays.nights identity
    rooms: hotels.rooms identity
    rows:
    ");
    insta::assert_snapshot!(told(|stays, hotels| {
        let sides = [stays.select([col("nights")]), hotels.sort(["rate"], Default::default()).select([col("rooms")])];
        concat_lf_horizontal(sides, Default::default()).unwrap()
    }), @r"
    nights: stays.nights identity
    rooms: hotels.rooms identity
    rows: hotels.rate sort
    ");
}

#[test]
fn a_plan_that_was_handed_over_is_known_by_its_end() {
    let (stays, check) = (stays(), |rows: DataFrame| Ok(rows));
    let check: Arc<dyn DataFrameUdf> = Arc::new(check);
    let function = FunctionIR::Opaque {
        function: Arc::clone(&check),
        schema: None,
        predicate_pd: true,
        projection_pd: true,
        streamable: true,
        fmt_str: PlSmallStr::from_static(CONTRACT),
    };
    let input = Arc::new(stays.scan().with_column((col("rate") * lit(2)).alias("twice")).logical_plan);
    let plan = DslPlan::MapFunction { input, function: DslFunction::FunctionIR(function) };
    let handed = LazyFrame::from_logical_plan(plan, OptFlags::default()).sort(["hotel"], Default::default());
    let query = handed.sort(["nights"], Default::default()).select([col("twice").max()]);
    let lineage = Traced::of(&query).unwrap().resolve(|leaf| leaf.is_plan(&check).then(|| "offers".into()));
    assert_eq!(origins(&lineage.columns["twice"]), "offers.twice aggregation");
    assert_eq!(origins(&lineage.rows), "offers.nights sort");
    let other: Arc<dyn DataFrameUdf> = Arc::new(|rows: DataFrame| Ok(rows));
    assert!(Traced::of(&query).unwrap().resolve(|leaf| leaf.is_plan(&other).then(|| "offers".into())).is_unknown());
}
