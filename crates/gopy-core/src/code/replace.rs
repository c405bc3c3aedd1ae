//! `types.CodeType(…)` and `code.replace(…)`.
//!
//! Answers to `code_new_impl`, `code_replace_impl` and `_PyCode_Validate`.

use gopy_object::typeobj::Tuple;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Type};

use super::methods::invalid;
use super::{Code, CodeParts, kinds};
use crate::argument::{ArgSpec, Bound, Place, Style, check_positional, no_keywords};
use crate::bytes::Bytes;
use crate::error::{system_error, type_error, value_error};
use crate::str::{Str, intern};
use crate::{hooks, number, tuple};

fn cast<'a, T: Instance>(o: &'a Object, place: &Place<'_>, name: &str) -> PyResult<&'a T> {
    o.downcast::<T>().ok_or_else(|| place.bad_argument(name, o))
}

fn unsigned(value: i32) -> PyResult<u32> {
    u32::try_from(value)
        .map_err(|_| system_error!("Objects/codeobject.c: bad argument to internal function"))
}

/// Names of variables as Python passes them.
struct Variables<'a> {
    locals: &'a Tuple,
    cells: &'a Tuple,
    free: &'a Tuple,
}

/// Joins the three lists of names into one with kinds, arguments first
/// (`PyUnstable_Code_NewWithPosOnlyArgs`).
fn locals_plus(
    variables: &Variables<'_>,
    counts: (u32, u32),
    code_flags: u32,
) -> PyResult<(Ref<Tuple>, Ref<Bytes>)> {
    let (argcount, kwonly) = counts;
    let mut names: Vec<Ref> = Vec::new();
    let mut local_kinds: Vec<u8> = Vec::new();
    let mut next = argcount as usize;
    let kwonly_end = next + kwonly as usize;
    for (index, name) in variables.locals.items().iter().enumerate() {
        let mut kind = kinds::LOCAL;
        if index < argcount as usize {
            kind |= kinds::ARG_POS | kinds::ARG_KW;
        } else if index < kwonly_end {
            kind |= kinds::ARG_KW;
        } else {
            next = next.max(kwonly_end);
            if index == next && code_flags & super::flags::VARARGS != 0 {
                kind |= kinds::ARG_VAR | kinds::ARG_POS;
            } else if code_flags & super::flags::VARKEYWORDS != 0
                && index == next + usize::from(code_flags & super::flags::VARARGS != 0)
            {
                kind |= kinds::ARG_VAR | kinds::ARG_KW;
            }
        }
        names.push(name.clone());
        local_kinds.push(kind);
    }
    for cell in variables.cells.items() {
        let known = variables.locals.items().iter().position(|name| same_name(name, cell));
        match known {
            Some(index) => local_kinds[index] |= kinds::CELL,
            None => {
                names.push(cell.clone());
                local_kinds.push(kinds::CELL);
            }
        }
    }
    for free in variables.free.items() {
        names.push(free.clone());
        local_kinds.push(kinds::FREE);
    }
    Ok((tuple::try_from_vec(names)?, Bytes::new(&local_kinds)?))
}

fn same_name(a: &Object, b: &Object) -> bool {
    match (a.downcast::<Str>(), b.downcast::<Str>()) {
        (Some(a), Some(b)) => a.equals(b),
        _ => false,
    }
}

/// Names as interned exact strings.
fn checked_names(names: &Tuple) -> PyResult<Ref<Tuple>> {
    let mut checked = Vec::with_capacity(names.len());
    for name in names.items() {
        let Some(text) = name.downcast::<Str>() else {
            return Err(type_error!(
                "name tuples must contain only strings, not '{:.500}'",
                name.type_name()
            ));
        };
        checked.push(match text.as_object().is_exact(&crate::str::STR) {
            true => intern(text.to_ref()).upcast(),
            false => crate::object::str(name)?.upcast(),
        });
    }
    tuple::try_from_vec(checked)
}

/// Makes the code object of checked parts.
fn finish(mut parts: CodeParts, nlocals: u32) -> PyResult {
    if parts.posonlyargcount > parts.argcount {
        return Err(system_error!("Objects/codeobject.c: bad argument to internal function"));
    }
    let code = parts.code.as_slice();
    if code.len() < 2 || !code.len().is_multiple_of(2) {
        return Err(invalid("co_code is malformed"));
    }
    let locals =
        parts.localspluskinds.as_slice().iter().filter(|k| **k & kinds::LOCAL != 0).count();
    if locals != nlocals as usize {
        return Err(invalid("co_nlocals != len(co_varnames)"));
    }
    let arguments = parts.argcount as usize
        + parts.kwonlyargcount as usize
        + usize::from(parts.flags & super::flags::VARARGS != 0)
        + usize::from(parts.flags & super::flags::VARKEYWORDS != 0);
    if arguments > locals {
        return Err(invalid("varnames is too small"));
    }
    parts.names = checked_names(&parts.names)?;
    parts.localsplusnames = checked_names(&parts.localsplusnames)?;
    Code::from_parts(parts).map(Ref::upcast)
}

/// `types.CodeType(…)`.
pub(super) fn new(_ty: &Type, args: Args<'_>) -> PyResult {
    no_keywords("code", args)?;
    check_positional("code", args.len(), 16, 18)?;
    let arg = |index: usize| args.positional()[index].object();
    let place = |index: usize| Place::at("code", index + 1);
    let c_int = |index: usize| number::index_as_c_int(arg(index));
    let (argcount, posonly, kwonly) = (c_int(0)?, c_int(1)?, c_int(2)?);
    let (nlocals, stacksize, code_flags) = (c_int(3)?, c_int(4)?, c_int(5)?);
    let code: &Bytes = cast(arg(6), &place(6), "bytes")?;
    let consts: &Tuple = cast(arg(7), &place(7), "tuple")?;
    let names: &Tuple = cast(arg(8), &place(8), "tuple")?;
    let varnames: &Tuple = cast(arg(9), &place(9), "tuple")?;
    let filename: &Str = cast(arg(10), &place(10), "str")?;
    let name: &Str = cast(arg(11), &place(11), "str")?;
    let qualname: &Str = cast(arg(12), &place(12), "str")?;
    let firstlineno = c_int(13)?;
    let linetable: &Bytes = cast(arg(14), &place(14), "bytes")?;
    let exceptiontable: &Bytes = cast(arg(15), &place(15), "bytes")?;
    let empty = tuple::empty();
    let free = match args.get(16) {
        Some(free) => cast::<Tuple>(free, &place(16), "tuple")?,
        None => &*empty,
    };
    let cells = match args.get(17) {
        Some(cells) => cast::<Tuple>(cells, &place(17), "tuple")?,
        None => &*empty,
    };
    (hooks::get().audit)(
        "code.__new__",
        &[arg(6), arg(10), arg(11), arg(0), arg(1), arg(2), arg(3), arg(4), arg(5)],
    )?;
    for (value, what) in [
        (argcount, "argcount"),
        (posonly, "posonlyargcount"),
        (kwonly, "kwonlyargcount"),
        (nlocals, "nlocals"),
    ] {
        if value < 0 {
            return Err(value_error!("code: {what} must not be negative"));
        }
    }
    let counts = (unsigned(argcount)?, unsigned(kwonly)?);
    let code_flags = code_flags as u32;
    let variables = Variables { locals: varnames, cells, free };
    let (localsplusnames, localspluskinds) = locals_plus(&variables, counts, code_flags)?;
    finish(
        CodeParts {
            argcount: counts.0,
            posonlyargcount: unsigned(posonly)?,
            kwonlyargcount: counts.1,
            stacksize: unsigned(stacksize)?,
            flags: code_flags,
            firstlineno,
            code: code.to_ref(),
            consts: consts.to_ref(),
            names: names.to_ref(),
            localsplusnames,
            localspluskinds,
            filename: filename.to_ref(),
            name: name.to_ref(),
            qualname: qualname.to_ref(),
            linetable: linetable.to_ref(),
            exceptiontable: exceptiontable.to_ref(),
        },
        unsigned(nlocals)?,
    )
}

/// `code.replace(…)`.
pub(super) fn replace(code: &Code, args: Args<'_>) -> PyResult {
    static SPEC: ArgSpec = ArgSpec {
        function: "replace",
        names: &[
            "co_argcount",
            "co_posonlyargcount",
            "co_kwonlyargcount",
            "co_nlocals",
            "co_stacksize",
            "co_flags",
            "co_firstlineno",
            "co_code",
            "co_consts",
            "co_names",
            "co_varnames",
            "co_freevars",
            "co_cellvars",
            "co_filename",
            "co_name",
            "co_qualname",
            "co_linetable",
            "co_exceptiontable",
        ],
        required: &[false; 18],
        positional_only: 0,
        positional: 0,
        required_positional: 0,
        rest: false,
        keywords: false,
        style: Style::Clinic,
    };
    let mut places = [None; 18];
    let bound = Bound::bind(&SPEC, args, &mut places)?;
    let c_int = |index: usize, old: i32| match bound.get(index) {
        Some(value) => number::index_as_c_int(value),
        None => Ok(old),
    };
    let place = |index: usize| Place::named("replace", SPEC.names[index]);
    let bytes = |index: usize, old: &Ref<Bytes>| match bound.get(index) {
        Some(value) => cast::<Bytes>(value, &place(index), "bytes").map(Instance::to_ref),
        None => Ok(old.clone()),
    };
    let names = |index: usize, old: Ref<Tuple>| match bound.get(index) {
        Some(value) => cast::<Tuple>(value, &place(index), "tuple").map(Instance::to_ref),
        None => Ok(old),
    };
    let text = |index: usize, old: Ref<Str>| match bound.get(index) {
        Some(value) => cast::<Str>(value, &place(index), "str").map(Instance::to_ref),
        None => Ok(old),
    };
    let argcount = unsigned(c_int(0, code.argcount as i32)?)?;
    let posonlyargcount = unsigned(c_int(1, code.posonlyargcount as i32)?)?;
    let kwonlyargcount = unsigned(c_int(2, code.kwonlyargcount as i32)?)?;
    let nlocals = unsigned(c_int(3, code.nlocals as i32)?)?;
    let stacksize = unsigned(c_int(4, code.stacksize as i32)?)?;
    let code_flags = c_int(5, code.flags.get() as i32)? as u32;
    let firstlineno = c_int(6, code.firstlineno)?;
    let co_code = bytes(7, &code.code)?;
    let consts = names(8, code.consts.clone())?;
    let co_names = names(9, code.names.clone())?;
    let varnames = names(10, code.varnames()?)?;
    let freevars = names(11, code.freevars()?)?;
    let cellvars = names(12, code.cellvars()?)?;
    let filename = text(13, code.filename.get().unwrap_or_else(Str::empty))?;
    let name = text(14, code.name.clone())?;
    let qualname = text(15, code.qualname.clone())?;
    let linetable = bytes(16, &code.linetable)?;
    let exceptiontable = bytes(17, &code.exceptiontable)?;
    let variables = Variables { locals: &varnames, cells: &cellvars, free: &freevars };
    let (localsplusnames, localspluskinds) =
        locals_plus(&variables, (argcount, kwonlyargcount), code_flags)?;
    finish(
        CodeParts {
            argcount,
            posonlyargcount,
            kwonlyargcount,
            stacksize,
            flags: code_flags,
            firstlineno,
            code: co_code,
            consts,
            names: co_names,
            localsplusnames,
            localspluskinds,
            filename,
            name,
            qualname,
            linetable,
            exceptiontable,
        },
        nlocals,
    )
}
