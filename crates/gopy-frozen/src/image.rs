//! The image: the code of all frozen modules in one block of bytes.
//!
//! A little-endian word for each entry of [`MODULES`], the offset at which its code begins, one more
//! for the end, then the code. Modules that are made from the same source share theirs.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use gopy_compiler::CompileOptions;
use gopy_syntax::ast::{Arena, Interner};
use gopy_syntax::lexer::Source;
use gopy_syntax::{
    Host, Mode, ParseOptions, SyntaxError, SyntaxErrorKind, Warning, WarningFailure,
};

use crate::{Frozen, MODULES, marshal};

/// Size of the table of places.
const TABLE: usize = MODULES.len() * 8;

/// Native stack that a compilation of the library may use.
const STACK: usize = 1 << 20;

/// Nobody is asked while the library is compiled: it is UTF-8, and its warnings are CPython's affair.
struct Silent;

impl Host for Silent {
    fn warn(&mut self, _: Warning<'_>) -> Result<(), WarningFailure> {
        Ok(())
    }

    fn decode(&mut self, encoding: &str, _: &[u8]) -> Result<String, Box<SyntaxError>> {
        Err(SyntaxError::bare(SyntaxErrorKind::Syntax, format!("unexpected encoding {encoding}")))
    }

    fn int_max_str_digits(&self) -> usize {
        0
    }
}

/// The marshalled code of one source.
fn compile(source: &[u8], filename: &str) -> io::Result<Vec<u8>> {
    let arena = Arena::new();
    let mut interner = Interner::new(&arena);
    let mut host = Silent;
    let failed = |error: Box<SyntaxError>| {
        io::Error::other(format!("{filename}:{}: {}", error.lineno, error.message))
    };
    let source = Source::from_bytes(source, true, &mut host).map_err(failed)?;
    let options = ParseOptions::default();
    let tree = gopy_syntax::parse(&source, Mode::File, &options, &mut host, &arena, &mut interner)
        .map_err(failed)?;
    let options = CompileOptions {
        stack: gopy_compiler::StackBounds::from_here(STACK),
        ..Default::default()
    };
    gopy_compiler::compile(&tree, filename.as_bytes(), &options, &mut host, &arena, &mut interner)
        .map(|unit| marshal::dumps(&unit))
        .map_err(failed)
}

/// Makes the image of a library. Modules whose source is missing have no code in it.
///
/// # Errors
///
/// A file that can't be read, or source that does not compile.
pub fn build(library: &Path) -> io::Result<Vec<u8>> {
    let mut table = Vec::with_capacity(TABLE);
    let mut code = Vec::new();
    let mut places: HashMap<Option<String>, (u32, u32)> = HashMap::new();
    for module in &MODULES {
        let path = module.source_path();
        let place = match places.get(&path) {
            Some(place) => *place,
            None => {
                let bytes = module_code(module, library)?;
                let place = ((TABLE + code.len()) as u32, bytes.len() as u32);
                code.extend_from_slice(&bytes);
                places.insert(path, place);
                place
            }
        };
        table.extend_from_slice(&place.0.to_le_bytes());
        table.extend_from_slice(&place.1.to_le_bytes());
    }
    table.extend_from_slice(&code);
    Ok(table)
}

fn module_code(module: &Frozen, library: &Path) -> io::Result<Vec<u8>> {
    let source = match (module.own_source(), module.source_path()) {
        (Some(source), _) => source.as_bytes().to_vec(),
        (None, Some(path)) => match std::fs::read(library.join(path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            read => read?,
        },
        (None, None) => return Ok(Vec::new()),
    };
    compile(&source, &module.filename())
}

/// An image; an empty one has no module's code.
#[derive(Clone, Copy, Debug, Default)]
pub struct Image(&'static [u8]);

impl Image {
    /// The image in these bytes.
    #[must_use]
    pub const fn new(bytes: &'static [u8]) -> Self {
        Self(bytes)
    }

    /// The marshalled code of the module at `index` of [`MODULES`].
    #[must_use]
    pub fn code(&self, index: usize) -> Option<&'static [u8]> {
        let table = self.0.get(..TABLE)?;
        let word = |at: usize| {
            let bytes = table.get(at..at + 4)?.try_into().ok()?;
            Some(u32::from_le_bytes(bytes) as usize)
        };
        let (start, length) = (word(index * 8)?, word(index * 8 + 4)?);
        self.0.get(start..start.checked_add(length)?).filter(|code| !code.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::{Image, build};
    use crate::MODULES;

    /// What has no source has no code, the module without a file aside; one source is kept once.
    #[test]
    fn an_image_holds_what_the_library_has() {
        let library = std::env::temp_dir().join(format!("gopy-frozen-{}", std::process::id()));
        std::fs::create_dir_all(&library).unwrap();
        std::fs::write(library.join("__hello__.py"), "def hello():\n    return 'hello'\n").unwrap();
        let bytes: &'static [u8] = build(&library).unwrap().leak();
        std::fs::remove_dir_all(&library).unwrap();
        let image = Image::new(bytes);
        let mut found = Vec::new();
        for (index, module) in MODULES.iter().enumerate() {
            if let Some(code) = image.code(index) {
                assert_eq!(code[0] & 0x7f, b'c');
                found.push((module.name, code.as_ptr()));
            }
        }
        let names: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
        let expected = [
            "__hello__",
            "__hello_alias__",
            "__phello_alias__",
            "__phello_alias__.spam",
            "__hello_only__",
        ];
        assert_eq!(names, expected);
        assert!(found[..4].iter().all(|(_, place)| *place == found[0].1));
    }

    #[test]
    fn damaged_images_have_no_code() {
        for bytes in [&b""[..], b"short", &[0xff; 28 * 8]] {
            assert!((0..30).all(|index| Image::new(bytes).code(index).is_none()));
        }
    }
}
