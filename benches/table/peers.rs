//! Who Purvey is compared with, where that is installed, and the data that all of them work on.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::measure::Contestant;

/// The folder that has the peers' programs, and the one in which they are installed.
pub(crate) struct Peers {
    folder: PathBuf,
    cache: PathBuf,
}

impl Peers {
    /// From the environment: `PURVEY_PEERS` is the folder, by default `../shared/bench` beside the checkout, and
    /// `ETL_PEERS_CACHE` where its `setup.sh` installs.
    pub(crate) fn find() -> Peers {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/bench");
        let home = || variable("HOME").unwrap_or_default().join(".cache");
        Peers {
            folder: variable("PURVEY_PEERS").unwrap_or(beside),
            cache: variable("ETL_PEERS_CACHE")
                .unwrap_or_else(|| variable("XDG_CACHE_HOME").unwrap_or_else(home).join("etl-peers")),
        }
    }

    /// Says what is not there, and how it comes there.
    pub(crate) fn missing(&self) -> Option<String> {
        let setup = self.folder.join("setup.sh");
        if !setup.exists() {
            return Some(format!("{} is not there; PURVEY_PEERS says where the peers are", setup.display()));
        }
        let lacking =
            ["etl", "kedro", "hamilton", "luigi", "dagster"].into_iter().filter(|venv| !self.python(venv).exists());
        let lacking: Vec<&str> = lacking.chain((!self.oneTBB().exists()).then_some("cpp")).collect();
        (!lacking.is_empty()).then(|| format!("not installed: {0}; {1} {0}", lacking.join(" "), setup.display()))
    }

    fn python(&self, venv: &str) -> PathBuf {
        self.cache.join("venvs").join(venv).join("bin/python")
    }

    #[expect(non_snake_case, reason = "it is the name")]
    fn oneTBB(&self) -> PathBuf {
        self.cache.join("bin/tbb-flow")
    }

    /// oneTBB's flow graph on one of the graphs.
    pub(crate) fn flow_graph(&self, graph: &'static str, tasks: usize, workers: usize) -> Contestant {
        let program = self.oneTBB();
        Contestant::new("oneTBB", move |_| {
            let mut command = Command::new(&program);
            command.args(["--graph", graph, "--n", &tasks.to_string(), "--workers", &workers.to_string()]);
            command
        })
    }

    /// The ETL job as a plain script: `collect`, `eager`, `lazy` or `lazy-cache`.
    pub(crate) fn plain_script(&self, mode: &'static str, input: &Path) -> Contestant {
        self.script(format!("plain.py {mode}"), "etl", "plain.py", Some(mode), input)
    }

    /// The ETL job under an orchestrator: `kedro`, `hamilton`, `luigi` or `dagster`.
    pub(crate) fn orchestrator(&self, peer: &'static str, input: &Path) -> Contestant {
        self.script(peer.to_owned(), peer, &format!("with_{peer}.py"), None, input)
    }

    fn script(&self, name: String, venv: &str, script: &str, mode: Option<&'static str>, input: &Path) -> Contestant {
        let (python, script, input) = (self.python(venv), self.folder.join("etl").join(script), input.to_owned());
        Contestant::new(name, move |out| {
            let mut command = Command::new(&python);
            command.arg(&script).args(mode).args([&input, out]).env("PYTHONDONTWRITEBYTECODE", "1");
            command
        })
    }

    /// The input of the ETL job, so many times; it is made where it is not there.
    pub(crate) fn input(&self, times: usize) -> Result<PathBuf, String> {
        let source = self.folder.join("../data/hotel_bookings.csv.gz");
        let source = source.canonicalize().map_err(|error| format!("{}: {error}", source.display()))?;
        if times == 1 {
            return Ok(source);
        }
        let data = self.cache.join("data");
        let made = data.join(format!("hotel_bookings_x{times}.csv"));
        if !made.exists() {
            std::fs::create_dir_all(&data).map_err(|error| error.to_string())?;
            let part = made.with_extension("part");
            let mut scale = Command::new(self.python("etl"));
            scale.arg(self.folder.join("etl/scale.py")).args([&source, &PathBuf::from(times.to_string()), &part]);
            run(&mut scale)?;
            std::fs::rename(&part, &made).map_err(|error| error.to_string())?;
        }
        Ok(made)
    }

    /// Whether the twelve tables in a folder are the expected ones. Those of the largest input are only counted: to look
    /// at them takes longer than to make them.
    pub(crate) fn judge(&self, times: usize) -> impl Fn(&Path) -> Result<(), String> + 'static {
        let (etl, python) = (self.folder.join("etl"), self.python("etl"));
        move |out| {
            let mut judge = Command::new(&python);
            match times {
                1 => judge.arg(etl.join("compare.py")).arg(etl.join("expected")),
                10 => judge.arg(etl.join("checksum.py")).arg(etl.join("expected/manifest_x10.json")),
                _ => judge.args([
                    "-c",
                    "import os, sys; sys.exit(sum(x.endswith('.parquet') for x in os.listdir(sys.argv[1])) != 12)",
                ]),
            };
            run(judge.arg(out)).map_err(|trouble| format!("its tables are not the expected ones: {trouble}"))
        }
    }

    /// The versions of those that Purvey is compared with.
    pub(crate) fn versions(&self) -> Vec<String> {
        let mut versions: Vec<String> = [
            ("etl", "polars"),
            ("kedro", "kedro"),
            ("hamilton", "apache-hamilton"),
            ("hamilton", "sf-hamilton"),
            ("luigi", "luigi"),
            ("dagster", "dagster"),
        ]
        .into_iter()
        .filter_map(|(venv, package)| {
            let program = format!("import importlib.metadata as m, platform as p; print(m.version('{package}'))");
            let printed = Command::new(self.python(venv)).args(["-c", &program]).output().ok()?;
            let version = String::from_utf8_lossy(&printed.stdout).trim().to_owned();
            printed.status.success().then(|| format!("{package} {version}"))
        })
        .collect();
        if let Ok(printed) = Command::new(self.python("etl")).arg("--version").output() {
            versions.insert(0, String::from_utf8_lossy(&printed.stdout).trim().to_owned());
        }
        let told = Command::new(self.oneTBB()).args(["--graph", "wide", "--n", "10", "--workers", "1"]).output();
        let told = told.ok().and_then(|told| serde_json::from_slice::<serde_json::Value>(&told.stdout).ok());
        versions.extend(told.and_then(|told| Some(format!("oneTBB {}", told["version"].as_str()?))));
        versions
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let ended = command.output().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if ended.status.success() {
        return Ok(());
    }
    let said = [ended.stdout, ended.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    Err(said.lines().last().unwrap_or("it said nothing").to_owned())
}
