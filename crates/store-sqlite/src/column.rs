//! Between columns and the words of the model. What a column cannot have held is a defect, never a panic.

use std::collections::BTreeMap;

use domain::{
    ChangeType, CompanyId, EntityType, FeatureKey, ItemKey, ItemKind, ItemRef, ModuleKey, ModuleKind, Reach, Status,
    Text, Timestamp, Uuid,
};
use rusqlite::{Row, types::FromSql};

use crate::failure::Failure;

/// A row read left to right, so that a statement and its reader list the same columns in the same order.
pub(crate) struct Columns<'a> {
    row: &'a Row<'a>,
    next: usize,
}

impl<'a> Columns<'a> {
    pub(crate) fn of(row: &'a Row<'a>) -> Self {
        Self::after(row, 0)
    }

    /// The columns after the first `passed`.
    pub(crate) fn after(row: &'a Row<'a>, passed: usize) -> Self {
        Self { row, next: passed }
    }

    /// The next column as SQLite has it.
    pub(crate) fn raw<T: FromSql>(&mut self) -> Result<T, Failure> {
        let index = self.next;
        self.next += 1;
        Ok(self.row.get(index)?)
    }

    pub(crate) fn number(&mut self) -> Result<u64, Failure> {
        let number: i64 = self.raw()?;
        u64::try_from(number).map_err(|_| Failure::nonsense(format!("stored number {number} is negative")))
    }

    pub(crate) fn instant(&mut self) -> Result<Timestamp, Failure> {
        let micros = self.raw()?;
        instant(micros)
    }

    pub(crate) fn optional_instant(&mut self) -> Result<Option<Timestamp>, Failure> {
        let micros: Option<i64> = self.raw()?;
        micros.map(instant).transpose()
    }

    pub(crate) fn uuid(&mut self) -> Result<Uuid, Failure> {
        Ok(Uuid::from_bytes(self.raw()?))
    }

    pub(crate) fn company(&mut self) -> Result<CompanyId, Failure> {
        known(CompanyId::new(self.uuid()?), "company id", "nil")
    }

    pub(crate) fn optional_company(&mut self) -> Result<Option<CompanyId>, Failure> {
        let bytes: Option<[u8; 16]> = self.raw()?;
        bytes.map(|bytes| known(CompanyId::new(Uuid::from_bytes(bytes)), "company id", "nil")).transpose()
    }

    pub(crate) fn item_kind(&mut self) -> Result<ItemKind, Failure> {
        self.word("item kind", ItemKind::parse)
    }

    pub(crate) fn item(&mut self) -> Result<ItemRef, Failure> {
        Ok(ItemRef { kind: self.item_kind()?, key: self.item_key()? })
    }

    pub(crate) fn item_key(&mut self) -> Result<ItemKey, Failure> {
        self.word("key", |word| ItemKey::parse(word).ok())
    }

    pub(crate) fn feature_key(&mut self) -> Result<FeatureKey, Failure> {
        self.word("key", |word| FeatureKey::parse(word).ok())
    }

    pub(crate) fn module_key(&mut self) -> Result<ModuleKey, Failure> {
        self.word("key", |word| ModuleKey::parse(word).ok())
    }

    pub(crate) fn module_kind(&mut self) -> Result<ModuleKind, Failure> {
        self.word("module type", ModuleKind::parse)
    }

    pub(crate) fn reach(&mut self) -> Result<Reach, Failure> {
        self.word("reach", Reach::parse)
    }

    pub(crate) fn status(&mut self) -> Result<Status, Failure> {
        self.word("status", Status::parse)
    }

    pub(crate) fn optional_status(&mut self) -> Result<Option<Status>, Failure> {
        let word: Option<String> = self.raw()?;
        word.map(|word| known(Status::parse(&word), "status", &word)).transpose()
    }

    pub(crate) fn change_type(&mut self) -> Result<ChangeType, Failure> {
        self.word("change type", ChangeType::parse)
    }

    pub(crate) fn entity_type(&mut self) -> Result<EntityType, Failure> {
        self.word("entity type", EntityType::parse)
    }

    pub(crate) fn line(&mut self, limit: usize) -> Result<Text, Failure> {
        self.word("text", |word| Text::line(word, limit).ok())
    }

    pub(crate) fn optional_line(&mut self, limit: usize) -> Result<Option<Text>, Failure> {
        let text: Option<String> = self.raw()?;
        text.map(|text| known(Text::line(&text, limit).ok(), "text", &text)).transpose()
    }

    pub(crate) fn optional_paragraph(&mut self, limit: usize) -> Result<Option<Text>, Failure> {
        let text: Option<String> = self.raw()?;
        text.map(|text| known(Text::paragraph(&text, limit).ok(), "text", &text)).transpose()
    }

    /// A text of whatever length: its limit was kept when it came in.
    pub(crate) fn text(&mut self) -> Result<Text, Failure> {
        self.word("text", |word| Text::paragraph(word, usize::MAX).ok())
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<Text>, Failure> {
        self.optional_paragraph(usize::MAX)
    }

    /// A list of words as JSON.
    pub(crate) fn list<T, L: FromIterator<T>>(
        &mut self,
        what: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<L, Failure> {
        let stored: String = self.raw()?;
        list(&stored, what, parse)
    }

    pub(crate) fn optional_list<T, L: FromIterator<T>>(
        &mut self,
        what: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<L>, Failure> {
        let stored: Option<String> = self.raw()?;
        stored.map(|stored| list(&stored, what, parse)).transpose()
    }

    /// Texts by name as JSON.
    pub(crate) fn texts(&mut self, what: &str) -> Result<BTreeMap<Text, Text>, Failure> {
        let stored: String = self.raw()?;
        let words: BTreeMap<String, String> = of_json(&stored, what)?;
        let text = |word: &str| known(Text::paragraph(word, usize::MAX).ok(), what, word);
        words.iter().map(|(name, value)| Ok((text(name)?, text(value)?))).collect()
    }

    pub(crate) fn word<T>(&mut self, what: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, Failure> {
        let index = self.next;
        self.next += 1;
        let value = self.row.get_ref(index)?;
        let word = value.as_str().map_err(|error| Failure::nonsense(format!("stored {what}: {error}")))?;
        known(parse(word), what, word)
    }
}

fn list<T, L: FromIterator<T>>(stored: &str, what: &str, parse: impl Fn(&str) -> Option<T>) -> Result<L, Failure> {
    let words: Vec<String> = of_json(stored, what)?;
    words.iter().map(|word| known(parse(word), what, word)).collect()
}

fn of_json<T: serde::de::DeserializeOwned>(stored: &str, what: &str) -> Result<T, Failure> {
    serde_json::from_str(stored).map_err(|error| Failure::nonsense(format!("stored {what}: {error}")))
}

/// A list of words as SQLite stores it.
pub(crate) fn json_list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<serde_json::Value>().to_string()
}

/// Texts by name as SQLite stores them.
pub(crate) fn json_map<'a>(words: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    words.collect::<serde_json::Value>().to_string()
}

/// A number as SQLite stores it.
pub(crate) fn stored(number: u64) -> Result<i64, Failure> {
    i64::try_from(number).map_err(|_| Failure::nonsense(format!("number {number} is too large to be stored")))
}

fn instant(micros: i64) -> Result<Timestamp, Failure> {
    Timestamp::from_micros(micros).ok_or_else(|| Failure::nonsense(format!("stored instant {micros} is out of range")))
}

fn known<T>(value: Option<T>, what: &str, stored: &str) -> Result<T, Failure> {
    value.ok_or_else(|| Failure::nonsense(format!("stored {what} `{stored}` makes no sense")))
}
