//! The configuration.

mod refused;
mod taken;
mod written;
