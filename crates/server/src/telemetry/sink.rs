//! Where log lines go: a bounded buffer that a thread of its own writes to standard output. A log that is slow, stuck or full never
//! holds up a request; lines that do not fit are dropped and counted.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};
use thread_local::ThreadLocal;

/// The most bytes that wait to be written, and of the most frequent lines the most of each thread. About 20,000 lines: a second of a busy node.
const MAX_WAITING_BYTES: usize = 4 << 20;

/// How long lines are gathered before they are written together.
const GATHER: Duration = Duration::from_millis(20);

/// The longest wait for the writer at the end of the process.
const FLUSH_WAIT: Duration = Duration::from_secs(2);

/// A bounded, never blocking way to standard output.
#[derive(Clone)]
pub struct LogSink(Arc<Shared>);

struct Shared {
    waiting: Mutex<Waiting>,
    /// What waits of the most frequent lines, of each thread for itself: threads that fill one buffer wait for one another.
    lanes: ThreadLocal<Lane>,
    /// Whether the writer waits for the first line.
    is_idle: AtomicBool,
    filled: Condvar,
    written: Condvar,
    dropped: AtomicU64,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    is_writing: bool,
}

/// In memory that no other thread's lines share a cache line with.
#[derive(Default)]
#[repr(align(128))]
struct Lane(Mutex<Vec<u8>>);

impl LogSink {
    /// A sink that writes to the given output from a thread of its own.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn to(output: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            waiting: Mutex::default(),
            lanes: ThreadLocal::new(),
            is_idle: AtomicBool::new(false),
            filled: Condvar::new(),
            written: Condvar::new(),
            dropped: AtomicU64::new(0),
        });
        let writer = Arc::clone(&shared);
        std::thread::Builder::new().name("log".to_owned()).spawn(move || writer.write_to(output))?;
        Ok(Self(shared))
    }

    /// Takes a line, or several, each with its line break. Drops them when too much is waiting.
    pub fn append(&self, lines: &[u8]) {
        let mut waiting = self.0.waiting.lock();
        if self.0.has_taken(&mut waiting.bytes, lines) && !waiting.is_writing {
            self.0.filled.notify_one();
        }
    }

    /// The same for lines of which there are very many. Those of one thread stay in order; beside other lines they may come a little late.
    pub fn append_frequent(&self, lines: &[u8]) {
        let has_taken = self.0.has_taken(&mut self.0.lanes.get_or_default().0.lock(), lines);
        // The writer says that it is idle before it looks at the lanes for the last time.
        if has_taken && self.0.is_idle.load(Ordering::SeqCst) {
            let _waiting = self.0.waiting.lock();
            self.0.filled.notify_one();
        }
    }

    /// How many lines were dropped.
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// Waits until everything taken is written, for a bounded time.
    pub fn flush(&self) {
        let give_up = Instant::now() + FLUSH_WAIT;
        let mut waiting = self.0.waiting.lock();
        while !self.0.is_empty(&waiting) || waiting.is_writing {
            self.0.filled.notify_one();
            if self.0.written.wait_until(&mut waiting, give_up).timed_out() {
                return;
            }
        }
    }
}

impl Shared {
    /// Adds lines to a buffer that has room for them.
    fn has_taken(&self, buffer: &mut Vec<u8>, lines: &[u8]) -> bool {
        let has_room = buffer.len() + lines.len() <= MAX_WAITING_BYTES;
        if has_room {
            buffer.extend_from_slice(lines);
        } else {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        has_room
    }

    fn is_empty(&self, waiting: &Waiting) -> bool {
        waiting.bytes.is_empty() && self.lanes.iter().all(|lane| lane.0.lock().is_empty())
    }

    fn write_to(&self, mut output: impl Write) {
        let mut batch = Vec::new();
        // A log that cannot be written is no reason to stop serving, and there is nowhere to say so.
        let mut write = |batch: &mut Vec<u8>| {
            let _ = output.write_all(batch).and_then(|()| output.flush());
            batch.clear();
        };
        loop {
            let mut waiting = self.waiting.lock();
            self.is_idle.store(true, Ordering::SeqCst);
            while self.is_empty(&waiting) {
                self.filled.wait(&mut waiting);
            }
            self.is_idle.store(false, Ordering::SeqCst);
            waiting.is_writing = true;
            // Nobody signals while writing: this is the gathering pause, cut short by `flush`.
            self.filled.wait_for(&mut waiting, GATHER);
            std::mem::swap(&mut batch, &mut waiting.bytes);
            drop(waiting);
            write(&mut batch);
            for lane in &self.lanes {
                std::mem::swap(&mut batch, &mut lane.0.lock());
                write(&mut batch);
            }
            self.waiting.lock().is_writing = false;
            self.written.notify_all();
        }
    }
}

impl Write for LogSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.append(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_lines_of_several_threads_are_all_written_also_after_the_writer_had_nothing_to_do() {
        let output = Output::default();
        let sink = LogSink::to(output.clone()).unwrap();

        for round in 0..3 {
            std::thread::scope(|scope| {
                for thread in 0..4 {
                    let sink = &sink;
                    scope.spawn(move || {
                        for line in 0..1_000 {
                            sink.append_frequent(format!("{round}.{thread}.{line:04}\n").as_bytes());
                        }
                    });
                }
            });
            sink.flush();
        }

        let written = String::from_utf8(output.0.lock().clone()).unwrap();
        let of_one: Vec<&str> = written.lines().filter(|line| line.starts_with("1.2.")).collect();
        assert!(of_one.is_sorted());
        let mut lines: Vec<&str> = written.lines().collect();
        lines.sort_unstable();
        lines.dedup();
        assert_eq!((lines.len(), sink.dropped()), (12_000, 0));
    }

    #[derive(Clone, Default)]
    struct Output(Arc<Mutex<Vec<u8>>>);

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_was_taken_is_written_in_order_once_flushed() {
        let output = Output::default();
        let sink = LogSink::to(output.clone()).unwrap();

        let lines: Vec<String> = (0..1_000).map(|line| format!("{line}\n")).collect();
        for line in &lines {
            sink.append(line.as_bytes());
        }
        sink.flush();

        assert_eq!(String::from_utf8(output.0.lock().clone()).unwrap(), lines.concat());
        assert_eq!(sink.dropped(), 0);
    }

    struct Told(std::sync::mpsc::Sender<Vec<u8>>);

    impl Write for Told {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.send(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_writer_that_has_nothing_to_do_is_woken_by_a_line_of_either_kind() {
        let (tell, told) = std::sync::mpsc::channel();
        let sink = LogSink::to(Told(tell)).unwrap();

        for round in 0..6 {
            let line = format!("{round}\n").into_bytes();
            if round % 2 == 0 {
                sink.append_frequent(&line);
            } else {
                sink.append(&line);
            }
            assert_eq!(told.recv_timeout(Duration::from_secs(20)).unwrap(), line);
        }
    }

    struct Stuck(std::sync::mpsc::Receiver<()>);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stuck_output_drops_lines_instead_of_holding_anyone_up() {
        let (_open, stuck) = std::sync::mpsc::channel();
        let sink = LogSink::to(Stuck(stuck)).unwrap();

        for _ in 0..200 {
            sink.append(&vec![b'x'; 100_000]);
        }

        assert!(sink.dropped() > 0);
    }
}
