//! Stores: where versions of models live.
use crate::id::RunId;
use crate::model::{Content, Storage};
use crate::schema::TableSchema;
use std::path::PathBuf;
/// x
pub trait Store: Send + Sync + std::fmt::Debug {
    /// x
    fn stage(&self, run: RunId, model: &str, storage: &Storage, content: &Content) -> Result<u64, StoreError>;
    /// x
    fn publish(&self, run: RunId, carry: &[&str]) -> Result<Vec<Current>, StoreError>;
    /// x
    fn discard(&self, run: RunId) -> Result<(), StoreError>;
    /// x
    fn current(&self) -> Result<Vec<Current>, StoreError>;
    /// x
    fn load(
        &self,
        model: &str,
        storage: &Storage,
        schema: Option<&'static TableSchema>,
    ) -> Result<Option<Content>, StoreError>;
}
/// x
#[derive(Clone, Debug)]
pub struct Current {
    /// x
    pub model: String,
    /// x
    pub path: PathBuf,
    /// x
    pub bytes: u64,
}
/// x
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct StoreError {}
impl StoreError {
    /// x
    pub fn unreadable(_model: &str, _error: crate::Error) -> StoreError {
        StoreError {}
    }
}
