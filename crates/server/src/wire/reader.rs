//! Reading fields, remembering everything that is wrong.

use std::collections::{BTreeMap, BTreeSet};

use api::{Detail, FeatureAmount, Given, RequirementBody};
use domain::{FeatureKey, FeatureValue, MAX_REQUIREMENT_DEPTH, Patch, Requirement, Term, Text};
use serde::{Serialize, de::DeserializeOwned};

use super::text::{given_line, given_paragraph};

/// A word of one of the wire's closed sets, as text.
pub fn to_word(word: &impl Serialize) -> String {
    match serde_json::to_value(word) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(_) | Err(_) => String::new(),
    }
}

/// The word of one of the wire's closed sets that a text of the model is.
pub fn from_word<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}

/// A feature's value from the wire.
pub fn amount(amount: FeatureAmount) -> FeatureValue {
    match amount {
        FeatureAmount::Toggle(true) => FeatureValue::On,
        FeatureAmount::Toggle(false) => FeatureValue::Off,
        FeatureAmount::Amount(amount) => FeatureValue::Amount(amount),
        FeatureAmount::Unlimited => FeatureValue::Unlimited,
    }
}

/// Reads fields, remembering everything that is wrong under the field's name.
#[derive(Default)]
pub struct Reader {
    details: Vec<Detail>,
    /// Where in a document it reads, such as `packages.basic.`.
    prefix: String,
}

impl Reader {
    /// From now on reads at another place of a document.
    pub fn at(&mut self, prefix: impl Into<String>) -> &mut Self {
        self.prefix = prefix.into();
        self
    }

    /// Notes that a field is wrong.
    pub fn breach(&mut self, field: &str, message: impl std::fmt::Display) {
        let field = format!("{}{field}", self.prefix);
        let message = format!("{field} {message}");
        self.details.push(Detail::new(field, message));
    }

    /// What was wrong.
    pub fn into_details(self) -> Vec<Detail> {
        self.details
    }

    /// What a parser makes of a text.
    pub fn parsed<K, E: std::fmt::Display>(
        &mut self,
        field: &str,
        text: &str,
        parse: impl Fn(&str) -> Result<K, E>,
    ) -> Option<K> {
        parse(text).inspect_err(|error| self.breach(field, error)).ok()
    }

    /// A list whose members a parser takes.
    pub fn list<K, E: std::fmt::Display>(
        &mut self,
        field: &str,
        texts: &[String],
        parse: impl Fn(&str) -> Result<K, E>,
    ) -> Vec<K> {
        let members = texts.iter().enumerate();
        members.filter_map(|(index, text)| self.parsed(&format!("{field}[{index}]"), text, &parse)).collect()
    }

    /// A set whose members a parser takes; one that is named twice is wrong.
    pub fn set<K: Ord, E: std::fmt::Display>(
        &mut self,
        field: &str,
        texts: &[String],
        parse: impl Fn(&str) -> Result<K, E>,
    ) -> BTreeSet<K> {
        let mut set = BTreeSet::new();
        for (index, text) in texts.iter().enumerate() {
            let field = format!("{field}[{index}]");
            if let Some(member) = self.parsed(&field, text, &parse)
                && !set.insert(member)
            {
                self.breach(&field, format!("names `{text}` twice"));
            }
        }
        set
    }

    /// A map whose keys and values parsers take.
    pub fn map<V, K: Ord, W, E: std::fmt::Display, F: std::fmt::Display>(
        &mut self,
        field: &str,
        given: &BTreeMap<String, V>,
        key: impl Fn(&str) -> Result<K, E>,
        value: impl Fn(&V) -> Result<W, F>,
    ) -> BTreeMap<K, W> {
        let mut map = BTreeMap::new();
        for (name, given) in given {
            let field = format!("{field}.{name}");
            let value = value(given).inspect_err(|error| self.breach(&field, error)).ok();
            if let (Some(key), Some(value)) = (self.parsed(&field, name, &key), value) {
                map.insert(key, value);
            }
        }
        map
    }

    /// Features with their values.
    pub fn features(&mut self, given: &BTreeMap<String, FeatureAmount>) -> BTreeMap<FeatureKey, FeatureValue> {
        let value = |given: &FeatureAmount| Ok::<_, std::convert::Infallible>(amount(*given));
        self.map("features", given, FeatureKey::parse, value)
    }

    /// A one-line text that may be left out or removed.
    pub fn line(&mut self, field: &str, given: &Given<String>, limit: usize) -> Patch<Text> {
        self.patch(field, given, |text| given_line(text, limit))
    }

    /// A text of several lines that may be left out or removed; a blank one is none.
    pub fn paragraph(&mut self, field: &str, given: &Given<String>) -> Patch<Text> {
        // A control character is no blank: it is refused, whatever stands around it.
        let is_blank = matches!(given, Given::Value(text) if text.trim().is_empty() && !text.contains(is_control));
        if is_blank {
            return Patch::Clear;
        }
        self.patch(field, given, |text| given_paragraph(text, Text::DESCRIPTION_CHARS))
    }

    /// A text that a parser takes, or that may be left out or removed.
    pub fn patch<K, E: std::fmt::Display>(
        &mut self,
        field: &str,
        given: &Given<String>,
        parse: impl Fn(&str) -> Result<K, E>,
    ) -> Patch<K> {
        match given {
            Given::Missing => Patch::Keep,
            Given::Null => Patch::Clear,
            Given::Value(text) => self.parsed(field, text, parse).map_or(Patch::Keep, Patch::Set),
        }
    }

    /// A requirement that may be left out or removed.
    pub fn requirement(&mut self, given: &Given<RequirementBody>) -> Patch<Requirement> {
        match given {
            Given::Missing => Patch::Keep,
            Given::Null => Patch::Clear,
            Given::Value(body) => self.tree("requires", body, 1).map_or(Patch::Keep, Patch::Set),
        }
    }

    fn tree(&mut self, field: &str, body: &RequirementBody, depth: usize) -> Option<Requirement> {
        if depth > MAX_REQUIREMENT_DEPTH {
            self.breach(field, format!("must be at most {MAX_REQUIREMENT_DEPTH} levels deep"));
            return None;
        }
        let (word, parts) = match body {
            RequirementBody::Term(text) => return self.parsed(field, text, Term::parse).map(Requirement::Term),
            RequirementBody::All(all) => ("all", &all.all),
            RequirementBody::Any(any) => ("any", &any.any),
        };
        let parts = parts.iter().enumerate();
        let parts = parts.filter_map(|(index, part)| self.tree(&format!("{field}.{word}[{index}]"), part, depth + 1));
        let parts = parts.collect();
        Some(if word == "all" { Requirement::All(parts) } else { Requirement::Any(parts) })
    }
}

/// Whether a character may stand in no text, not even in one of several lines.
fn is_control(character: char) -> bool {
    character.is_control() && !matches!(character, '\t' | '\n' | '\r')
}

/// A patch from an optional value that is not text.
pub(super) fn value<T, U>(given: &Given<T>, convert: impl Fn(&T) -> Option<U>) -> Patch<U> {
    match given {
        Given::Missing => Patch::Keep,
        Given::Null => Patch::Clear,
        Given::Value(value) => convert(value).map_or(Patch::Keep, Patch::Set),
    }
}
