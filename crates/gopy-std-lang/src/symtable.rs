//! `_symtable`: the compiler's symbol table as objects.
//!
//! Answers to `Modules/symtablemodule.c` and the object half of `Python/symtable.c`.

use gopy_compiler::SymbolTable;
use gopy_compiler::symtable::{BlockKind, Entry, EntryId};
use gopy_core::dict::Dict;
use gopy_core::int::Int;
use gopy_core::list::List;
use gopy_core::str::{self, Str};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Instance, Object, PyResult, Ref, memory};
use gopy_syntax::ast::{Interner, Symbol};

/// A block of a symbol table.
#[pyclass(name = "symtable entry", static = ENTRY, basicsize = 144, flags(DISALLOW_INSTANTIATION))]
#[repr(C)]
pub struct SymtableEntry {
    object: Object,
    id: Ref,
    name: Ref,
    symbols: Ref,
    varnames: Ref,
    children: Ref,
    nested: Ref,
    kind: Ref,
    lineno: Ref,
}

#[pymethods]
impl SymtableEntry {
    #[pymember]
    fn id(&self) -> Ref {
        self.id.clone()
    }

    #[pymember]
    fn name(&self) -> Ref {
        self.name.clone()
    }

    #[pymember]
    fn symbols(&self) -> Ref {
        self.symbols.clone()
    }

    #[pymember]
    fn varnames(&self) -> Ref {
        self.varnames.clone()
    }

    #[pymember]
    fn children(&self) -> Ref {
        self.children.clone()
    }

    #[pymember]
    fn nested(&self) -> Ref {
        self.nested.clone()
    }

    #[pymember(name = "type")]
    fn kind(&self) -> Ref {
        self.kind.clone()
    }

    #[pymember]
    fn lineno(&self) -> Ref {
        self.lineno.clone()
    }
}

#[pyslots]
impl SymtableEntry {
    fn repr(&self) -> PyResult {
        let mut text = str::StrBuilder::new();
        text.push_str("<symtable entry ")?;
        text.push(&*gopy_core::object::str(&self.name)?)?;
        let (id, lineno) =
            (gopy_core::object::str(&self.id)?, gopy_core::object::str(&self.lineno)?);
        text.push_str(&format!("({id}), line {lineno}>"))?;
        Ok(text.finish()?.upcast())
    }
}

/// The numbers that Python sees.
fn kind_number(kind: BlockKind) -> i64 {
    match kind {
        BlockKind::Function => 0,
        BlockKind::Class => 1,
        BlockKind::Module => 2,
        BlockKind::Annotation => 3,
        BlockKind::TypeAlias => 4,
        BlockKind::TypeParameters => 5,
        BlockKind::TypeVariable => 6,
    }
}

fn name_of(interner: &Interner<'_>, symbol: Symbol) -> Ref {
    str::intern(Str::from_wtf8(interner.name(symbol))).upcast()
}

/// The object for a block and those inside.
fn entry_object(table: &SymbolTable, id: EntryId, interner: &Interner<'_>) -> PyResult {
    gopy_object::thread().check_native_recursion(" during compilation")?;
    let entry: &Entry = table.entry(id);
    let symbols = Dict::new();
    for (symbol, flags) in entry.symbols.as_slice() {
        let flags = Int::from_i64(i64::from(*flags));
        symbols.set_item(&name_of(interner, *symbol), flags.as_object())?;
    }
    let varnames = entry.varnames.iter().map(|name| name_of(interner, *name)).collect();
    let mut children = Vec::with_capacity(entry.children.len());
    for child in &entry.children {
        children.push(entry_object(table, *child, interner)?);
    }
    let int = |value: i64| Int::from_i64(value).upcast();
    let object = memory::alloc(
        &ENTRY,
        SymtableEntry {
            object: Object::header(&ENTRY),
            // Tells blocks of a table apart; CPython takes the node's address.
            id: int(std::ptr::from_ref(entry).addr() as i64),
            name: name_of(interner, entry.name),
            symbols: symbols.upcast(),
            varnames: List::from_vec(varnames).upcast(),
            children: List::from_vec(children).upcast(),
            nested: int(entry.nested.into()),
            kind: int(kind_number(entry.kind)),
            lineno: int(entry.range.lineno.into()),
        },
    )?;
    Ok(object.upcast())
}

/// `_symtable`.
#[gopy_macros::pymodule(name = "_symtable")]
pub mod module {
    use gopy_compiler::SymbolTable;
    use gopy_compiler::symtable as table;
    use gopy_core::error::value_error;
    use gopy_core::str::Str;
    use gopy_core::{module, type_};
    use gopy_object::{Object, PyResult};
    use gopy_syntax::Mode;
    use gopy_vm::compile::{self, Options, SourceText};

    use super::{ENTRY, entry_object};

    #[pyfunction("($module, source, filename, startstr, /)")]
    fn symtable(source: &Object, filename: &Object, startstr: &Str) -> PyResult {
        let filename = compile::decode_filename(filename)?;
        let text = SourceText::from_object(source, "symtable", "string or bytes")?;
        let mode = match startstr.to_string_lossy().as_ref() {
            "exec" => Mode::File,
            "eval" => Mode::Eval,
            "single" => Mode::Single,
            _ => {
                return Err(value_error!("symtable() arg 3 must be 'exec' or 'eval' or 'single'"));
            }
        };
        compile::with_symbol_table(&text, &filename, &Options::new(mode), |table, interner| {
            entry_object(table, SymbolTable::TOP, interner)
        })
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        type_::ready(&ENTRY)?;
        let constants = [
            ("USE", table::USE),
            ("DEF_GLOBAL", table::DEF_GLOBAL),
            ("DEF_NONLOCAL", table::DEF_NONLOCAL),
            ("DEF_LOCAL", table::DEF_LOCAL),
            ("DEF_PARAM", table::DEF_PARAM),
            ("DEF_TYPE_PARAM", table::DEF_TYPE_PARAM),
            ("DEF_FREE_CLASS", table::DEF_FREE_CLASS),
            ("DEF_IMPORT", table::DEF_IMPORT),
            ("DEF_BOUND", table::DEF_LOCAL | table::DEF_PARAM | table::DEF_IMPORT),
            ("DEF_ANNOT", table::DEF_ANNOT),
            ("DEF_COMP_ITER", table::DEF_COMP_ITER),
            ("DEF_COMP_CELL", table::DEF_COMP_CELL),
            ("TYPE_FUNCTION", 0),
            ("TYPE_CLASS", 1),
            ("TYPE_MODULE", 2),
            ("TYPE_ANNOTATION", 3),
            ("TYPE_TYPE_ALIAS", 4),
            ("TYPE_TYPE_PARAMETERS", 5),
            ("TYPE_TYPE_VARIABLE", 6),
            ("LOCAL", table::Scope::Local as u32),
            ("GLOBAL_EXPLICIT", table::Scope::GlobalExplicit as u32),
            ("GLOBAL_IMPLICIT", table::Scope::GlobalImplicit as u32),
            ("FREE", table::Scope::Free as u32),
            ("CELL", table::Scope::Cell as u32),
            ("SCOPE_OFF", table::SCOPE_OFFSET),
            ("SCOPE_MASK", 15),
        ];
        for (name, value) in constants {
            module::add(module, name, value)?;
        }
        Ok(())
    }
}
