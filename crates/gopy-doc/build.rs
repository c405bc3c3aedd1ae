//! Unpacks the doc strings of `rustpython-doc` at build time, so that look-ups need neither
//! decompression nor relocations, and touch little memory.
//!
//! What start-up asks for, the docs of types and modules, is kept together in front of the rest. A
//! key is kept as its hash: the hashes of a section, sorted, and in the same order where the docs are.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

#[path = "src/hash.rs"]
mod hash;

use hash::hash;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src/hash.rs");
    let docs = xz::decode_all(rustpython_doc::BLOB).expect("the docs decompress");
    let entries = || rustpython_doc::DB.iter().map(|(key, doc)| (*key, doc));
    let owners: HashSet<&str> =
        entries().filter_map(|(key, _)| key.rsplit_once('.').map(|(owner, _)| owner)).collect();
    let mut text = Vec::new();
    let mut places: HashMap<(u32, u32), u32> = HashMap::new();
    let mut seen = HashSet::new();
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    for (name, owning) in [("owners", true), ("rest", false)] {
        let mut section = Vec::new();
        for (key, doc) in entries() {
            if owners.contains(key) != owning || doc.len == 0 {
                continue;
            }
            let place = *places.entry((doc.offset, doc.len)).or_insert_with(|| {
                let start = text.len() as u32;
                let doc = &docs[doc.offset as usize..][..doc.len as usize];
                text.extend_from_slice(doc);
                start
            });
            let hash = hash(key);
            assert!(seen.insert(hash), "two keys have one hash: {key}");
            section.push((hash, place, doc.len));
        }
        section.sort_unstable();
        let mut hashes = Vec::new();
        let mut words = Vec::new();
        for (hash, place, len) in section {
            hashes.extend_from_slice(&hash.to_le_bytes());
            words.extend_from_slice(&place.to_le_bytes());
            words.extend_from_slice(&len.to_le_bytes());
        }
        std::fs::write(out.join(format!("{name}.hashes")), hashes).expect("OUT_DIR is writable");
        std::fs::write(out.join(format!("{name}.places")), words).expect("OUT_DIR is writable");
    }
    std::fs::write(out.join("docs.txt"), text).expect("OUT_DIR is writable");
}
