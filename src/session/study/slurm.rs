//! A job script for Slurm: the shards of a study as a job array, and the merge that waits for them.

use std::path::PathBuf;

use super::study_manifest::StudyManifest;
use crate::attributes::ATTRIBUTES;
use crate::session::run_record::VERSION;

/// Memory of the program itself in megabytes: libraries, weights, buffers of a batch.
const BASE_MEGABYTES: u64 = 700;
/// Factor from the measured time to the time limit of a job: nodes differ, and are shared.
const TIME_MARGIN: f64 = 4.0;
/// Minutes of a job's time limit for everything except decoding.
const BASE_MINUTES: u64 = 15;

/// The settings of a job script.
#[derive(Clone, Debug)]
pub struct SlurmJob {
    /// The program, as an absolute path.
    pub program: PathBuf,
    /// Folder that relative paths in the arguments start from.
    pub folder: PathBuf,
    /// Folder of the finished study, as an absolute path. The shards are written to `<out>.shards`.
    pub out: PathBuf,
    /// The script itself, as an absolute path.
    pub script: PathBuf,
    /// Number of shards.
    pub shards: u32,
    /// Threads of each job.
    pub threads: usize,
    /// Arguments of `tunescape study`, except for the shard, the threads and the folder.
    pub study_arguments: Vec<String>,
    /// Arguments of `tunescape merge`, except for the folders: the model and its device.
    pub merge_arguments: Vec<String>,
    /// Melodies decoded per second on one thread, measured.
    pub melodies_per_second: f64,
}

impl SlurmJob {
    /// Memory for each job in megabytes: the map of the regions, and in the merge the numbers of every sample.
    #[must_use]
    pub fn megabytes(&self, manifest: &StudyManifest) -> u64 {
        let config = &manifest.config;
        let regions = u64::from(config.regions) * manifest.latent_size as u64 * 8;
        let per_sample = ATTRIBUTES.len() as u64 * 16 + 64;
        let samples = u64::from(config.regions) * u64::from(config.samples) * per_sample;
        BASE_MEGABYTES + (2 * (regions + samples)).div_ceil(1 << 20)
    }

    /// Minutes for each job.
    #[must_use]
    pub fn minutes(&self, manifest: &StudyManifest) -> u64 {
        let per_shard = manifest.config.melodies() as f64 / f64::from(self.shards);
        let seconds =
            TIME_MARGIN * per_shard / (self.melodies_per_second * self.threads as f64).max(1.0);
        BASE_MINUTES + (seconds / 60.0).ceil() as u64
    }

    /// The script, for bash.
    #[must_use]
    pub fn script(&self, manifest: &StudyManifest) -> String {
        let minutes = self.minutes(manifest);
        let quote_all = |arguments: &[String]| {
            let quoted: Vec<String> = arguments.iter().map(|text| quote(text)).collect();
            quoted.join(" ")
        };
        TEMPLATE
            .replace("@VERSION@", VERSION)
            .replace("@THREADS@", &self.threads.to_string())
            .replace("@MEMORY@", &self.megabytes(manifest).to_string())
            .replace(
                "@TIME@",
                &format!("{}:{:02}:00", minutes / 60, minutes % 60),
            )
            .replace("@SHARDS@", &self.shards.to_string())
            .replace("@PROGRAM@", &quote(&self.program.to_string_lossy()))
            .replace("@FOLDER@", &quote(&self.folder.to_string_lossy()))
            .replace("@OUT@", &quote(&self.out.to_string_lossy()))
            .replace("@SCRIPT@", &quote(&self.script.to_string_lossy()))
            .replace("@STUDY@", &quote_all(&self.study_arguments))
            .replace("@MERGE@", &quote_all(&self.merge_arguments))
    }
}

/// Quotes a word for bash.
fn quote(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Template of the script. Slurm runs a copy of the script in another folder, so that the script contains every path, also its own.
const TEMPLATE: &str = r#"#!/bin/bash
# A study spread over a Slurm cluster, written by tunescape @VERSION@. Memory and time are estimates.
#
#   bash SCRIPT            submits all shards, and the merge that waits for them
#   bash SCRIPT 3,7-9      submits these shards again, and the merge
#   bash SCRIPT status     says what is done, missing and in the queue
#
# A finished shard takes a second, so submitting too many does no harm. After pre-emption, the death of a node or the time
# limit a shard goes back to the queue and continues where it was.
#SBATCH --job-name=tunescape
#SBATCH --cpus-per-task=@THREADS@
#SBATCH --mem=@MEMORY@M
#SBATCH --time=@TIME@
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:USR1@120
set -euo pipefail

program=@PROGRAM@
script=@SCRIPT@
out=@OUT@
# Not taken from SLURM_ARRAY_TASK_COUNT, which is 1 if one shard is submitted again.
shards=@SHARDS@
work=$out.shards
# The folder that relative paths start from.
cd @FOLDER@

decode_shard() {
    local late='' signalled='' code=0 last child
    echo "shard $SLURM_ARRAY_TASK_ID of $shards on $(hostname) at $(date -Is), restart ${SLURM_RESTART_COUNT:-0}"
    "$program" study @STUDY@ --threads "${SLURM_CPUS_PER_TASK:-@THREADS@}" \
        --shard "$SLURM_ARRAY_TASK_ID/$shards" --out "$work/$SLURM_ARRAY_TASK_ID" &
    child=$!
    # Slurm sends USR1 two minutes before the time limit, and TERM at the limit, at pre-emption and for scancel.
    trap 'late=yes signalled=yes; kill -INT "$child" 2>/dev/null || true' USR1
    trap 'signalled=yes; kill -TERM "$child" 2>/dev/null || true' TERM
    wait "$child" || code=$?
    # A signal ends the wait, not the program, which ends by itself after its batch.
    while [ "$signalled" ]; do
        signalled='' last=0
        wait "$child" || last=$?
        # 127: the program had ended, and its code is known.
        [ "$last" = 127 ] || code=$last
    done
    if [ "$late" ] && [ "$code" = 130 ]; then
        scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
        sleep 60
    fi
    exit "$code"
}

submit() {
    # Slurm makes no folder for its logs.
    mkdir -p "$work/log"
    local first
    first=$(sbatch --parsable --array="$1" --output="$work/log/shard_%a.txt" "$script" shard)
    first=${first%%;*}
    # Without --kill-on-invalid-dep the merge would wait for ever if a shard fails.
    local after
    after=$(sbatch --parsable --dependency="afterok:$first" --kill-on-invalid-dep=yes --output="$work/log/merge.txt" "$script" merge)
    echo "submitted shards $1 as job $first and the merge as job ${after%%;*}; logs are in $work/log"
}

case "${1:-all}" in
    shard) decode_shard ;;
    merge)
        folders=()
        for ((shard = 1; shard <= shards; shard++)); do folders+=("$work/$shard"); done
        exec "$program" merge @MERGE@ --threads "${SLURM_CPUS_PER_TASK:-@THREADS@}" --out "$out" "${folders[@]}" ;;
    status)
        squeue --me --name=tunescape 2>/dev/null || true
        exec "$program" status "$work" --shards "$shards" --study "$out" ;;
    all) submit "1-$shards" ;;
    *) submit "$1" ;;
esac
"#;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use std::collections::BTreeMap;
    use std::process::Command;

    use super::*;
    use crate::study::StudySettings;
    use crate::sweep::SweepConfig;

    fn job() -> (SlurmJob, StudyManifest) {
        let manifest = StudyManifest {
            config: SweepConfig {
                regions: 10_000,
                samples: 100,
                ..SweepConfig::default()
            },
            settings: StudySettings::default(),
            weights_hash: String::new(),
            latent_size: 256,
            steps: 32,
            devices: BTreeMap::new(),
            shards: None,
        };
        let job = SlurmJob {
            program: "/opt/tune scape".into(),
            folder: "/home/it's here".into(),
            out: "/data/out".into(),
            script: "/data/job.sh".into(),
            shards: 10,
            threads: 2,
            study_arguments: vec!["--seed".to_owned(), "$(rm -r x)".to_owned()],
            merge_arguments: vec!["--device".to_owned(), "cpu".to_owned()],
            melodies_per_second: 1_000.0,
        };
        (job, manifest)
    }

    #[test]
    fn bash_reads_quoted_words_unchanged() {
        for word in [
            "plain-1.5",
            "two words",
            "it's",
            "$(date)",
            "",
            "\"\\`",
            "日本",
        ] {
            let output = Command::new("bash")
                .args(["-c", &format!("printf %s {}", quote(word))])
                .output();
            let Ok(output) = output else { return };
            assert_eq!(String::from_utf8(output.stdout).unwrap(), word);
        }
    }

    #[test]
    fn a_job_has_time_for_its_melodies_and_memory_for_its_samples() {
        let (job, manifest) = job();
        // 101,000 melodies at 2,000 per second are 51 s; four times that are 3.4 minutes.
        assert_eq!(job.minutes(&manifest), BASE_MINUTES + 4);
        assert!(job.script(&manifest).contains("--time=0:19:00"));
        // A million samples took 374 MB.
        assert!((700..2_000).contains(&job.megabytes(&manifest)));
    }

    #[test]
    fn every_placeholder_is_replaced_and_bash_accepts_the_script() {
        let (job, manifest) = job();
        let script = job.script(&manifest);
        let lines_with_at = script.lines().filter(|line| line.contains('@'));
        // `USR1@120` is Slurm's, `[@]` bash's.
        assert_eq!(lines_with_at.count(), 2, "{script}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("job.sh");
        std::fs::write(&path, script).unwrap();
        if let Ok(output) = Command::new("bash").arg("-n").arg(&path).output() {
            assert!(output.status.success(), "{output:?}");
        }
    }
}
