//! Examples under the help of each command. A test parses every line of them.

/// Examples of the program without a command.
pub const WINDOW: &str = "\
Examples:
  tunescape
  tunescape --model cat-mel_2bar_big --device gpu
  tunescape --osc 9000:9001
  tunescape sweep --out run";

/// Examples of `tunescape sweep`.
pub const SWEEP: &str = "\
Examples:
  tunescape sweep --out run
  tunescape sweep --regions 400 --samples 16 --layout sound --seed 7 --out run
  tunescape sweep --json --tar --out archive";

/// Examples of `tunescape steer`.
pub const STEER: &str = "\
Examples:
  tunescape steer --density 6 --out busy
  tunescape steer --density 3 --highest E5 --key 'D dorian' --count 16 --json
  tunescape steer --like tune.mid:3 --closeness 0.8 --keep rhythm --out variations";

/// Examples of `tunescape study`.
pub const STUDY: &str = "\
Examples:
  tunescape study --out study
  tunescape study --preset paper --seed 7 --out study
  tunescape study --shard 2/8 --out shards/2
  tunescape study --shards 20 --slurm job.sh --out study";

/// Examples of `tunescape merge`.
pub const MERGE: &str = "\
Examples:
  tunescape merge shards/1 shards/2 shards/3 --out study
  tunescape merge shards/1 shards/2 --mixed-devices --out study";

/// Examples of `tunescape status`.
pub const STATUS: &str = "\
Examples:
  tunescape status study
  tunescape status study.shards --shards 20 --study study --json";

/// Examples of `tunescape train`.
pub const TRAIN: &str = "\
Examples:
  tunescape train --corpus songs --out mine.safetensors
  tunescape train --corpus songs --split-file split.csv --examples 2000000 --arithmetic bfloat16 --out mine.safetensors";

/// Examples of `tunescape learn`.
pub const LEARN: &str = "\
Examples:
  tunescape learn songs --out mine.safetensors
  tunescape learn songs --minutes 20 --out mine.safetensors
  tunescape learn songs --model other.safetensors --examples 200000 --seed 7 --json --out mine.safetensors";

/// Examples of `tunescape mix-models`.
pub const MIX_MODELS: &str = "\
Examples:
  tunescape mix-models mine.safetensors --out half.safetensors
  tunescape mix-models mine.safetensors --fraction 0.25 --json --out quarter.safetensors
  tunescape mix-models second.safetensors --model first.safetensors --fraction 0.7 --out both.safetensors";

/// Examples of `tunescape evaluate`.
pub const EVALUATE: &str = "\
Examples:
  tunescape evaluate --corpus songs
  tunescape evaluate --model mine.safetensors --corpus songs --split test --metrics-out metrics.json";

/// Examples of `tunescape devices`.
pub const DEVICES: &str = "\
Examples:
  tunescape devices
  tunescape devices --device gpu --prove --json";

/// Examples of `tunescape inspect`.
pub const INSPECT: &str = "\
Examples:
  tunescape inspect
  tunescape inspect cat-mel_2bar_big.tar --json";

/// Examples of `tunescape convert`.
pub const CONVERT: &str = "\
Examples:
  tunescape convert cat-mel_2bar_big.tar big.safetensors --half
  tunescape convert mine.safetensors mine-for-the-hub --folder";

/// Examples of `tunescape decode`.
pub const DECODE: &str = "\
Examples:
  tunescape decode --latents z.npy --tokens-out tokens.npy
  tunescape decode --latents z.npy --tokens-out tokens.npy --logits-out logits.npy
  tunescape decode --share tunescape:1:… --out melody.mid";

/// Examples of `tunescape explain`.
pub const EXPLAIN: &str = "\
Examples:
  tunescape explain tunescape_r041_s12_6.5npb_120bpm.mid
  tunescape explain melody.mid --out again.mid";

/// Examples of `tunescape encode`.
pub const ENCODE: &str = "\
Examples:
  tunescape encode song.mid
  tunescape encode song.mid --track 2 --windows 1,3-5 --out encoded
  tunescape encode --tokens tokens.npy --mu-out mu.npy --sigma-out sigma.npy";

/// Examples of `tunescape blend`.
pub const BLEND: &str = "\
Examples:
  tunescape blend tune.mid r041_s12 --out blend
  tunescape blend r000_centre r001_centre --steps 9 --way linear --json";

/// Examples of `tunescape path`.
pub const PATH: &str = "\
Examples:
  tunescape path --through 3 41 7 --out path
  tunescape path --through tune.mid:1 r041_s12 --steps 24 --every 16 --ping-pong --out path";

/// Examples of `tunescape play`.
#[cfg(feature = "sound")]
pub const PLAY: &str = "\
Examples:
  tunescape play tune.mid
  tunescape play tune.mid --port Ardour --channel 2 --loops 0 --clock";

/// Examples of `tunescape render`.
pub const RENDER: &str = "\
Examples:
  tunescape render tune.mid --out tune.wav
  tunescape render tune.mid --chords 'Am F C G' --swing 60 --out tune.flac
  tunescape render one.mid two.mid --out score.musicxml";

/// Examples of `tunescape ports`.
#[cfg(feature = "sound")]
pub const PORTS: &str = "\
Examples:
  tunescape ports
  tunescape ports --json";
