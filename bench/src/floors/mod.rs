//! Bare programs that do only what must be done: the limits that the program is compared with, measured in the same run.

pub mod fixed;
pub mod fsync;
pub mod one_query;
pub mod pgbench;
pub mod serving;
pub mod sqlite_groups;
pub mod statements;
