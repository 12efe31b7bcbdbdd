//! The documentation page, in a real browser.

use std::process::{Command, Stdio};

use crate::support::{Place, operations};

/// How long the browser's own clock runs on before it shows what it has, in milliseconds.
const PAGE_TIME_MS: u32 = 5_000;

fn browser() -> Option<&'static str> {
    let runs =
        |name: &&str| Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find(runs)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_every_operation_and_the_console_stays_empty() {
    let Some(browser) = browser() else {
        assert!(std::env::var_os("CI").is_none(), "there is no Chromium; `make test` installs it");
        eprintln!("skipped: there is no Chromium; `make test` installs it");
        return;
    };
    let service = Place::sqlite().await.serve().await;
    let profile = tempfile::tempdir().unwrap();
    let mut command = Command::new(browser);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]);
    command.args(["--enable-logging=stderr", "--log-level=0", "--dump-dom"]);
    command.arg(format!("--virtual-time-budget={PAGE_TIME_MS}"));
    command.arg(format!("--user-data-dir={}", profile.path().display()));
    command.arg(format!("http://{}/docs", service.api));

    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();

    let (page, console) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{console}");
    let complaints: Vec<_> = console.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    assert!(page.contains("aria-busy=\"false\""), "it did not finish: {page}");
    for operation in operations() {
        let row =
            format!("<span class=\"method\">{}</span><span class=\"path\">{}</span>", operation.method, operation.path);
        assert_eq!(page.matches(&row).count(), 1, "{row}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_needs_nothing_from_elsewhere() {
    let service = Place::sqlite().await.serve().await;
    let answer = service.nobody().get("/docs").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("http"), "{policy}");
    let page = answer.text();
    for elsewhere in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(elsewhere), "{elsewhere}");
    }
}
