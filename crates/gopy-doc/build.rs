//! Unpacks the doc strings of `rustpython-doc` at build time: one text of docs, one of sorted keys, and
//! an index of little-endian words, so that look-ups need neither decompression nor relocations.

use std::path::PathBuf;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let docs = xz::decode_all(rustpython_doc::BLOB).expect("the docs decompress");
    let mut keys = String::new();
    let mut index = Vec::new();
    for (key, doc) in rustpython_doc::DB {
        for word in [keys.len() as u32, key.len() as u32, doc.offset, doc.len] {
            index.extend_from_slice(&word.to_le_bytes());
        }
        keys.push_str(key);
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    std::fs::write(out.join("docs.txt"), docs).expect("OUT_DIR is writable");
    std::fs::write(out.join("keys.txt"), keys).expect("OUT_DIR is writable");
    std::fs::write(out.join("index.bin"), index).expect("OUT_DIR is writable");
}
