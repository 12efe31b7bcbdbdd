//! What an operator may rely on, told as given / when / then.

mod assignments;
mod catalog_changes;
mod change_types;
mod patches;
mod story;
mod valid_cases;
