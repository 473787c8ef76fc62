//! What the databases of this program have in common: opening, locking, versions and errors.
//!
//! - `connect`: opening one; `schema`: telling it from others, and its migrations
//! - `file_identity`: noticing that the file was replaced; `error`: what can go wrong; `blobs`: numbers as bytes

mod blobs;
mod connect;
mod error;
mod file_identity;
mod schema;

pub(in crate::session) use blobs::{
    latent_bytes, latent_point, position_bytes, positions, value_bytes, values,
};
pub(in crate::session) use connect::{
    Access, Lock, OPEN_TIMEOUT, lock, make_folder, open, refuse_folder, with_suffix,
};
pub use error::{DatabaseError, DatabaseSubject};
pub(in crate::session) use error::{is_other_schema, sqlite_reason};
pub(in crate::session) use file_identity::{FileIdentity, data_version};
pub(in crate::session) use schema::{Schema, migrate};
