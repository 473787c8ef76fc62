//! A sound server without a sound card: PulseAudio with a null sink whose monitor is recorded.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::tools::{Running, run, wait_for};

/// What [`SoundServer`] and [`Recorder`] run. `pacat`, which [`SoundServer`] plays with in one test, is in the package of `parec`.
pub const TOOLS: [&str; 3] = ["pulseaudio", "pactl", "parec"];

/// Samples per second of every recording; one channel.
pub const RATE: u32 = 48_000;

const SINK: &str = "tunescape_test";

/// PulseAudio with nothing but a null sink, in a folder of its own.
pub struct SoundServer {
    runtime: tempfile::TempDir,
    _server: Running,
}

impl SoundServer {
    /// Starts the server and waits until the sink is there.
    pub fn start(folder: &Path) -> SoundServer {
        // The socket's path has to be short, so not below the target folder.
        let runtime = tempfile::Builder::new()
            .prefix("tunescape-")
            .tempdir()
            .expect("a temporary folder");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let private = fs::Permissions::from_mode(0o700);
            fs::set_permissions(runtime.path(), private).expect("the folder is ours");
        }
        let socket = runtime.path().join("native");
        let alsa = "</usr/share/alsa/alsa.conf>\npcm.!default { type pulse }\nctl.!default { type pulse }\n";
        fs::write(runtime.path().join("asound.conf"), alsa)
            .expect("the temporary folder is writable");
        let server = Running::start(Path::new("pulseaudio"), folder, |pulseaudio| {
            pulseaudio
                .args([
                    "-n",
                    "--daemonize=no",
                    "--use-pid-file=no",
                    "--exit-idle-time=-1",
                    "--disable-shm=yes",
                ])
                .arg("--log-target=stderr")
                .arg(format!(
                    "--load=module-native-protocol-unix socket={} auth-anonymous=1",
                    socket.display()
                ))
                .arg(format!(
                    "--load=module-null-sink sink_name={SINK} rate={RATE} channels=2"
                ))
                .env("HOME", runtime.path())
                .env("XDG_RUNTIME_DIR", runtime.path())
                .env("PULSE_RUNTIME_PATH", runtime.path())
                .env("PULSE_STATE_PATH", runtime.path())
                .env_remove("DBUS_SESSION_BUS_ADDRESS")
                .env_remove("PULSE_SERVER");
        });
        let server = SoundServer {
            runtime,
            _server: server,
        };
        wait_for("PulseAudio's null sink", Duration::from_secs(30), || {
            let sinks = server
                .command("pactl")
                .args(["list", "short", "sinks"])
                .output()
                .ok()?;
            String::from_utf8_lossy(&sinks.stdout)
                .contains(SINK)
                .then_some(())
        });
        server
    }

    /// Makes this server a program's default sound device, for PulseAudio and for ALSA.
    pub fn set_env(&self, command: &mut Command) {
        command
            .env("XDG_RUNTIME_DIR", self.runtime.path())
            .env("PULSE_RUNTIME_PATH", self.runtime.path())
            .env(
                "PULSE_SERVER",
                format!("unix:{}", self.runtime.path().join("native").display()),
            )
            .env("PULSE_SINK", SINK)
            .env("ALSA_CONFIG_PATH", self.runtime.path().join("asound.conf"));
    }

    /// Records all that is played from now on.
    pub fn record(&self, folder: &Path) -> Recorder {
        let file = folder.join("recorded.f32");
        let out = fs::File::create(&file).expect("the output folder is writable");
        let parec = Running::start(Path::new("parec"), folder, |parec| {
            self.set_env(parec);
            parec
                .arg(format!("--device={SINK}.monitor"))
                .args([
                    "--format=float32le",
                    "--channels=1",
                    "--raw",
                    "--latency-msec=20",
                ])
                .arg(format!("--rate={RATE}"))
                .stdout(out);
        });
        let recorder = Recorder {
            file,
            _parec: parec,
        };
        wait_for("the recording to begin", Duration::from_secs(30), || {
            (recorder.position() > 0).then_some(())
        });
        recorder
    }

    /// Plays one channel of samples to their end.
    pub fn play(&self, samples: &[f32], folder: &Path) {
        let file = folder.join("played.f32");
        let bytes: Vec<u8> = samples
            .iter()
            .flat_map(|sample| sample.to_le_bytes())
            .collect();
        fs::write(&file, bytes).expect("the output folder is writable");
        run(self
            .command("pacat")
            .args(["--playback", "--format=float32le", "--channels=1", "--raw"])
            .arg(format!("--rate={RATE}"))
            .arg(&file));
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        self.set_env(&mut command);
        command
    }
}

/// A recording that goes on until it is dropped; then it is kept as `recorded.wav`.
pub struct Recorder {
    file: PathBuf,
    _parec: Running,
}

impl Recorder {
    /// How many samples have been recorded so far.
    pub fn position(&self) -> usize {
        fs::metadata(&self.file).map_or(0, |metadata| metadata.len() as usize / 4)
    }

    /// Records for `length` more and returns just that.
    pub fn next(&self, length: Duration) -> Vec<f32> {
        let begin = self.position();
        let end = begin + (length.as_secs_f64() * f64::from(RATE)) as usize;
        wait_for(
            "sound to be recorded",
            length + Duration::from_secs(30),
            || (self.position() >= end).then_some(()),
        );
        self.samples()[begin..end].to_vec()
    }

    /// All samples since `begin`.
    pub fn since(&self, begin: usize) -> Vec<f32> {
        self.samples().split_off(begin)
    }

    fn samples(&self) -> Vec<f32> {
        let bytes = fs::read(&self.file).expect("the recording can be read");
        bytes
            .as_chunks()
            .0
            .iter()
            .map(|sample| f32::from_le_bytes(*sample))
            .collect()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let written = fs::write(self.file.with_extension("wav"), wave_file(&self.samples()));
        if written.is_ok() {
            let _ = fs::remove_file(&self.file);
        } else if !thread::panicking() {
            panic!("the recording cannot be kept");
        }
    }
}

/// A 16-bit mono WAV file.
fn wave_file(samples: &[f32]) -> Vec<u8> {
    let length = samples.len() as u32 * 2;
    let mut file = Vec::with_capacity(44 + length as usize);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + length).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&16_u32.to_le_bytes());
    file.extend_from_slice(&[1, 0, 1, 0]); // PCM, one channel
    file.extend_from_slice(&RATE.to_le_bytes());
    file.extend_from_slice(&(RATE * 2).to_le_bytes());
    file.extend_from_slice(&[2, 0, 16, 0]); // bytes per frame, bits per sample
    file.extend_from_slice(b"data");
    file.extend_from_slice(&length.to_le_bytes());
    for sample in samples {
        let level = (sample.clamp(-1.0, 1.0) * 32_767.0) as i16;
        file.extend_from_slice(&level.to_le_bytes());
    }
    file
}
