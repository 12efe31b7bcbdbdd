//! Every limit of the store, with its unit and reason.

use std::time::Duration;

/// What the store is called among the server's sessions.
pub(crate) const APPLICATION_NAME: &str = "platform-core-backend";

/// A read answers within this, or fails: callers are promised an answer within a second even when the database hangs.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_millis(900);
/// How long one statement that reads may take, queueing apart.
pub(crate) const READ_STATEMENT_WITHIN: Duration = Duration::from_millis(750);
/// How long a question about all companies may take: whoever asks one is preparing a change of the catalog, and waits for it.
pub(crate) const SURVEY_WITHIN: Duration = Duration::from_secs(20);
/// A write that no connection has taken up within this was not sent, and fails.
pub(crate) const COMMIT_TAKEN_WITHIN: Duration = Duration::from_millis(900);
/// How long a statement that writes may take once it was sent; then its outcome is unknown. Long enough for a slow disk, shorter than
/// what a caller waits.
pub(crate) const COMMIT_WITHIN: Duration = Duration::from_secs(5);
/// The server gives up on a writing statement a little before we do, so that the outcome is known.
pub(crate) const COMMIT_STATEMENT_WITHIN: Duration = Duration::from_millis(4_500);
/// How long a writing statement waits for a lock: ours are held for milliseconds, anybody else's should not stop us for long.
pub(crate) const LOCK_WITHIN: Duration = Duration::from_secs(2);
/// How long connecting may take, name resolution and encryption included.
pub(crate) const CONNECT_WITHIN: Duration = Duration::from_secs(1);
/// A transaction left open by a defect of ours is ended by the server: it would stop the feed of everybody.
pub(crate) const IDLE_IN_TRANSACTION_WITHIN: Duration = Duration::from_secs(5);
/// Between two attempts to connect while the database is away.
pub(crate) const RECONNECT_PAUSE: Duration = Duration::from_millis(100);
/// A writing connection that was idle for longer is asked whether it still stands before a write is trusted to it: a write that dies
/// with its connection has an unknown outcome, a question does not.
pub(crate) const PING_AFTER_IDLE: Duration = Duration::from_millis(500);
/// How long `migrate` waits for another process that migrates.
pub(crate) const MIGRATE_WITHIN: Duration = Duration::from_mins(10);

/// Reads that wait at most; more is overload, and waiting longer would help nobody.
pub(crate) const READS_WAITING: usize = 8_192;
/// Writes that wait at most: about a second's worth.
pub(crate) const COMMITS_WAITING: usize = 4_096;
/// The most companies asked for in one statement: one answer stays small against the deadline.
pub(crate) const READ_BATCH: usize = 256;
/// The most company writes in one statement: a batch that fails is retried one by one, within the deadline.
pub(crate) const COMMIT_BATCH: usize = 64;
/// Calls outside the two queues that wait for a connection at most.
pub(crate) const CALLS_WAITING: usize = 1_024;
/// Rounds for a batch that met a deadlock or a serialization failure.
pub(crate) const CONTENTION_ROUNDS: u32 = 3;
/// Expired replies removed in one statement, so that it stays short.
pub(crate) const PRUNE_BATCH: i64 = 10_000;

/// Old changes removed from the feed in one statement: while it runs, the feed shows nothing that was committed since it began.
pub(crate) const PRUNE_FEED_BATCH: i64 = 2_000;
/// Old deliveries of webhooks removed in one statement, so that it stays short.
pub(crate) const PRUNE_DELIVERIES_BATCH: i64 = 5_000;
/// The most changes that one look at what was written goes through; when there are more, a node forgets everything that it remembers. At the speed at which
/// PostgreSQL stores writes that is a pause of several seconds.
pub(crate) const WATCHED_CHANGES: i64 = 50_000;

/// Connections that answer reads for entitlements: two, so that one can be on its way while the other is being answered.
pub(crate) const READ_LANES: usize = 2;
/// Connections that load companies for writes.
pub(crate) const LOAD_LANES: usize = 2;
/// Connections that commit: while some wait for the disk, a write that comes still finds one that is free, and is in time for the next
/// wait. More would make batches smaller and each write dearer.
pub(crate) const COMMIT_LANES: usize = 8;
/// Connections for everything else that reads.
pub(crate) const ASKING_CONNECTIONS: usize = 3;
/// Connections for questions about all companies: two walk through the tables at once, not more.
pub(crate) const SURVEYING_CONNECTIONS: usize = 2;
/// Connections for deliveries of webhooks: theirs alone, so that many deliveries hold up no catalog write.
pub(crate) const DELIVERING_CONNECTIONS: usize = 2;
/// Connections for catalog writes, keys and pruning.
pub(crate) const WRITING_CONNECTIONS: usize = 2;

/// The advisory lock that company writes share and a catalog write takes alone.
pub(crate) const CATALOG_GATE: i64 = 0x706c_6174_0001;

/// The lock under which a roll-out is started: of an item one is under way at a time.
pub(crate) const ROLL_OUT_GATE: i64 = 0x706c_6174_0003;
/// The advisory lock of whoever migrates.
pub(crate) const MIGRATE_GATE: i64 = 0x706c_6174_0002;
