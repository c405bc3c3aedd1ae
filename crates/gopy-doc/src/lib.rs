//! Doc strings of the built-in types, functions and modules, as data.
//!
//! They come from the crate `rustpython-doc`, unpacked by the build script. A key is the dotted path of
//! the documented thing: `builtins.list.append`, `_collections.deque`, `math.sqrt`.

#![forbid(unsafe_code)]

const DOCS: &str = include_str!(concat!(env!("OUT_DIR"), "/docs.txt"));
const KEYS: &str = include_str!(concat!(env!("OUT_DIR"), "/keys.txt"));
const INDEX: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/index.bin"));
const ENTRY: usize = 16;

fn word(entry: usize, index: usize) -> usize {
    let at = entry * ENTRY + index * 4;
    INDEX[at..at + 4].iter().rev().fold(0, |value, byte| value << 8 | usize::from(*byte))
}

/// The doc string stored under exactly this key; empty ones count as missing.
pub fn get(key: &str) -> Option<&'static str> {
    let (mut low, mut high) = (0, INDEX.len() / ENTRY);
    while low < high {
        let middle = low.midpoint(high);
        let (start, length) = (word(middle, 0), word(middle, 1));
        match KEYS[start..start + length].cmp(key) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => {
                let (start, length) = (word(middle, 2), word(middle, 3));
                return DOCS.get(start..start + length).filter(|doc| !doc.is_empty());
            }
        }
    }
    None
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
}
