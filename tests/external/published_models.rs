//! Published checkpoints through the commands: described, converted, on arrays, and sixteen bars from the sweep to the
//! MIDI files.

use std::collections::BTreeMap;
use std::path::Path;

use tunescape::melody::{STEPS_PER_BAR, TICKS_PER_STEP, read_midi_file};

use crate::command::{array, succeeds, tunescape};
use crate::harness::{Missing, tests};
use crate::requirements::reference;

tests![
    a_checkpoint_is_described_and_converted_to_a_file_that_is_the_same_model,
    arrays_of_points_and_melodies_go_through_a_published_model,
    arrays_of_the_wrong_shape_or_numbers_are_refused_in_a_sentence,
    a_sweep_of_sixteen_bars_gives_files_of_sixteen_bars_and_attributes_over_sixteen_bars,
    training_says_that_it_is_for_flat_models,
];

fn fails(arguments: &[&str]) -> String {
    let output = tunescape(arguments);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn write_array<T: npyz::AutoSerialize>(path: &Path, shape: &[u64], values: Vec<T>) {
    use npyz::WriterBuilder as _;
    let file = std::fs::File::create(path).unwrap();
    let mut writer = npyz::WriteOptions::<T>::new()
        .default_dtype()
        .shape(shape)
        .writer(file)
        .begin_nd()
        .unwrap();
    writer.extend(values).unwrap();
    writer.finish().unwrap();
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn a_checkpoint_is_described_and_converted_to_a_file_that_is_the_same_model() -> Result<(), Missing>
{
    let reference = reference()?;
    let folder = tempfile::tempdir().unwrap();
    let (tar, own) = (
        reference.join("hierdec_tiny/hierdec-mel_16bar_tiny.tar"),
        folder.path().join("own.safetensors"),
    );
    let message = succeeds(&["model", text(&tar)]);
    let rows: BTreeMap<&str, &str> = message
        .lines()
        .map(|line| (line[..24].trim(), line[24..].trim()))
        .collect();
    assert_eq!(rows["format"], "tar archive");
    assert_eq!(rows["kind"], "hierarchical MusicVAE of melodies");
    assert_eq!(rows["melody"], "16 bars, 256 steps, 90 tokens");
    assert_eq!(rows["conductor"], "LSTM 20 + 20, 16 segments of 16 steps");
    // Counted over the shapes that the checkpoint's own list gives.
    let listed = json(&reference.join("hierdec_tiny/expected/tensors_tf.json"));
    let ours =
        |name: &str| !name.contains("/Adam") && !name.contains("_power") && name != "global_step";
    let count: u64 = listed
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| ours(name))
        .map(|(_, tensor)| {
            let shape = tensor["shape"].as_array().unwrap();
            shape
                .iter()
                .map(|extent| extent.as_u64().unwrap())
                .product::<u64>()
        })
        .sum();
    assert_eq!(rows["parameters"], count.to_string());

    succeeds(&["convert", text(&tar), text(&own)]);
    let again = fails(&["convert", text(&tar), text(&own)]);
    assert!(again.contains("already there"), "{again}");
    succeeds(&["convert", text(&tar), text(&own), "--overwrite"]);
    let described: serde_json::Value =
        serde_json::from_str(&succeeds(&["model", text(&own), "--json"])).unwrap();
    assert_eq!(described["hash"], rows["hash"]);
    assert_eq!(described["form"], "safetensors file");
    assert_eq!(described["config"]["hierarchy"]["segments"], 16);
    Ok(())
}

fn arrays_of_points_and_melodies_go_through_a_published_model() -> Result<(), Missing> {
    let reference = reference()?;
    let flat = reference.join("flat_tiny");
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (tokens, logits) = (at("tokens.npy"), at("logits.npy"));
    let (model, z) = (flat.join("js-u8"), flat.join("expected/z.npy"));
    let mut decode = vec!["decode", "--device", "cpu", "--model", text(&model)];
    decode.extend(["--latents", text(&z), "--tokens", text(&tokens)]);
    decode.extend(["--logits", text(&logits)]);
    succeeds(&decode);
    let (shape, found) = array::<u8>(&tokens);
    assert_eq!(shape, [72, 32]);
    let expected = json(&flat.join("expected/u8.json"));
    let wanted: Vec<Vec<u8>> = serde_json::from_value(expected["tokens"].clone()).unwrap();
    assert_eq!(found, wanted.concat());
    let (shape, found) = array::<f32>(&logits);
    assert_eq!(shape, [72, 32, 90]);
    let (_, wanted) = array::<f32>(&flat.join("expected/logits_js_u8.npy"));
    assert!(wanted.iter().zip(&found).all(|(a, b)| (a - b).abs() < 1e-3));
    assert!(fails(&decode).contains("already there"));

    let f32_json = json(&flat.join("expected/f32.json"));
    let melodies: Vec<Vec<u8>> = serde_json::from_value(f32_json["melody_tokens"].clone()).unwrap();
    let ids: Vec<i64> = melodies.concat().into_iter().map(i64::from).collect();
    let (input, mu, sigma) = (at("in.npy"), at("mu.npy"), at("sigma.npy"));
    write_array(&input, &[16, 32], ids);
    let model = flat.join("tf");
    let mut encode = vec!["encode", "--device", "cpu", "--model", text(&model)];
    encode.extend([
        "--tokens",
        text(&input),
        "--mu",
        text(&mu),
        "--sigma",
        text(&sigma),
    ]);
    succeeds(&encode);
    for (found, wanted) in [(&mu, "mu_tf_f32.npy"), (&sigma, "sigma_tf_f32.npy")] {
        let (shape, found) = array::<f32>(found);
        assert_eq!(shape, [16, 16]);
        let (_, wanted) = array::<f32>(&flat.join("expected").join(wanted));
        assert!(wanted.iter().zip(&found).all(|(a, b)| (a - b).abs() < 1e-5));
    }
    Ok(())
}

fn arrays_of_the_wrong_shape_or_numbers_are_refused_in_a_sentence() -> Result<(), Missing> {
    let reference = reference()?;
    let model = reference.join("flat_tiny/js-f32");
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (input, out) = (at("in.npy"), at("out.npy"));
    let decode = || {
        let message = fails(&[
            "decode",
            "--model",
            text(&model),
            "--latents",
            text(&input),
            "--tokens",
            text(&out),
        ]);
        assert!(!out.exists() && message.contains("in.npy"), "{message}");
        message
    };
    write_array(&input, &[2, 15], vec![0.0_f32; 30]);
    assert!(decode().contains("15 numbers, this model wants 16"));
    write_array(&input, &[32], vec![0.0_f32; 32]);
    assert!(decode().contains("[32]"));
    write_array(&input, &[2, 16], vec![0_u8; 32]);
    assert!(decode().contains("no floats"));
    write_array(&input, &[2, 16], vec![0.5_f64; 32]);
    let whole = std::fs::read(&input).unwrap();
    std::fs::write(&input, &whole[..whole.len() - 1]).unwrap();
    assert!(decode().contains("cut short"));
    std::fs::write(&input, b"\x93NUMPY\x02\0\xff\xff\xff\xff").unwrap();
    assert!(decode().contains("header"));
    std::fs::write(&input, b"PK").unwrap();
    assert!(decode().contains("no NPY file"));
    write_array(&input, &[1, 32], vec![90_i32; 32]);
    let message = fails(&[
        "encode",
        "--model",
        text(&model),
        "--tokens",
        text(&input),
        "--mu",
        text(&out),
    ]);
    assert!(
        message.contains("row 0") && message.contains("token 90"),
        "{message}"
    );
    Ok(())
}

fn a_sweep_of_sixteen_bars_gives_files_of_sixteen_bars_and_attributes_over_sixteen_bars()
-> Result<(), Missing> {
    let reference = reference()?;
    let model = reference.join("hierdec_tiny/hierdec-mel_16bar_tiny.tar");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let mut sweep = vec![
        "sweep",
        "--device",
        "cpu",
        "--quiet",
        "--model",
        text(&model),
    ];
    sweep.extend(["--regions", "6", "--samples", "5", "--out", text(&out)]);
    succeeds(&sweep);
    let (shape, tokens) = array::<u8>(&out.join("tokens.npy"));
    assert_eq!(shape, [30, 256]);
    let table = std::fs::read_to_string(out.join("samples.csv")).unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect())
        .collect();
    assert_eq!(rows.len(), 30);
    for (row, tokens) in rows.iter().zip(tokens.chunks(256)) {
        let notes = tokens.iter().filter(|token| **token >= 2).count();
        assert_eq!(row[4], notes.to_string());
        let density: f64 = row[5].parse().unwrap();
        assert!((density - notes as f64 / 256.0).abs() < 1e-12, "{row:?}");
        let song = read_midi_file(&out.join(row[2])).unwrap();
        let bar = u64::from(TICKS_PER_STEP) * STEPS_PER_BAR as u64;
        assert_eq!(song.length_ticks, 16 * bar, "{row:?}");
        assert_eq!(
            song.tracks.iter().map(|t| t.notes.len()).sum::<usize>(),
            notes
        );
    }
    // Notes come in the second half too, so the melody is not two bars with silence behind.
    assert!(
        tokens
            .chunks(256)
            .all(|t| t[128..].iter().any(|id| *id >= 2))
    );

    let steered = folder.path().join("steered");
    let mut steer = vec![
        "steer",
        "--device",
        "cpu",
        "--quiet",
        "--model",
        text(&model),
    ];
    steer.extend(["--regions", "10", "--samples", "10", "--density", "6"]);
    steer.extend(["--count", "4", "--out", text(&steered)]);
    succeeds(&steer);
    assert_eq!(array::<u8>(&steered.join("tokens.npy")).0, [4, 256]);
    Ok(())
}

fn training_says_that_it_is_for_flat_models() {
    use tunescape::model::{Hierarchy, MusicVaeConfig};
    use tunescape::training::{Trainer, TrainingConfig};
    let hierarchy = Hierarchy {
        segments: 2,
        conductor_layers: vec![4],
        segment_encoder_layers: Vec::new(),
    };
    let config = TrainingConfig {
        model: MusicVaeConfig {
            latent_size: 4,
            encoder_layers: vec![4],
            decoder_layers: vec![4],
            hierarchy: Some(hierarchy),
            ..MusicVaeConfig::default()
        },
        ..TrainingConfig::default()
    };
    let message = Trainer::new(config).err().unwrap().to_string();
    assert!(message.contains("flat models only"), "{message}");
}
