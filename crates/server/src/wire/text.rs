//! Texts that people write, at the edge: what cannot be seen in them is refused, and what looks the same is the same.
//!
//! Stored texts are read as they stand (`domain::Text`), those that came in before this was asked included.

use domain::{Text, TextError};
use unicode_normalization::UnicodeNormalization as _;

/// Why a text was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GivenTextError {
    /// It is no text of the model.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A character that is not seen, or that changes in which direction others are read: two names could look alike, or one like
    /// something that it is not.
    #[error(
        "must not contain invisible characters or ones that change the direction of reading (found U+{0:04X}); remove it"
    )]
    Hidden(u32),
}

/// A one-line text of at most `limit` characters, without blanks around it and in the normal form NFC.
///
/// # Errors
/// [`GivenTextError`], to be put behind the field's name.
pub fn given_line(text: &str, limit: usize) -> Result<Text, GivenTextError> {
    // Only spaces: a control character at the end is refused, not dropped.
    Ok(Text::line(visible(text)?.trim_matches(' '), limit)?)
}

/// A text of several lines, of at most `limit` characters, in the normal form NFC.
///
/// # Errors
/// [`GivenTextError`], to be put behind the field's name.
pub fn given_paragraph(text: &str, limit: usize) -> Result<Text, GivenTextError> {
    Ok(Text::paragraph(&visible(text)?, limit)?)
}

fn visible(text: &str) -> Result<String, GivenTextError> {
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let joins = is_joiner(character) && [before, characters.peek().copied()].into_iter().all(can_be_joined);
        if is_hidden(character) && !joins {
            return Err(GivenTextError::Hidden(character.into()));
        }
        before = Some(character);
    }
    Ok(text.nfc().collect())
}

/// Whether a character says that its neighbours are written joined, or apart: Persian, the scripts of India and some emoji cannot do without.
fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{200d}')
}

/// Whether a joiner beside this is seen: it is beside what could be written otherwise, which nothing in ASCII could.
fn can_be_joined(neighbour: Option<char>) -> bool {
    neighbour.is_some_and(|neighbour| !neighbour.is_ascii() && !is_hidden(neighbour))
}

/// Whether a character takes no place of its own: the format characters of Unicode (category Cf) but for those that mark numbers, the
/// separators of lines and paragraphs, and the fillers.
fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_the_same_is_the_same_and_what_is_not_seen_is_refused() {
        let line = |text: &str| given_line(text, 8).map(|text| text.as_str().to_owned());

        assert_eq!(line(" Cafe\u{301} "), Ok("Caf\u{e9}".to_owned()));
        assert_eq!(
            line("e\u{301}".repeat(8).as_str()),
            Ok("\u{e9}".repeat(8)),
            "characters are counted as they are kept"
        );
        assert_eq!(line("\u{5e9}\u{5dc} \u{1f600}"), Ok("\u{5e9}\u{5dc} \u{1f600}".to_owned()));
        for hidden in ["\u{202e}", "\u{200b}", "\u{200d}", "\u{feff}", "\u{2066}", "\u{ad}", "\u{2028}", "\u{e0041}"] {
            let code = u32::from(hidden.chars().next().unwrap());
            assert_eq!(line(&format!("a{hidden}b")), Err(GivenTextError::Hidden(code)));
            assert_eq!(line(hidden), Err(GivenTextError::Hidden(code)));
        }
        let joined = ["\u{645}\u{6cc}\u{200c}\u{62e}", "\u{1f469}\u{200d}\u{1f4bb}"];
        assert_eq!(joined.map(line), joined.map(|text| Ok(text.to_owned())), "what a script needs is let through");
        for alone in ["\u{645}\u{200c}", "\u{200d}\u{645}", "\u{645}\u{200c}\u{200c}\u{62e}"] {
            assert!(matches!(line(alone), Err(GivenTextError::Hidden(0x200c | 0x200d))), "{alone:?}");
        }
        assert_eq!(line("   "), Err(TextError::Empty.into()));
        assert_eq!(line("a\n"), Err(TextError::Control(10).into()));
    }
}
