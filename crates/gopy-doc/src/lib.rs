//! Doc strings of the built-in types, functions and modules, as data.
//!
//! They come from the crate `rustpython-doc`, unpacked by the build script. A key is the dotted path of
//! the documented thing: `builtins.list.append`, `_collections.deque`, `math.sqrt`.

#![forbid(unsafe_code)]

mod hash;

use hash::hash;

const DOCS: &str = include_str!(concat!(env!("OUT_DIR"), "/docs.txt"));

/// Keys and places of some of the docs.
struct Section {
    /// Hashes of the keys, sorted: little-endian words of 8 bytes.
    hashes: &'static [u8],
    /// Offset and length, words of 4 bytes, in the order of the hashes.
    places: &'static [u8],
}

/// Types and modules in front: start-up asks for them, and should not touch the memory of the others.
static SECTIONS: [Section; 2] = [
    Section {
        hashes: include_bytes!(concat!(env!("OUT_DIR"), "/owners.hashes")),
        places: include_bytes!(concat!(env!("OUT_DIR"), "/owners.places")),
    },
    Section {
        hashes: include_bytes!(concat!(env!("OUT_DIR"), "/rest.hashes")),
        places: include_bytes!(concat!(env!("OUT_DIR"), "/rest.places")),
    },
];

impl Section {
    fn hash_at(&self, index: usize) -> Option<u64> {
        let bytes = self.hashes.get(index * 8..index * 8 + 8)?;
        bytes.try_into().ok().map(u64::from_le_bytes)
    }

    /// The place of a key. Hashes are spread evenly, so theirs can be guessed, and is close.
    fn find(&self, hash: u64) -> Option<(usize, usize)> {
        let count = self.hashes.len() / 8;
        let mut index = ((u128::from(hash) * count as u128) >> 64) as usize;
        while index > 0 && self.hash_at(index).is_some_and(|found| found > hash) {
            index -= 1;
        }
        while self.hash_at(index)? < hash {
            index += 1;
        }
        if self.hash_at(index)? != hash {
            return None;
        }
        let word = |at: usize| {
            let bytes = self.places.get(at..at + 4)?;
            bytes.try_into().ok().map(|bytes| u32::from_le_bytes(bytes) as usize)
        };
        Some((word(index * 8)?, word(index * 8 + 4)?))
    }
}

/// The doc string stored under exactly this key; empty ones count as missing.
pub fn get(key: &str) -> Option<&'static str> {
    let hash = hash(key);
    let (start, length) = SECTIONS.iter().find_map(|section| section.find(hash))?;
    DOCS.get(start..start + length)
}

/// The doc string of a type (`"list"`, `"collections.deque"`), a function of a module or a module.
pub fn find(name: &str) -> Option<&'static str> {
    if !name.contains('.') {
        return get(&format!("builtins.{name}")).or_else(|| get(name));
    }
    get(name).or_else(|| get(&format!("_{name}")))
}

/// The doc string of an attribute of a type or module.
pub fn of_attribute(owner: &str, attribute: &str) -> Option<&'static str> {
    find(&format!("{owner}.{attribute}")).or_else(|| {
        if owner.contains('.') { None } else { get(&format!("builtins.{owner}.{attribute}")) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_types_methods_and_functions() {
        assert!(find("list").unwrap().starts_with("Built-in mutable sequence."));
        assert_eq!(of_attribute("list", "append"), Some("Append object to the end of the list."));
        assert_eq!(of_attribute("builtins", "len"), get("builtins.len"));
        assert!(get("builtins.len").is_some());
        assert_eq!(find("no.such.thing"), None);
    }

    /// Every key is found through its hash: the first and the last, too.
    #[test]
    fn finds_every_hash() {
        for section in &SECTIONS {
            let count = section.hashes.len() / 8;
            assert!(count > 500);
            for index in 0..count {
                let hash = section.hash_at(index).unwrap();
                let (start, length) = section.find(hash).unwrap();
                assert!(length > 0 && DOCS.get(start..start + length).is_some());
                assert_eq!(section.find(hash ^ 1), None);
            }
            assert_eq!(section.find(0), None);
            assert_eq!(section.find(u64::MAX), None);
        }
    }
}
