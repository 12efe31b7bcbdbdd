//! One company in the cache: a single allocation of head, encoded answer and packed standing. The answer stands first: a read then needs
//! nothing but neighbouring memory, whose addresses it knows from the start.

use bytes::Bytes;
use domain::{CompanyId, Standing};

use super::{CachedAnswer, folded, packed};

const ID: usize = 0;
const WRITE_SEQ: usize = 16;
const GENERATION: usize = 24;
const ANSWER_LEN: usize = 32;
const STANDING_LEN: usize = 36;
const HEAD: usize = 40;
// Only an entry with an answer has these, between its head and its standing.
const VERSION: usize = HEAD;
const VALID_UNTIL: usize = HEAD + 8;
const ANSWER: usize = HEAD + 16;

/// What an entry costs on top of its own bytes: its slot in the table at the usual load, and the allocator's bookkeeping.
const OVERHEAD_BYTES: usize = 56;

pub(super) struct Entry(Box<[u8]>);

impl Entry {
    /// An entry. `generation` is the catalog generation that the answer was made on, or that the standing was written on.
    pub(super) fn new(standing: &Standing, generation: u64, answer: Option<&CachedAnswer>) -> Self {
        let mut packed = Vec::with_capacity(256);
        packed::pack(standing, &mut packed);
        Self::assemble(standing.company_id, standing.write_seq, generation, &packed, answer)
    }

    /// The same company with another answer.
    pub(super) fn with_answer(&self, generation: u64, answer: &CachedAnswer) -> Self {
        let head = |at| self.number(at);
        let mut id = [0; 16];
        id.copy_from_slice(self.id());
        let company = CompanyId::new(domain::Uuid::from_bytes(id));
        match company {
            Some(company) => Self::assemble(company, head(WRITE_SEQ), generation, self.packed(), Some(answer)),
            None => Self(self.0.clone()),
        }
    }

    fn assemble(id: CompanyId, seq: u64, generation: u64, packed: &[u8], answer: Option<&CachedAnswer>) -> Self {
        // An answer that cannot be folded is not kept: it is made again from the standing.
        let answer = answer.and_then(|answer| Some((answer, folded::fold(&answer.body, id.uuid())?)));
        let len = answer.as_ref().map_or(0, |(answer, _)| u32::try_from(answer.body.len()).unwrap_or(0));
        let answer_bytes = answer.as_ref().map_or(0, |(_, body)| ANSWER - HEAD + body.len());
        let mut bytes = Vec::with_capacity(HEAD + packed.len() + answer_bytes);
        bytes.extend_from_slice(id.uuid().as_bytes());
        bytes.extend_from_slice(&seq.to_le_bytes());
        bytes.extend_from_slice(&generation.to_le_bytes());
        bytes.extend_from_slice(&len.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(packed.len()).unwrap_or(0).to_le_bytes());
        if let Some((answer, body)) = &answer {
            bytes.extend_from_slice(&answer.version.to_le_bytes());
            bytes.extend_from_slice(&answer.valid_until.to_le_bytes());
            bytes.extend_from_slice(body);
        }
        bytes.extend_from_slice(packed);
        Self(bytes.into_boxed_slice())
    }

    pub(super) fn id(&self) -> &[u8] {
        self.0.get(ID..WRITE_SEQ).unwrap_or_default()
    }

    pub(super) fn write_seq(&self) -> u64 {
        self.number(WRITE_SEQ)
    }

    pub(super) fn generation(&self) -> u64 {
        self.number(GENERATION)
    }

    /// The encoded answer, if it was made on that generation and still holds at `now` (microseconds).
    pub(super) fn answer(&self, company: CompanyId, generation: u64, now: i64) -> Option<(Bytes, u64)> {
        let len = self.length(ANSWER_LEN);
        let holds = len > 0 && self.generation() == generation && now < self.number(VALID_UNTIL).cast_signed();
        let body = self.0.get(ANSWER..self.packed_at()).filter(|_| holds)?;
        Some((folded::unfold(body, len, company.uuid()), self.number(VERSION)))
    }

    pub(super) fn standing(&self, company: CompanyId) -> Option<Standing> {
        packed::unpack(company, self.write_seq(), self.packed())
    }

    /// What the entry costs, in bytes.
    pub(super) fn cost(&self) -> usize {
        self.0.len() + OVERHEAD_BYTES
    }

    fn packed(&self) -> &[u8] {
        self.0.get(self.packed_at()..).unwrap_or_default()
    }

    fn packed_at(&self) -> usize {
        self.0.len().saturating_sub(self.length(STANDING_LEN))
    }

    fn length(&self, at: usize) -> usize {
        self.0.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes) as usize
    }

    fn number(&self, at: usize) -> u64 {
        self.0.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
    }
}
