//! Common functions of the databases of this program: opening, locking, versions and errors.
//!
//! - `connect`: opening a database; `schema`: recognising it, and its migrations
//! - `file_identity`: detecting that the file was replaced; `error`: errors; `blobs`: numbers as bytes

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
pub(in crate::session) use error::{is_schema_mismatch, sqlite_reason};
pub(in crate::session) use file_identity::{FileIdentity, data_version};
pub(in crate::session) use schema::{Schema, migrate};
