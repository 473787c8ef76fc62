//! A fake model: each melody is a simple function of its latent point.

use std::time::Duration;

use tunescape::latent::LatentPoint;
use tunescape::melody::Tokens;
use tunescape::model::{MelodyModel, ModelError, Posterior, Sampling};

/// Number of latent dimensions of the fake model.
pub const LATENT: usize = 24;

/// A model that computes each melody from its latent point.
#[derive(Clone)]
pub struct FakeModel {
    /// Time it takes per melody.
    pub pause: Duration,
    /// The melody of a latent point.
    pub melody: fn(&LatentPoint) -> Tokens,
    /// The posterior of a melody; without it the model only decodes.
    pub posterior: Option<fn(&Tokens) -> Posterior>,
}

impl FakeModel {
    /// A model that decodes melodies and takes no time.
    pub fn new(melody: fn(&LatentPoint) -> Tokens) -> Self {
        Self {
            pause: Duration::ZERO,
            melody,
            posterior: None,
        }
    }

    /// A model whose melodies get busier along the first latent dimension.
    pub fn busy() -> Self {
        Self::new(busy_melody)
    }

    /// The same model with another time per melody.
    pub fn with_pause(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }
}

impl MelodyModel for FakeModel {
    fn latent_size(&self) -> usize {
        LATENT
    }
    fn steps(&self) -> usize {
        32
    }
    fn decode(
        &mut self,
        latents: &[LatentPoint],
        _sampling: &Sampling,
    ) -> Result<Vec<Tokens>, ModelError> {
        std::thread::sleep(self.pause * latents.len() as u32);
        Ok(latents.iter().map(self.melody).collect())
    }
    fn encode(&mut self, melodies: &[Tokens]) -> Result<Vec<Posterior>, ModelError> {
        let posterior = self.posterior.ok_or(ModelError::NoEncoder)?;
        Ok(melodies.iter().map(posterior).collect())
    }
    fn has_encoder(&self) -> bool {
        self.posterior.is_some()
    }
    fn device_name(&self) -> String {
        "Toy".to_owned()
    }
    fn weights_hash(&self) -> &str {
        "0123456789ab"
    }
}

fn busy_melody(point: &LatentPoint) -> Tokens {
    let z = point.as_slice();
    let notes = (8.0 + 4.0 * z[0]).round().clamp(1.0, 32.0) as usize;
    let mut tokens = vec![0u8; 32];
    for note in 0..notes {
        let pitch = (60.0 + 5.0 * z[1 + note % 20]).clamp(30.0, 100.0) as u8;
        tokens[note * 32 / notes] = pitch - 19;
    }
    Tokens::new(tokens).unwrap()
}

/// A melody of quarters: the first eight dimensions are their pitches, `spread` semitones around E4 each.
pub fn quarters(point: &LatentPoint, spread: f32) -> Tokens {
    let mut ids = vec![0_u8; 32];
    for (quarter, z) in point.as_slice().iter().take(8).enumerate() {
        ids[4 * quarter] = (64.0 + spread * z).round().clamp(30.0, 100.0) as u8 - 19;
    }
    Tokens::new(ids).unwrap()
}
