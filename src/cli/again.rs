//! What is on record of how something was asked for, asked for once more.

use super::args::{self, Shared, Typed};
use super::arguments::key_of;
use super::desk::Desk;
use super::exit::Exit;
use super::invocation::{Action, Invocation};
use super::runs;
use super::trouble::Trouble;

/// Something that was asked for, as it is on record.
pub(super) struct Asked<'r> {
    /// What it is, such as `run 8b0c1d2e`.
    pub(super) what: String,
    /// The arguments that asked for it.
    pub(super) request: &'r [String],
    /// What is typed to go on with it, such as `resume 8b0c1d2e`.
    pub(super) again: String,
    /// What to do where it cannot be asked for again.
    pub(super) instead: &'static str,
}

impl Asked<'_> {
    /// Has the desk work as was asked for then, but for what is typed now, and says what was asked for.
    ///
    /// # Errors
    ///
    /// When this program does not understand it, or a secret of it is not typed again.
    pub(super) fn take_up(&self, desk: &mut Desk<'_, '_>, typed: Shared) -> Result<Action, Trouble> {
        let arguments = self.without_secrets(&typed)?;
        let mut command = args::command(&desk.chain, desk.surroundings.width.into());
        let program = std::iter::once(desk.chain.name().to_owned());
        let on_record = args::parse(&mut command, program.chain(arguments).map(Into::into));
        let Typed { mut verb, run, shared } = on_record.map_err(|_| self.unknown())?;
        let behind = verb.as_mut().map(|verb| std::mem::take(verb.shared())).unwrap_or_default();
        let again = Typed { verb, run, shared: shared.then(behind).then(typed) };
        let Invocation { action, manner } = Invocation::new(desk.chain.name(), again, desk.surroundings)?;
        desk.manner = manner;
        Ok(action)
    }

    /// That this program does not know what was asked for.
    pub(super) fn unknown(&self) -> Trouble {
        let (what, words) = (&self.what, runs::as_typed(self.request));
        Trouble::new(Exit::Usage, format!("{what} was asked for by `{words}`, which this program does not understand"))
            .hint(self.instead)
    }

    /// The arguments on record without the keys of secrets, each of which has to be typed again.
    fn without_secrets(&self, typed: &Shared) -> Result<Vec<String>, Trouble> {
        let mut arguments = Vec::new();
        let mut on_record = self.request.iter();
        while let Some(argument) = on_record.next() {
            let value = if argument == "--set" { on_record.next() } else { None };
            match value {
                Some(key) if !key.contains('=') => {
                    if !typed.set.iter().any(|set| key_of(set) == key) {
                        let message = format!("{} was given the secret `{key}`, which is on no record", self.what);
                        return Err(Trouble::new(Exit::Usage, message)
                            .hint(format!("give it again: `{} --set {key}=…`", self.again)));
                    }
                }
                _ => arguments.extend([Some(argument), value].into_iter().flatten().cloned()),
            }
        }
        Ok(arguments)
    }
}
