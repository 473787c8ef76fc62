//! Settings and cache folder of the GPU runtime (cubecl, under burn).

use std::path::PathBuf;
use std::sync::Once;

use cubecl::config::cache::CacheConfig;
use cubecl::config::{CubeClRuntimeConfig, RuntimeConfig as _};
use etcetera::BaseStrategy as _;

/// Configures the GPU runtime. Must be called before a device is opened.
///
/// By default the runtime reads a `cubecl.toml` or `burn.toml` in the working folder (or above) and keeps its cache of
/// compiled and tuned kernels beside a `Cargo.toml` there, that is, in any project of the user. Its environment variables
/// (`CUBECL_...`) still count.
pub(super) fn configure() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let mut config = CubeClRuntimeConfig::default().override_from_env();
        config.environment.path = CacheConfig::Directory(cache_folder());
        // Does nothing if the runtime is configured already.
        CubeClRuntimeConfig::try_set(config);
    });
}

/// The folder `tunescape` in the user's cache folder (`XDG_CACHE_HOME` on Linux), or in the temporary folder if the user has
/// no cache folder.
fn cache_folder() -> PathBuf {
    let cache_root =
        etcetera::base_strategy::choose_native_strategy().map(|strategy| strategy.cache_dir());
    cache_root
        .unwrap_or_else(|_| std::env::temp_dir())
        .join("tunescape")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_lies_in_the_users_cache_folder_and_not_in_the_project() {
        configure();
        let CacheConfig::Directory(configured) =
            CubeClRuntimeConfig::get().environment.path.clone()
        else {
            panic!("the cache lies wherever the program was started");
        };
        let xdg_cache_home = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let home = std::env::var_os("HOME").map(PathBuf::from);
        if cfg!(target_os = "linux")
            && let Some(cache_root) = xdg_cache_home
                .filter(|path| path.is_absolute())
                .or_else(|| Some(home?.join(".cache")))
        {
            assert_eq!(configured, cache_root.join("tunescape"));
        }
        assert_eq!(
            configured.file_name().and_then(|name| name.to_str()),
            Some("tunescape")
        );
        assert!(
            !configured.starts_with(env!("CARGO_MANIFEST_DIR")),
            "{configured:?}"
        );
    }
}
