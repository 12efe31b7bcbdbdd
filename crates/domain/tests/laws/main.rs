//! The laws of the core, on random catalogs, companies, commands and instants.

mod answers;
mod base_package;
mod order;
mod totality;
mod versions;
mod windows;
mod world;
