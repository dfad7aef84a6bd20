//! Writes the sample data of all chains: `cargo run --example samples`.

use std::path::Path;

fn main() -> std::io::Result<()> {
    for (path, content) in hotel_chains::samples::files() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, content)?;
    }
    Ok(())
}
