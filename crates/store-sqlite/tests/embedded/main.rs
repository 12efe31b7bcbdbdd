//! What the embedded store promises beyond the contract of all stores: its file, its lock, its backups, and that a kill loses nothing.

mod backups;
mod crash;
mod mappings;
mod migrating;
mod nonsense;
mod opening;
mod support;
mod tampering;
mod upgrading;
