//! Compiles the frozen modules of the unpacked library into `frozen.bin`, which the program carries.
//!
//! Without a library the image is empty, and the modules are compiled when they are asked for.

use std::path::{Path, PathBuf};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=GOPY_ORACLE");
    // Static types and tables are full of pointers. In a program with a fixed address, as CPython's,
    // they need no relocation at start-up, and their pages are shared until they are written to.
    if std::env::var_os("CARGO_CFG_TARGET_OS").is_some_and(|os| os == "linux") {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let image = match library() {
        Some(library) => {
            for path in gopy_frozen::MODULES.iter().filter_map(gopy_frozen::Frozen::source_path) {
                println!("cargo:rerun-if-changed={}", library.join(path).display());
            }
            gopy_frozen::build(&library).unwrap_or_else(|error| {
                println!("cargo:warning=the frozen modules can't be compiled: {error}");
                Vec::new()
            })
        }
        None => Vec::new(),
    };
    std::fs::write(out.join("frozen.bin"), image).expect("OUT_DIR is writable");
}

/// The library that set-up has unpacked.
fn library() -> Option<PathBuf> {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let unpacked = Path::new(&manifest).join("../../target/oracle");
    let candidates = [std::env::var_os("GOPY_ORACLE").map(PathBuf::from), Some(unpacked)];
    for candidate in candidates.into_iter().flatten() {
        let library = candidate.join("usr/lib/python3.14");
        // Set-up after a build is a change, too.
        println!("cargo:rerun-if-changed={}", library.join("os.py").display());
        if library.join("os.py").is_file() {
            return Some(library);
        }
    }
    None
}
