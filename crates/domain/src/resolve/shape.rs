//! Shapes: what of a company's state is in force, without whose it is and since when. A million companies have few shapes, so a question
//! about all of them is a question about each shape.

use std::fmt::Write as _;

use crate::{
    CompanyId, FeatureKey, FeatureValue, GrantTerms, Granted, ItemKey, ItemKind, ItemRef, ModuleKey, Standing, Status,
    Terms, Timestamp, Window, boundaries,
};
use uuid::Uuid;

/// What of a company's state is in force at an instant, as a text: equal for companies whose answers can differ in nothing but whose they
/// are, since when and until when.
///
/// Parts joined by blanks: rows from the oldest to the youngest, as `p:basic@1` (package, assigned revision) or `a:finance@2*3` (add-on,
/// assigned revision, quantity), then grants from the oldest to the newest, as `m:finance` or `f:storage=100`. A `~` before a row says
/// that it is of the same age as the one before it: which of two conflicting add-ons wins is then decided by their keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shape(String);

impl Shape {
    /// The shape of a company at an instant, and the first instant at which it may be another.
    pub fn of(standing: &Standing, at: Timestamp) -> (Self, Option<Timestamp>) {
        let age = |terms: &&Terms| (terms.window.starts_at.unwrap_or(terms.created_at), terms.created_at);
        let mut rows: Vec<&Terms> = standing.terms.iter().filter(|terms| terms.in_force(at)).collect();
        rows.sort_by_key(|terms| (age(terms), terms.item.key.clone(), terms.item.kind));
        let mut grants: Vec<&GrantTerms> = standing.grants.iter().filter(|grant| grant.window.contains(at)).collect();
        grants.sort_by_key(|grant| (grant.created_at, grant.id));
        let mut text = String::new();
        let mut older = None;
        for terms in rows {
            let (key, revision, quantity) = (&terms.item.key, terms.assigned_revision, terms.quantity);
            let blank = match (older, text.is_empty()) {
                (_, true) => "",
                (Some(older), false) if older == age(&terms) => " ~",
                (_, false) => " ",
            };
            older = Some(age(&terms));
            // Writing to a text cannot fail.
            let _ = match terms.item.kind {
                ItemKind::Package => write!(text, "{blank}p:{key}@{revision}"),
                ItemKind::Addon => write!(text, "{blank}a:{key}@{revision}*{quantity}"),
            };
        }
        for grant in grants {
            let blank = if text.is_empty() { "" } else { " " };
            let _ = match &grant.granted {
                Granted::Module(key) => write!(text, "{blank}m:{key}"),
                Granted::Feature(key, value) => write!(text, "{blank}f:{key}={}", word(*value)),
            };
        }
        (Self(text), boundaries(standing, at).first().copied())
    }

    /// As stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A stored shape.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// A company of that shape; `None` when the text is no shape.
    pub fn standing(&self, company_id: CompanyId) -> Option<Standing> {
        let mut standing = Standing {
            company_id,
            write_seq: 1,
            version_base: 0,
            last_write_at: Timestamp::MIN,
            terms: Vec::new(),
            grants: Vec::new(),
        };
        let mut of_age = 0;
        for (place, part) in (0_i64..).zip(self.0.split(' ').filter(|part| !part.is_empty())) {
            let same = part.strip_prefix('~');
            of_age = if same.is_some() { of_age } else { place };
            let (kind, rest) = same.unwrap_or(part).split_once(':')?;
            let created_at = Timestamp::clamped(of_age);
            match kind {
                "p" | "a" => standing.terms.push(row(kind == "p", rest, created_at)?),
                "m" => standing.grants.push(grant(place, Granted::Module(ModuleKey::parse(rest).ok()?), created_at)),
                "f" => {
                    let (key, value) = rest.split_once('=')?;
                    let granted = Granted::Feature(FeatureKey::parse(key).ok()?, value_of(value)?);
                    standing.grants.push(grant(place, granted, created_at));
                }
                _ => return None,
            }
        }
        Some(standing)
    }
}

fn row(is_package: bool, text: &str, created_at: Timestamp) -> Option<Terms> {
    let (key, numbers) = text.split_once('@')?;
    let (revision, quantity) = numbers.split_once('*').unwrap_or((numbers, "1"));
    let kind = if is_package { ItemKind::Package } else { ItemKind::Addon };
    Some(Terms {
        item: ItemRef { kind, key: ItemKey::parse(key).ok()? },
        status: Status::Active,
        window: Window::default(),
        quantity: quantity.parse().ok()?,
        assigned_revision: revision.parse().ok()?,
        created_at,
    })
}

fn grant(place: i64, granted: Granted, created_at: Timestamp) -> GrantTerms {
    let id = Uuid::from_u128(u128::from(place.unsigned_abs()) + 1);
    GrantTerms { id, granted, window: Window::default(), created_at }
}

fn word(value: FeatureValue) -> String {
    match value {
        FeatureValue::Off => "off".to_owned(),
        FeatureValue::On => "on".to_owned(),
        FeatureValue::Unlimited => "unlimited".to_owned(),
        FeatureValue::Amount(amount) => amount.to_string(),
    }
}

fn value_of(word: &str) -> Option<FeatureValue> {
    match word {
        "off" => Some(FeatureValue::Off),
        "on" => Some(FeatureValue::On),
        "unlimited" => Some(FeatureValue::Unlimited),
        amount => amount.parse().ok().map(FeatureValue::Amount),
    }
}
