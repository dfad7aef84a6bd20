//! Purvey's own programs, built.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::measure::Contestant;

/// The release build of one state of the sources.
pub(crate) struct Programs {
    /// What it is called in the table.
    pub(crate) name: String,
    /// Where its sources are.
    checkout: PathBuf,
    /// Where its programs are.
    folder: PathBuf,
}

/// The folder that cargo builds into, which is where this program comes from.
pub(crate) fn target() -> PathBuf {
    let here = std::env::current_exe().expect("a program knows where it is");
    let target = here.ancestors().nth(3).expect("cargo puts benchmarks into target/release/deps");
    target.to_owned()
}

impl Programs {
    /// Of the sources beside this program.
    pub(crate) fn here() -> Result<Programs, String> {
        let checkout = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        build(&checkout)?;
        Ok(Programs { name: "Purvey".to_owned(), checkout, folder: target().join("release") })
    }

    /// Of a commit, in a work tree of its own.
    pub(crate) fn at(commit: &str) -> Result<Programs, String> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let id = git(here, &["rev-parse", "--short=12", &format!("{commit}^{{commit}}")])?;
        let kept = target().join("compare").join(&id);
        let (checkout, folder) = (kept.join("checkout"), kept.join("programs"));
        if !checkout.exists() {
            git(here, &["worktree", "prune"])?;
            git(here, &["worktree", "add", "--detach", &checkout.to_string_lossy(), &id])?;
        }
        if !folder.exists() {
            forget_crates()?;
            build(&checkout)?;
            forget_crates()?;
            // The next commit's programs take the same places.
            let part = kept.join("part");
            copy(&target().join("release"), &part)?;
            std::fs::rename(&part, &folder).map_err(|error| error.to_string())?;
        }
        Ok(Programs { name: format!("{commit} ({id})"), checkout, folder })
    }

    /// One of its programs; an error where this state has none of this name.
    fn program(&self, name: &str) -> PathBuf {
        let binary = self.folder.join(name);
        if binary.exists() { binary } else { self.folder.join("examples").join(name) }
    }

    /// A program, called with these words after which come those that `arguments` makes of its folder.
    pub(crate) fn call(&self, program: &str, words: &[&str], arguments: fn(&Path) -> Vec<PathBuf>) -> Contestant {
        let (program, words) = (self.program(program), words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>());
        Contestant::new(self.name.clone(), move |out| {
            let mut command = Command::new(&program);
            command.args(&words).args(arguments(out));
            command
        })
    }

    /// The ETL job under Purvey.
    pub(crate) fn demand(&self, input: &Path, words: &[&str]) -> Contestant {
        let configuration = self.checkout.join("chains/demand/purvey.toml").to_string_lossy().into_owned();
        let source = format!("models.raw_bookings.path={}", input.display());
        let words: Vec<&str> =
            ["--config", &configuration, "--set", &source].into_iter().chain(words.iter().copied()).collect();
        self.call("demand", &words, |out| vec!["--data".into(), out.to_owned()])
    }

    /// The ETL job by hand.
    pub(crate) fn plain(&self, input: &Path, how: Option<&str>) -> Contestant {
        let input = input.to_string_lossy();
        let words: Vec<&str> = how.into_iter().chain([&*input]).collect();
        let name = how.map_or_else(|| "plain-etl".to_owned(), |how| format!("plain-etl {how}"));
        Contestant { name, ..self.call("plain-etl", &words, |out| vec![out.to_owned()]) }
    }
}

fn build(checkout: &Path) -> Result<(), String> {
    let mut cargo = Command::new(env!("CARGO"));
    // Whoever is started by cargo is told about its package; build scripts look at that, and would find that all has
    // changed.
    let told = |name: &str| {
        ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_"].iter().any(|key| name.starts_with(key))
    };
    std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(told)).for_each(|(name, _)| {
        cargo.env_remove(name);
    });
    // The whole workspace at once: cargo would give polars other features otherwise, and compile it again.
    let built = cargo
        .args(["build", "--release", "--locked", "--workspace", "--bins", "--examples"])
        .env("CARGO_TARGET_DIR", target())
        .current_dir(checkout)
        .status()
        .map_err(|error| error.to_string())?;
    built.success().then_some(()).ok_or_else(|| format!("{} does not build", checkout.display()))
}

/// Has cargo forget that crates of this workspace are built. It tells them by their place in the workspace and looks at the
/// files that they were built from, so that it would take those of another checkout for what is asked for.
fn forget_crates() -> Result<(), String> {
    let trouble = |error: std::io::Error| error.to_string();
    let known = target().join("release/.fingerprint");
    if !known.exists() {
        return Ok(());
    }
    for entry in std::fs::read_dir(known).map_err(trouble)? {
        let path = entry.map_err(trouble)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if ["purvey", "hotel"].iter().any(|own| name.starts_with(own)) {
            std::fs::remove_dir_all(&path).map_err(trouble)?;
        }
    }
    Ok(())
}

fn copy(release: &Path, folder: &Path) -> Result<(), String> {
    let trouble = |error: std::io::Error| error.to_string();
    for part in ["", "examples"] {
        std::fs::create_dir_all(folder.join(part)).map_err(trouble)?;
        for entry in std::fs::read_dir(release.join(part)).map_err(trouble)? {
            let path = entry.map_err(trouble)?.path();
            // Programs have no ending, and their twins with a hash in the name are the same.
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_file() && !name.contains('.') && !is_twin(&name) {
                std::fs::copy(&path, folder.join(part).join(&name)).map_err(trouble)?;
            }
        }
    }
    Ok(())
}

fn is_twin(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(_, end)| end.len() == 16 && end.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn git(folder: &Path, words: &[&str]) -> Result<String, String> {
    let ended = Command::new("git").args(words).current_dir(folder).output().map_err(|error| error.to_string())?;
    match ended.status.success() {
        true => Ok(String::from_utf8_lossy(&ended.stdout).trim().to_owned()),
        false => Err(format!("git {}: {}", words.join(" "), String::from_utf8_lossy(&ended.stderr).trim())),
    }
}

/// The commit that is built, and whether there is more than is in it.
pub(crate) fn commit() -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    git(here, &["describe", "--always", "--dirty", "--abbrev=12"]).unwrap_or_else(|_| "an unknown commit".to_owned())
}
