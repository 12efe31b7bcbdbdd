//! The catalog between the wire and the model: bodies and documents in, views and documents out.

mod declare;
mod export;
mod item_in;
mod item_out;
mod promise;
mod reader;
mod shape;
mod text;

pub use declare::declared;
pub use export::exported;
pub use item_in::{ItemFields, Mode, attributes_of};
pub use item_out::{amount_body, definition_body, item_body, requirement_body};
pub use promise::{PromiseOutcome, kept_promises};
pub use reader::{Reader, amount, from_word, to_word};
pub use shape::{MAX_MISTAKES, further_mistakes, names_unknown_field};
pub use text::{GivenTextError, given_line, given_paragraph};
