//! Operators and delimiters: the longest of at most three bytes. Answers to `Parser/token.c`.

use super::TokenKind::{self, *};

/// A single byte; `OP` for one that is no operator.
pub fn one(a: u8) -> TokenKind {
    match a {
        b'!' => Exclamation,
        b'%' => Percent,
        b'&' => Amper,
        b'(' => LeftParen,
        b')' => RightParen,
        b'*' => Star,
        b'+' => Plus,
        b',' => Comma,
        b'-' => Minus,
        b'.' => Dot,
        b'/' => Slash,
        b':' => Colon,
        b';' => Semi,
        b'<' => Less,
        b'=' => Equal,
        b'>' => Greater,
        b'@' => At,
        b'[' => LeftBracket,
        b']' => RightBracket,
        b'^' => Circumflex,
        b'{' => LeftBrace,
        b'|' => VBar,
        b'}' => RightBrace,
        b'~' => Tilde,
        _ => Op,
    }
}

/// Two bytes that are one token.
#[inline]
pub fn two(a: u8, b: u8) -> Option<TokenKind> {
    Some(match (a, b) {
        (b'!', b'=') | (b'<', b'>') => NotEqual,
        (b'%', b'=') => PercentEqual,
        (b'&', b'=') => AmperEqual,
        (b'*', b'*') => DoubleStar,
        (b'*', b'=') => StarEqual,
        (b'+', b'=') => PlusEqual,
        (b'-', b'=') => MinusEqual,
        (b'-', b'>') => RightArrow,
        (b'/', b'/') => DoubleSlash,
        (b'/', b'=') => SlashEqual,
        (b':', b'=') => ColonEqual,
        (b'<', b'<') => LeftShift,
        (b'<', b'=') => LessEqual,
        (b'=', b'=') => EqualEqual,
        (b'>', b'=') => GreaterEqual,
        (b'>', b'>') => RightShift,
        (b'@', b'=') => AtEqual,
        (b'^', b'=') => CircumflexEqual,
        (b'|', b'=') => VBarEqual,
        _ => return None,
    })
}

/// The token of two bytes and `=`, if there is one.
#[inline]
pub fn with_equal(two: TokenKind) -> Option<TokenKind> {
    Some(match two {
        DoubleStar => DoubleStarEqual,
        DoubleSlash => DoubleSlashEqual,
        LeftShift => LeftShiftEqual,
        RightShift => RightShiftEqual,
        _ => return None,
    })
}
