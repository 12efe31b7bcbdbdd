//! Where log lines go: a bounded buffer that a thread of its own writes to standard output. A log that is slow, stuck or full never
//! holds up a request; lines that do not fit are dropped and counted.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use parking_lot::{Condvar, Mutex};

/// The most bytes that wait to be written. About 20,000 lines: a second of a busy node.
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
    filled: Condvar,
    written: Condvar,
    dropped: AtomicU64,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    is_writing: bool,
}

impl LogSink {
    /// A sink that writes to the given output from a thread of its own.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn to(output: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            waiting: Mutex::default(),
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
        if waiting.bytes.len() + lines.len() > MAX_WAITING_BYTES {
            self.0.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let was_empty = waiting.bytes.is_empty();
        waiting.bytes.extend_from_slice(lines);
        if was_empty && !waiting.is_writing {
            self.0.filled.notify_one();
        }
    }

    /// How many lines were dropped.
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// Waits until everything taken so far is written, for a bounded time.
    pub fn flush(&self) {
        let mut waiting = self.0.waiting.lock();
        while !waiting.bytes.is_empty() || waiting.is_writing {
            self.0.filled.notify_one();
            if self.0.written.wait_for(&mut waiting, FLUSH_WAIT).timed_out() {
                return;
            }
        }
    }
}

impl Shared {
    fn write_to(&self, mut output: impl Write) {
        let mut batch = Vec::new();
        loop {
            let mut waiting = self.waiting.lock();
            while waiting.bytes.is_empty() {
                self.filled.wait(&mut waiting);
            }
            waiting.is_writing = true;
            // Nobody signals while writing: this is the gathering pause, cut short by `flush`.
            self.filled.wait_for(&mut waiting, GATHER);
            std::mem::swap(&mut batch, &mut waiting.bytes);
            drop(waiting);
            // A log that cannot be written is no reason to stop serving, and there is nowhere to say so.
            let _ = output.write_all(&batch).and_then(|()| output.flush());
            batch.clear();
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
