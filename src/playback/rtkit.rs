//! Raised priority for threads of a program without rights to it (Linux): from rtkit, the system's service for that, else by
//! the niceness that the user may set.

use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, setpriority_process, setrlimit};
use zbus::{
    Connection, Proxy, connection,
    proxy::{self, CacheProperties},
};

const SERVICE: &str = "org.freedesktop.RealtimeKit1";
const PATH: &str = "/org/freedesktop/RealtimeKit1";
/// Priority to ask for; rtkit gives up to 20 where it is set up as usual.
const REAL_TIME_PRIORITY: u32 = 10;
/// Niceness to ask for: that of sound servers.
const NICENESS: i32 = -11;
/// Maximum time for an answer of the service.
const TIMEOUT: Duration = Duration::from_secs(2);

/// What a thread was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Raised {
    /// Real time.
    RealTime,
    /// A low niceness.
    High,
}

/// Raises the thread of this id. Blocks for some milliseconds, at worst for some seconds.
///
/// # Errors
/// The reason, if neither rtkit nor the user's rights allow it.
pub(super) fn raise(thread: u32) -> Result<Raised, String> {
    let refusal = match pollster::block_on(ask_system(thread)) {
        Ok(priority) => return Ok(priority),
        Err(error) => error,
    };
    let pid = i32::try_from(thread).ok().and_then(Pid::from_raw);
    match setpriority_process(pid, NICENESS) {
        Ok(()) => Ok(Raised::High),
        Err(_) => Err(format!("rtkit: {refusal}")),
    }
}

async fn ask_system(thread: u32) -> zbus::Result<Raised> {
    let builder = connection::Builder::system()?.method_timeout(TIMEOUT);
    ask(&builder.build().await?, thread).await
}

/// Asks the service behind a connection for real time, else for a low niceness.
async fn ask(connection: &Connection, thread: u32) -> zbus::Result<Raised> {
    // It answers for one property at a time only.
    let rtkit: Proxy<'_> = proxy::Builder::new(connection)
        .destination(SERVICE)?
        .path(PATH)?
        .interface(SERVICE)?
        .cache_properties(CacheProperties::No)
        .build()
        .await?;
    let thread = u64::from(thread);
    limit_real_time(&rtkit).await?;
    let most: i32 = rtkit.get_property("MaxRealtimePriority").await?;
    let priority = REAL_TIME_PRIORITY.min(u32::try_from(most).unwrap_or(1));
    let real_time: zbus::Result<()> = rtkit.call("MakeThreadRealtime", &(thread, priority)).await;
    if real_time.is_ok() {
        return Ok(Raised::RealTime);
    }
    let least: i32 = rtkit.get_property("MinNiceLevel").await?;
    let () = rtkit
        .call("MakeThreadHighPriority", &(thread, NICENESS.max(least)))
        .await?;
    Ok(Raised::High)
}

/// Limits the time that a real-time thread may compute without a pause, without which rtkit refuses. The system ends a program
/// that exceeds it; the threads that are raised pause every few milliseconds.
async fn limit_real_time(rtkit: &Proxy<'_>) -> zbus::Result<()> {
    let most: i64 = rtkit.get_property("RTTimeUSecMax").await?;
    let most = u64::try_from(most).unwrap_or(0);
    let now = getrlimit(Resource::Rttime);
    let within = |limit: Option<u64>| Some(limit.map_or(most, |limit| limit.min(most)));
    let limit = Rlimit {
        current: within(now.current),
        maximum: within(now.maximum),
    };
    setrlimit(Resource::Rttime, limit).map_err(|error| zbus::Error::Failure(error.to_string()))
}
