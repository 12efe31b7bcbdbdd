//! Writes whose every answer is remembered outside the program under test.

use std::{
    io::{Read, Write as _},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::json;

use super::{Answer, Client, Dice, Unanswered, connect, until};

/// How many companies the writes are about: few enough that writers meet.
const COMPANIES: u64 = 16;

/// What is written: the package, or an add-on.
const ITEMS: [&str; 4] = ["basic", "finance", "market", "touring"];

/// Statuses that need nothing else to be valid.
const STATUSES: [&str; 3] = ["active", "inactive", "paused"];

/// One write. However often it is sent, it must take effect once.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) company: String,
    pub(crate) item: &'static str,
    pub(crate) status: &'static str,
    /// Its idempotency key, which also stands in the row as the external reference: so every write changes something.
    pub(crate) key: String,
    /// How often it was sent.
    pub(crate) attempts: u32,
}

/// A write that was answered, with the version that the answer told.
#[derive(Clone, Debug)]
pub(crate) struct Acked {
    pub(crate) write: Write,
    pub(crate) version: u64,
}

impl Write {
    fn random(key: String, dice: &mut Dice) -> Self {
        let company = format!("c0ffee00-0000-4000-8000-{:012x}", 1 + dice.below(COMPANIES));
        Self { company, item: dice.pick(&ITEMS), status: dice.pick(&STATUSES), key, attempts: 0 }
    }

    /// Sends it, once more.
    pub(crate) fn send(&mut self, client: &mut Client) -> Result<Answer, Unanswered> {
        let (path, headers, body) = self.attempt();
        client.ask("POST", &path, &headers.each_ref().map(|(name, value)| (*name, value.as_str())), &body)
    }

    /// Sends it, once more, on a connection that is reset before all is sent, or before all of the answer has come. Gives whether all was sent.
    pub(crate) fn send_and_reset(&mut self, client: &Client, dice: &mut Dice) -> bool {
        let (path, headers, body) = self.attempt();
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        let request = client.request("POST", &path, &headers, &body);
        let is_sent = dice.below(2) == 0;
        let bytes = if is_sent { request.len() } else { dice.index(request.len()) };
        let mut connection = connect(client.address()).unwrap().into_inner();
        connection.write_all(&request.as_bytes()[..bytes]).unwrap();
        if is_sent {
            // Its first line is 17 bytes, the whole some 500.
            let mut answer = vec![0; dice.index(600)];
            let _ = connection.read(&mut answer);
        }
        socket2::SockRef::from(&connection).set_linger(Some(Duration::ZERO)).unwrap();
        is_sent
    }

    /// Where the next attempt goes, with its headers and body.
    fn attempt(&mut self) -> (String, [(&'static str, String); 2], String) {
        self.attempts += 1;
        let headers = [("idempotency-key", self.key.clone()), ("x-request-id", self.request_id(self.attempts))];
        let (route, mut body) = match self.item {
            "basic" => ("basic", json!({})),
            addon => ("addons", json!({ "addonKey": addon })),
        };
        body["status"] = self.status.into();
        body["externalReference"] = self.key.as_str().into();
        (format!("/internal/companies/{}/{route}", self.company), headers, body.to_string())
    }

    /// The identifier of one of its attempts.
    pub(crate) fn request_id(&self, attempt: u32) -> String {
        format!("{}.{attempt}", self.key)
    }

    /// The write, with what its answer told.
    #[track_caller]
    pub(crate) fn acked(self, answer: &Answer) -> Acked {
        let data = answer.data();
        assert_eq!(data["companyId"], self.company.as_str());
        Acked { version: data["entitlementVersion"].as_u64().unwrap(), write: self }
    }
}

/// One client that writes, one write after another.
#[derive(Debug)]
pub(crate) struct Writer {
    name: String,
    dice: Dice,
    count: u64,
    /// Answered writes.
    pub(crate) acked: Vec<Acked>,
    /// The last write, when it was not answered.
    pub(crate) pending: Option<Write>,
}

impl Writer {
    pub(crate) fn new(name: &str, dice: Dice) -> Self {
        Self { name: name.to_owned(), dice, count: 0, acked: Vec::new(), pending: None }
    }

    /// Several writers whose dice follow from one seed.
    pub(crate) fn several(count: u64, seed: u64) -> Vec<Self> {
        let writer = |number: u64| Self::new(&format!("w{number}"), Dice::new(seed ^ (number << 32)));
        (0..count).map(writer).collect()
    }

    /// The write that was not answered, else a new one.
    pub(crate) fn next(&mut self) -> Write {
        self.pending.take().unwrap_or_else(|| {
            self.count += 1;
            Write::random(format!("{}-{}", self.name, self.count), &mut self.dice)
        })
    }

    /// Sends one write and remembers what became of it. Gives what went wrong.
    pub(crate) fn write(&mut self, client: &mut Client) -> Result<(), Unanswered> {
        let mut write = self.next();
        match write.send(client) {
            Ok(answer) if answer.status == 200 => {
                self.acked.push(write.acked(&answer));
                Ok(())
            }
            Ok(answer) => {
                // Nothing but "not now" is an answer to a write that is valid.
                assert_eq!(answer.code(503), "service_unavailable");
                self.pending = Some(write);
                Ok(())
            }
            Err(unanswered) => {
                self.pending = Some(write);
                Err(unanswered)
            }
        }
    }
}

/// How far writers under way have got.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    keys: Mutex<Vec<String>>,
    is_over: AtomicBool,
}

impl Progress {
    /// The keys of the writes answered so far.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.keys.lock().unwrap().clone()
    }

    /// Waits for so many more answered writes.
    pub(crate) fn await_more(&self, count: usize, within: Duration) {
        let goal = self.keys.lock().unwrap().len() + count;
        until("enough answered writes", within, || (self.keys.lock().unwrap().len() >= goal).then_some(()));
    }

    fn go_on(&self, writer: &mut Writer, client: &mut Client) {
        while !self.is_over.load(Ordering::SeqCst) {
            writer.write(client).unwrap();
            if writer.pending.is_none() {
                self.keys.lock().unwrap().extend(writer.acked.last().map(|acked| acked.write.key.clone()));
            }
        }
    }
}

/// Ends the writers when dropped, also by a test that fails.
struct Over<'a>(&'a Progress);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::SeqCst);
    }
}

/// Does something while writers write; every write is answered, if only by 503.
pub(crate) fn under_load<T>(writers: &mut [Writer], client: &Client, work: impl FnOnce(&Progress) -> T) -> T {
    let progress = Progress::default();
    thread::scope(|scope| {
        for writer in writers {
            let (progress, mut client) = (&progress, client.another());
            scope.spawn(move || progress.go_on(writer, &mut client));
        }
        let _over = Over(&progress);
        work(&progress)
    })
}
