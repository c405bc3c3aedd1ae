//! `compile`, `eval`, `exec`.

use gopy_core::cell::Cell;
use gopy_core::code::Code;
use gopy_core::dict::Dict;
use gopy_core::error::{type_error, value_error};
use gopy_core::str::Str;
use gopy_core::tuple::Tuple;
use gopy_core::{hooks, id, mapping, none};
use gopy_object::{Instance, Interpreter, Object, PyResult, Ref};
use gopy_syntax::Mode;

use crate::compile::{self as compiling, Options, SourceText, flags};
use crate::{ast_bridge, eval as execution_loop, execution};

/// The future features of the code that is running, which what it compiles inherits.
fn inherited_flags() -> u32 {
    execution::code().map_or(0, |code| code.flags.get() & flags::MASK)
}

pub(super) fn compile(
    source: &Object,
    filename: &Ref<Str>,
    mode: &Str,
    given: i32,
    dont_inherit: bool,
    optimize: i32,
    feature_version: i32,
) -> PyResult {
    let mut given = given as u32;
    if given & !(flags::MASK | 0x10 | flags::COMPILE_MASK) != 0 {
        return Err(value_error!("compile(): unrecognised flags"));
    }
    if !(-1..=2).contains(&optimize) {
        return Err(value_error!("compile(): invalid optimize value"));
    }
    if !dont_inherit {
        given |= inherited_flags();
    }
    let only_ast = given & flags::ONLY_AST != 0;
    let mode = match mode.to_string_lossy().as_ref() {
        "exec" => Mode::File,
        "eval" => Mode::Eval,
        "single" => Mode::Single,
        "func_type" if only_ast => Mode::FunctionType,
        "func_type" => {
            return Err(value_error!("compile() mode 'func_type' requires flag PyCF_ONLY_AST"));
        }
        _ if only_ast => {
            return Err(value_error!(
                "compile() mode must be 'exec', 'eval', 'single' or 'func_type'"
            ));
        }
        _ => return Err(value_error!("compile() mode must be 'exec', 'eval' or 'single'")),
    };
    let options = Options { mode, flags: given, optimize, feature_version };
    if ast_bridge::is_node(source)? {
        if only_ast && given & flags::OPTIMIZED_AST != flags::OPTIMIZED_AST {
            return compiling::copy_tree(source, mode);
        }
        return compiling::compile_tree(source, filename, &options);
    }
    let text = SourceText::from_object(source, "compile", "string, bytes or AST")?;
    let source = if none::is_none(source) { none::none() } else { source.to_ref() };
    (hooks::get().audit)("compile", &[&source, filename.as_object()])?;
    if only_ast {
        return compiling::parse(&text, filename, &options);
    }
    Ok(compiling::compile(&text, filename, &options)?.upcast())
}

/// `globals["__builtins__"]`, added where it is missing.
fn ensure_builtins(globals: &Dict) -> PyResult<()> {
    if globals.get_str(id!(__builtins__))?.is_none() {
        let builtins = match execution::builtins() {
            Some(builtins) => Some(builtins),
            None => Interpreter::current().builtins.get(),
        };
        if let Some(builtins) = builtins {
            globals.set_str(id!(__builtins__), &builtins)?;
        }
    }
    Ok(())
}

/// Globals and locals of a call: those given, or those of the running frame.
fn environment(
    function: &str,
    globals: Option<&Object>,
    locals: Option<&Object>,
) -> PyResult<(Ref<Dict>, Ref)> {
    let locals = locals.map(Instance::to_ref);
    let (globals, locals) = match globals {
        Some(globals) => {
            let Some(dict) = globals.downcast::<Dict>() else {
                return Err(type_error!("globals must be a dict"));
            };
            let locals = locals.unwrap_or_else(|| globals.to_ref());
            (dict.to_ref(), locals)
        }
        None => {
            let Some(current) = execution::globals() else {
                return Err(type_error!(
                    "{function} must be given globals and locals when called without a frame"
                ));
            };
            let locals = match locals {
                Some(locals) => locals,
                None => execution::locals()?,
            };
            (current, locals)
        }
    };
    ensure_builtins(&globals)?;
    Ok((globals, locals))
}

fn run_text(mut text: SourceText, mode: Mode, globals: &Dict, locals: &Object) -> PyResult {
    if mode == Mode::Eval {
        text.trim_start();
    }
    let options = Options { flags: inherited_flags(), ..Options::new(mode) };
    let filename = id!("<string>").to_ref();
    let code = compiling::compile(&text, &filename, &options)?;
    (hooks::get().audit)("exec", &[code.as_object()])?;
    execution_loop::eval_code(&code, globals, Some(locals), None)
}

pub(super) fn eval(source: &Object, globals: Option<&Object>, locals: Option<&Object>) -> PyResult {
    if locals.is_some_and(|locals| !mapping::is_mapping(locals)) {
        return Err(type_error!("locals must be a mapping"));
    }
    if let Some(globals) = globals
        && globals.downcast::<Dict>().is_none()
    {
        return Err(if mapping::is_mapping(globals) {
            type_error!("globals must be a real dict; try eval(code, {{}}, mapping)")
        } else {
            type_error!("globals must be a dict")
        });
    }
    let (globals, locals) = environment("eval", globals, locals)?;
    if let Some(code) = source.downcast_exact::<Code>() {
        (hooks::get().audit)("exec", &[source])?;
        if code.nfreevars > 0 {
            return Err(type_error!("code object passed to eval() may not contain free variables"));
        }
        return execution_loop::eval_code(code, &globals, Some(&locals), None);
    }
    let text = SourceText::from_object(source, "eval", "string, bytes or code")?;
    run_text(text, Mode::Eval, &globals, &locals)
}

pub(super) fn exec(
    source: &Object,
    globals: Option<&Object>,
    locals: Option<&Object>,
    closure: Option<&Object>,
) -> PyResult<()> {
    if let Some(globals) = globals
        && globals.downcast::<Dict>().is_none()
    {
        return Err(type_error!("exec() globals must be a dict, not {:.100}", globals.type_name()));
    }
    if let Some(locals) = locals
        && !mapping::is_mapping(locals)
    {
        return Err(type_error!(
            "locals must be a mapping or None, not {:.100}",
            locals.type_name()
        ));
    }
    let (globals, locals) = environment("exec", globals, locals)?;
    if let Some(code) = source.downcast_exact::<Code>() {
        let closure = check_closure(code, closure)?;
        (hooks::get().audit)("exec", &[source])?;
        return execution_loop::eval_code(code, &globals, Some(&locals), closure).map(drop);
    }
    if closure.is_some() {
        return Err(type_error!("closure can only be used when source is a code object"));
    }
    let text = SourceText::from_object(source, "exec", "string, bytes or code")?;
    run_text(text, Mode::File, &globals, &locals).map(drop)
}

/// The closure that a code object's free variables need.
fn check_closure<'a>(code: &Code, closure: Option<&'a Object>) -> PyResult<Option<&'a Tuple>> {
    let count = code.nfreevars as usize;
    if count == 0 {
        return match closure {
            Some(_) => Err(type_error!("cannot use a closure with this code object")),
            None => Ok(None),
        };
    }
    let cells = closure.and_then(|closure| closure.downcast_exact::<Tuple>()).filter(|cells| {
        cells.len() == count
            && cells.items().iter().all(|cell| cell.downcast_exact::<Cell>().is_some())
    });
    match cells {
        Some(cells) => Ok(Some(cells)),
        None => Err(type_error!("code object requires a closure of exactly length {count}")),
    }
}
