//! From which version the models of a task grow.

use serde::Serialize;

use super::parts::Now;
use crate::id::RunId;
use crate::plan::{Input, Previous, Standing};

/// What there is of a model that grows.
#[derive(Serialize)]
pub(super) struct Grows {
    model: String,
    /// The published version.
    published: Option<Grown>,
    /// What that has grown from.
    before: Option<Grown>,
    /// Which of the two a run begins with that does the task; `None` where that depends on an input that is not known yet.
    from: Option<&'static str>,
}

#[derive(Serialize)]
struct Grown {
    /// The run that made it; `None` where its file is gone.
    run: Option<String>,
    digest: Option<String>,
    #[serde(skip)]
    named: Option<RunId>,
}

/// Each model of a task that grows, by what is known of what the task reads.
pub(super) fn grows(standing: &Standing, inputs: &[(String, Now)]) -> Vec<Grows> {
    let known: Vec<(&str, Input)> = inputs
        .iter()
        .map(|(model, now)| {
            let input = match now {
                Now::Is(digest, _) => Input::Is(*digest),
                Now::Later(_) => Input::Later,
                Now::Unknown => Input::Untold,
            };
            (model.as_str(), input)
        })
        .collect();
    let is_known = known.iter().all(|(_, input)| *input != Input::Later);
    let previous = standing.previous(&known);
    let grows = standing.grows.iter().map(|(model, growth)| Grows {
        model: model.clone(),
        published: Grown::of(&growth.published),
        before: Grown::of(&growth.before),
        from: match previous.get(model.as_str()) {
            // What was never published is begun with nothing, whatever comes in.
            _ if growth.published == Previous::Nothing => Some("published"),
            Some(from) if is_known => Some(if *from == &growth.published { "published" } else { "before" }),
            _ => None,
        },
    });
    grows.collect()
}

impl Grown {
    fn of(previous: &Previous) -> Option<Grown> {
        let digest = previous.digest().map(|digest| digest.to_string());
        match previous {
            Previous::Nothing => None,
            Previous::Stored(stored) => {
                let named = stored.version.run;
                Some(Grown { run: Some(named.to_string()), digest, named: Some(named) })
            }
            Previous::Gone(_) => Some(Grown { run: None, digest, named: None }),
        }
    }
}

impl Grows {
    /// A line for people.
    pub(super) fn in_words(&self) -> String {
        let version = |grown: &Option<Grown>| match grown {
            None => "nothing".to_owned(),
            Some(Grown { named: Some(run), .. }) => format!("that of run {}", run.short()),
            Some(_) => "one whose file is gone".to_owned(),
        };
        let (model, published, before) = (&self.model, version(&self.published), version(&self.before));
        match self.from {
            Some("published") => format!("{model} from {published}"),
            Some(_) => format!("{model} from {before}, as the published one did by the same input"),
            None => format!("{model} from {published}; where what it reads comes out as it was, from {before}"),
        }
    }
}
