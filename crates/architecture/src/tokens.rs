//! A file as a flat list of tokens: comments are gone, strings are one token, and macro bodies are seen like any other code.

use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// As written; a string literal with its quotes.
    pub text: String,
    /// Its line, from 1.
    pub line: usize,
}

/// The tokens of a Rust text; none when it is not Rust.
pub(crate) fn tokens_of(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    if let Ok(stream) = TokenStream::from_str(text) {
        flatten(stream, &mut tokens);
    }
    tokens
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    for tree in stream {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                tokens.push(Token { text: open.to_owned(), line });
                flatten(group.stream(), tokens);
                tokens.push(Token { text: close.to_owned(), line: group.span_close().start().line });
            }
            TokenTree::Ident(ident) => tokens.push(Token { text: ident.to_string(), line }),
            TokenTree::Punct(punct) => tokens.push(Token { text: punct.as_char().to_string(), line }),
            TokenTree::Literal(literal) => tokens.push(Token { text: literal.to_string(), line }),
        }
    }
}

/// The lines at which a sequence of tokens stands.
pub(crate) fn lines_of(tokens: &[Token], sequence: &[&str]) -> Vec<usize> {
    let stands = |window: &&[Token]| window.iter().zip(sequence).all(|(token, wanted)| token.text == *wanted);
    let windows = tokens.windows(sequence.len()).filter(stands);
    windows.filter_map(|window| window.first().map(|token| token.line)).collect()
}

/// The content of a plain or raw string literal; `None` for any other token.
pub(crate) fn string_content(token: &str) -> Option<&str> {
    let body = token.trim_start_matches(['b', 'c', 'r']);
    let hashes = body.len() - body.trim_start_matches('#').len();
    let inner = body.get(hashes..body.len().checked_sub(hashes)?)?;
    inner.strip_prefix('"')?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_not_code() {
        let tokens = tokens_of("// dbg!(1)\nlet a = \"dbg!(2)\"; vec![dbg!(3)]");
        assert_eq!(lines_of(&tokens, &["dbg", "!"]), [2]);
    }

    #[test]
    fn the_content_of_a_string_is_what_stands_between_its_quotes() {
        assert_eq!(string_content("\"a\""), Some("a"));
        assert_eq!(string_content("r#\"a \"b\"\"#"), Some("a \"b\""));
        assert_eq!(string_content("12"), None);
    }
}
