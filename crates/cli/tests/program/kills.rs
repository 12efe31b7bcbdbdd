//! `kill -9` at any moment, of the program or of PostgreSQL, loses nothing that was answered and leaves nothing half done.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::support::{
    Acked, Audited, Client, Dice, Home, NORMAL_WITHIN, PATIENCE, Writer, audit, durable_cluster, pause, under_load,
    until,
};

/// How many clients write at once.
const WRITERS: u64 = 8;

/// How often the program is killed on each store, unless `PLATFORM_CORE_KILL_CYCLES` says otherwise.
const CYCLES: u64 = 30;

/// How often PostgreSQL is killed, unless the same variable says otherwise.
const DATABASE_KILLS: u64 = 20;

/// The longest time from the first answered write to the kill, in milliseconds.
const LONGEST_LIFE_MS: u64 = 250;

/// One of the companies that are written.
const COMPANY: &str = "c0ffee00-0000-4000-8000-000000000001";

#[test]
fn killing_the_program_on_sqlite_loses_no_answered_write_and_leaves_no_half_one() {
    kill_in_a_loop(&Home::sqlite(), "SQLite");
}

#[test]
fn killing_the_program_on_postgresql_loses_no_answered_write_and_leaves_no_half_one() {
    let cluster = durable_cluster();

    kill_in_a_loop(&Home::postgres(&cluster, "core"), "PostgreSQL");
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("`{variable}` must be a number, is `{text}`")))
}

fn kill_in_a_loop(home: &Home, store: &str) {
    let cycles = number("PLATFORM_CORE_KILL_CYCLES").unwrap_or(CYCLES);
    let seed = number("PLATFORM_CORE_KILL_SEED").unwrap_or(20_260_416);
    let (mut dice, key) = (Dice::new(seed), home.key("admin"));
    let mut writers = Writer::several(WRITERS, dice.roll());
    for cycle in 1..=cycles {
        let mut served = home.serve();
        let clients: Vec<_> = writers.iter().map(|_| served.client(&key)).collect();
        let life = Duration::from_millis(dice.below(LONGEST_LIFE_MS));
        let answered = AtomicU64::new(0);
        thread::scope(|scope| {
            for (writer, mut client) in writers.iter_mut().zip(clients) {
                let answered = &answered;
                scope.spawn(move || {
                    while writer.write(&mut client).is_ok() {
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            until("a first answer", PATIENCE, || (answered.load(Ordering::Relaxed) > 0).then_some(()));
            pause(life);
            served.kill();
        });
        if cycle % 5 == 0 || cycle == cycles {
            let audited = recover_and_audit(home, &key, &mut writers);
            println!("{store}, seed {seed}: {cycle} kills survived, {audited:?}");
            assert!(audited.writes as u64 > cycles, "so few writes that the kills hit nothing: {audited:?}");
        }
    }
}

/// Starts the program, repeats the writes whose answers were lost, and holds everything against what was answered.
fn recover_and_audit(home: &Home, key: &str, writers: &mut [Writer]) -> Audited {
    let mut served = home.serve();
    let mut client = served.client(key);
    for writer in writers.iter_mut().filter(|writer| writer.pending.is_some()) {
        until("an answer to a repeated write", PATIENCE, || {
            writer.write(&mut client).unwrap();
            writer.pending.is_none().then_some(())
        });
    }
    let acked: Vec<Acked> = writers.iter().flat_map(|writer| writer.acked.iter().cloned()).collect();
    audit(home.url(), &mut client, &acked)
}

#[test]
fn killing_postgresql_itself_loses_no_answered_write_and_the_service_recovers_by_itself() {
    let mut cluster = durable_cluster();
    let home = Home::postgres(&cluster, "core");
    let key = home.key("admin");
    let mut served = home.serve();
    let mut client = served.client(&key);
    let (mut dice, mut slowest) = (Dice::new(7), Duration::ZERO);
    let mut writers = Writer::several(WRITERS, dice.roll());
    let others = client.another();

    let kills = number("PLATFORM_CORE_KILL_CYCLES").unwrap_or(DATABASE_KILLS);

    for _ in 0..kills {
        under_load(&mut writers, &others, |progress| {
            progress.await_more(100, PATIENCE);
            pause(Duration::from_millis(dice.below(LONGEST_LIFE_MS)));
            cluster.kill().unwrap();
            check_away(&mut client);
            cluster.restart().unwrap();
            let back = Instant::now();
            until("a read", NORMAL_WITHIN, || (client.entitlements(COMPANY).status != 503).then_some(()));
            progress.await_more(50, NORMAL_WITHIN.saturating_sub(back.elapsed()));
            slowest = slowest.max(back.elapsed());
        });
    }

    drop(served);
    let audited = recover_and_audit(&home, &key, &mut writers);
    println!("PostgreSQL killed {kills} times, normal after {slowest:?} at most: {audited:?}");
}

/// While the database is gone the service says so and lives.
fn check_away(client: &mut Client) {
    // Within its bound it answers what it remembers.
    until("an answer beyond the bound", PATIENCE, || (client.entitlements(COMPANY).status == 503).then_some(()));
    assert_eq!(client.entitlements(COMPANY).code(503), "service_unavailable");
    assert_eq!(client.get("/ready").code(503), "not_ready");
    assert_eq!(client.get("/health").status, 200);
}
