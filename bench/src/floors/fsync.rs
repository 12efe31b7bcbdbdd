//! How long the disk takes to make a write durable: `pg_test_fsync`, before and after, because neighbours' disks drift.

use std::path::Path;
use std::process::Command;

use crate::{Outcome, process};

/// Microseconds for one fdatasync of 8 KiB beside `folder`'s files.
///
/// # Errors
/// When the program is missing or prints something else.
pub fn fdatasync_us(postgres_bin: &Path, folder: &Path) -> Outcome<f64> {
    let file = folder.join("fsync.probe");
    let mut probe = Command::new(postgres_bin.join("pg_test_fsync"));
    let printed = process::output(probe.args(["--secs-per-test", "1", "--filename"]).arg(&file));
    drop(std::fs::remove_file(file));
    parse(&printed?)
}

fn parse(printed: &str) -> Outcome<f64> {
    let line = printed.lines().map(str::trim).find(|line| line.starts_with("fdatasync")).ok_or("no fdatasync line")?;
    let mut words = line.split_whitespace().rev();
    match (words.next(), words.next()) {
        (Some("usecs/op"), Some(us)) => Ok(us.parse()?),
        _ => Err(format!("no microseconds in `{line}`").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_fdatasync_line_is_read() {
        let printed = "Compare file sync methods using one 8kB write:\n        open_datasync      10944.862 ops/sec      91 usecs/op\n        \
                       fdatasync          10554.356 ops/sec      95 usecs/op\n";

        assert!((parse(printed).unwrap() - 95.0).abs() < 1e-9);
        assert!(parse("nothing").is_err());
    }
}
