//! The bytes of TensorFlow's tables and numbers, written from scratch so that the reader is not tested against itself.

/// Random weights between -0.1 and 0.1; the same for the same seed.
pub fn random_values(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..count)
        .map(|_| {
            // xorshift64: quick, and good enough to fill a file.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            ((state >> 40) as f32 / (1 << 24) as f32 - 0.5) * 0.2
        })
        .collect()
}

pub fn bytes_of(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

fn field(tag: u64, content: &[u8]) -> Vec<u8> {
    let mut bytes = varint(tag << 3 | 2);
    bytes.extend(varint(content.len() as u64));
    bytes.extend(content);
    bytes
}

fn number(tag: u64, value: u64) -> Vec<u8> {
    let mut bytes = varint(tag << 3);
    bytes.extend(varint(value));
    bytes
}

fn masked_crc(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// The index value of one tensor.
pub fn bundle_entry(dtype: u64, shape: &[usize], offset: u64, size: u64, crc: u32) -> Vec<u8> {
    bundle_entry_in(0, dtype, shape, offset, size, crc)
}

/// The index value of a tensor in one of several data files (`shard`).
pub fn bundle_entry_in(
    shard: u64,
    dtype: u64,
    shape: &[usize],
    offset: u64,
    size: u64,
    crc: u32,
) -> Vec<u8> {
    let dimensions: Vec<u8> = shape
        .iter()
        .flat_map(|extent| field(2, &number(1, *extent as u64)))
        .collect();
    let mut entry = number(1, dtype);
    entry.extend(field(2, &dimensions));
    entry.extend(number(3, shard));
    entry.extend(number(4, offset));
    entry.extend(number(5, size));
    entry.extend(varint(6 << 3 | 5));
    entry.extend(masked_crc(crc).to_le_bytes());
    entry
}

/// The index value of the empty key: this many data files, little-endian.
pub fn bundle_header(shards: u64) -> Vec<u8> {
    number(1, shards)
}

/// A key and its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// A block of a table, without its trailer.
pub fn block(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut restarts = Vec::new();
    let mut previous_key: &[u8] = &[];
    for (position, (key, value)) in entries.iter().enumerate() {
        let mut shared_length = 0;
        if position % 16 == 0 {
            restarts.push(bytes.len() as u32);
        } else {
            shared_length = key
                .iter()
                .zip(previous_key)
                .take_while(|(a, b)| a == b)
                .count();
        }
        for length in [shared_length, key.len() - shared_length, value.len()] {
            bytes.extend(varint(length as u64));
        }
        bytes.extend(&key[shared_length..]);
        bytes.extend(value);
        previous_key = key;
    }
    if restarts.is_empty() {
        restarts.push(0);
    }
    for restart in &restarts {
        bytes.extend(restart.to_le_bytes());
    }
    bytes.extend((restarts.len() as u32).to_le_bytes());
    bytes
}

fn push_block(table: &mut Vec<u8>, content: &[u8], is_packed: bool) -> Vec<u8> {
    let snappy = is_packed.then(|| snap::raw::Encoder::new().compress_vec(content));
    let snappy = snappy.and_then(Result::ok);
    let content = snappy.as_deref().unwrap_or(content);
    let mut handle = varint(table.len() as u64);
    handle.extend(varint(content.len() as u64));
    let start = table.len();
    table.extend(content);
    table.push(u8::from(snappy.is_some()));
    let crc = masked_crc(crc32c::crc32c(&table[start..]));
    table.extend(crc.to_le_bytes());
    handle
}

/// A table of blocks with these contents; `is_packed` compresses them with Snappy.
pub fn table_of_blocks(blocks: &[Vec<u8>], is_packed: bool) -> Vec<u8> {
    let mut table = Vec::new();
    let handles: Vec<Entry> = blocks
        .iter()
        .enumerate()
        .map(|(k, content)| {
            (
                vec![b'a' + (k % 26) as u8],
                push_block(&mut table, content, is_packed),
            )
        })
        .collect();
    let meta = push_block(&mut table, &block(&[]), false);
    let index = push_block(&mut table, &block(&handles), is_packed);
    let mut footer = meta;
    footer.extend(index);
    footer.resize(40, 0);
    footer.extend(0xdb47_7524_8b80_fb57_u64.to_le_bytes());
    table.extend(footer);
    table
}
