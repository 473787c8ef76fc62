//! A SoundFont made by the tests: a sine wave at A4, under two presets.

/// Sample rate of the sample, Hz, so that a period of A4 is 100 samples.
const RATE: u32 = 44_000;
const A4: u8 = 69;
const SAMPLES: u32 = 2_000;
/// Generators: numbers of the SoundFont 2.04 specification, section 8.1.2.
const INSTRUMENT: u16 = 41;
const SAMPLE_MODES: u16 = 54;
const SAMPLE_ID: u16 = 53;

/// The bytes of an `.sf2` file with the presets `Sine` (bank 0, program 0) and `Sine drum` (bank 128, program 0).
pub fn tiny_sound_font() -> Vec<u8> {
    let info = list(
        b"INFO",
        &[
            chunk(b"ifil", &[2, 0, 1, 0]),
            chunk(b"isng", b"EMU8000\0"),
            chunk(b"INAM", b"Tiny font\0"),
        ],
    );
    let wave = (0..SAMPLES).map(|k| (f64::from(k) / 100.0 * std::f64::consts::TAU).sin());
    let samples: Vec<u8> = wave
        .map(|sample| (sample * 20_000.0) as i16)
        .chain([0; 46])
        .flat_map(i16::to_le_bytes)
        .collect();
    let sample_data = list(b"sdta", &[chunk(b"smpl", &samples)]);
    let presets = [
        preset("Sine", 0, 0),
        preset("Sine drum", 128, 1),
        preset("EOP", 0, 2),
    ]
    .concat();
    let sample = [
        name("Sine"),
        u32s(&[0, SAMPLES, 1_000, 1_500, RATE]),
        vec![A4, 0, 0, 0, 1, 0],
    ]
    .concat();
    let data = list(
        b"pdta",
        &[
            chunk(b"phdr", &presets),
            chunk(b"pbag", &u16s(&[0, 0, 1, 0, 2, 0])),
            chunk(b"pmod", &[0; 10]),
            chunk(b"pgen", &u16s(&[INSTRUMENT, 0, INSTRUMENT, 0, 0, 0])),
            chunk(
                b"inst",
                &[name("Sine"), u16s(&[0]), name("EOI"), u16s(&[1])].concat(),
            ),
            chunk(b"ibag", &u16s(&[0, 0, 2, 0])),
            chunk(b"imod", &[0; 10]),
            chunk(b"igen", &u16s(&[SAMPLE_MODES, 1, SAMPLE_ID, 0, 0, 0])),
            chunk(b"shdr", &[sample, name("EOS"), vec![0; 26]].concat()),
        ],
    );
    let content = [b"sfbk".to_vec(), info, sample_data, data].concat();
    chunk(b"RIFF", &content)
}

fn preset(label: &str, bank: u16, bag: u16) -> Vec<u8> {
    [name(label), u16s(&[0, bank, bag]), vec![0; 12]].concat()
}

fn name(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(20, 0);
    bytes
}

fn u16s(values: &[u16]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn u32s(values: &[u32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn list(kind: &[u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(b"LIST", &[kind.to_vec(), chunks.concat()].concat())
}

fn chunk(id: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut bytes = [
        id.to_vec(),
        (content.len() as u32).to_le_bytes().to_vec(),
        content.to_vec(),
    ]
    .concat();
    if !content.len().is_multiple_of(2) {
        bytes.push(0);
    }
    bytes
}
