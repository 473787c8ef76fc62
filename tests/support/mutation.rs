//! Damaging files at random: bytes, JSON values, tar headers with right checksums, MIDI events of any kind.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

/// Returns one of the items.
pub fn pick<'a, T>(items: &'a [T], rng: &mut ChaCha8Rng) -> &'a T {
    &items[rng.random_range(0..items.len())]
}

/// Damages one input.
pub struct Mutator<'a> {
    rng: &'a mut ChaCha8Rng,
}

impl<'a> Mutator<'a> {
    pub fn new(rng: &'a mut ChaCha8Rng) -> Self {
        Self { rng }
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.rng.random_range(0..end.max(1))
    }

    pub fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    /// Random number of changes to make: often one, at most three, sometimes none.
    pub fn count(&mut self) -> usize {
        [0, 1, 1, 1, 2, 3][self.below(6)]
    }

    /// Changes, adds or removes some bytes at one position.
    pub fn mutate_bytes(&mut self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        if length == 0 {
            bytes.push(self.rng.random());
            return;
        }
        let start = self.below(length);
        let count = 1 + self.below((length - start).min(64));
        match self.below(8) {
            0 => bytes[start] ^= 1 << self.below(8),
            1 => bytes[start] = self.rng.random(),
            2 => bytes.truncate(start),
            3 => {
                bytes.drain(start..start + count);
            }
            4 => {
                let copy = bytes[start..start + count].to_vec();
                let target = self.below(length);
                bytes.splice(target..target, copy);
            }
            5 => {
                let extreme =
                    self.pick(&[0_u64, 1, 0x7f, 0xff, 0x7fff_ffff, 0xffff_ffff, u64::MAX]);
                let width = self.pick(&[1, 2, 4, 8]);
                let extreme = if self.below(2) == 0 {
                    extreme.to_le_bytes()
                } else {
                    extreme.to_be_bytes()
                };
                for (byte, new) in bytes[start..].iter_mut().zip(&extreme[..width]) {
                    *byte = *new;
                }
            }
            6 => bytes[start..start + count].fill(0xff),
            _ => {
                for byte in &mut bytes[start..start + count] {
                    *byte = self.rng.random();
                }
            }
        }
    }

    /// Changes one value of a JSON text. A text that is not JSON loses a byte.
    pub fn mutate_json(&mut self, text: &mut Vec<u8>) {
        let Ok(mut value) = serde_json::from_slice::<Value>(text) else {
            text.pop();
            return;
        };
        self.mutate_value(&mut value);
        *text = value.to_string().into_bytes();
    }

    /// Descends to a random value and changes it.
    fn mutate_value(&mut self, value: &mut Value) {
        let descends = self.below(8) > 0;
        match value {
            Value::Array(items) if descends && !items.is_empty() => {
                let index = self.below(items.len());
                match self.below(16) {
                    0 => {
                        items.remove(index);
                    }
                    1 => {
                        let copy = items[index].clone();
                        items.push(copy);
                    }
                    _ => self.mutate_value(&mut items[index]),
                }
            }
            Value::Object(fields) if descends && !fields.is_empty() => {
                let names: Vec<String> = fields.keys().cloned().collect();
                let name = self.pick(&names);
                if self.below(16) == 0 {
                    fields.remove(&name);
                } else if let Some(value) = fields.get_mut(&name) {
                    self.mutate_value(value);
                }
            }
            // A JSON text inside a string, as in the metadata of safetensors.
            Value::String(inner) if descends && inner.starts_with('{') => {
                let mut text = std::mem::take(inner).into_bytes();
                self.mutate_json(&mut text);
                *inner = String::from_utf8_lossy(&text).into_owned();
            }
            _ => *value = self.random_leaf(),
        }
    }

    fn random_leaf(&mut self) -> Value {
        let integers = [0_u64, 1, 2, 16, 90, 255, 4_096, 1 << 32, 1 << 62, u64::MAX];
        let words = [
            "",
            "uint8",
            "uint16",
            "float16",
            "float32",
            "int32",
            "../x",
            "config.json",
            "group1-shard1",
            "F64",
            "BF16",
            "BOOL",
            "MelodyConverter",
            "{}",
        ];
        match self.below(8) {
            0 => Value::Null,
            1 => Value::from(-1),
            2 => Value::from(self.pick(&[1e308, -0.5, 1e-320, 0.1])),
            3 => Value::Array(Vec::new()),
            4 | 5 => Value::from(self.pick(&words)),
            _ => Value::from(self.pick(&integers)),
        }
    }

    /// Makes one change to a tar archive. A changed header mostly gets a right checksum again.
    pub fn mutate_tar(&mut self, bytes: &mut Vec<u8>) {
        let headers: Vec<usize> = (0..bytes.len() / 512)
            .map(|block| block * 512)
            .filter(|header_start| {
                bytes.get(header_start + 257..header_start + 262) == Some(b"ustar")
            })
            .collect();
        if headers.is_empty() || self.below(6) == 0 {
            self.mutate_bytes(bytes);
            return;
        }
        let header_start = self.pick(&headers);
        match self.below(5) {
            // The kind: file, links, folder, long names, sparse, extended headers.
            0 => bytes[header_start + 156] = self.pick(b"\x000123567LKSxgZ"),
            // The size, octal or binary.
            1 => {
                let size: &[u8] = self.pick(&[
                    &b"00000000000\0"[..],
                    b"00000000777\0",
                    b"77777777777\0",
                    b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff",
                    b"-0000000001\0",
                ]);
                bytes[header_start + 124..header_start + 136].copy_from_slice(size);
            }
            2 => {
                let name: &[u8] = self.pick(&[
                    &b"../m_2bar.ckpt.index"[..],
                    b"/etc/passwd",
                    b"checkpoint",
                    b"weights_manifest.json",
                    b"\xff\xfe.index",
                    b"",
                ]);
                bytes[header_start..header_start + 100].fill(0);
                bytes[header_start..header_start + name.len()].copy_from_slice(name);
            }
            _ => {
                let field = header_start + self.below(512);
                bytes[field] = self.rng.random();
            }
        }
        if self.below(8) > 0 && header_start + 512 <= bytes.len() {
            bytes[header_start + 148..header_start + 156].fill(b' ');
            let sum: u32 = bytes[header_start..header_start + 512]
                .iter()
                .map(|byte| u32::from(*byte))
                .sum();
            let text = format!("{sum:06o}\0 ");
            bytes[header_start + 148..header_start + 156].copy_from_slice(text.as_bytes());
        }
    }

    /// A MIDI file of well-formed chunks with any events in them.
    pub fn midi_file(&mut self) -> Vec<u8> {
        let tracks: Vec<Vec<u8>> = (0..self.below(4)).map(|_| self.midi_track()).collect();
        let division = self.pick(&[1_u16, 4, 96, 480, 0x7fff, 0, 0xe728]);
        let format = self.below(4) as u16;
        midi_file(format, division, &tracks)
    }

    fn midi_track(&mut self) -> Vec<u8> {
        let mut track = Vec::new();
        for _ in 0..self.below(60) {
            let delta = self.pick(&[0, 0, 24, 96, 480, 0x0fff_ffff]);
            variable_length(&mut track, delta);
            let (channel, key) = (self.below(16) as u8, self.below(128) as u8);
            let value = self.pick(&[0, 1, 64, 127]);
            match self.below(9) {
                0..=2 => track.extend([0x90 | channel, key, value]),
                3 => track.extend([0x80 | channel, key, value]),
                // Running status, whatever was before.
                4 => track.extend([key, value]),
                5 => {
                    let kind = self.pick(&[0x00, 0x03, 0x20, 0x2f, 0x51, 0x54, 0x58, 0x59, 0x7f]);
                    let length = self.below(9);
                    track.extend([0xff, kind]);
                    variable_length(&mut track, length as u32);
                    track.extend((0..length).map(|_| self.rng.random::<u8>()));
                }
                6 => {
                    track.push(0xf0);
                    let length = self.pick(&[0, 3, 5, 0x0fff_ffff]);
                    variable_length(&mut track, length);
                    track.extend([1, 2, 0xf7]);
                }
                7 => track.extend([self.rng.random::<u8>(), self.rng.random()]),
                _ => track.extend([self.pick(&[0xa0, 0xb0, 0xc0, 0xd0, 0xe0, 0xf1, 0xf8]), key]),
            }
        }
        if self.below(3) > 0 {
            track.extend([0, 0xff, 0x2f, 0]);
        }
        track
    }
}

fn variable_length(bytes: &mut Vec<u8>, number: u32) {
    for shift in [21, 14, 7] {
        if number >> shift > 0 {
            bytes.push((number >> shift) as u8 | 0x80);
        }
    }
    bytes.push(number as u8 & 0x7f);
}

/// A file of these tracks.
pub fn midi_file(format: u16, division: u16, tracks: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"MThd\0\0\0\x06".to_vec();
    for number in [format, tracks.len() as u16, division] {
        bytes.extend(number.to_be_bytes());
    }
    for track in tracks {
        bytes.extend(b"MTrk");
        bytes.extend((track.len() as u32).to_be_bytes());
        bytes.extend(track);
    }
    bytes
}

/// Valid files to damage: one track with a scale, two with a metre and a tempo, one in a RIFF wrapper.
pub fn midi_files() -> Vec<Vec<u8>> {
    let mut scale = Vec::new();
    for key in (60..84).chain((60..84).rev()) {
        scale.extend([0, 0x90, key, 80, 48, key, 0]);
    }
    scale.extend([0, 0xff, 0x2f, 0]);
    let conductor = b"\x00\xff\x58\x04\x04\x02\x18\x08\x00\xff\x51\x03\x07\xa1\x20\x83\x00\xff\x58\x04\x03\x02\x18\x08\
        \x00\xff\x2f\x00"
        .to_vec();
    let one_track = midi_file(0, 96, std::slice::from_ref(&scale));
    let two_tracks = midi_file(1, 96, &[conductor, scale.clone()]);
    let patterns = midi_file(2, 48, &[scale.clone(), scale]);
    let mut wrapped = b"RIFF\0\0\0\0RMIDdata\0\0\0\0".to_vec();
    wrapped.extend(&one_track);
    vec![one_track, two_tracks, patterns, wrapped]
}
