//! What the service does by itself, besides answering.

mod sweep;

pub use sweep::{Swept, sweep_all, sweep_on};
