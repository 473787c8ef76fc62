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
pub(super) fn raise(thread: u32) -> Result<RaisedPriority, String> {
    let refusal = match pollster::block_on(ask_system(thread)) {
        Ok(priority) => return Ok(priority),
        Err(error) => error,
    };
    let pid = i32::try_from(thread).ok().and_then(Pid::from_raw);
    match setpriority_process(pid, NICENESS) {
        Ok(()) => Ok(RaisedPriority::High),
        Err(_) => Err(format!("rtkit: {refusal}")),
    }
}

/// Raises the thread of this id above other programs, though not to real time. Blocks like [`raise`].
///
/// # Errors
/// The reason, if neither the user's rights nor rtkit allow it.
pub(super) fn raise_without_real_time(thread: u32) -> Result<(), String> {
    let pid = i32::try_from(thread).ok().and_then(Pid::from_raw);
    if setpriority_process(pid, NICENESS).is_ok() {
        return Ok(());
    }
    let asked = async {
        let connection = system().await?;
        lower_niceness(&service(&connection).await?, thread).await
    };
    let asked: zbus::Result<()> = pollster::block_on(asked);
    asked.map_err(|error| format!("rtkit: {error}"))
}

async fn ask_system(thread: u32) -> zbus::Result<RaisedPriority> {
    let connection = system().await?;
    ask(&service(&connection).await?, thread).await
}

async fn system() -> zbus::Result<Connection> {
    let builder = connection::Builder::system()?.method_timeout(TIMEOUT);
    builder.build().await
}

/// The service behind a connection. It answers for one property at a time only.
async fn service(connection: &Connection) -> zbus::Result<Proxy<'_>> {
    proxy::Builder::new(connection)
        .destination(SERVICE)?
        .path(PATH)?
        .interface(SERVICE)?
        .cache_properties(CacheProperties::No)
        .build()
        .await
}

/// Asks for real time, else for a low niceness.
async fn ask(rtkit: &Proxy<'_>, thread: u32) -> zbus::Result<RaisedPriority> {
    limit_real_time(rtkit).await?;
    let most: i32 = rtkit.get_property("MaxRealtimePriority").await?;
    let priority = REAL_TIME_PRIORITY.min(u32::try_from(most).unwrap_or(1));
    let arguments = (u64::from(thread), priority);
    let real_time: zbus::Result<()> = rtkit.call("MakeThreadRealtime", &arguments).await;
    if real_time.is_ok() {
        return Ok(RaisedPriority::RealTime);
    }
    lower_niceness(rtkit, thread).await?;
    Ok(RaisedPriority::High)
}

async fn lower_niceness(rtkit: &Proxy<'_>, thread: u32) -> zbus::Result<()> {
    let least: i32 = rtkit.get_property("MinNiceLevel").await?;
    let arguments = (u64::from(thread), NICENESS.max(least));
    rtkit.call("MakeThreadHighPriority", &arguments).await
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
