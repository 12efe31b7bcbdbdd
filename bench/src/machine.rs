//! What the figures were taken on.

use serde::Serialize;

use crate::Outcome;

/// The machine, at one moment of the run.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// Cores that the program may use.
    pub cores: usize,
    /// The processor's name.
    pub processor: String,
    /// Memory, in GiB.
    pub memory_gib: u64,
    /// The kernel's version.
    pub kernel: String,
    /// Runnable tasks over the last minute: well above what the benchmark itself needs means noisy neighbours.
    pub load: f64,
}

impl Machine {
    /// The machine as it is now.
    ///
    /// # Errors
    /// When /proc cannot be read.
    pub fn now() -> Outcome<Self> {
        let named = |path: &str, name: &str| -> Outcome<String> {
            let text = std::fs::read_to_string(path)?;
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            Ok(line.map(|line| line.trim_start_matches([':', ' ', '\t']).trim().to_owned()).unwrap_or_default())
        };
        let memory_kib: u64 = named("/proc/meminfo", "MemTotal")?.trim_end_matches(" kB").parse()?;
        let load = std::fs::read_to_string("/proc/loadavg")?;
        Ok(Self {
            cores: std::thread::available_parallelism()?.get(),
            processor: named("/proc/cpuinfo", "model name")?,
            memory_gib: memory_kib >> 20,
            kernel: std::fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().to_owned(),
            load: load.split(' ').next().unwrap_or_default().parse()?,
        })
    }
}
