//! Connections that are reset at any byte, on the way there or back: nothing is half done, and a write that is repeated with its key takes effect
//! once.

use std::thread;

use crate::support::{Acked, Dice, Home, Writer, audit, cluster};

/// How many clients write at once.
const WRITERS: u64 = 4;

/// How many writes of each client are reset before they are repeated.
const RESETS: u64 = 100;

#[test]
fn what_a_reset_connection_left_open_is_answered_once_when_it_is_repeated_on_sqlite() {
    reset_and_repeat(&Home::sqlite(), "SQLite");
}

#[test]
fn what_a_reset_connection_left_open_is_answered_once_when_it_is_repeated_on_postgresql() {
    let cluster = cluster();

    reset_and_repeat(&Home::postgres(&cluster, "core"), "PostgreSQL");
}

fn reset_and_repeat(home: &Home, store: &str) {
    let (mut served, mut client) = home.served();
    let mut dice = Dice::new(20_261_121);
    let mut writers = Writer::several(WRITERS, dice.roll());

    let sent: u64 = thread::scope(|scope| {
        let clients = writers.iter_mut().map(|writer| {
            let (mut client, mut dice) = (client.another(), Dice::new(dice.roll()));
            scope.spawn(move || {
                let mut sent = 0;
                for _ in 0..RESETS {
                    let mut write = writer.next();
                    sent += u64::from(write.send_and_reset(&client, &mut dice));
                    // Now and then twice: the repeat is lost as well.
                    if dice.below(4) == 0 {
                        sent += u64::from(write.send_and_reset(&client, &mut dice));
                    }
                    writer.pending = Some(write);
                    while writer.pending.is_some() {
                        writer.write(&mut client).unwrap();
                    }
                }
                sent
            })
        });
        let clients: Vec<_> = clients.collect();
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });

    let acked: Vec<Acked> = writers.iter().flat_map(|writer| writer.acked.iter().cloned()).collect();
    let audited = audit(home.url(), &mut client, &acked);
    println!("{store}: {sent} writes were sent whole and their connections reset, {audited:?}");
    assert_eq!(audited.writes as u64, WRITERS * RESETS);
    assert!(audited.replayed > 20 && audited.redone > 20, "only one kind of loss was met: {audited:?}");
    assert_eq!(client.get("/ready").status, 200);
    assert!(!served.log().contains("panicked") && served.child().try_wait().unwrap().is_none());
}
