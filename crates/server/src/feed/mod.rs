//! The change feed: one follower of the store for the whole process, and everybody who follows the process.

mod batch;
mod cursor;
mod follower;
mod lag;
mod stream;
mod tail;

pub use cursor::{Cursor, NOW};
pub use follower::{Ended, Follower};
pub use lag::watch_lag;
pub use stream::events;
pub use tail::{BATCH_CHANGES, Feed, tail};
