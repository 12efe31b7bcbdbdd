//! Watching what others write: by this a node that shares a database knows how far what it remembers can be trusted.

use domain::{CompanyId, Timestamp};

/// Up to where a watcher has seen. Made by the store, for the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchMark {
    /// Which connection it was made on; what was seen on another one says nothing, because the server may be another or have crashed.
    pub connection: u64,
    /// What was seen, in the store's own words.
    pub seen: String,
}

/// What a look at the database showed, all of one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// The database's clock when the look began: everything that was acknowledged before is in it.
    pub now: Timestamp,
    /// The catalog's generation.
    pub generation: u64,
    /// The key ring's generation.
    pub key_generation: u64,
    /// The companies that were written since the mark, each with its write sequence now, whether or not the feed shows the change yet;
    /// `None` when that cannot be said, and nothing that was remembered may be trusted.
    pub written: Option<Vec<(CompanyId, u64)>>,
    /// Up to where this look has seen.
    pub mark: WatchMark,
}
