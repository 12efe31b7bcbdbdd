//! What may be asked of a company's state.

use super::Status;
use crate::{ItemRef, Text, Timestamp};

/// What a command says of an optional field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Nothing: what is stored stays.
    #[default]
    Keep,
    /// It shall have no value.
    Clear,
    /// It shall have this value.
    Set(T),
}

impl<T: Clone> Patch<T> {
    /// The field afterwards.
    pub fn applied_to(&self, stored: Option<&T>) -> Option<T> {
        match self {
            Self::Keep => stored.cloned(),
            Self::Clear => None,
            Self::Set(value) => Some(value.clone()),
        }
    }
}

/// Makes or changes a company's row for one package or add-on (requirements 004 §17.1, §17.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetHolding {
    /// The package or add-on.
    pub item: ItemRef,
    /// The new status.
    pub status: Status,
    /// First instant in force.
    pub starts_at: Patch<Timestamp>,
    /// First instant no longer paid for.
    pub ends_at: Patch<Timestamp>,
    /// First instant no longer in force after the end.
    pub grace_ends_at: Patch<Timestamp>,
    /// How many, at least 1; `None` keeps what is stored, 1 for a new row.
    pub quantity: Option<u32>,
    /// What kind of process writes.
    pub source: Patch<Text>,
    /// The provider's name for it.
    pub external_reference: Patch<Text>,
}

/// A company write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Makes or changes a row.
    SetHolding(SetHolding),
    /// Moves the version of a known company and records why, so that every cache of it is rebuilt (requirements 004 §7.8, §18.2).
    Repair,
}
