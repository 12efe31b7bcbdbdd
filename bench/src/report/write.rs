//! The report as a table for people and as JSON for comparing runs.

use std::path::{Path, PathBuf};

use super::{Figure, Report, Target};
use crate::Outcome;
use crate::number::readable;

/// The report as Markdown.
pub fn as_table(report: &Report) -> String {
    let machine = &report.before;
    let head = format!(
        "{} companies · {} cores of {}, {} GiB, Linux {} · load {} before, {} after · fdatasync {} µs before, {} µs after\n\n",
        readable(crate::number::real(report.companies)),
        machine.cores,
        machine.processor,
        machine.memory_gib,
        machine.kernel,
        machine.load,
        report.after.load,
        report.fdatasync_before_us,
        report.fdatasync_after_us,
    );
    let titles =
        "| scenario | figure | ours | floor | ratio | target | met |\n|---|---|---:|---:|---:|---|---|\n".to_owned();
    let rows = report.figures.iter().map(|figure| row(figure) + "\n");
    let remarks = report.remarks.iter().map(|remark| format!("\n- {remark}"));
    [head, titles].into_iter().chain(rows).chain(remarks).collect()
}

fn row(figure: &Figure) -> String {
    let floor = match (&figure.floor, &figure.floor_name) {
        (Some(floor), Some(name)) => format!("{} ({name})", readable(*floor)),
        _ => "–".to_owned(),
    };
    let ratio = figure.ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"));
    let target = match figure.target {
        Target::RatioAtLeast(least) => format!("ratio ≥ {least}"),
        Target::RatioAtMost(most) => format!("ratio ≤ {most}"),
        Target::AtMost(most) => format!("≤ {}", readable(most)),
        Target::Shown => "–".to_owned(),
    };
    let met = match figure.is_met() {
        Some(true) => "yes",
        Some(false) => "**no**",
        None => "",
    };
    let Figure { scenario, what, ours, .. } = figure;
    format!("| {scenario} | {what} | {} | {floor} | {ratio} | {target} | {met} |", readable(*ours))
}

/// Saves the report as `NAME.json` and `NAME.md` in a folder, named by the time; gives the path of the table.
///
/// # Errors
/// When they cannot be written.
pub fn save(report: &Report, folder: &Path) -> Outcome<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
    std::fs::write(folder.join(format!("{seconds}.json")), serde_json::to_string_pretty(report)?)?;
    let table = folder.join(format!("{seconds}.md"));
    std::fs::write(&table, as_table(report))?;
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_ours_the_floor_the_ratio_and_whether_it_is_enough() {
        let figure = Figure::alone("cached read", "requests/s", 43_210.0, Target::RatioAtLeast(0.85))
            .beside("axum-fixed", 60_000.0);

        assert_eq!(
            row(&figure),
            "| cached read | requests/s | 43,210 | 60,000 (axum-fixed) | 0.72 | ratio ≥ 0.85 | **no** |"
        );
    }
}
