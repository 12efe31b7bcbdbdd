//! The laws of the core, on random catalogs, companies, commands and instants.

mod answers;
mod base_package;
mod beginning;
mod catalog_commands;
mod commands;
mod credits;
mod free;
mod naive;
mod order;
mod package_changes;
mod resolution;
mod shapes;
mod sweeping;
mod totality;
mod trials;
mod versions;
mod windows;
mod world;
