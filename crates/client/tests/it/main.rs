//! The client against the service itself, on SQLite, over TCP.

mod calls;
mod equality;
mod following;
mod repeats;
mod support;
