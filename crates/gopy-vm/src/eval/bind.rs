//! Binding the arguments of a call to the parameters of a Python function.
//!
//! Answers to `initialize_locals` of `Python/ceval.c` and its messages. No tuple or dict is built but
//! for `*args` and `**kwargs`.

use gopy_core::code::{Code, flags};
use gopy_core::dict::Dict;
use gopy_core::error::type_error;
use gopy_core::function::Function;
use gopy_core::object;
use gopy_core::str::Str;
use gopy_core::tuple::{self, Tuple};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Exception, Instance, PyResult, Ref};

use super::suggestions;
use crate::stackref::StackRef;

/// The arguments of a call, taken over: positional ones, then the values of the keywords.
pub struct Given<'a> {
    words: &'a mut [StackRef],
    positional: usize,
    names: Option<&'a Tuple>,
}

impl<'a> Given<'a> {
    /// Arguments that lie in `words`; every word there is moved out or released.
    pub fn new(words: &'a mut [StackRef], names: Option<&'a Tuple>) -> Given<'a> {
        let positional = words.len() - names.map_or(0, Tuple::len);
        Given { words, positional, names }
    }

    fn take(&mut self, index: usize) -> StackRef {
        std::mem::replace(&mut self.words[index], StackRef::NULL)
    }
}

impl Drop for Given<'_> {
    fn drop(&mut self) {
        for index in 0..self.words.len() {
            self.take(index).close();
        }
    }
}

/// Name of parameter `index`.
fn name_of(code: &Code, index: usize) -> &Str {
    // SAFETY: the names of locals are strings.
    unsafe { code.localsplusnames.items()[index].downcast_unchecked() }
}

/// The function's qualified name, for messages.
fn qualname(function: &Function) -> Ref<Str> {
    function.qualname.get().unwrap_or_else(Str::empty)
}

/// Fills `locals`, which are null, with the arguments. On an error the locals that have been filled are
/// the caller's to release.
///
/// # Errors
///
/// `TypeError` with CPython's texts.
///
/// # Safety
///
/// `locals` has room for the code's parameters.
pub unsafe fn initialize_locals(
    function: &Function,
    code: &Code,
    locals: *mut StackRef,
    mut given: Given<'_>,
) -> PyResult<()> {
    // SAFETY: the caller promises the room; parameters are the first of the locals.
    let locals = unsafe { std::slice::from_raw_parts_mut(locals, code.nlocalsplus as usize) };
    let argcount = code.argcount as usize;
    let total = argcount + code.kwonlyargcount as usize;
    let has_rest = code.flags.get() & flags::VARARGS != 0;
    let mut kwdict = None;
    if code.flags.get() & flags::VARKEYWORDS != 0 {
        let dict = Dict::new();
        locals[total + usize::from(has_rest)] = StackRef::new(dict.as_object());
        kwdict = Some(dict);
    }
    let count = given.positional;
    let direct = count.min(argcount);
    for (index, local) in locals.iter_mut().enumerate().take(direct) {
        *local = given.take(index);
    }
    if has_rest {
        let items = (direct..count).map(|index| given.take(index).steal());
        locals[total] = StackRef::from(tuple::try_from_iter(count - direct, items)?);
    }
    if let Some(names) = given.names {
        for (index, name) in names.items().iter().enumerate() {
            let Some(name) = name.downcast::<Str>() else {
                return Err(type_error!("{}() keywords must be strings", qualname(function)));
            };
            let place = find_parameter(code, total, name)?;
            let value = given.take(count + index);
            match (place, &kwdict) {
                (Some(place), _) => {
                    if !locals[place].is_null() {
                        value.close();
                        return Err(type_error!(
                            "{}() got multiple values for argument '{name}'",
                            qualname(function)
                        ));
                    }
                    locals[place] = value;
                }
                (None, Some(kwdict)) => {
                    let result = kwdict.set_item(name.as_object(), value.as_object());
                    value.close();
                    result?;
                }
                (None, None) => {
                    value.close();
                    return Err(unexpected_keyword(function, code, total, name, names));
                }
            }
        }
    }
    if count > argcount && !has_rest {
        return Err(too_many_positional(function, code, count, locals));
    }
    if count < argcount {
        fill_defaults(function, code, count, locals)?;
    }
    if code.kwonlyargcount > 0 {
        fill_keyword_defaults(function, code, total, locals)?;
    }
    Ok(())
}

/// The parameter that keyword `name` names: by identity first, names being interned.
fn find_parameter(code: &Code, total: usize, name: &Str) -> PyResult<Option<usize>> {
    let first = code.posonlyargcount as usize;
    let names = &code.localsplusnames.items()[..total];
    if let Some(found) = (first..total).find(|index| names[*index].is(name)) {
        return Ok(Some(found));
    }
    for (index, known) in names.iter().enumerate().skip(first) {
        if object::compare_bool(name.as_object(), known, CompareOp::Eq)? {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

#[cold]
fn unexpected_keyword(
    function: &Function,
    code: &Code,
    total: usize,
    name: &Str,
    names: &Tuple,
) -> Exception {
    let qualname = qualname(function);
    if code.posonlyargcount > 0 {
        match positional_only_names(code, names) {
            Err(error) => return error,
            Ok(conflicts) if !conflicts.is_empty() => {
                return type_error!(
                    "{qualname}() got some positional-only arguments passed as keyword arguments: \
                     '{}'",
                    conflicts.join(", ")
                );
            }
            Ok(_) => {}
        }
    }
    let known = (code.posonlyargcount as usize..total).map(|index| name_of(code, index));
    match suggestions::closest(known, name) {
        Some(suggestion) => type_error!(
            "{qualname}() got an unexpected keyword argument '{name}'. Did you mean '{suggestion}'?"
        ),
        None => type_error!("{qualname}() got an unexpected keyword argument '{name}'"),
    }
}

fn positional_only_names(code: &Code, names: &Tuple) -> PyResult<Vec<String>> {
    let mut conflicts = Vec::new();
    for index in 0..code.posonlyargcount as usize {
        let parameter = name_of(code, index);
        for name in names.items() {
            if object::compare_bool(parameter.as_object(), name, CompareOp::Eq)? {
                conflicts.push(name.downcast::<Str>().map(Str::to_string).unwrap_or_default());
            }
        }
    }
    Ok(conflicts)
}

#[cold]
fn too_many_positional(
    function: &Function,
    code: &Code,
    given: usize,
    locals: &[StackRef],
) -> Exception {
    let argcount = code.argcount as usize;
    let total = argcount + code.kwonlyargcount as usize;
    let kwonly_given = locals[argcount..total].iter().filter(|value| !value.is_null()).count();
    let defaults = function.defaults.get().map_or(0, |defaults| defaults.len());
    let (plural, signature) = if defaults > 0 {
        (true, format!("from {} to {argcount}", argcount - defaults.min(argcount)))
    } else {
        (argcount != 1, argcount.to_string())
    };
    let s = |plural: bool| if plural { "s" } else { "" };
    let keywords = if kwonly_given > 0 {
        format!(
            " positional argument{} (and {kwonly_given} keyword-only argument{})",
            s(given != 1),
            s(kwonly_given != 1)
        )
    } else {
        String::new()
    };
    let verb = if given == 1 && kwonly_given == 0 { "was" } else { "were" };
    type_error!(
        "{}() takes {signature} positional argument{} but {given}{keywords} {verb} given",
        qualname(function),
        s(plural)
    )
}

fn fill_defaults(
    function: &Function,
    code: &Code,
    given: usize,
    locals: &mut [StackRef],
) -> PyResult<()> {
    let argcount = code.argcount as usize;
    let defaults = function.defaults.get();
    let defaults = defaults.as_ref().map_or(&[][..], |defaults| defaults.items());
    // More defaults than parameters can come of an assignment to `__defaults__`.
    let required = argcount.saturating_sub(defaults.len());
    let surplus = defaults.len().saturating_sub(argcount);
    let missing: Vec<usize> = (given..required).filter(|index| locals[*index].is_null()).collect();
    if !missing.is_empty() {
        return Err(missing_arguments(function, code, "positional", &missing));
    }
    let first = given.max(required);
    let values = defaults.iter().skip(first - required + surplus);
    for (local, value) in locals[first..argcount].iter_mut().zip(values) {
        if local.is_null() {
            *local = StackRef::new(value);
        }
    }
    Ok(())
}

fn fill_keyword_defaults(
    function: &Function,
    code: &Code,
    total: usize,
    locals: &mut [StackRef],
) -> PyResult<()> {
    let mut missing = Vec::new();
    for (index, local) in locals.iter_mut().enumerate().take(total).skip(code.argcount as usize) {
        if !local.is_null() {
            continue;
        }
        if let Some(defaults) = function.kwdefaults.get()
            && let Some(value) = defaults.get_item(name_of(code, index).as_object())?
        {
            *local = StackRef::from(value);
            continue;
        }
        missing.push(index);
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(missing_arguments(function, code, "keyword-only", &missing))
}

#[cold]
fn missing_arguments(function: &Function, code: &Code, kind: &str, missing: &[usize]) -> Exception {
    let names: Vec<String> = missing
        .iter()
        .map(|index| {
            let name = name_of(code, *index).as_object();
            object::repr(name).map(|text| text.to_string()).unwrap_or_default()
        })
        .collect();
    let list = match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [first @ .., before, last] => {
            let mut text = first.join(", ");
            text.push_str(&format!(", {before}, and {last}"));
            text
        }
    };
    let plural = if names.len() == 1 { "" } else { "s" };
    type_error!(
        "{}() missing {} required {kind} argument{plural}: {list}",
        qualname(function),
        names.len()
    )
}
