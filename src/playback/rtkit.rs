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
/// Niceness to ask for, the usual one of sound servers.
const NICENESS: i32 = -11;
/// Maximum time for an answer of the service.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The priority that a thread was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RaisedPriority {
    /// Real time.
    RealTime,
    /// A low niceness.
    High,
}

/// Raises the thread of this id. Blocks for some milliseconds, at worst for some seconds.
///
/// # Errors
/// The reason, if neither rtkit nor the user's rights allow it.
pub(super) fn raise(thread_id: u32) -> Result<RaisedPriority, String> {
    let rtkit_error = match pollster::block_on(raise_by_rtkit(thread_id)) {
        Ok(priority) => return Ok(priority),
        Err(error) => error,
    };
    let pid = i32::try_from(thread_id).ok().and_then(Pid::from_raw);
    match setpriority_process(pid, NICENESS) {
        Ok(()) => Ok(RaisedPriority::High),
        Err(_) => Err(format!("rtkit: {rtkit_error}")),
    }
}

/// Raises the thread of this id above other programs, though not to real time. Blocks like [`raise`].
///
/// # Errors
/// The reason, if neither the user's rights nor rtkit allow it.
pub(super) fn raise_without_real_time(thread_id: u32) -> Result<(), String> {
    let pid = i32::try_from(thread_id).ok().and_then(Pid::from_raw);
    if setpriority_process(pid, NICENESS).is_ok() {
        return Ok(());
    }
    let request = async {
        let connection = system_bus().await?;
        lower_niceness(&rtkit_proxy(&connection).await?, thread_id).await
    };
    let result: zbus::Result<()> = pollster::block_on(request);
    result.map_err(|error| format!("rtkit: {error}"))
}

async fn raise_by_rtkit(thread_id: u32) -> zbus::Result<RaisedPriority> {
    let connection = system_bus().await?;
    request_priority(&rtkit_proxy(&connection).await?, thread_id).await
}

async fn system_bus() -> zbus::Result<Connection> {
    let builder = connection::Builder::system()?.method_timeout(TIMEOUT);
    builder.build().await
}

/// A proxy for the service. Without a cache, because the service answers only for single properties.
async fn rtkit_proxy(connection: &Connection) -> zbus::Result<Proxy<'_>> {
    proxy::Builder::new(connection)
        .destination(SERVICE)?
        .path(PATH)?
        .interface(SERVICE)?
        .cache_properties(CacheProperties::No)
        .build()
        .await
}

/// Requests real time, else a low niceness.
async fn request_priority(rtkit: &Proxy<'_>, thread_id: u32) -> zbus::Result<RaisedPriority> {
    limit_real_time(rtkit).await?;
    let max_priority: i32 = rtkit.get_property("MaxRealtimePriority").await?;
    let priority = REAL_TIME_PRIORITY.min(u32::try_from(max_priority).unwrap_or(1));
    let arguments = (u64::from(thread_id), priority);
    let real_time: zbus::Result<()> = rtkit.call("MakeThreadRealtime", &arguments).await;
    if real_time.is_ok() {
        return Ok(RaisedPriority::RealTime);
    }
    lower_niceness(rtkit, thread_id).await?;
    Ok(RaisedPriority::High)
}

async fn lower_niceness(rtkit: &Proxy<'_>, thread_id: u32) -> zbus::Result<()> {
    let min_niceness: i32 = rtkit.get_property("MinNiceLevel").await?;
    let arguments = (u64::from(thread_id), NICENESS.max(min_niceness));
    rtkit.call("MakeThreadHighPriority", &arguments).await
}

/// Limits the time that a real-time thread may compute without a pause, without which rtkit refuses. The system ends a program
/// that exceeds it; the threads that are raised pause every few milliseconds.
async fn limit_real_time(rtkit: &Proxy<'_>) -> zbus::Result<()> {
    let max_microseconds: i64 = rtkit.get_property("RTTimeUSecMax").await?;
    let max_microseconds = u64::try_from(max_microseconds).unwrap_or(0);
    let current = getrlimit(Resource::Rttime);
    let lowered = |limit: Option<u64>| {
        Some(limit.map_or(max_microseconds, |limit| limit.min(max_microseconds)))
    };
    let limit = Rlimit {
        current: lowered(current.current),
        maximum: lowered(current.maximum),
    };
    setrlimit(Resource::Rttime, limit).map_err(|error| zbus::Error::Failure(error.to_string()))
}
