//! `_stat`: the bits of a file's mode.
//!
//! Answers to `Modules/_stat.c`.

use gopy_core::argument::{FromArg, Place};
use gopy_core::error::{overflow_error, type_error};
use gopy_core::number;
use gopy_macros::pymodule;
use gopy_object::{Object, PyResult};

use crate::constants::STAT;
use crate::util::add_constants;

/// A file's mode as an argument.
#[derive(Clone, Copy)]
struct Mode(u32);

impl FromArg<'_> for Mode {
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        if arg.downcast::<gopy_core::int::Int>().is_none() {
            return Err(type_error!("an integer is required"));
        }
        let value = number::index(arg)?;
        match value.to_u64() {
            Some(value) => {
                u32::try_from(value).map(Mode).map_err(|_| overflow_error!("mode out of range"))
            }
            None if value.is_negative() => {
                Err(overflow_error!("can't convert negative value to unsigned int"))
            }
            None => Err(overflow_error!("Python int too large to convert to C unsigned long")),
        }
    }
}

const FORMAT: u32 = 0o170_000;

/// `_stat`.
#[pymodule(name = "_stat")]
pub mod module {
    use super::*;

    #[pyfunction("($module, mode, /)", hide_signature, name = "S_IFMT")]
    fn ifmt(mode: Mode) -> u32 {
        mode.0 & FORMAT
    }

    #[pyfunction("($module, mode, /)", hide_signature, name = "S_IMODE")]
    fn imode(mode: Mode) -> u32 {
        mode.0 & 0o7777
    }

    #[pyfunction("($module, mode, /)", hide_signature, name = "S_ISDIR")]
    fn isdir(mode: Mode) -> bool {
        mode.0 & FORMAT == 0o040_000
    }

    #[pyfunction("($module, mode, /)", hide_signature, name = "S_ISCHR")]
    fn ischr(mode: Mode) -> bool {
        mode.0 & FORMAT == 0o020_000
    }

    #[pyfunction("($module, mode, /)", hide_signature, name = "S_ISBLK")]
    fn isblk(mode: Mode) -> bool {
        mode.0 & FORMAT == 0o060_000
    }

    #[pyfunction("($module, mode, /)", hide_signature, name = "S_ISREG")]
    fn isreg(mode: Mode) -> bool {
        mode.0 & FORMAT == 0o100_000
    }

    #[pyfunction("($module, mode, /)", hide_signature, name = "S_ISFIFO")]
    fn isfifo(mode: Mode) -> bool {
        mode.0 & FORMAT == 0o010_000
    }

    #[pyfunction("($module, mode, /)", hide_signature, name = "S_ISLNK")]
    fn islnk(mode: Mode) -> bool {
        mode.0 & FORMAT == 0o120_000
    }

    #[pyfunction("($module, mode, /)", hide_signature, name = "S_ISSOCK")]
    fn issock(mode: Mode) -> bool {
        mode.0 & FORMAT == 0o140_000
    }

    #[pyfunction("($module, mode, /)", hide_signature, name = "S_ISDOOR")]
    fn isdoor(mode: Mode) -> bool {
        let _ = mode;
        false
    }

    #[pyfunction("($module, mode, /)", hide_signature, name = "S_ISPORT")]
    fn isport(mode: Mode) -> bool {
        let _ = mode;
        false
    }

    #[pyfunction("($module, mode, /)", hide_signature, name = "S_ISWHT")]
    fn iswht(mode: Mode) -> bool {
        let _ = mode;
        false
    }

    #[pyfunction("($module, mode, /)", hide_signature)]
    fn filemode(mode: Mode) -> String {
        let mode = mode.0;
        let kind = match mode & FORMAT {
            0o100_000 => '-',
            0o040_000 => 'd',
            0o120_000 => 'l',
            0o060_000 => 'b',
            0o020_000 => 'c',
            0o010_000 => 'p',
            0o140_000 => 's',
            _ => '?',
        };
        let mut text = String::from(kind);
        // Read, write, execute of owner, group and others, with the special bit of each.
        for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
            let bits = mode >> shift;
            text.push(if bits & 4 != 0 { 'r' } else { '-' });
            text.push(if bits & 2 != 0 { 'w' } else { '-' });
            text.push(match (mode & special != 0, bits & 1 != 0) {
                (true, true) => letter,
                (true, false) => letter.to_ascii_uppercase(),
                (false, true) => 'x',
                (false, false) => '-',
            });
        }
        text
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        add_constants(module, STAT)
    }
}
