//! `_pickle.Unpickler`.
//!
//! Answers to `UnpicklerObject` in `Modules/_pickle.c`.

use std::cell::{Cell, RefCell};

use gopy_core::dict::{DICT, Dict};
use gopy_core::error::{runtime_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::tuple::{self, Tuple};
use gopy_core::{call, codecs, iter, none, number, object};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{
    Args, Instance, Object, PyResult, Ref, Slot, Traverse, Type, Visitor, gc, memory,
};

use super::input::Input;
use super::load::{Loader, StringCoding, find_class, no_persistent_load};
use super::memo::UnpickleMemo;
use super::state::State;

/// Input and settings, which a run takes along.
#[derive(Default)]
pub struct Source(RefCell<Option<(Input, StringCoding)>>);

impl Traverse for Source {
    fn traverse(&self, visit: &mut Visitor<'_>) {
        if let Ok(source) = self.0.try_borrow()
            && let Some((input, _)) = source.as_ref()
        {
            input.traverse(visit);
        }
    }

    fn clear(&self) {
        let old = self.0.take();
        drop(old);
    }
}

/// An `Unpickler`.
#[pyclass(name = "_pickle.Unpickler", static = UNPICKLER, basicsize = 296,
    flags(BASETYPE, HAVE_GC, HEAPTYPE, IMMUTABLETYPE),
    text_signature = "(file, *, fix_imports=True, encoding='ASCII', errors='strict',\n          buffers=())")]
#[repr(C)]
pub struct Unpickler {
    object: Object,
    memo: UnpickleMemo,
    source: Source,
    persistent_load: Slot,
    buffers: Slot,
    protocol: Cell<i32>,
    fix_imports: Cell<bool>,
    running: Cell<bool>,
    is_ready: Cell<bool>,
    /// Lengths that show in the size: of the array of marks, the last line with its NUL, the names of
    /// encoding and errors with theirs.
    marks_size: Cell<usize>,
    line_size: Cell<usize>,
    names_size: Cell<usize>,
}

/// The text of an argument that CPython reads as a C string.
pub fn text_of(
    function: &str,
    name: &str,
    arg: Option<&Object>,
    default: &str,
) -> PyResult<String> {
    let Some(arg) = arg else { return Ok(default.to_owned()) };
    let Some(text) = arg.downcast::<Str>() else {
        return Err(type_error!(
            "{function}() argument '{name}' must be str, not {}",
            object::type_name_or_none(arg)
        ));
    };
    codecs::c_string(text).map(str::to_owned)
}

/// The iterator over out-of-band buffers.
pub fn buffers_of(arg: Option<&Object>) -> PyResult<Option<Ref>> {
    arg.filter(|arg| !none::is_none(arg)).map(iter::get_iter).transpose()
}

impl Unpickler {
    fn check_idle(&self) -> PyResult<()> {
        if self.running.get() {
            return Err(runtime_error!("Unpickler object is already used"));
        }
        Ok(())
    }

    fn find(&self, protocol: i32, module: &Object, name: &Object) -> PyResult {
        self.protocol.set(protocol);
        if self.as_object().is_exact(&UNPICKLER) {
            let fix_imports = self.fix_imports.get();
            return find_class(&*State::get()?, protocol, fix_imports, module, name);
        }
        call::call_method(self.as_object(), &Str::new("find_class"), &[module, name])
    }

    fn run(&self) -> PyResult {
        let state = State::get()?;
        let persistent_load = object::get_attr(self.as_object(), &Str::new("persistent_load"))?;
        let Some((input, coding)) = self.source.0.take() else {
            return Err(runtime_error!("Unpickler object is already used"));
        };
        let find = |protocol, module: &Object, name: &Object| self.find(protocol, module, name);
        let mut loader = Loader::new(state, input, &self.memo, coding, &find);
        loader.persistent_load = Some(persistent_load);
        loader.buffers = self.buffers.get();
        let result = loader.load();
        while self.marks_size.get() < loader.marks_max {
            // Each time there was no room CPython doubled it and added 20.
            self.marks_size.set(self.marks_size.get() * 2 + 20);
        }
        if let Some(len) = loader.line_len {
            self.line_size.set(len + 1);
        }
        self.protocol.set(loader.protocol);
        let Loader { input, coding, .. } = loader;
        self.source.0.replace(Some((input, coding)));
        result
    }

    fn memo_dict(&self) -> PyResult<Ref<Dict>> {
        let dict = Dict::new();
        for (index, item) in self.memo.entries() {
            dict.set_item(Int::from_u64(index as u64).as_object(), &item)?;
        }
        Ok(dict)
    }
}

#[pymethods]
impl Unpickler {
    #[pymethod("($self, pid, /)")]
    fn persistent_load(&self, pid: &Object) -> PyResult {
        let _ = pid;
        Err(no_persistent_load(&*State::get()?))
    }

    #[pymethod("($self, /)")]
    fn load(&self) -> PyResult {
        if !self.is_ready.get() {
            return Err(State::get()?.unpickling(format_args!(
                "Unpickler.__init__() was not called by {}.__init__()",
                self.as_object().type_name()
            )));
        }
        self.check_idle()?;
        self.running.set(true);
        let result = self.run();
        self.running.set(false);
        result
    }

    #[pymethod("($self, module_name, global_name, /)")]
    fn find_class(&self, module_name: &Object, global_name: &Object) -> PyResult {
        let (protocol, fix_imports) = (self.protocol.get(), self.fix_imports.get());
        find_class(&*State::get()?, protocol, fix_imports, module_name, global_name)
    }

    #[pymethod("($self, /)")]
    fn __sizeof__(&self) -> usize {
        self.as_object().type_().basicsize.get()
            + self.memo.size() * 8
            + self.marks_size.get() * 8
            + self.line_size.get()
            + self.names_size.get()
    }

    #[pygetter]
    fn memo(&self) -> PyResult {
        let proxy = UnpicklerMemoProxy {
            object: Object::header(&UNPICKLER_MEMO_PROXY),
            unpickler: self.to_ref(),
        };
        Ok(gc::tracked(memory::alloc(&UNPICKLER_MEMO_PROXY, proxy)?).upcast())
    }

    #[pysetter]
    fn set_memo(&self, value: Option<&Object>) -> PyResult<()> {
        let Some(value) = value else {
            return Err(type_error!("attribute deletion is not supported"));
        };
        if let Some(proxy) = value.downcast_exact::<UnpicklerMemoProxy>() {
            let other = &proxy.unpickler.memo;
            self.memo.replace(other.entries(), other.size());
            return Ok(());
        }
        let Some(dict) = value.downcast::<Dict>() else {
            return Err(type_error!(
                "'memo' attribute must be an UnpicklerMemoProxy object or dict, not {:.200}",
                value.type_name()
            ));
        };
        let mut position = 0;
        while let Some((key, item)) = dict.next(&mut position) {
            let Some(key) = key.downcast::<Int>() else {
                return Err(type_error!("memo key must be integers"));
            };
            let Ok(index) = usize::try_from(number::index_as_ssize(key.as_object())?) else {
                return Err(value_error!("memo key must be positive integers."));
            };
            self.memo.put(index, item)?;
        }
        // CPython numbers the items in the old memo and then begins an empty one.
        self.memo.replace(Vec::new(), dict.len());
        Ok(())
    }
}

fn is_persistent_load(name: &Object) -> bool {
    name.downcast::<Str>().is_some_and(|name| name.eq_str("persistent_load"))
}

#[pyslots]
impl Unpickler {
    fn tp_new(ty: &Type, _args: Args<'_>) -> PyResult {
        let unpickler = Unpickler {
            object: Object::header(ty),
            memo: UnpickleMemo::default(),
            source: Source::default(),
            persistent_load: Slot::empty(),
            buffers: Slot::empty(),
            protocol: Cell::new(0),
            fix_imports: Cell::new(false),
            running: Cell::new(false),
            is_ready: Cell::new(false),
            marks_size: Cell::new(0),
            line_size: Cell::new(0),
            names_size: Cell::new(0),
        };
        Ok(gc::tracked(memory::alloc(ty, unpickler)?).upcast())
    }

    fn init(&self, args: Args<'_>) -> PyResult<()> {
        let [file, fix_imports, encoding, errors, buffers] = bind!(args, "Unpickler",
            ["file", "fix_imports", "encoding", "errors", "buffers"], required 1,
            positional_only 0, positional 1);
        let fix_imports = fix_imports.map_or(Ok(true), object::is_true)?;
        let encoding = text_of("Unpickler", "encoding", encoding, "ASCII")?;
        let errors = text_of("Unpickler", "errors", errors, "strict")?;
        self.check_idle()?;
        if self.is_ready.replace(false) {
            self.persistent_load.set(None);
            self.buffers.set(None);
            self.marks_size.set(0);
            self.line_size.set(0);
        }
        let input = Input::of_file(file.unwrap_or(none::none_object()))?;
        self.buffers.set(buffers_of(buffers)?);
        self.fix_imports.set(fix_imports);
        self.names_size.set(encoding.len() + errors.len() + 2);
        let old = self.source.0.replace(Some((input, StringCoding { encoding, errors })));
        drop(old);
        self.memo.reset();
        self.protocol.set(0);
        self.is_ready.set(true);
        Ok(())
    }

    fn getattro(&self, name: &Object) -> PyResult {
        if is_persistent_load(name)
            && let Some(value) = self.persistent_load.get()
        {
            return Ok(value);
        }
        object::generic_get_attr(self.as_object(), name)
    }

    fn setattro(&self, name: &Object, value: Option<&Object>) -> PyResult<()> {
        if is_persistent_load(name) {
            self.persistent_load.set(value.map(|value| value.to_ref()));
            return Ok(());
        }
        object::generic_set_attr(self.as_object(), name, value)
    }
}

/// What `Unpickler.memo` is.
#[pyclass(name = "_pickle.UnpicklerMemoProxy", static = UNPICKLER_MEMO_PROXY, basicsize = 24,
    flags(BASETYPE, HAVE_GC, HEAPTYPE, IMMUTABLETYPE))]
#[repr(C)]
pub struct UnpicklerMemoProxy {
    object: Object,
    unpickler: Ref<Unpickler>,
}

#[pymethods]
impl UnpicklerMemoProxy {
    #[pymethod("($self, /)")]
    fn clear(&self) {
        self.unpickler.memo.forget();
    }

    #[pymethod("($self, /)")]
    fn copy(&self) -> PyResult<Ref<Dict>> {
        self.unpickler.memo_dict()
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult<Ref<Tuple>> {
        let args = tuple::from_array([self.unpickler.memo_dict()?.upcast()]);
        Ok(tuple::from_array([DICT.to_ref().upcast(), args.upcast()]))
    }
}

#[pyslots]
impl UnpicklerMemoProxy {
    fn tp_new(ty: &Type, _args: Args<'_>) -> PyResult {
        Err(type_error!("cannot create '{}' instances", ty.name()))
    }

    fn hash(&self) -> PyResult<isize> {
        object::hash_not_implemented(self.as_object())
    }
}
