//! Numeric literals: where they end, and what is wrong with them.
//!
//! Answers to the number part of `tok_get_normal_mode` in `Parser/lexer/lexer.c`.

use super::class::{self, DIGIT, HEX, NAME};
use super::{Failure, Lexer, Token, TokenKind};
use crate::Host;

/// Bases with a prefix.
struct Radix {
    name: &'static str,
    is_digit: fn(u8) -> bool,
}

const HEXADECIMAL: Radix = Radix { name: "hexadecimal", is_digit: |b| class::is(b, HEX) };
const OCTAL: Radix = Radix { name: "octal", is_digit: |b| matches!(b, b'0'..=b'7') };
const BINARY: Radix = Radix { name: "binary", is_digit: |b| matches!(b, b'0' | b'1') };

impl Lexer<'_> {
    /// A number of the token that began at `start`; its first byte, a digit, is at `pos`.
    #[inline]
    pub(super) fn number(&mut self, start: usize, host: &mut dyn Host) -> Result<Token, Failure> {
        if self.byte(self.pos) != b'0' {
            self.decimal_tail()?;
            return self.after_integer(start, host);
        }
        self.pos += 1;
        let radix = match self.byte(self.pos) {
            b'x' | b'X' => HEXADECIMAL,
            b'o' | b'O' => OCTAL,
            b'b' | b'B' => BINARY,
            _ => return self.leading_zero(start, host),
        };
        self.pos += 1;
        self.radix_digits(&radix)?;
        self.verify_end_of_number(radix.name, host)?;
        Ok(self.token(TokenKind::Number, start))
    }

    fn radix_digits(&mut self, radix: &Radix) -> Result<(), Failure> {
        loop {
            if self.byte(self.pos) == b'_' {
                self.pos += 1;
            }
            let byte = self.byte(self.pos);
            if !(radix.is_digit)(byte) {
                return Err(self.bad_radix_digit(radix, byte));
            }
            while (radix.is_digit)(self.byte(self.pos)) {
                self.pos += 1;
            }
            let byte = self.byte(self.pos);
            if byte == b'_' {
                continue;
            }
            if class::is(byte, DIGIT) {
                return Err(self.bad_radix_digit(radix, byte));
            }
            return Ok(());
        }
    }

    #[cold]
    fn bad_radix_digit(&mut self, radix: &Radix, byte: u8) -> Failure {
        if !class::is(byte, DIGIT) {
            return self.error(format!("invalid {} literal", radix.name));
        }
        self.pos += 1;
        self.error(format!("invalid digit '{}' in {} literal", char::from(byte), radix.name))
    }

    /// After a first `0`: more zeros, or a float; any other digits are the octals of old.
    fn leading_zero(&mut self, start: usize, host: &mut dyn Host) -> Result<Token, Failure> {
        loop {
            if self.byte(self.pos) == b'_' {
                self.pos += 1;
                if !class::is(self.byte(self.pos), DIGIT) {
                    return Err(self.error("invalid decimal literal"));
                }
            }
            if self.byte(self.pos) != b'0' {
                break;
            }
            self.pos += 1;
        }
        let zeros_end = self.pos + 1;
        let mut nonzero = false;
        if class::is(self.byte(self.pos), DIGIT) {
            nonzero = true;
            self.decimal_tail()?;
        }
        if nonzero
            && !self.options.extra_tokens
            && !matches!(self.byte(self.pos), b'.' | b'e' | b'E' | b'j' | b'J')
        {
            return Err(self.error_between(
                "leading zeros in decimal integer literals are not permitted; \
                 use an 0o prefix for octal integers",
                start,
                zeros_end,
            ));
        }
        self.after_integer(start, host)
    }

    /// At what follows the digits before the point.
    fn after_integer(&mut self, start: usize, host: &mut dyn Host) -> Result<Token, Failure> {
        if self.byte(self.pos) == b'.' {
            return self.fraction(start, host);
        }
        self.exponent(start, host)
    }

    /// At the point, before or behind which there is a digit.
    pub(super) fn fraction(&mut self, start: usize, host: &mut dyn Host) -> Result<Token, Failure> {
        self.pos += 1;
        if class::is(self.byte(self.pos), DIGIT) {
            self.decimal_tail()?;
        }
        self.exponent(start, host)
    }

    /// At the exponent or the `j`, if there are any.
    fn exponent(&mut self, start: usize, host: &mut dyn Host) -> Result<Token, Failure> {
        if matches!(self.byte(self.pos), b'e' | b'E') {
            let next = self.byte(self.pos + 1);
            if matches!(next, b'+' | b'-') {
                self.pos += 2;
                if !class::is(self.byte(self.pos), DIGIT) {
                    return Err(self.error("invalid decimal literal"));
                }
            } else if class::is(next, DIGIT) {
                self.pos += 1;
            } else {
                // Not an exponent: a number with a name, perhaps `else`, behind it.
                self.verify_end_of_number("decimal", host)?;
                return Ok(self.token(TokenKind::Number, start));
            }
            self.decimal_tail()?;
        }
        if matches!(self.byte(self.pos), b'j' | b'J') {
            self.pos += 1;
            self.verify_end_of_number("imaginary", host)?;
        } else {
            self.verify_end_of_number("decimal", host)?;
        }
        Ok(self.token(TokenKind::Number, start))
    }

    /// Digits with single underscores between them, the first at `pos`.
    fn decimal_tail(&mut self) -> Result<(), Failure> {
        loop {
            while class::is(self.byte(self.pos), DIGIT) {
                self.pos += 1;
            }
            if self.byte(self.pos) != b'_' {
                return Ok(());
            }
            self.pos += 1;
            if !class::is(self.byte(self.pos), DIGIT) {
                return Err(self.error("invalid decimal literal"));
            }
        }
    }

    /// A keyword that may follow a number may still stand right behind it, with a warning; any
    /// other name may not.
    #[inline]
    fn verify_end_of_number(&mut self, kind: &str, host: &mut dyn Host) -> Result<(), Failure> {
        let byte = self.byte(self.pos);
        if !class::is(byte, NAME) || self.options.extra_tokens {
            return Ok(());
        }
        self.name_after_number(byte, kind, host)
    }

    #[cold]
    fn name_after_number(
        &mut self,
        byte: u8,
        kind: &str,
        host: &mut dyn Host,
    ) -> Result<(), Failure> {
        let keyword = match byte {
            b'a' => self.name_is(b"and"),
            b'e' => self.name_is(b"else"),
            b'f' => self.name_is(b"for"),
            b'i' => matches!(self.byte(self.pos + 1), b'f' | b'n' | b's'),
            b'o' => self.name_is(b"or"),
            b'n' => self.name_is(b"not"),
            _ => false,
        };
        let message = format!("invalid {kind} literal");
        if keyword {
            return self.warn(host, &message, || message.clone());
        }
        if byte < 0x80 { Err(self.error(message)) } else { Ok(()) }
    }

    /// The whole name at `pos` is `name`.
    fn name_is(&self, name: &[u8]) -> bool {
        self.text[self.pos..].starts_with(name)
            && !class::is(self.byte(self.pos + name.len()), NAME)
    }
}
