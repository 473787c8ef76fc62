//! The sorted string table of TensorFlow's `.index` files: LevelDB's block format, with bounded memory.
//!
//! Written here because the crates that read such tables panic on damaged ones. Layout: data blocks,
//! an index block whose values are the block handles of the data blocks, and a footer of 48 bytes. Every block carries a
//! compression byte and a masked CRC-32C.

/// The last eight bytes of every table, little-endian.
const MAGIC: u64 = 0xdb47_7524_8b80_fb57;
const FOOTER_BYTES: usize = 48;
/// Length in bytes of the compression byte and checksum after each block.
const TRAILER_BYTES: usize = 5;
/// Maximum size of a table's decompressed blocks, keys and values, in bytes. With prefix compression and Snappy a small file
/// can expand a lot.
const MAX_UNPACKED_BYTES: usize = 32 << 20;

/// An entry of the table.
pub(super) type KeyValue = (Vec<u8>, Vec<u8>);

/// Whether `tail`, the last bytes of a file, is the end of a table.
pub(super) fn is_table(tail: &[u8]) -> bool {
    tail.last_chunk()
        .is_some_and(|magic| u64::from_le_bytes(*magic) == MAGIC)
}

/// All entries in the order of the table.
///
/// # Errors
/// A description of what is wrong with the table.
pub(super) fn entries(bytes: &[u8]) -> Result<Vec<KeyValue>, String> {
    let footer = bytes
        .last_chunk::<FOOTER_BYTES>()
        .ok_or("it is shorter than its footer")?;
    if !is_table(footer) {
        return Err("its end is missing".to_owned());
    }
    let mut handles = Cursor(&footer[..FOOTER_BYTES - 8]);
    // The first handle is that of the meta index, which is empty in these tables.
    read_handle(&mut handles)?;
    let index = read_handle(&mut handles)?;
    let mut budget = MAX_UNPACKED_BYTES;
    let mut entries = Vec::new();
    for (_, block_handle) in read_block(bytes, index, &mut budget)? {
        let data = read_handle(&mut Cursor(&block_handle))?;
        entries.append(&mut read_block(bytes, data, &mut budget)?);
    }
    Ok(entries)
}

/// Masks a CRC-32C as LevelDB does, so that checksums of data with checksums work.
pub(super) fn mask_crc(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// Reads a block handle: offset and size of a block, without its trailer.
fn read_handle(cursor: &mut Cursor<'_>) -> Result<(usize, usize), String> {
    Ok((cursor.varint()?, cursor.varint()?))
}

/// The entries of the block at an offset, after a check of its checksum.
fn read_block(
    bytes: &[u8],
    (offset, size): (usize, usize),
    budget: &mut usize,
) -> Result<Vec<KeyValue>, String> {
    let stored = offset
        .checked_add(size)
        .and_then(|end| bytes.get(offset..end.checked_add(TRAILER_BYTES)?))
        .ok_or("a block lies outside it")?;
    let (checksummed, crc) = stored.split_at(size + 1);
    let expected = crc.first_chunk().map(|crc| u32::from_le_bytes(*crc));
    if expected != Some(mask_crc(crc32c::crc32c(checksummed))) {
        return Err(format!(
            "the checksum of the block at byte {offset} is wrong"
        ));
    }
    let (content, compression) = checksummed.split_at(size);
    match compression {
        [0] => parse_block(content, budget),
        [1] => {
            let cannot_unpack = || format!("the block at byte {offset} cannot be unpacked");
            let length = snap::raw::decompress_len(content).map_err(|_| cannot_unpack())?;
            take_from_budget(budget, length)?;
            let mut decoder = snap::raw::Decoder::new();
            let content = decoder
                .decompress_vec(content)
                .map_err(|_| cannot_unpack())?;
            parse_block(&content, budget)
        }
        _ => Err(format!(
            "the block at byte {offset} is compressed in an unknown way"
        )),
    }
}

/// The entries of a block, whose keys are stored without the prefix that they share with the previous key (prefix compression).
fn parse_block(content: &[u8], budget: &mut usize) -> Result<Vec<KeyValue>, String> {
    // After the entries come the restart points, where keys are complete, and their count.
    let (entries_and_restarts, count) = content.split_last_chunk().ok_or("a block is cut short")?;
    let restarts_offset = (u32::from_le_bytes(*count) as usize)
        .checked_mul(4)
        .and_then(|length| entries_and_restarts.len().checked_sub(length))
        .ok_or("a block is cut short")?;
    let mut cursor = Cursor(&entries_and_restarts[..restarts_offset]);
    let mut key: Vec<u8> = Vec::new();
    let mut entries = Vec::new();
    while !cursor.0.is_empty() {
        let (shared_length, suffix_length, value_length) =
            (cursor.varint()?, cursor.varint()?, cursor.varint()?);
        let suffix = cursor.take(suffix_length)?;
        let value = cursor.take(value_length)?;
        if shared_length > key.len() {
            return Err("a key repeats more than there is".to_owned());
        }
        take_from_budget(
            budget,
            shared_length + suffix.len() + value.len() + size_of::<KeyValue>(),
        )?;
        key.truncate(shared_length);
        key.extend_from_slice(suffix);
        entries.push((key.clone(), value.to_vec()));
    }
    Ok(entries)
}

fn take_from_budget(budget: &mut usize, bytes: usize) -> Result<(), String> {
    *budget = budget
        .checked_sub(bytes)
        .ok_or("its decompressed size is above the limit")?;
    Ok(())
}

/// The bytes left to read.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, remaining) = self
            .0
            .split_at_checked(count)
            .ok_or("a block is cut short")?;
        self.0 = remaining;
        Ok(taken)
    }

    /// Reads a number of seven bits a byte, lowest first; the highest bit marks that more follow.
    fn varint(&mut self) -> Result<usize, String> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.take(1)? else { break };
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return usize::try_from(value).map_err(|_| "a number is too large".to_owned());
            }
        }
        Err("a number is too long".to_owned())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn with_trailer(mut content: Vec<u8>, compression: u8) -> Vec<u8> {
        content.push(compression);
        let crc = mask_crc(crc32c::crc32c(&content));
        content.extend(crc.to_le_bytes());
        content
    }

    /// A table of one data block.
    fn table(block: &[u8], compression: u8) -> Vec<u8> {
        let mut bytes = with_trailer(block.to_vec(), compression);
        let index_offset = bytes.len();
        let (size_low, size_high) = ((block.len() & 0x7f) as u8 | 0x80, (block.len() >> 7) as u8);
        let index = [
            0, 1, 3, b'z', 0, size_low, size_high, 0, 0, 0, 0, 1, 0, 0, 0,
        ];
        bytes.extend(with_trailer(index.to_vec(), 0));
        let mut footer = vec![0, 0];
        for mut number in [index_offset, index.len()] {
            while number >= 0x80 {
                footer.push(number as u8 | 0x80);
                number >>= 7;
            }
            footer.push(number as u8);
        }
        footer.resize(FOOTER_BYTES - 8, 0);
        bytes.extend(footer);
        bytes.extend(MAGIC.to_le_bytes());
        bytes
    }

    #[test]
    fn shared_prefixes_of_keys_are_restored() {
        let mut block = b"\x00\x02\x01ab1\x01\x01\x02c22".to_vec();
        block.extend([0, 0, 0, 0, 1, 0, 0, 0]);
        let expected = [
            (b"ab".to_vec(), b"1".to_vec()),
            (b"ac".to_vec(), b"22".to_vec()),
        ];
        assert_eq!(entries(&table(&block, 0)).unwrap(), expected);
        let packed = snap::raw::Encoder::new().compress_vec(&block).unwrap();
        assert_eq!(entries(&table(&packed, 1)).unwrap(), expected);
    }

    #[test]
    fn damaged_and_oversized_tables_are_refused() {
        let mut block = b"\x00\x02\x01ab1".to_vec();
        block.extend([0, 0, 0, 0, 1, 0, 0, 0]);
        let valid = table(&block, 0);
        let mut flipped = valid.clone();
        flipped[3] ^= 1;
        assert!(entries(&flipped).unwrap_err().contains("checksum"));
        assert!(entries(&valid[1..]).is_err());
        assert!(entries(&valid[..valid.len() - 1]).is_err());
        assert!(entries(&table(&block, 7)).unwrap_err().contains("unknown"));
        // A key of 16 KiB, repeated by entries of four bytes.
        let mut oversized = vec![0, 0x80, 0x80, 1, 0];
        oversized.extend(vec![b'k'; 16 << 10]);
        for _ in 0..4_000 {
            oversized.extend([0x80, 0x80, 1, 0, 0]);
        }
        oversized.extend([0, 0, 0, 0, 1, 0, 0, 0]);
        let mut budget = MAX_UNPACKED_BYTES;
        assert!(
            parse_block(&oversized, &mut budget)
                .unwrap_err()
                .contains("above the limit")
        );
    }
}
