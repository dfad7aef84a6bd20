//! The sample data is what its generator makes.

use std::path::Path;

#[test]
fn the_committed_files_are_those_that_the_generator_makes() {
    for (path, content) in hotel_chains::samples::files() {
        let committed = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(&path)).unwrap();
        assert!(committed == content.into_bytes(), "{path} differs; run `cargo run --example samples`");
    }
}

#[test]
fn all_samples_together_are_smaller_than_a_megabyte() {
    let bytes: usize = hotel_chains::samples::files().iter().map(|(_, content)| content.len()).sum();
    assert!(bytes < 1_000_000, "{bytes} bytes");
}
