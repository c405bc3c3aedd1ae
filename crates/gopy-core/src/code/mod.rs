//! `code`: compiled code.
//!
//! Answers to `Objects/codeobject.c`. The compiler's plain `CodeUnit` becomes one of these in
//! gopy-vm; so does what marshal reads.

mod methods;
mod replace;

use std::cell::Cell;

use gopy_macros::pyclass;
use gopy_object::weakref::WeakList;
use gopy_object::{Object, PyResult, Ref, memory};

use crate::bytes::Bytes;
use crate::str::Str;
use crate::tuple::Tuple;

/// `co_flags` bits.
#[allow(missing_docs)]
pub mod flags {
    pub const OPTIMIZED: u32 = 0x1;
    pub const NEWLOCALS: u32 = 0x2;
    pub const VARARGS: u32 = 0x4;
    pub const VARKEYWORDS: u32 = 0x8;
    pub const NESTED: u32 = 0x10;
    pub const GENERATOR: u32 = 0x20;
    pub const COROUTINE: u32 = 0x80;
    pub const ITERABLE_COROUTINE: u32 = 0x100;
    pub const ASYNC_GENERATOR: u32 = 0x200;
    pub const NO_MONITORING_EVENTS: u32 = 0x200_0000;
    pub const HAS_DOCSTRING: u32 = 0x400_0000;
    pub const METHOD: u32 = 0x800_0000;
}

/// `co_localspluskinds` bits.
#[allow(missing_docs)]
pub mod kinds {
    pub const ARG_POS: u8 = 0x02;
    pub const ARG_KW: u8 = 0x04;
    pub const ARG_VAR: u8 = 0x08;
    pub const HIDDEN: u8 = 0x10;
    pub const LOCAL: u8 = 0x20;
    pub const CELL: u8 = 0x40;
    pub const FREE: u8 = 0x80;
}

/// What a code object is made of (`_PyCodeConstructor`).
#[allow(missing_docs)]
pub struct CodeParts {
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub stacksize: u32,
    pub flags: u32,
    pub firstlineno: i32,
    /// Little-endian code units.
    pub code: Ref<Bytes>,
    pub consts: Ref<Tuple>,
    pub names: Ref<Tuple>,
    pub localsplusnames: Ref<Tuple>,
    pub localspluskinds: Ref<Bytes>,
    pub filename: Ref<Str>,
    pub name: Ref<Str>,
    pub qualname: Ref<Str>,
    pub linetable: Ref<Bytes>,
    pub exceptiontable: Ref<Bytes>,
}

/// What the VM keeps with a code object: the array of wide units, monitoring data. Freed with it.
pub trait ExecutionState: std::any::Any {}

/// A `code` object.
#[pyclass(name = "code", static = CODE, basicsize = 208, itemsize = 2, weaklistoffset = 144,
    flags(), weaklist = weakrefs, manual_traverse)]
#[allow(missing_docs)]
#[repr(C)]
pub struct Code {
    object: Object,
    pub consts: Ref<Tuple>,
    pub names: Ref<Tuple>,
    pub exceptiontable: Ref<Bytes>,
    pub flags: Cell<u32>,
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub stacksize: u32,
    pub firstlineno: i32,
    pub nlocalsplus: u32,
    pub nlocals: u32,
    pub ncellvars: u32,
    pub nfreevars: u32,
    /// For specialisation: 0 until needed.
    pub version: Cell<u32>,
    /// First unit of the wide array; null before the first execution. gopy-vm's.
    pub units: Cell<*mut ()>,
    /// The version of monitoring that the wide array reflects, as in a thread's `eval_breaker`.
    pub instrumentation_version: Cell<usize>,
    /// Which tools watch which instructions; null while none ever did. gopy-vm's, freed with `execution`.
    pub instrumentation: Cell<*mut ()>,
    /// Index of the first traceable instruction (past the prefix instructions).
    pub firsttraceable: u32,
    pub localsplusnames: Ref<Tuple>,
    pub localspluskinds: Ref<Bytes>,
    pub filename: gopy_object::Slot<Str>,
    pub name: Ref<Str>,
    pub qualname: Ref<Str>,
    pub linetable: Ref<Bytes>,
    /// `co_code` as compiled, never specialised.
    pub code: Ref<Bytes>,
    pub weakrefs: WeakList,
    /// Dropped with the code object; owns what `units` points to.
    pub execution: Cell<Option<Box<dyn ExecutionState>>>,
}

gopy_object::leaf_traverse!(Code);

impl Code {
    /// A code object; what is derived from the parts is computed here. The parts are trusted.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn from_parts(parts: CodeParts) -> PyResult<Ref<Code>> {
        let (mut nlocals, mut ncellvars, mut nfreevars) = (0, 0, 0);
        for kind in parts.localspluskinds.as_slice() {
            if kind & kinds::LOCAL != 0 {
                nlocals += 1;
            }
            if kind & kinds::CELL != 0 {
                ncellvars += 1;
            } else if kind & kinds::FREE != 0 {
                nfreevars += 1;
            }
        }
        memory::alloc(
            &CODE,
            Code {
                object: Object::header(&CODE),
                nlocalsplus: parts.localsplusnames.len() as u32,
                nlocals,
                ncellvars,
                nfreevars,
                firsttraceable: first_traceable(parts.code.as_slice()),
                consts: parts.consts,
                names: parts.names,
                exceptiontable: parts.exceptiontable,
                flags: Cell::new(parts.flags),
                argcount: parts.argcount,
                posonlyargcount: parts.posonlyargcount,
                kwonlyargcount: parts.kwonlyargcount,
                stacksize: parts.stacksize,
                firstlineno: parts.firstlineno,
                version: Cell::new(0),
                units: Cell::new(std::ptr::null_mut()),
                instrumentation_version: Cell::new(0),
                instrumentation: Cell::new(std::ptr::null_mut()),
                localsplusnames: parts.localsplusnames,
                localspluskinds: parts.localspluskinds,
                filename: gopy_object::Slot::new(Some(parts.filename)),
                name: parts.name,
                qualname: parts.qualname,
                linetable: parts.linetable,
                code: parts.code,
                weakrefs: WeakList::empty(),
                execution: Cell::new(None),
            },
        )
    }
}

fn first_traceable(code: &[u8]) -> u32 {
    // RESUME, which every code object has behind its prefix; a hand-made one may have none, and nothing
    // to be traced.
    let resume = gopy_bytecode::Opcode::RESUME.0 as u8;
    let found = code.chunks_exact(2).position(|unit| unit[0] == resume);
    found.unwrap_or(code.len() / 2) as u32
}
