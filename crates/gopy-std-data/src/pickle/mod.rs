//! `_pickle`: serialising objects.
//!
//! Answers to `Modules/_pickle.c`. A run of a pickler is a [`save::Saver`], one of an unpickler a
//! [`load::Loader`]; the types of Python are in [`pickler`], [`unpickler`] and [`pickle_buffer`].

use gopy_core::{bool_, module, none, object, type_};
use gopy_macros::pymodule;
use gopy_object::{Args, Object, PyResult, Ref};

mod input;
mod load;
mod memo;
mod opcodes;
mod output;
mod pickle_buffer;
mod pickler;
mod reduce;
mod save;
mod state;
mod unpickler;

use input::Input;
use load::{Loader, StringCoding, find_class};
use memo::{PickleMemo, UnpickleMemo};
use output::Output;
use pickle_buffer::PICKLE_BUFFER;
use pickler::{PICKLER, PICKLER_MEMO_PROXY, protocol_of, settings_of, write_of};
use save::Saver;
use state::State;
use unpickler::{UNPICKLER, UNPICKLER_MEMO_PROXY, buffers_of, text_of};

/// Reads a pickle without an unpickler.
fn read(
    function: &str,
    make_input: impl FnOnce() -> PyResult<Input>,
    [fix_imports, encoding, errors, buffers]: [Option<&Object>; 4],
) -> PyResult {
    let fix_imports = fix_imports.map_or(Ok(true), object::is_true)?;
    let encoding = text_of(function, "encoding", encoding, "ASCII")?;
    let errors = text_of(function, "errors", errors, "strict")?;
    let state = State::get()?;
    let memo = UnpickleMemo::default();
    let input = make_input()?;
    let find = |protocol, module: &Object, name: &Object| {
        find_class(&state, protocol, fix_imports, module, name)
    };
    let coding = StringCoding { encoding, errors };
    let mut loader = Loader::new(state.clone(), input, &memo, coding, &find);
    loader.buffers = buffers_of(buffers)?;
    loader.load()
}

/// The module.
#[pymodule(name = "_pickle")]
mod native {
    use super::*;

    #[pyfunction(
        "($module, /, obj, file, protocol=None, *, fix_imports=True,\n     buffer_callback=None)",
        raw
    )]
    fn dump(args: Args<'_>) -> PyResult {
        let [obj, file, protocol, fix_imports, callback] = bind!(args, "dump",
            ["obj", "file", "protocol", "fix_imports", "buffer_callback"], required 2,
            positional_only 0, positional 3);
        let fix_imports = fix_imports.map_or(Ok(true), object::is_true)?;
        let protocol = protocol_of(protocol)?;
        let write = write_of(file.unwrap_or(none::none_object()))?;
        let fix_imports = bool_::bool_ref(fix_imports);
        let settings = settings_of(protocol, Some(&fix_imports), callback)?;
        let memo = PickleMemo::default();
        let mut saver = Saver::new(State::get()?, &memo, Output::new(Some(write)), settings);
        saver.dump(obj.unwrap_or(none::none_object()))?;
        saver.out.flush()?;
        Ok(none::none())
    }

    #[pyfunction(
        "($module, /, obj, protocol=None, *, fix_imports=True,\n      buffer_callback=None)",
        raw
    )]
    fn dumps(args: Args<'_>) -> PyResult {
        let [obj, protocol, fix_imports, callback] = bind!(args, "dumps",
            ["obj", "protocol", "fix_imports", "buffer_callback"], required 1,
            positional_only 0, positional 2);
        let fix_imports = bool_::bool_ref(fix_imports.map_or(Ok(true), object::is_true)?);
        let settings = settings_of(protocol_of(protocol)?, Some(&fix_imports), callback)?;
        let memo = PickleMemo::default();
        let mut saver = Saver::new(State::get()?, &memo, Output::new(None), settings);
        saver.dump(obj.unwrap_or(none::none_object()))?;
        saver.out.finish().map(Ref::upcast)
    }

    #[pyfunction(
        "($module, /, file, *, fix_imports=True, encoding='ASCII',\n     errors='strict', buffers=())",
        raw
    )]
    fn load(args: Args<'_>) -> PyResult {
        let [file, fix_imports, encoding, errors, buffers] = bind!(args, "load",
            ["file", "fix_imports", "encoding", "errors", "buffers"], required 1,
            positional_only 0, positional 1);
        let file = file.unwrap_or(none::none_object());
        read("load", || Input::of_file(file), [fix_imports, encoding, errors, buffers])
    }

    #[pyfunction(
        "($module, data, /, *, fix_imports=True, encoding='ASCII',\n      errors='strict', buffers=())",
        raw
    )]
    fn loads(args: Args<'_>) -> PyResult {
        let [data, fix_imports, encoding, errors, buffers] = bind!(args, "loads",
            ["", "fix_imports", "encoding", "errors", "buffers"], required 1,
            positional_only 1, positional 1);
        let data = data.unwrap_or(none::none_object());
        read("loads", || Input::of_bytes(data), [fix_imports, encoding, errors, buffers])
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        type_::ready(&PICKLER_MEMO_PROXY)?;
        type_::ready(&UNPICKLER_MEMO_PROXY)?;
        let state = State::make()?;
        module::add_type(module, &PICKLE_BUFFER)?;
        module::add_type(module, &PICKLER)?;
        module::add_type(module, &UNPICKLER)?;
        module::add(module, "PickleError", state.pickle_error.clone())?;
        module::add(module, "PicklingError", state.pickling_error.clone())?;
        module::add(module, "UnpicklingError", state.unpickling_error.clone())
    }
}

pub use native::MODULE;
