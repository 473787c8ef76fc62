//! Magenta's `.tar` archives: where each member's bytes lie. Nothing is unpacked, and no link is followed.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Component;

use super::byte_range::{ByteRange, Handle};
use super::folder::Folder;
use crate::files::is_system_path;
use crate::model::{CheckpointError, Form};

const MOST_MEMBERS: usize = 10_000;
/// Bytes of headers and long names that are read; contents are skipped.
const MOST_LISTING: u64 = 16 << 20;

/// Whether the first bytes of a file are a tar header, GNU or POSIX.
pub(super) fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

/// The members of an archive by their names, without a leading `./`; files of operating systems are left out.
pub(super) fn members(archive: &ByteRange) -> Result<Folder, CheckpointError> {
    let broken = |reason: String| CheckpointError::Broken {
        path: archive.path().to_owned(),
        form: Form::Tar,
        reason,
    };
    let reader = archive.reader().map_err(|source| CheckpointError::Read {
        path: archive.path().to_owned(),
        source,
    })?;
    let listing = Listing {
        handle: reader.into_inner(),
        left: MOST_LISTING,
    };
    let mut files = BTreeMap::new();
    let mut opened = ::tar::Archive::new(listing);
    let entries = opened
        .entries_with_seek()
        .map_err(|error| broken(error.to_string()))?;
    for (number, entry) in entries.enumerate() {
        if number == MOST_MEMBERS {
            return Err(broken(format!("it has more than {MOST_MEMBERS} members")));
        }
        let entry = entry.map_err(|error| broken(error.to_string()))?;
        let Some(name) = entry.path().ok().and_then(|path| plain_name(&path)) else {
            continue;
        };
        if is_system_path(&name) {
            continue;
        }
        let kind = entry.header().entry_type();
        if kind.is_symlink() || kind.is_hard_link() {
            // A link has no bytes of its own, and one that leads to itself never ends.
            if super::is_checkpoint_part(&name) {
                return Err(broken(format!(
                    "its member {name:?} is a link to another file"
                )));
            }
            continue;
        }
        if !(kind.is_file() || kind.is_contiguous()) {
            continue;
        }
        let region = archive
            .part(entry.raw_file_position(), entry.size())
            .ok_or_else(|| broken(format!("it ends inside its member {name:?}")))?;
        files.insert(name, region);
    }
    Ok(Folder::Members {
        path: archive.path().to_owned(),
        files,
    })
}

/// The name with `/` between its parts; none if it leads elsewhere or is no text.
fn plain_name(path: &std::path::Path) -> Option<String> {
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

/// An archive while its members are listed: an archive may hold names as long as itself.
struct Listing {
    handle: Handle,
    left: u64,
}

impl Read for Listing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.handle.read(buffer)?;
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| io::Error::other("its member names are too long"))?;
        Ok(count)
    }
}

impl Seek for Listing {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.handle.seek(to)
    }
}
