//! Raised priority for the clock thread of a user without rights: the program against a service with the interface of rtkit
//! (`org.freedesktop.RealtimeKit1.xml`), on a message bus of our own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use zbus::{Connection, connection, fdo};

use crate::harness::{Missing, needs, tests};
use crate::tune::tune;

tests![
    the_service_raises_the_clock_thread_to_real_time,
    where_the_service_refuses_real_time_it_is_asked_for_a_low_niceness,
];

const SERVICE: &str = "org.freedesktop.RealtimeKit1";
const PATH: &str = "/org/freedesktop/RealtimeKit1";
/// rtkit's own, microseconds.
const MAX_TIME: i64 = 200_000;
const MIN_NICENESS: i32 = -9;
/// Generous, for a busy machine.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A request that was granted.
#[derive(Debug, PartialEq)]
enum Granted {
    RealTime { thread: u64, priority: u32 },
    Niceness { thread: u64, niceness: i32 },
}

struct Rtkit {
    refuses_real_time: bool,
    granted: Sender<Granted>,
}

#[zbus::interface(name = "org.freedesktop.RealtimeKit1")]
impl Rtkit {
    fn make_thread_realtime(&self, thread: u64, priority: u32) -> fdo::Result<()> {
        if self.refuses_real_time {
            return Err(fdo::Error::AccessDenied("not for you".to_owned()));
        }
        let _ = self.granted.send(Granted::RealTime { thread, priority });
        Ok(())
    }

    fn make_thread_high_priority(&self, thread: u64, priority: i32) {
        let niceness = priority;
        let _ = self.granted.send(Granted::Niceness { thread, niceness });
    }

    #[zbus(property, name = "RTTimeUSecMax")]
    fn max_time(&self) -> i64 {
        MAX_TIME
    }

    #[zbus(property)]
    fn max_realtime_priority(&self) -> i32 {
        20
    }

    #[zbus(property)]
    fn min_nice_level(&self) -> i32 {
        MIN_NICENESS
    }
}

/// A program that is stopped when it is dropped.
struct Stopped(Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A message bus for all users, and its address.
fn start_bus(folder: &Path) -> Result<(Stopped, String), Missing> {
    let config = folder.join("bus.conf");
    let text = format!(
        "<busconfig><listen>unix:dir={}</listen><auth>EXTERNAL</auth><policy context=\"default\">\
         <allow user=\"*\"/><allow own=\"*\"/><allow send_destination=\"*\"/><allow receive_sender=\"*\"/>\
         </policy></busconfig>",
        folder.display()
    );
    fs::write(&config, text).unwrap();
    let mut config_argument = std::ffi::OsString::from("--config-file=");
    config_argument.push(&config);
    let bus = Command::new("dbus-daemon")
        .arg(config_argument)
        .args(["--nofork", "--print-address=1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut bus = Stopped(bus.map_err(|_| needs("the program dbus-daemon"))?);
    let mut address = String::new();
    let output = bus.0.stdout.take().unwrap();
    BufReader::new(output).read_line(&mut address).unwrap();
    Ok((bus, address.trim().to_owned()))
}

fn serve(address: &str, refuses_real_time: bool) -> (Connection, Receiver<Granted>) {
    let (granted, receiver) = channel();
    let rtkit = Rtkit {
        refuses_real_time,
        granted,
    };
    let served = async {
        let builder = connection::Builder::address(address)?;
        builder.name(SERVICE)?.serve_at(PATH, rtkit)?.build().await
    };
    (pollster::block_on(served).unwrap(), receiver)
}

/// Plays in silence without the right to raise a thread; the first request that the service grants, and the program.
fn first_granted(refuses_real_time: bool) -> Result<(Granted, Stopped), Missing> {
    let folder = tempfile::tempdir().unwrap();
    let (_bus, address) = start_bus(folder.path())?;
    let (_service, granted) = serve(&address, refuses_real_time);
    let file = folder.path().join("tune.mid");
    fs::write(&file, tune("Tune")).unwrap();
    // A test of the superuser gives the right up.
    let without = ["setpriv", "--bounding-set=-sys_nice"];
    let gives_up = Command::new(without[0])
        .args([without[1], "true"])
        .output()
        .is_ok_and(|output| output.status.success());
    let program = env!("CARGO_BIN_EXE_tunescape");
    let mut command = if gives_up {
        let mut command = Command::new(without[0]);
        command.args([without[1], program]);
        command
    } else {
        Command::new(program)
    };
    let playing = command
        .arg("play")
        .arg(file)
        .args(["--silent", "--loops", "0"])
        .env("DBUS_SYSTEM_BUS_ADDRESS", &address)
        .stderr(Stdio::null())
        .spawn();
    let playing = Stopped(playing.unwrap());
    let request = granted.recv_timeout(TIMEOUT);
    let request = request.map_err(|_| needs("a user without the right to real time"))?;
    Ok((request, playing))
}

/// Whether the program has this thread.
fn has_thread(program: &Stopped, thread: u64) -> bool {
    Path::new(&format!("/proc/{}/task/{thread}", program.0.id())).exists()
}

fn the_service_raises_the_clock_thread_to_real_time() -> Result<(), Missing> {
    let (granted, program) = first_granted(false)?;
    let Granted::RealTime { thread, priority } = granted else {
        panic!("{granted:?}");
    };
    assert!(has_thread(&program, thread));
    assert!((1..=20).contains(&priority));
    // rtkit refuses a program without this limit.
    let limits = fs::read_to_string(format!("/proc/{}/limits", program.0.id())).unwrap();
    let line = limits
        .lines()
        .find(|line| line.contains("realtime timeout"));
    let words: Vec<&str> = line.unwrap().split_whitespace().collect();
    assert_eq!(words[3..5], ["200000", "200000"], "{limits}");
    Ok(())
}

fn where_the_service_refuses_real_time_it_is_asked_for_a_low_niceness() -> Result<(), Missing> {
    let (granted, program) = first_granted(true)?;
    let Granted::Niceness { thread, niceness } = granted else {
        panic!("{granted:?}");
    };
    assert!(has_thread(&program, thread));
    assert_eq!(niceness, MIN_NICENESS, "no lower than the service gives");
    Ok(())
}
