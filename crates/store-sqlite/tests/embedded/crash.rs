//! A process that is killed while it writes loses nothing that it answered, and leaves no half write.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use domain::{CompanyId, CreditScope, Uuid};
use store::{
    Store as _,
    conformance::world::{activate_many, addon, company, execute},
};
use store_sqlite::SqliteStore;

use crate::support::{Place, feed, history};

/// Where the killed process finds its database.
const DATABASE: &str = "CRASH_TEST_DATABASE";

/// How often the process is killed on one database.
const KILLS: usize = 4;

/// Acknowledged writes read before each kill; the kill hits somewhere after.
const ACKNOWLEDGED: usize = 150;

/// Companies written at once; the last two tasks share one.
const WRITERS: u128 = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_write_is_lost_when_the_process_is_killed() {
    let place = Place::seeded().await;
    let mut acknowledged: Vec<(CompanyId, u64, u64)> = Vec::new();

    for _ in 0..KILLS {
        let mut child = start(place.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let count = acknowledged.len() + ACKNOWLEDGED;
        let mut told = lines.by_ref().filter_map(|line| acknowledgement(&line));
        while acknowledged.len() < count {
            acknowledged.push(told.next().expect("the process writes until it is killed"));
        }
        child.kill().unwrap();
        acknowledged.extend(told);
        child.wait().unwrap();

        let store = place.open();
        for (company, write_seq, version) in &acknowledged {
            let history = history(&store, *company).await;
            let entry = history.iter().find(|entry| entry.position.number == *write_seq);
            assert_eq!(entry.and_then(|entry| entry.version), Some(*version), "an acknowledged write is lost");
        }
        check_whole(&store).await;
    }
}

/// Rows, versions, history and feed tell one story, without a gap.
async fn check_whole(store: &SqliteStore) {
    let all = feed(store).await;
    let seqs: Vec<u64> = all.iter().map(|entry| entry.position.seq).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
    for company in (0..WRITERS).map(company) {
        let state = store.load(company, CreditScope::All).await.unwrap().state;
        let history = history(store, company).await;
        let numbers: Vec<u64> = history.iter().map(|entry| entry.position.number).collect();
        assert_eq!(numbers, (1..=state.write_seq).collect::<Vec<_>>(), "history is dense");
        let versions: Vec<u64> = history.iter().filter_map(|entry| entry.version).collect();
        assert_eq!(versions, (1..=state.write_seq).collect::<Vec<_>>(), "each write made the next version");
        let fed: Vec<u64> =
            all.iter().filter(|entry| entry.company_id == Some(company)).map(|entry| entry.version).collect();
        assert_eq!(fed, versions, "the feed has every write once, in order");
        if let Some(last) = history.last() {
            let row = state.holding(&addon("finance")).unwrap();
            assert_eq!(last.request_id, row.origin.external_reference.as_ref().map(ToString::to_string));
        }
    }
}

fn start(database: &Path) -> Child {
    let program = std::env::current_exe().unwrap();
    let arguments = ["--exact", "crash::the_process_that_is_killed", "--ignored", "--nocapture"];
    Command::new(program).args(arguments).env(DATABASE, database).stdout(Stdio::piped()).spawn().unwrap()
}

/// Company, write sequence and version of an acknowledged write.
fn acknowledgement(line: &str) -> Option<(CompanyId, u64, u64)> {
    // A line that the kill cut short was never told.
    let mut words = line.strip_prefix("ack ")?.strip_suffix(" end")?.split(' ');
    let company = CompanyId::new(Uuid::parse_str(words.next()?).ok()?)?;
    Some((company, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "is the process that another test starts and kills"]
async fn the_process_that_is_killed() {
    let Some(database) = std::env::var_os(DATABASE) else { return };
    let store = std::sync::Arc::new(SqliteStore::open(Path::new(&database)).unwrap().patient());
    let writers: Vec<_> = (0..WRITERS)
        .map(|number| {
            let store = std::sync::Arc::clone(&store);
            tokio::spawn(write_for_ever(store, company(number.min(WRITERS - 2)), number))
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
}

async fn write_for_ever(store: std::sync::Arc<SqliteStore>, company: CompanyId, writer: u128) {
    for quantity in 2.. {
        let request = format!("{writer}-{}", Uuid::new_v4());
        let domain::Command::SetHolding(mut set) = activate_many(&addon("finance"), quantity) else { return };
        set.external_reference = domain::Patch::Set(store::conformance::world::line(&request));
        let changes = execute(&*store, company, &domain::Command::SetHolding(set), &request).await;
        let (write_seq, version) = (changes.write_seq_before + 1, changes.version);
        println!("ack {company} {write_seq} {version} end");
    }
}
