use serde::{Deserialize, Serialize};

use super::{Declared, FnTask};
use crate::context::JobContext;
use crate::id::ModelId;
use crate::prelude::*;
use crate::section::{Section, Sections};
use crate::task::call::{Call, ModelNames};
use crate::task::{Slot, Task};

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Factor {
    factor: i32,
}

macro_rules! models {
    ($($model:ident)*) => {$(
        #[allow(non_camel_case_types)]
        struct $model {}

        impl Named for $model {
            const NAME: &'static str = stringify!($model);
            const DOC: &'static str = "";
            const EXTENSION: &'static str = "";
        }
    )*};
}

models! { a b c d e f g h i j k l there absent sum product }

/// A task of twelve models that it requires, and of every other sort of parameter in between.
macro_rules! task_of_many {
    ($($model:ident)*) => {
        #[task]
        fn add_up(
            job: &JobContext,
            product: &mut Value<i64, product>,
            there: Option<&Value<i64, there>>,
            $($model: &Value<i64, $model>,)*
            absent: Option<&Value<i64, absent>>,
            mut settings: Settings<Factor>,
            sum: &mut Value<i64, sum>,
        ) -> Result<()> {
            assert_eq!((job.chain(), absent.is_some()), ("hotel", false));
            let mut total = there.map_or(Ok(0), |there| there.get().copied())?;
            $(total = total * 10 + $model.get()?;)*
            settings.0.factor += 1;
            sum.put(total)?;
            product.put(total * i64::from(settings.factor))
        }
    };
}

task_of_many! { a b c d e f g h i j k l }

#[derive(Debug)]
struct Unnamed;

impl ModelNames for Unnamed {
    fn model_name(&self, _: ModelId) -> &str {
        "model"
    }
}

fn holding<N: Named>(number: i64) -> Slot {
    Slot::with(Value::<i64, N>::from(number))
}

fn ids(positions: std::ops::Range<usize>) -> Vec<ModelId> {
    positions.map(ModelId::new).collect()
}

#[test]
fn each_of_eighteen_parameters_gets_what_it_stands_for() -> Result<()> {
    macro_rules! read {
        ($($model:ident = $number:literal)*) => { vec![$(holding::<$model>($number)),*] };
    }
    let mut slots = read! { a = 1 b = 2 c = 3 d = 4 e = 5 f = 6 g = 7 h = 8 i = 9 j = 1 k = 2 l = 3 there = 9 };
    slots.push(Slot::with(Value::<i64, product>::new()));
    slots.push(Slot::with(Value::<i64, sum>::new()));
    let settings = Sections::tasks().with("add_up", Section::default().with("factor", 1));
    let task = FnTask::new(<add_up as Declared>::TASK);

    task.run(&Call {
        task: task.name(),
        job: &JobContext::new("hotel"),
        settings: &settings,
        slots: &slots,
        requires: &ids(0..12),
        after: &[Some(ModelId::new(12)), None],
        provides: &ids(13..15),
        names: &Unnamed,
    })?;

    assert_eq!(*slots[14].take::<Value<i64, sum>>().unwrap().get()?, 9_123_456_789_123);
    assert_eq!(*slots[13].take::<Value<i64, product>>().unwrap().get()?, 18_246_913_578_246);
    Ok(())
}
