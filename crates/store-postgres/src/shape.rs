//! Small steps between columns and the model's types.

use domain::{CompanyId, Text, Uuid};
use store::chain::Hash;

/// A number that is never negative in the model.
pub(crate) fn counted<N, U: TryFrom<N>>(number: N) -> Result<U, sqlx::Error> {
    U::try_from(number).map_err(|_| impossible("a number is out of range"))
}

/// A number that fits a column of PostgreSQL, which knows no unsigned ones. What the model bounds far below always fits.
pub(crate) fn column<N, S: TryFrom<N>>(number: N) -> Result<S, sqlx::Error> {
    S::try_from(number).map_err(|_| sqlx::Error::Encode("a number does not fit its column".into()))
}

/// A company's identifier, which is never nil.
pub(crate) fn company(id: Uuid) -> Result<CompanyId, sqlx::Error> {
    CompanyId::new(id).ok_or_else(|| impossible("a company's identifier is nil"))
}

/// A link of the chain through history.
pub(crate) fn link(bytes: Option<&[u8]>) -> Result<Option<Hash>, sqlx::Error> {
    bytes.map(|bytes| Hash::try_from(bytes).map_err(|_| impossible("a link of history has not 32 bytes"))).transpose()
}

/// A line of text of at most `limit` characters.
pub(crate) fn line(text: &str, limit: usize) -> Result<Text, sqlx::Error> {
    Text::line(text, limit).map_err(|_| impossible("a text is none of the model's"))
}

/// A text in which line breaks may stand.
pub(crate) fn paragraph(text: &str, limit: usize) -> Result<Text, sqlx::Error> {
    Text::paragraph(text, limit).map_err(|_| impossible("a text is none of the model's"))
}

/// The error for something stored that the model cannot hold: a defect, or a hand in the tables.
pub(crate) fn impossible(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}
