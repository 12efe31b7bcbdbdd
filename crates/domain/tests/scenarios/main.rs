//! What an operator may rely on, told as given / when / then.

mod addon_rules;
mod assignments;
mod catalog_changes;
mod change_types;
mod credits;
mod credits_to_come;
mod eligibility;
mod features;
mod grants;
mod lifecycles;
mod offer;
mod package_change;
mod package_change_told;
mod patches;
mod products;
mod revisions;
mod story;
mod trials;
mod valid_cases;
