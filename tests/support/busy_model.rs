//! A fake model whose note density rises along the first latent dimension.

use std::time::Duration;

use tunescape::latent::LatentPoint;
use tunescape::melody::Tokens;
use tunescape::model::{MelodyModel, ModelError, Sampling};

#[derive(Clone)]
pub struct BusyModel {
    /// Time it takes per melody.
    pub pause: Duration,
}

impl MelodyModel for BusyModel {
    fn latent_size(&self) -> usize {
        24
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
        Ok(latents.iter().map(|z| melody(z.as_slice())).collect())
    }
    fn device_name(&self) -> String {
        "Toy".to_owned()
    }
    fn weights_hash(&self) -> &str {
        "0123456789ab"
    }
}

fn melody(z: &[f32]) -> Tokens {
    let notes = (8.0 + 4.0 * z[0]).round().clamp(1.0, 32.0) as usize;
    let mut tokens = vec![0u8; 32];
    for note in 0..notes {
        let pitch = (60.0 + 5.0 * z[1 + note % 20]).clamp(30.0, 100.0) as u8;
        tokens[note * 32 / notes] = pitch - 19;
    }
    Tokens::new(tokens).unwrap()
}
