//! Decoding and training on a graphics adapter, and the CPU in place of a GPU that is not there.

use tunescape::model::{
    DeviceChoice, DeviceKind, Engine, MelodyModel as _, MusicVaeConfig, Sampling, list_devices,
};
use tunescape::training::gradient::StepLosses;
use tunescape::training::{Trainer, TrainingConfig};

use crate::flat_tiny::{assert_agrees_with_both_implementations, points, tiny, token_table};
use crate::harness::{Missing, needs, tests};
use crate::requirements::software_adapter;
use crate::small_corpus::{corpus, small_config, write_corpus};

tests![
    wgpu_through_a_software_adapter_agrees_and_proves_itself_when_asked_for_by_name,
    without_a_gpu_the_request_for_one_becomes_a_notice_and_the_cpu_decodes,
    a_software_adapter_trains_like_the_processor,
];

fn wgpu_through_a_software_adapter_agrees_and_proves_itself_when_asked_for_by_name()
-> Result<(), Missing> {
    let adapter = software_adapter()?;
    assert_agrees_with_both_implementations(&adapter.open().unwrap());
    let mut engine = Engine::open(tiny(), &DeviceChoice::Named(adapter.name.clone())).unwrap();
    assert_eq!(engine.take_notices(), Vec::<String>::new());
    assert_eq!(
        engine.device_name(),
        adapter.name,
        "the adapter, not the CPU, is at work"
    );
    assert_eq!(engine.self_test_result().unwrap().differing, 0);
    let decoded = engine.decode(&points(), &Sampling::Greedy).unwrap();
    assert_eq!(decoded, token_table("tokens"));
    Ok(())
}

fn without_a_gpu_the_request_for_one_becomes_a_notice_and_the_cpu_decodes() -> Result<(), Missing> {
    let real = |kind| {
        matches!(
            kind,
            DeviceKind::DiscreteGpu | DeviceKind::IntegratedGpu | DeviceKind::VirtualGpu
        )
    };
    if list_devices().iter().any(|device| real(device.kind)) {
        return Err(needs("a machine without a GPU"));
    }
    let mut engine = Engine::open(tiny(), &DeviceChoice::Gpu).unwrap();
    let notices = engine.take_notices();
    assert!(notices[0].contains("The CPU takes over"), "{notices:?}");
    assert_eq!(
        engine.decode(&points(), &Sampling::Greedy).unwrap(),
        token_table("tokens")
    );
    Ok(())
}

fn a_software_adapter_trains_like_the_processor() -> Result<(), Missing> {
    let adapter = software_adapter()?;
    let folder = tempfile::tempdir().unwrap();
    write_corpus(folder.path());
    let corpus = corpus(folder.path(), "train");
    let config = TrainingConfig {
        model: MusicVaeConfig {
            steps: 32,
            latent_size: 4,
            encoder_layers: vec![4],
            decoder_layers: vec![4],
            ..MusicVaeConfig::default()
        },
        ..small_config(3 * 8)
    };
    let mut by_hand = Trainer::new(config.clone()).unwrap();
    let mut automatic = Trainer::new(config).unwrap();
    automatic.use_device(adapter.open().unwrap());
    let error = automatic.device_gradient_error(&corpus).unwrap();
    assert!(error < 1e-3, "{error}");
    let (mut left, mut right) = (StepLosses::default(), StepLosses::default());
    for _ in 0..3 {
        left += by_hand.train_step(&corpus).unwrap();
        right += automatic.train_step(&corpus).unwrap();
    }
    let gap = (left.cross_entropy - right.cross_entropy).abs();
    assert!(gap < 1e-3 * left.cross_entropy, "{left:?} and {right:?}");
    Ok(())
}
