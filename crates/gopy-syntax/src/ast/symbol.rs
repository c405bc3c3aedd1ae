//! Names as small numbers. Answers to the interning that `Parser/pegen.c` does of identifiers.

use std::num::NonZeroU32;

use super::{Arena, Wtf8};

/// A name known to an [`Interner`]; equal names have equal symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(NonZeroU32);

impl Symbol {
    /// Numbers are dense, from 0, in the order of first use.
    #[inline]
    pub const fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// The names of one compilation.
///
/// Names are WTF-8: one from a source file is always UTF-8, one from an AST object need not be.
pub struct Interner<'a> {
    arena: &'a Arena,
    names: Vec<(&'a Wtf8, u32)>,
    /// Open addressing, linear probing; holds symbol numbers, 0 is free. Never more than half full.
    table: Vec<u32>,
}

impl<'a> Interner<'a> {
    /// Empty; the text of new names is copied into `arena`.
    pub fn new(arena: &'a Arena) -> Self {
        Self { arena, names: Vec::new(), table: vec![0; 256] }
    }

    /// The symbol of a name, made at first sight.
    pub fn intern(&mut self, name: &Wtf8) -> Symbol {
        let hash = hash(name);
        let mask = self.table.len() - 1;
        let mut slot = hash as usize & mask;
        while let Some(found) = NonZeroU32::new(self.table[slot]) {
            let symbol = Symbol(found);
            let (text, known) = self.names[symbol.index()];
            if known == hash && text == name {
                return symbol;
            }
            slot = (slot + 1) & mask;
        }
        self.insert(name, hash, slot)
    }

    /// The symbol of a name, if it has one.
    pub fn get(&self, name: &Wtf8) -> Option<Symbol> {
        let hash = hash(name);
        let mask = self.table.len() - 1;
        let mut slot = hash as usize & mask;
        while let Some(found) = NonZeroU32::new(self.table[slot]) {
            let symbol = Symbol(found);
            if self.names[symbol.index()].0 == name {
                return Some(symbol);
            }
            slot = (slot + 1) & mask;
        }
        None
    }

    /// The text of a name.
    #[inline]
    pub fn name(&self, symbol: Symbol) -> &'a Wtf8 {
        self.names[symbol.index()].0
    }

    /// The text of a name for a message; a lone surrogate shows as U+FFFD.
    pub fn display(&self, symbol: Symbol) -> std::borrow::Cow<'a, str> {
        String::from_utf8_lossy(self.name(symbol))
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// No name yet.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    #[cold]
    fn insert(&mut self, name: &Wtf8, hash: u32, slot: usize) -> Symbol {
        self.names.push((self.arena.slice(name), hash));
        let number = u32::try_from(self.names.len()).expect("fewer names than bytes of source");
        self.table[slot] = number;
        if self.names.len() * 2 > self.table.len() {
            self.grow();
        }
        Symbol(NonZeroU32::new(number).expect("just pushed"))
    }

    fn grow(&mut self) {
        let mask = self.table.len() * 2 - 1;
        let mut table = vec![0; mask + 1];
        for (index, (_, hash)) in self.names.iter().enumerate() {
            let mut slot = *hash as usize & mask;
            while table[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            table[slot] = index as u32 + 1;
        }
        self.table = table;
    }
}

/// Multiply and rotate over words: names are short, and nobody can see the order.
fn hash(name: &[u8]) -> u32 {
    const K: u64 = 0x517c_c1b7_2722_0a95;
    let mut state = name.len() as u64;
    let mut chunks = name.chunks_exact(8);
    for chunk in &mut chunks {
        let word = u64::from_le_bytes(chunk.try_into().expect("eight bytes"));
        state = (state.rotate_left(5) ^ word).wrapping_mul(K);
    }
    for &byte in chunks.remainder() {
        state = (state.rotate_left(5) ^ u64::from(byte)).wrapping_mul(K);
    }
    (state >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_share_a_symbol_across_growth() {
        let arena = Arena::new();
        let mut interner = Interner::new(&arena);
        let first: Vec<Symbol> =
            (0..2000).map(|i| interner.intern(format!("name{i}").as_bytes())).collect();
        for (i, symbol) in first.iter().enumerate() {
            let text = format!("name{i}");
            assert_eq!(interner.intern(text.as_bytes()), *symbol);
            assert_eq!(interner.get(text.as_bytes()), Some(*symbol));
            assert_eq!(interner.name(*symbol), text.as_bytes());
            assert_eq!(symbol.index(), i);
        }
        assert_eq!(interner.get(b"absent"), None);
    }
}
