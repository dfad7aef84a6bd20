//! Small workspaces for tests.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::{Place, text};

/// A folder for one test.
pub(super) struct Space(TempDir);

impl Space {
    /// An empty folder.
    pub(super) fn new() -> Space {
        Space(tempfile::tempdir().unwrap())
    }

    /// A workspace of `hotel-tasks`, which depends on `hotel-models`, on a copy of Purvey and on packages from elsewhere.
    pub(super) fn hotel() -> Space {
        Space::new()
            .with(
                "Cargo.toml",
                r#"
                [workspace]
                members = ["tasks", "models"]
                [workspace.dependencies]
                hotel-models = { path = "models" }
                purvey = { path = "purvey" }
                "#,
            )
            .with("Cargo.lock", LOCK)
            .with(
                "tasks/Cargo.toml",
                r#"
                [package]
                name = "hotel-tasks"
                version = "0.1.0"
                [dependencies]
                hotel-models.workspace = true
                purvey.workspace = true
                log = "0.4"
                [dev-dependencies]
                insta = "1"
                helpers = { path = "../helpers" }
                "#,
            )
            .with("tasks/src/lib.rs", "pub fn clean() -> i32 { 1 }")
            .with("models/Cargo.toml", "[package]\nname = 'hotel-models'\nversion = '0.1.0'\n")
            .with("models/src/alpine.rs", "pub fn nights() -> i32 { 7 }")
            .with("models/src/lib.rs", "mod alpine;")
            .with(
                "purvey/Cargo.toml",
                r#"
                [package]
                name = "purvey"
                version = "0.1.0"
                [dependencies]
                polars = "0.55"
                purvey-macros = { path = "macros" }
                [dev-dependencies]
                trybuild = "1"
                "#,
            )
            .with("purvey/src/lib.rs", "")
            .with("helpers/Cargo.toml", "[package]\nname = 'helpers'\nversion = '0.1.0'\n")
            .with("helpers/src/lib.rs", "")
    }

    /// Writes a file, in folders that come with it.
    pub(super) fn with(self, path: &str, text: impl AsRef<[u8]>) -> Space {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub(super) fn without(self, path: &str) -> Space {
        fs::remove_file(self.path(path)).unwrap();
        self
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.0.path().to_owned() } else { self.0.path().join(path) }
    }

    /// `hotel-tasks`, as cargo compiles it.
    pub(super) fn place(&self) -> Place {
        Place { package: self.path("tasks"), current: self.path(""), ..Place::default() }
    }

    pub(super) fn text(&self) -> String {
        text(&self.place()).unwrap()
    }
}

/// The lock file of [`Space::hotel`].
pub(super) const LOCK: &str = r#"
[[package]]
name = "hashbrown"
version = "0.15.0"
source = "registry+https://example.com/index"

[[package]]
name = "hashbrown"
version = "0.16.1"
source = "registry+https://example.com/index"

[[package]]
name = "helpers"
version = "0.1.0"

[[package]]
name = "hotel-models"
version = "0.1.0"

[[package]]
name = "hotel-tasks"
version = "0.1.0"
dependencies = ["helpers", "hotel-models", "insta", "log", "purvey"]

[[package]]
name = "insta"
version = "1.49.0"
source = "registry+https://example.com/index"

[[package]]
name = "log"
version = "0.4.29"
source = "registry+https://example.com/index"

[[package]]
name = "polars"
version = "0.55.2"
source = "registry+https://example.com/index"
dependencies = ["hashbrown 0.15.0", "hashbrown 0.16.1"]

[[package]]
name = "purvey"
version = "0.1.0"
dependencies = ["polars", "purvey-macros", "trybuild"]

[[package]]
name = "purvey-macros"
version = "0.1.0"
dependencies = ["syn"]

[[package]]
name = "syn"
version = "3.0.9"
source = "registry+https://example.com/index"

[[package]]
name = "trybuild"
version = "1.0.0"
source = "registry+https://example.com/index"
"#;
