//! Magenta's `.tar` archives: the byte range of each member. Nothing is unpacked, no link is followed.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Component;

use super::byte_range::{ByteRange, ByteSource};
use super::folder::Folder;
use super::manifest::MANIFEST_FILE;
use crate::files::path_has_os_file_name;
use crate::model::checkpoint_format::CheckpointFormat;
use crate::model::error::CheckpointError;

const MAX_MEMBERS: usize = 10_000;
/// Maximum number of bytes of headers and long names that are read; contents are skipped.
const MAX_LISTING_BYTES: u64 = 16 << 20;

/// Whether a file starts with a tar header, GNU or POSIX.
pub(super) fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

/// The members of an archive by name, without a leading `./` and without files of operating systems.
pub(super) fn members(archive: &ByteRange) -> Result<Folder, CheckpointError> {
    let damaged = CheckpointError::damaged(archive.path(), CheckpointFormat::Tar);
    let reader = archive
        .reader()
        .map_err(CheckpointError::read(archive.path()))?;
    let limited_reader = LimitedReader {
        source: reader.into_inner(),
        remaining_bytes: MAX_LISTING_BYTES,
    };
    let mut files = BTreeMap::new();
    let mut tar = ::tar::Archive::new(limited_reader);
    let entries = tar
        .entries_with_seek()
        .map_err(|error| damaged(error.to_string()))?;
    for (index, entry) in entries.enumerate() {
        if index == MAX_MEMBERS {
            return Err(damaged(format!("it has more than {MAX_MEMBERS} members")));
        }
        let entry = entry.map_err(|error| damaged(error.to_string()))?;
        let Some(name) = entry.path().ok().and_then(|path| normalised_path(&path)) else {
            continue;
        };
        if path_has_os_file_name(&name) {
            continue;
        }
        let kind = entry.header().entry_type();
        if kind.is_symlink() || kind.is_hard_link() {
            // A link has no bytes of its own, and following one that leads to itself never ends.
            if is_checkpoint_file(&name) {
                return Err(damaged(format!(
                    "its member {name:?} is a link to another file"
                )));
            }
            continue;
        }
        if !(kind.is_file() || kind.is_contiguous()) {
            continue;
        }
        let range = archive
            .slice(entry.raw_file_position(), entry.size())
            .ok_or_else(|| damaged(format!("it ends inside its member {name:?}")))?;
        files.insert(name, range);
    }
    Ok(Folder::Members {
        path: archive.path().to_owned(),
        files,
    })
}

/// Whether a file of this name belongs to a checkpoint.
fn is_checkpoint_file(name: &str) -> bool {
    let is_data = name
        .rsplit_once(".data-")
        .is_some_and(|(_, shard)| shard.contains("-of-"));
    is_data || name.ends_with(".index") || name.ends_with(MANIFEST_FILE)
}

/// The path with `/` between its components; `None` if it leads out of the archive or is not UTF-8.
fn normalised_path(path: &std::path::Path) -> Option<String> {
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::RootDir | Component::ParentDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

/// Limits the bytes that are read while an archive is listed: a hostile archive may consist of one long name.
struct LimitedReader {
    source: ByteSource,
    remaining_bytes: u64,
}

impl Read for LimitedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.remaining_bytes = self
            .remaining_bytes
            .checked_sub(count as u64)
            .ok_or_else(|| io::Error::other("its member names are too long"))?;
        Ok(count)
    }
}

impl Seek for LimitedReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.source.seek(to)
    }
}
