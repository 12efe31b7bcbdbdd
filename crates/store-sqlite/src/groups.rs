//! Tests of the group commit: what shares a transaction, what fails alone, and what a caller learns of a writer that hangs.

use std::{
    path::PathBuf,
    sync::{Arc, mpsc},
};

use rusqlite::Connection;
use store::{ReplyKey, StoreError, StoredReply};
use tokio::task::JoinHandle;

use crate::{
    failure::Failure,
    readers::{READERS, Readers},
    replies, schema,
    writer::{GROUP_LIMIT, Group, Writer},
};

struct Desk {
    _folder: tempfile::TempDir,
    path: PathBuf,
    writer: Arc<Writer>,
}

fn desk() -> Desk {
    desk_with(|writer| writer)
}

fn desk_with(made: impl FnOnce(Writer) -> Writer) -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("core.db");
    schema::migrate(&path).unwrap();
    let writer = Arc::new(made(Writer::start(path.clone(), ()).unwrap()));
    Desk { _folder: folder, path, writer }
}

impl Desk {
    /// Occupies the writer until the returned sender is dropped; so what is written meanwhile waits, and then comes as one group.
    async fn occupy(&self) -> (mpsc::Sender<()>, JoinHandle<Result<(), StoreError>>) {
        let (release, released) = mpsc::channel::<()>();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let mut begun = Some(begun);
        let writer = Arc::clone(&self.writer);
        let held = tokio::spawn(async move {
            let hold = move |_: &mut Group<'_>| {
                let _ = begun.take().map(|begun| begun.send(()));
                let _ = released.recv();
                Ok(())
            };
            writer.write(hold).await
        });
        has_begun.await.unwrap();
        (release, held)
    }

    /// Sends a write and returns when it waits in the queue.
    async fn send<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Group<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> JoinHandle<Result<T, StoreError>> {
        let waiting = self.writer.waiting();
        let writer = Arc::clone(&self.writer);
        let sent = tokio::spawn(async move { writer.write(work).await });
        while self.writer.waiting() == waiting {
            tokio::task::yield_now().await;
        }
        sent
    }

    fn kept(&self) -> Vec<String> {
        kept(&Connection::open(&self.path).unwrap())
    }
}

fn kept(connection: &Connection) -> Vec<String> {
    let mut statement = connection.prepare("SELECT key FROM idempotency_replies ORDER BY key").unwrap();
    statement.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn keep(key: &str) -> impl FnMut(&mut Group<'_>) -> Result<(), Failure> + Send + use<> {
    let reply = StoredReply {
        key: ReplyKey { caller: "caller".to_owned(), key: key.to_owned() },
        request_hash: [7; 32],
        status: 200,
        headers: Vec::new(),
        body: vec![b'x'; 2_000],
        created_at: domain::Timestamp::MAX,
    };
    move |group| replies::keep(group.connection, Some(&reply))
}

#[tokio::test]
async fn writes_that_wait_share_one_transaction() {
    let desk = desk();
    let (release, held) = desk.occupy().await;
    let first = desk.send(keep("a")).await;
    let second = desk.send(keep("b")).await;
    let path = desk.path.clone();
    let seen = desk.send(move |group| Ok((kept(group.connection), kept(&Connection::open(&path)?)))).await;

    drop(release);

    held.await.unwrap().unwrap();
    let (inside, outside) = seen.await.unwrap().unwrap();
    assert_eq!(inside, ["a", "b"]);
    assert_eq!(outside, Vec::<String>::new(), "committed before the group was whole");
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(desk.kept(), ["a", "b"]);
}

#[tokio::test]
async fn a_group_has_a_limit() {
    let desk = desk();
    let (release, held) = desk.occupy().await;
    for number in 0..GROUP_LIMIT {
        desk.send(keep(&format!("{number:03}"))).await;
    }
    let path = desk.path.clone();
    let next = desk.send(move |_| Ok(kept(&Connection::open(&path)?).len())).await;

    drop(release);

    held.await.unwrap().unwrap();
    assert_eq!(next.await.unwrap(), Ok(GROUP_LIMIT), "the write after a full group sees that group committed");
}

#[tokio::test]
async fn a_write_at_fault_fails_alone_and_its_neighbours_are_stored() {
    let desk = desk();
    let (release, held) = desk.occupy().await;
    let before = desk.send(keep("before")).await;
    let bad = desk
        .send(|group| {
            keep("half")(group)?;
            Ok(group.connection.execute("INSERT INTO key_ring (id, generation) VALUES (2, 0)", ())?)
        })
        .await;
    let after = desk.send(keep("after")).await;

    drop(release);

    held.await.unwrap().unwrap();
    assert!(matches!(bad.await.unwrap(), Err(StoreError::Defect(_))));
    before.await.unwrap().unwrap();
    after.await.unwrap().unwrap();
    assert_eq!(desk.kept(), ["after", "before"], "nothing of the failed write is left");
}

#[tokio::test]
async fn a_full_disk_fails_the_group_leaves_nothing_and_writing_goes_on_when_there_is_room() {
    let desk = desk();
    let pages = |limit: u32| {
        move |group: &mut Group<'_>| {
            Ok(group.connection.pragma_update_and_check(None, "max_page_count", limit, |row| row.get::<_, u32>(0))?)
        }
    };
    desk.writer.write(keep("kept")).await.unwrap();
    let full = desk.writer.write(pages(1)).await.unwrap();
    assert!(full > 1, "the limit never falls below what is used");
    let (release, held) = desk.occupy().await;
    let mut refused = Vec::new();
    for number in 0..8 {
        refused.push(desk.send(keep(&format!("refused {number}"))).await);
    }

    drop(release);

    held.await.unwrap().unwrap();
    for write in refused {
        assert!(matches!(write.await.unwrap(), Err(StoreError::Unavailable(_))));
    }
    assert_eq!(desk.kept(), ["kept"]);
    desk.writer.write(pages(1_000_000)).await.unwrap();
    desk.writer.write(keep("later")).await.unwrap();
    assert_eq!(desk.kept(), ["kept", "later"]);
}

#[tokio::test]
async fn a_writer_that_hangs_is_reported_in_time_and_what_was_not_begun_never_happens() {
    let desk = desk();
    let (release, held) = desk.occupy().await;
    let waiting = desk.send(keep("never")).await;

    let (held, waiting) = (held.await.unwrap(), waiting.await.unwrap());

    assert!(matches!(held, Err(StoreError::OutcomeUnknown(_))), "{held:?}");
    assert!(matches!(waiting, Err(StoreError::Unavailable(_))), "{waiting:?}");
    drop(release);
    desk.writer.write(keep("later")).await.unwrap();
    assert_eq!(desk.kept(), ["later"]);
}

#[tokio::test]
async fn a_write_whose_caller_went_away_is_still_done() {
    let desk = desk();
    let (release, held) = desk.occupy().await;
    let abandoned = desk.send(keep("abandoned")).await;

    abandoned.abort();
    drop(release);

    held.await.unwrap().unwrap();
    desk.writer.write(keep("next")).await.unwrap();
    assert_eq!(desk.kept(), ["abandoned", "next"]);
}

#[tokio::test]
async fn a_read_waits_for_no_writer_and_sees_nothing_uncommitted() {
    let desk = desk();
    let readers = Readers::start(&desk.path, &()).unwrap();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (release, released) = mpsc::channel::<()>();
    let mut begun = Some(begun);
    let half = move |group: &mut Group<'_>| {
        keep("half")(group)?;
        let _ = begun.take().map(|begun| begun.send(()));
        let _ = released.recv();
        Ok(())
    };
    let half = desk.send(half).await;
    has_begun.await.unwrap();

    let seen = readers.read(|connection| Ok(kept(connection))).await;

    assert_eq!(seen, Ok(Vec::new()));
    drop(release);
    half.await.unwrap().unwrap();
    assert_eq!(readers.read(|connection| Ok(kept(connection))).await, Ok(vec!["half".to_owned()]));
}

#[tokio::test]
async fn readers_that_hang_are_reported_in_time() {
    let desk = desk();
    let readers = Arc::new(Readers::start(&desk.path, &()).unwrap());
    let (release, released) = mpsc::channel::<()>();
    let released = Arc::new(std::sync::Mutex::new(released));
    let hanging: Vec<_> = (0..READERS)
        .map(|_| {
            let (readers, released) = (Arc::clone(&readers), Arc::clone(&released));
            let hang = move |_: &Connection| {
                let _ = released.lock().unwrap().recv();
                Ok(())
            };
            tokio::spawn(async move { readers.read(hang).await })
        })
        .collect();
    for hung in hanging {
        assert!(matches!(hung.await.unwrap(), Err(StoreError::Unavailable(_))));
    }

    let answer = readers.read(|_| Ok(())).await;

    assert!(matches!(answer, Err(StoreError::Unavailable(_))));
    drop(release);
    assert_eq!(readers.read(|_| Ok(())).await, Ok(()));
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let desk = desk();
    let readers = Readers::start(&desk.path, &()).unwrap();

    let written = readers.read(|connection| Ok(connection.execute("DELETE FROM change_feed", ())?)).await;

    assert!(written.is_err());
}

#[tokio::test]
async fn a_command_waits_for_a_write_that_a_server_has_given_up() {
    let (command, server) = (desk_with(Writer::patient), desk());
    let (release, patient) = command.occupy().await;
    let (_release, held) = server.occupy().await;

    assert!(matches!(held.await.unwrap(), Err(StoreError::OutcomeUnknown(_))));
    drop(release);

    patient.await.unwrap().expect("it ended, if late");
}
