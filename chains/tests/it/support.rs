//! A chain's program in a working folder of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use purvey::polars::prelude::{DataFrame, ParquetReader, SerReader};
use tempfile::TempDir;

/// A chain's program in a working folder of its own, empty at first.
pub(crate) struct Chain {
    name: &'static str,
    program: &'static str,
    folder: TempDir,
}

impl Chain {
    pub(crate) fn alpine() -> Chain {
        Chain::new("alpine", env!("CARGO_BIN_EXE_alpine"))
    }

    pub(crate) fn demand() -> Chain {
        Chain::new("demand", env!("CARGO_BIN_EXE_demand"))
    }

    pub(crate) fn metro() -> Chain {
        Chain::new("metro", env!("CARGO_BIN_EXE_metro"))
    }

    fn new(name: &'static str, program: &'static str) -> Chain {
        Chain { name, program, folder: TempDir::new().unwrap() }
    }

    /// The working folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The program as `cargo run` starts it.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.program);
        command.args(arguments).current_dir(&self.folder).env("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR"));
        for variable in ["PURVEY_CONFIG", "PURVEY_ENV", "PURVEY_LOG"] {
            command.env_remove(variable);
        }
        command
    }

    /// Starts the program and waits for its end.
    pub(crate) fn start(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs the chain, which must end well.
    pub(crate) fn run(&self, arguments: &[&str]) {
        let output = self.start(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Runs the chain on other input.
    pub(crate) fn run_on(&self, path: &Path) {
        self.run(&["--set", &format!("models.raw_bookings.path={}", path.display())]);
    }

    /// Puts a file into the working folder.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// The folder of results.
    pub(crate) fn results(&self) -> PathBuf {
        self.folder.path().join("data").join(self.name)
    }

    /// A published table.
    pub(crate) fn table(&self, model: &str) -> DataFrame {
        parquet(&self.results().join(format!("{model}.parquet")))
    }

    /// How many rows each published table has, by name.
    pub(crate) fn heights(&self) -> Vec<(String, usize)> {
        let tables = self.published().into_keys();
        let tables = tables.filter_map(|file| file.strip_suffix(".parquet").map(str::to_owned));
        tables.map(|model| (model.clone(), self.table(&model).height())).collect()
    }

    /// The published files with their bytes, by name.
    pub(crate) fn published(&self) -> BTreeMap<String, Vec<u8>> {
        // A published file may be a link, so that it is the path that is asked and not the entry.
        let entries = fs::read_dir(self.results()).unwrap().map(Result::unwrap);
        let files = entries.filter(|entry| entry.path().is_file());
        files
            .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
            .filter(|(name, _)| !name.starts_with('.'))
            .collect()
    }
}

pub(crate) fn parquet(path: &Path) -> DataFrame {
    let file = fs::File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    ParquetReader::new(file).finish().unwrap()
}

/// A file of the sample data.
pub(crate) fn sample(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
