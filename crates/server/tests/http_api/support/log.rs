//! What the services of this process log, kept for tests to look at.

use std::{
    io::{self, Write},
    sync::{Arc, OnceLock},
};

use parking_lot::Mutex;
use serde_json::Value;
use server::{
    config::{LogFormat, LogLevel},
    telemetry::{LogSink, init_logging},
};

/// The log of this process.
pub(crate) struct Log {
    written: Written,
    pub(crate) sink: LogSink,
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The log of this process, which every service of it writes to.
pub(crate) fn log() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let written = Written::default();
        let sink = LogSink::to(written.clone()).expect("a thread");
        init_logging(sink.clone(), LogFormat::Json, LogLevel::Trace);
        Log { written, sink }
    })
}

impl Log {
    /// Everything logged so far.
    pub(crate) fn text(&self) -> String {
        self.sink.flush();
        String::from_utf8_lossy(&self.written.0.lock()).into_owned()
    }

    /// The lines of one request.
    pub(crate) fn of(&self, request_id: &str) -> Vec<Value> {
        let text = self.text();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("every line is JSON"));
        lines.filter(|line| line["request_id"] == request_id).collect()
    }
}
