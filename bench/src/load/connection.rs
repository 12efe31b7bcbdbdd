//! One keep-alive connection that asks, waits for the whole answer, and asks again.

use std::net::SocketAddr;
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::order::Lane;
use super::response::Shape;
use super::{Tally, Template};
use crate::Outcome;

/// Answers are read into this much; a longer one is refused, so that a wrong target shows.
const LONGEST_ANSWER_BYTES: usize = 256 * 1024;

pub(super) struct Connection {
    stream: TcpStream,
    template: Template,
    answer: Vec<u8>,
    shape: Shape,
}

impl Connection {
    pub(super) async fn open(target: SocketAddr, template: Template) -> Outcome<Self> {
        let stream = TcpStream::connect(target).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, template, answer: vec![0; LONGEST_ANSWER_BYTES], shape: Shape::default() })
    }

    pub(super) async fn ask_until(mut self, deadline: Instant, mut companies: Lane) -> Outcome<Tally> {
        let mut tally = Tally::default();
        let mut begun = Instant::now();
        while begun < deadline
            && let Some((company, counter)) = companies.draw()
        {
            self.template.fill(company, counter);
            self.stream.write_all(self.template.bytes()).await?;
            let status = self.read_answer().await?;
            let ended = Instant::now();
            tally.record(status, ended - begun);
            begun = ended;
        }
        Ok(tally)
    }

    async fn read_answer(&mut self) -> Outcome<u16> {
        let mut filled = 0;
        loop {
            let room = self.answer.get_mut(filled..).filter(|room| !room.is_empty()).ok_or("the answer is too long")?;
            let read = self.stream.read(room).await?;
            if read == 0 {
                return Err("the target closed the connection".into());
            }
            filled += read;
            if let Some(status) = self.shape.whole(&self.answer[..filled])? {
                return Ok(status);
            }
        }
    }
}
