//! The bridge between syntax trees and the objects of `_ast`.
//!
//! Answers to `Python/Python-ast.c` (generated there, too) and `Python/ast.c` (validation). The
//! conversions are generated from `crates/gopy-syntax/ast.in`; the classes are made from its table of
//! node classes.

mod classes;
mod convert;
mod generated;
mod validate;

use gopy_core::error::type_error;
use gopy_core::{module, object};
use gopy_macros::pymodule;
use gopy_object::{Object, PyResult};
use gopy_syntax::Mode;
use gopy_syntax::ast::{Arena, Interner, Mod};

use convert::{Builder, FromObject, Reader, ToObject};

/// Whether an object is a node of any kind. May run Python.
///
/// # Errors
///
/// What the instance check raises.
pub fn is_node(source: &Object) -> PyResult<bool> {
    object::is_instance(source, gopy_object::Instance::as_object(classes::AST.get()))
}

/// A tree as objects. May run Python.
///
/// # Errors
///
/// `RecursionError`, `MemoryError`.
pub fn to_object(tree: &Mod<'_>, interner: &Interner<'_>) -> PyResult {
    tree.to_object(&mut Builder::new(classes::get()?, interner))
}

/// Objects as a tree, which is checked as far as the compiler relies on it. May run Python.
///
/// # Errors
///
/// `TypeError`, `ValueError` where the objects are no valid tree.
pub fn from_object<'a>(
    tree: &Object,
    mode: Mode,
    arena: &'a Arena,
    interner: &mut Interner<'a>,
) -> PyResult<Mod<'a>> {
    let classes = classes::get()?;
    let wanted = match mode {
        Mode::Single => "Interactive",
        Mode::Eval => "Expression",
        Mode::FunctionType => "FunctionType",
        _ => "Module",
    };
    let is_wanted = match classes.index_of(wanted) {
        Some(index) => object::is_instance(tree, classes.object(index))?,
        None => false,
    };
    if !is_wanted {
        return Err(type_error!("expected {wanted} node, got {:.400}", tree.type_name()));
    }
    let module = Mod::from_object(tree, &mut Reader::new(classes, arena, interner))?;
    validate::module(&module, interner)?;
    Ok(module)
}

/// `_ast`.
#[pymodule(name = "_ast")]
pub mod ast_module {
    use super::*;
    use crate::compile::flags;

    #[pyexec]
    fn exec(target: &Object) -> PyResult<()> {
        module::add(target, "AST", gopy_object::Instance::to_ref(classes::AST.get()))?;
        let classes = classes::get()?;
        for (name, class) in classes.iter() {
            module::add(target, name, class)?;
        }
        module::add(target, "PyCF_ALLOW_TOP_LEVEL_AWAIT", flags::ALLOW_TOP_LEVEL_AWAIT)?;
        module::add(target, "PyCF_ONLY_AST", flags::ONLY_AST)?;
        module::add(target, "PyCF_TYPE_COMMENTS", flags::TYPE_COMMENTS)?;
        module::add(target, "PyCF_OPTIMIZED_AST", flags::OPTIMIZED_AST)
    }
}
