//! Single-byte encodings given by a table.

use super::{DecodeError, Decoded, EncodeError};
use crate::units::{Units, UnitsBuf};

const UNDEFINED: &str = "character maps to <undefined>";

/// Decodes from `at` through a table of characters by byte; U+FFFE stands for no character.
pub fn decode(input: &[u8], at: usize, table: Units<'_>, out: &mut UnitsBuf) -> Decoded {
    for (offset, &byte) in input[at.min(input.len())..].iter().enumerate() {
        match table.get(usize::from(byte)) {
            Some(code) if code != 0xFFFE => out.push(code),
            _ => {
                let start = at + offset;
                return Err(DecodeError { start, end: start + 1, reason: UNDEFINED });
            }
        }
    }
    Ok(input.len())
}

/// A decoding table turned round: three levels of 32, 16 and 128 entries.
#[derive(Clone, Debug)]
pub struct EncodingMap {
    level1: [u8; 32],
    level2: Vec<[u8; 16]>,
    level3: Vec<[u8; 128]>,
}

impl EncodingMap {
    /// The map for a decoding table of up to 256 characters. `None` where CPython makes a
    /// dictionary instead: the first character is not U+0000, another one is, or one is beyond
    /// the basic plane, or the characters are scattered too widely.
    pub fn build(table: Units<'_>) -> Option<EncodingMap> {
        if table.get(0) != Some(0) {
            return None;
        }
        let mut map = EncodingMap { level1: [0xFF; 32], level2: Vec::new(), level3: Vec::new() };
        let entries = || (1..=255u8).zip(table.iter().skip(1)).filter(|&(_, code)| code != 0xFFFE);
        let mut blocks = 0;
        let mut known = [false; 512];
        for (_, code) in entries() {
            if code == 0 || code > 0xFFFF {
                return None;
            }
            let first = &mut map.level1[(code >> 11) as usize];
            if *first == 0xFF {
                *first = u8::try_from(map.level2.len()).ok()?;
                map.level2.push([0xFF; 16]);
            }
            let block = &mut known[(code >> 7) as usize];
            blocks += usize::from(!*block);
            *block = true;
        }
        if map.level2.len() >= 0xFF || blocks >= 0xFF {
            return None;
        }
        for (byte, code) in entries() {
            let first = usize::from(map.level1[(code >> 11) as usize]);
            let second = &mut map.level2[first][(code >> 7 & 15) as usize];
            if *second == 0xFF {
                *second = map.level3.len() as u8;
                map.level3.push([0; 128]);
            }
            map.level3[usize::from(*second)][(code & 127) as usize] = byte;
        }
        Some(map)
    }

    /// The byte of a character.
    #[inline]
    pub fn encode(&self, code: u32) -> Option<u8> {
        if code == 0 {
            return Some(0);
        }
        let first = *self.level1.get((code >> 11) as usize)?;
        let second = self.level2.get(usize::from(first))?[(code >> 7 & 15) as usize];
        let byte = self.level3.get(usize::from(second))?[(code & 127) as usize];
        (byte != 0).then_some(byte)
    }

    /// Encodes a text from character `at`; a run of characters without a byte is an error.
    pub fn encode_text(
        &self,
        text: Units<'_>,
        at: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        for (offset, code) in text.slice(at, text.len()).iter().enumerate() {
            let Some(byte) = self.encode(code) else {
                let start = at + offset;
                let rest = text.slice(start, text.len());
                let run = rest.iter().take_while(|&code| self.encode(code).is_none()).count();
                return Err(EncodeError { start, end: start + run, reason: UNDEFINED });
            };
            out.push(byte);
        }
        Ok(())
    }

    /// Bytes of the second and third level, which `EncodingMap.size()` counts.
    pub fn table_size(&self) -> usize {
        16 * self.level2.len() + 128 * self.level3.len()
    }
}
