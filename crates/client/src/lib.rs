#![doc = include_str!("../README.md")]

mod asking;
mod builder;
mod client;
mod counters;
mod error;
mod feed;
mod looks;
mod reads;
mod remembered;
pub mod replica;
mod retry;
mod writes;

/// The words and bodies of the wire.
pub use api;
/// Identifiers of companies.
pub use uuid::Uuid;

pub use asking::{About, Read, Write, Written};
pub use builder::{BuildError, ClientBuilder};
pub use client::Client;
pub use counters::CallCounts;
pub use error::{CallError, Refused};
pub use replica::{Answer, Companies, Freshness, NotKnown, Replica, ReplicaBuilder, Source};
pub use retry::Retry;
