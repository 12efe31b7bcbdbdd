//! Judging a value by a schema of the document. It knows the words that the document uses and says so of every other, and it takes a
//! property that is not documented for a breach: what is answered is documented whole.

use std::collections::BTreeMap;

use serde_json::Value;

/// Words that say nothing about a value.
const REMARKS: [&str; 4] = ["description", "example", "examples", "default"];

/// What of a value is not as the schema says.
pub(super) fn breaches(root: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut judge = Judge { root, found: Vec::new() };
    judge.judge(schema, value, "$");
    judge.found
}

/// A schema, after the reference that it may be.
pub(super) fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let Some(reference) = schema.get("$ref").and_then(Value::as_str) else { return schema };
    let pointer = reference.strip_prefix('#').expect("references stay in the document");
    root.pointer(pointer).unwrap_or_else(|| panic!("`{reference}` leads nowhere"))
}

struct Judge<'a> {
    root: &'a Value,
    found: Vec<String>,
}

impl<'a> Judge<'a> {
    fn breach(&mut self, at: &str, what: &str) {
        self.found.push(format!("{at}: {what}"));
    }

    fn judge(&mut self, schema: &'a Value, value: &Value, at: &str) {
        let schema = resolved(self.root, schema);
        if let Some(known) = self.properties(schema) {
            for name in value.as_object().into_iter().flat_map(|fields| fields.keys()) {
                if !known.contains_key(name.as_str()) {
                    self.breach(at, &format!("`{name}` is not documented"));
                }
            }
        }
        self.words(schema, value, at);
    }

    /// Every property that a schema names, in all its parts; `None` when it is of no object.
    fn properties(&self, schema: &'a Value) -> Option<BTreeMap<&'a str, &'a Value>> {
        let schema = resolved(self.root, schema);
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            return Some(parts.iter().filter_map(|part| self.properties(part)).flatten().collect());
        }
        let properties = schema.get("properties")?.as_object()?;
        Some(properties.iter().map(|(name, schema)| (name.as_str(), schema)).collect())
    }

    fn words(&mut self, schema: &'a Value, value: &Value, at: &str) {
        let words = schema.as_object().expect("a schema is an object");
        for (word, said) in words {
            match word.as_str() {
                "type" => self.kind(said, value, at),
                "properties" => {
                    for (name, schema) in said.as_object().into_iter().flatten() {
                        if let Some(value) = value.get(name) {
                            self.judge(schema, value, &format!("{at}.{name}"));
                        }
                    }
                }
                "required" => {
                    let names = said.as_array().into_iter().flatten().filter_map(Value::as_str);
                    for name in names.filter(|name| value.get(name).is_none()) {
                        self.breach(at, &format!("`{name}` is missing"));
                    }
                }
                "items" => {
                    for (index, value) in value.as_array().into_iter().flatten().enumerate() {
                        self.judge(said, value, &format!("{at}[{index}]"));
                    }
                }
                "enum" if said.as_array().is_some_and(|all| all.contains(value)) => {}
                "enum" => self.breach(at, &format!("{value} is none of {said}")),
                "oneOf" => self.one_of(said, value, at),
                "allOf" => said.as_array().into_iter().flatten().for_each(|part| {
                    let part = resolved(self.root, part);
                    self.words(part, value, at);
                }),
                // These words are about texts and numbers; of nothing they say nothing.
                "format" | "minimum" | "maximum" if value.is_null() => {}
                "format" => self.format(said, value, at),
                "additionalProperties" | "propertyNames" => self.others(word, schema, said, value, at),
                "maxLength" | "minLength" | "maxItems" | "minItems" => self.size(word, said, value, at),
                "pattern" => {
                    let pattern = regex::Regex::new(said.as_str().expect("a pattern")).expect("a pattern");
                    if value.as_str().is_some_and(|text| !pattern.is_match(text)) {
                        self.breach(at, &format!("{value} is not like {said}"));
                    }
                }
                "maximum" => {
                    if value.as_u64() > said.as_u64() {
                        self.breach(at, &format!("{value} is above {said}"));
                    }
                }
                "minimum" => {
                    if value.as_i64() < said.as_i64() {
                        self.breach(at, &format!("{value} is below {said}"));
                    }
                }
                remark if REMARKS.contains(&remark) => {}
                other => self.breach(at, &format!("`{other}` is a word that this check does not know")),
            }
        }
    }

    /// The properties that no name is documented for: their names, or their values.
    fn others(&mut self, word: &str, schema: &'a Value, said: &'a Value, value: &Value, at: &str) {
        let is_named = |name: &String| schema.get("properties").is_some_and(|named| named.get(name).is_some());
        let others = value.as_object().into_iter().flatten().filter(|(name, _)| !is_named(name));
        for (name, value) in others {
            let at = format!("{at}.{name}");
            match said {
                Value::Bool(true) => {}
                Value::Bool(false) => self.breach(&at, "is not documented"),
                Value::Object(_) if word == "propertyNames" => {
                    self.judge(said, &Value::from(name.as_str()), &at);
                }
                Value::Object(_) => self.judge(said, value, &at),
                Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                    self.breach(&at, "has no schema");
                }
            }
        }
    }

    fn size(&mut self, word: &str, said: &Value, value: &Value, at: &str) {
        let size = match value {
            Value::String(text) => text.chars().count(),
            Value::Array(members) => members.len(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return,
        };
        let limit = said.as_u64().expect("a limit");
        let fits = if word.starts_with("max") { size as u64 <= limit } else { size as u64 >= limit };
        if !fits {
            self.breach(at, &format!("has size {size}, but {word} is {limit}"));
        }
    }

    fn one_of(&mut self, choices: &'a Value, value: &Value, at: &str) {
        let choices = choices.as_array().expect("choices");
        let fitting = choices.iter().filter(|choice| breaches(self.root, choice, value).is_empty()).count();
        if fitting != 1 {
            self.breach(at, &format!("{value} fits {fitting} of the choices"));
        }
    }

    fn kind(&mut self, said: &Value, value: &Value, at: &str) {
        let is = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_u64() || number.is_i64() => "integer",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let fits = said == is || said.as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == is));
        if !fits {
            self.breach(at, &format!("is {is}, not {said}"));
        }
    }

    fn format(&mut self, said: &Value, value: &Value, at: &str) {
        let text = value.as_str().unwrap_or_default();
        let fits = match said.as_str().unwrap_or_default() {
            "uuid" => api::canonical_uuid(text).is_some_and(|id| id.to_string() == text),
            "date-time" => api::Instant::parse(text).is_ok_and(|instant| instant.to_string() == text),
            "int64" | "int32" => value.is_i64() || value.is_u64(),
            _ => false,
        };
        if !fits {
            self.breach(at, &format!("{value} is not of format {said}"));
        }
    }
}
