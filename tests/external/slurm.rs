//! A study spread over a real Slurm of one machine: the job script as it is written, a shard that is missing, one that was cut
//! off, others that come to their time limit, are pre-empted or cancelled, and the merge.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::command::{files, succeeds, tunescape, with_tiny_model};
use crate::harness::{Missing, needs, tests};

tests![
    a_study_on_a_cluster_is_equal_to_one_run_after_shards_were_missing_and_cut,
    shards_go_on_after_time_limit_preemption_and_cancellation_and_nothing_differs,
];

/// Script that starts and ends a Slurm in a folder of its own.
const CLUSTER_SCRIPT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../shared/lab/slurm_one_node.sh"
);

/// The ports of the clusters.
const PORTS: std::ops::Range<u16> = 20_000..30_000;

/// Two free ports that follow each other, for one cluster.
struct ReservedPorts {
    first: u16,
    /// Slurm uses TCP. The same numbers of UDP are held, so that no other test and no other test run takes them.
    _sockets: [UdpSocket; 2],
}

impl ReservedPorts {
    fn reserve() -> Self {
        let reserve = |first: u16| {
            let sockets =
                [first, first + 1].map(|port| UdpSocket::bind((Ipv4Addr::LOCALHOST, port)));
            let [Ok(one), Ok(two)] = sockets else {
                return None;
            };
            // A port that another program listens on.
            let is_free = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
            (is_free(first) && is_free(first + 1)).then_some(Self {
                first,
                _sockets: [one, two],
            })
        };
        PORTS.step_by(2).find_map(reserve).expect("a free port")
    }
}

/// A cluster that ends with the test.
struct Cluster {
    folder: PathBuf,
    ports: ReservedPorts,
}

impl Cluster {
    fn start(folder: PathBuf) -> Result<Self, Missing> {
        if !Path::new(CLUSTER_SCRIPT).is_file() {
            return Err(needs("../shared/lab"));
        }
        let cluster = Self {
            folder,
            ports: ReservedPorts::reserve(),
        };
        let port = cluster.ports.first.to_string();
        let started = cluster.script("start").env("PORT", port).output();
        match started {
            Ok(output) if output.status.success() => Ok(cluster),
            Ok(output) if String::from_utf8_lossy(&output.stderr).contains("are missing") => {
                Err(needs("slurm-wlm and munge"))
            }
            started => panic!("{started:?}"),
        }
    }

    fn script(&self, action: &str) -> Process {
        let mut command = Process::new("bash");
        command.args([CLUSTER_SCRIPT, action]).arg(&self.folder);
        command.env("INSTALL", "no").env("CPUS", "4");
        // A job that goes back to the queue waits there until its old credential has expired: two minutes by default.
        let socket = self.folder.join("munge/socket");
        let credentials = format!("AuthInfo=socket={},cred_expire=10", socket.display());
        command.env("MORE", credentials);
        command
    }

    /// Runs a command on the cluster, and returns what it printed.
    fn run(&self, command: &mut Process) -> String {
        let conf = self.folder.join("slurm.conf");
        let output = command.env("SLURM_CONF", conf).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Submits with the job script and waits until the queue is empty.
    fn submit(&self, script: &Path, shards: &[&str]) {
        self.run(Process::new("bash").arg(script).args(shards));
        self.wait_until_empty();
    }

    fn wait_until_empty(&self) {
        let begun = Instant::now();
        while !self.run(Process::new("squeue").arg("-h")).is_empty() {
            assert!(
                begun.elapsed() < Duration::from_secs(300),
                "jobs do not end"
            );
            sleep(Duration::from_millis(200));
        }
    }

    /// Runs a command of Slurm with these words.
    fn slurm(&self, command: &str) -> String {
        let mut words = command.split(' ');
        self.run(Process::new(words.next().unwrap()).args(words))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.script("stop").output();
    }
}

fn a_study_on_a_cluster_is_equal_to_one_run_after_shards_were_missing_and_cut()
-> Result<(), Missing> {
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::start(folder.path().join("slurm"))?;
    let at = |name: &str| folder.path().join(name);
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let settings = with_tiny_model(&[
        "study",
        "--regions",
        "20",
        "--samples",
        "16",
        "--seed",
        "7",
        "--group-samples",
        "12",
    ]);
    let (whole, out, script) = (text(&at("whole")), text(&at("out of it")), at("job.sh"));
    succeeds(&[&settings[..], &["--quiet", "--out", &whole]].concat());
    let written = text(&script);
    let slurm = ["--shards", "4", "--slurm", &written, "--out", &out];
    succeeds(&[&settings[..], &slurm].concat());

    // Shard 2 is missing: the merge says which, with a code of its own.
    cluster.submit(&script, &["1,3-4"]);
    let work = format!("{out}.shards");
    let merge_log = || fs::read_to_string(format!("{work}/log/merge.txt")).unwrap();
    assert!(merge_log().contains("--array=2"), "{}", merge_log());
    assert!(!Path::new(&out).join("run.json").exists());
    let status = ["status", &work, "--shards", "4", "--study", &out];
    assert!(succeeds(&status).contains("shards to run           2"));
    let merge = [
        "merge",
        "--out",
        &out,
        &format!("{work}/1"),
        &format!("{work}/3"),
    ];
    let merged = tunescape(&with_tiny_model(&merge));
    assert_eq!(merged.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&merged.stderr).contains("--array=2,4"));

    // A machine that lost power left a file without content in shard 3.
    let parts = fs::read_dir(format!("{work}/3/parts")).unwrap();
    let paths = parts.map(|entry| entry.unwrap().path());
    let is_part = |path: &PathBuf| path.extension().is_some_and(|end| end == "npy");
    fs::write(paths.filter(is_part).min().unwrap(), b"").unwrap();
    assert!(succeeds(&status).contains("shards to run           2,3"));
    cluster.submit(&script, &["2,3"]);
    let log = fs::read_to_string(format!("{work}/log/shard_3.txt")).unwrap();
    assert!(log.contains("to decode"), "{log}");
    assert!(succeeds(&status).contains("finished"), "{}", merge_log());
    assert_eq!(files(Path::new(&whole)), files(Path::new(&out)));
    Ok(())
}

/// Waits until a file has these words; returns all of it.
fn wait_for(path: &Path, words: &str) -> String {
    let begun = Instant::now();
    loop {
        let text = fs::read_to_string(path).unwrap_or_default();
        if text.contains(words) {
            return text;
        }
        let waited = begun.elapsed() < Duration::from_secs(300);
        assert!(waited, "{words:?} does not come in {path:?}: {text}");
        sleep(Duration::from_millis(10));
    }
}

/// Waits until a shard has more parts than `count`; returns how many.
fn wait_for_parts(shard: &str, count: usize) -> usize {
    let begun = Instant::now();
    loop {
        let now = fs::read_dir(format!("{shard}/parts")).map_or(0, |parts| {
            let names = parts.map(|entry| entry.unwrap().file_name());
            let is_part = |name: &str| name.starts_with("part_");
            names
                .filter(|name| is_part(&name.to_string_lossy()))
                .count()
        });
        if now > count {
            return now;
        }
        assert!(begun.elapsed() < Duration::from_secs(300), "no part comes");
        sleep(Duration::from_millis(10));
    }
}

fn shards_go_on_after_time_limit_preemption_and_cancellation_and_nothing_differs()
-> Result<(), Missing> {
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::start(folder.path().join("slurm"))?;
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let settings = with_tiny_model(&[
        "study",
        "--regions",
        "60",
        "--samples",
        "400",
        "--seed",
        "7",
        "--group-samples",
        "12",
    ]);
    let (whole, out, script) = (at("whole"), at("out"), at("job.sh"));
    // One melody at a time, so that a shard lasts; it changes nothing in what is written.
    let slurm = [
        "--batch", "1", "--shards", "3", "--slurm", &script, "--out", &out,
    ];
    succeeds(&[&settings[..], &slurm].concat());
    let submitted = cluster.run(Process::new("bash").arg(&script));
    let (_, job) = submitted.split_once("as job ").unwrap();
    let job = job.split_whitespace().next().unwrap();
    let shard = |number: u32| format!("{out}.shards/{number}");
    let log = |number: u32| PathBuf::from(format!("{out}.shards/log/shard_{number}.txt"));
    let restarted = |number: u32| {
        let log = wait_for(&log(number), "restart 1");
        let (first, again) = log.split_once("restart 1").unwrap();
        assert!(first.contains("What was decoded is kept"), "{log}");
        again.to_owned()
    };

    // The signal that Slurm sends two minutes before the limit: the shard goes back to the queue by itself.
    let parts = wait_for_parts(&shard(1), 1);
    cluster.slurm(&format!("scancel --batch --signal=USR1 {job}_1"));
    // Pre-emption is this: TERM, a while, KILL, and back to the queue.
    wait_for_parts(&shard(2), 1);
    cluster.slurm(&format!("scontrol requeue {job}_2"));
    // The limit itself, and scancel: the job ends with the code of the program.
    wait_for_parts(&shard(3), 1);
    cluster.slurm(&format!("scancel --batch --signal=TERM {job}_3"));
    for number in [1, 2] {
        restarted(number);
    }
    assert!(wait_for_parts(&shard(1), parts) > parts);
    cluster.wait_until_empty();
    let ended = cluster.slurm(&format!("scontrol show job {job}_3"));
    assert!(ended.contains("ExitCode=143:0"), "{ended}");
    let third = wait_for(&log(3), "What was decoded is kept");
    assert!(!third.contains("restart 1"), "{third}");
    assert!(!Path::new(&out).join("run.json").exists());
    let status = [
        "status",
        &format!("{out}.shards"),
        "--shards",
        "3",
        "--study",
        &out,
    ];
    assert!(succeeds(&status).contains("shards to run           3"));

    // Submitted again, it decodes what is missing, and the study is the one of a single run.
    cluster.submit(Path::new(&script), &["3"]);
    let log = fs::read_to_string(log(3)).unwrap();
    let progress_lines: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("finished,"))
        .collect();
    assert_eq!(progress_lines.len(), 2, "{log}");
    assert!(
        progress_lines[0].starts_with("0 of ") && !progress_lines[1].starts_with("0 of "),
        "{log}"
    );
    succeeds(&[&settings[..], &["--quiet", "--out", &whole]].concat());
    assert_eq!(files(Path::new(&whole)), files(Path::new(&out)));
    Ok(())
}
