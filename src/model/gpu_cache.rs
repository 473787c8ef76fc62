//! Where the GPU runtime (cubecl, under burn) keeps what it has compiled and tuned, and which settings it takes.

use std::path::PathBuf;
use std::sync::Once;

use cubecl_runtime::config::cache::CacheConfig;
use cubecl_runtime::config::{CubeClRuntimeConfig, RuntimeConfig as _};
use etcetera::BaseStrategy as _;

/// Gives the runtime its settings, before a device comes up.
///
/// Left to itself it takes the settings of a `cubecl.toml` or `burn.toml` in the folder that the program was started from
/// (or above), and keeps its cache beside a `Cargo.toml` there: in whatever project the user happens to work on. Its
/// environment variables (`CUBECL_...`) still count.
pub(super) fn configure() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let mut config = CubeClRuntimeConfig::default().override_from_env();
        config.environment.path = CacheConfig::Directory(folder());
        // Does nothing if something else has given the runtime its settings before.
        CubeClRuntimeConfig::try_set(config);
    });
}

/// The folder `tunescape` in the user's cache folder (on Linux that of `XDG_CACHE_HOME`); in the folder for temporary
/// files if the user has none.
fn folder() -> PathBuf {
    let caches = etcetera::base_strategy::choose_native_strategy().map(|user| user.cache_dir());
    caches
        .unwrap_or_else(|_| std::env::temp_dir())
        .join("tunescape")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_lies_in_the_users_cache_folder_and_not_in_the_project() {
        configure();
        let CacheConfig::Directory(found) = CubeClRuntimeConfig::get().environment.path.clone()
        else {
            panic!("the cache lies wherever the program was started");
        };
        let given = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let home = std::env::var_os("HOME").map(PathBuf::from);
        if cfg!(target_os = "linux")
            && let Some(caches) = given
                .filter(|folder| folder.is_absolute())
                .or_else(|| Some(home?.join(".cache")))
        {
            assert_eq!(found, caches.join("tunescape"));
        }
        assert_eq!(
            found.file_name().and_then(|name| name.to_str()),
            Some("tunescape")
        );
        assert!(!found.starts_with(env!("CARGO_MANIFEST_DIR")), "{found:?}");
    }
}
