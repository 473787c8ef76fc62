//! A study spread over a real Slurm of one machine: the job script as it is written, a shard that is missing, one that was cut
//! off, and the merge.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::command::{files, on_tiny, succeeds, tunescape};
use crate::harness::{Missing, needs, tests};

tests![a_study_on_a_cluster_is_equal_to_one_run_after_shards_were_missing_and_cut,];

/// Starts and ends a Slurm in a folder of its own.
const LAB: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../shared/lab/slurm_one_node.sh"
);

/// A cluster that ends with the test.
struct Cluster {
    folder: PathBuf,
}

impl Cluster {
    fn start(folder: PathBuf) -> Result<Self, Missing> {
        if !Path::new(LAB).is_file() {
            return Err(needs("../shared/lab"));
        }
        let cluster = Self { folder };
        // Two test runs at once do not share ports.
        let port = 20_000 + std::process::id() % 10_000;
        let started = cluster.lab("start").env("PORT", port.to_string()).output();
        match started {
            Ok(output) if output.status.success() => Ok(cluster),
            Ok(output) if String::from_utf8_lossy(&output.stderr).contains("are missing") => {
                Err(needs("slurm-wlm and munge"))
            }
            started => panic!("{started:?}"),
        }
    }

    fn lab(&self, action: &str) -> Process {
        let mut lab = Process::new("bash");
        lab.args([LAB, action]).arg(&self.folder);
        lab.env("INSTALL", "no").env("CPUS", "4");
        lab
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
        let begun = Instant::now();
        while !self.run(Process::new("squeue").arg("-h")).is_empty() {
            assert!(
                begun.elapsed() < Duration::from_secs(300),
                "jobs do not end"
            );
            sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.lab("stop").output();
    }
}

fn a_study_on_a_cluster_is_equal_to_one_run_after_shards_were_missing_and_cut()
-> Result<(), Missing> {
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::start(folder.path().join("slurm"))?;
    let at = |name: &str| folder.path().join(name);
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let settings = on_tiny(&[
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
    let merged = tunescape(&on_tiny(&merge));
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
