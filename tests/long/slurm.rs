//! Sweep on a real Slurm cluster of one machine: its controller and its node from Debian's packages.

use convex_edge_setup::cluster;
use convex_edge_setup::workspace::{Workspace, cargo};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Trainings of some seconds, so that a job can be killed in the middle of one.
const PLAN: &str = r#"
    name = "cluster"
    [[grids]]
    task = "mountain-car"
    seeds = 2
    settings = { learner = "ppo", steps = 6000 }
    axes = [[{ gradient = "none" }, { gradient = "detached" }, { gradient = "exact" }]]
    [[grids]]
    task = "mountain-car"
    seeds = 3
    settings = { learner = "energy", gradient = "none", steps = 0 }
"#;

/// Daemons in a folder of their own, ended with it.
struct Cluster {
    folder: PathBuf,
}

impl Cluster {
    fn start(folder: &Path) -> Self {
        let cluster = Self { folder: folder.to_path_buf() };
        let key = folder.join("munge.key");
        let seed: Vec<u8> = (0..128_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        fs::write(&key, seed).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o400)).unwrap();
        for name in ["state", "spool"] {
            fs::create_dir(folder.join(name)).unwrap();
        }
        let file = |name: &str| folder.join(name).display().to_string();
        let munged = Command::new("munged")
            .arg("--force")
            .arg(format!("--key-file={}", key.display()))
            .arg(format!("--socket={}", file("munge.socket")))
            .arg(format!("--pid-file={}", file("munge.pid")))
            .arg(format!("--log-file={}", file("munge.log")))
            .arg(format!("--seed-file={}", file("munge.seed")))
            .status();
        assert!(munged.unwrap().success());
        let name = Command::new("hostname").arg("-s").output().unwrap();
        let name = String::from_utf8(name.stdout).unwrap().trim().to_owned();
        let text = format!(
            "ClusterName=test\nSlurmctldHost={name}(127.0.0.1)\nSlurmUser=root\nSlurmdUser=root\nAuthType=auth/munge\n\
             AuthInfo=socket={}\nStateSaveLocation={}\nSlurmdSpoolDir={}\nSlurmctldPidFile={}\nSlurmdPidFile={}\n\
             SlurmctldLogFile={}\nSlurmdLogFile={}\nSlurmctldPort=16817\nSlurmdPort=16818\nProctrackType=proctrack/pgid\n\
             TaskPlugin=task/none\nSelectType=select/cons_tres\nSelectTypeParameters=CR_Core\nReturnToService=2\n\
             JobAcctGatherType=jobacct_gather/none\nMpiDefault=none\nSlurmdParameters=config_overrides\nJobRequeue=1\n\
             NodeName={name} NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000 State=UNKNOWN\n\
             PartitionName=main Nodes={name} Default=YES MaxTime=INFINITE State=UP\n",
            file("munge.socket"),
            file("state"),
            file("spool"),
            file("slurmctld.pid"),
            file("slurmd.pid"),
            file("slurmctld.log"),
            file("slurmd.log"),
        );
        fs::write(cluster.configuration(), text).unwrap();
        cluster.daemon("slurmctld");
        cluster.daemon("slurmd");
        cluster.until("the node is idle", || cluster.ask("sinfo", &["--noheader", "--format=%t"]).contains("idle"));
        cluster
    }

    fn configuration(&self) -> PathBuf {
        self.folder.join("slurm.conf")
    }

    fn daemon(&self, name: &str) {
        let mut command = Command::new(name);
        command.arg("-f").arg(self.configuration()).env("SLURM_CONF", self.configuration());
        assert!(command.stdin(Stdio::null()).status().unwrap().success(), "{name}");
    }

    fn ask(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(program).args(arguments).env("SLURM_CONF", self.configuration()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let started = Instant::now();
        while !holds() {
            assert!(started.elapsed() < Duration::from_secs(300), "{what}: {}", self.ask("squeue", &[]));
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// Ends a daemon by its pid file, and waits for that.
    fn end(&self, name: &str) {
        let Ok(pid) = fs::read_to_string(self.folder.join(format!("{name}.pid"))) else { return };
        let pid = pid.trim();
        let _ = Command::new("kill").arg(pid).status();
        let started = Instant::now();
        while Path::new("/proc").join(pid).exists() && started.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        ["slurmd", "slurmctld", "munge"].iter().for_each(|name| self.end(name));
    }
}

/// A job is killed and put into the queue again, and the node's daemon is started anew: all runs are done, and their results
/// are those of this machine alone, to the byte.
#[test]
fn a_sweep_on_a_cluster_survives_a_kill_and_a_restart() {
    cluster::install().unwrap();
    assert!(
        cargo().args(["build", "--release", "--quiet", "--package", "convex-edge-tasks"]).status().unwrap().success()
    );
    let program = Workspace::locate().unwrap().target.join("release/convex-edge-tasks");
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("daemons");
    fs::create_dir(&own).unwrap();
    let cluster = Cluster::start(&own);
    let plan = folder.path().join("plan.toml");
    fs::write(&plan, PLAN).unwrap();

    let mut command = Command::new(&program);
    command.current_dir(folder.path()).args(["sweep", "plan.toml", "--on", "slurm", "--runs", "on-cluster"]);
    let mut sweep = command.env("SLURM_CONF", cluster.configuration()).stderr(Stdio::null()).spawn().unwrap();
    let running = || cluster.ask("squeue", &["--noheader", "--array", "--states=RUNNING", "--format=%i"]);
    cluster.until("a job runs", || !running().trim().is_empty());
    let killed = running().lines().next().unwrap().trim().to_owned();
    cluster.ask("scontrol", &["requeue", &killed]);
    cluster.end("slurmd");
    cluster.daemon("slurmd");
    // A requeued job waits for about two minutes; nobody does in a test.
    cluster.until("it waits", || {
        cluster.ask("squeue", &["--noheader", "--array", "--format=%i %r"]).contains("BeginTime")
    });
    cluster.ask("scontrol", &["update", &format!("JobId={killed}"), "StartTime=now"]);
    assert!(sweep.wait().unwrap().success(), "{}", cluster.ask("squeue", &[]));

    let mut command = Command::new(&program);
    command.current_dir(folder.path()).args(["sweep", "plan.toml", "--runs", "here"]);
    assert!(command.stderr(Stdio::null()).status().unwrap().success());
    let results = |runs: &str| fs::read(folder.path().join(runs).join("sweep/cluster/runs.jsonl")).unwrap();
    assert_eq!(String::from_utf8(results("on-cluster")).unwrap().lines().count(), 9);
    assert_eq!(results("on-cluster"), results("here"));
}
