//! `_pickle.Pickler`.
//!
//! Answers to `PicklerObject` in `Modules/_pickle.c`.

use std::cell::Cell;

use gopy_core::dict::{DICT, Dict};
use gopy_core::error::{attribute_error_text, runtime_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::tuple::{self, Tuple};
use gopy_core::{builtin::BuiltinFunction, id, none, number, object};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

use super::memo::PickleMemo;
use super::opcodes::{DEFAULT_PROTOCOL, HIGHEST_PROTOCOL};
use super::output::Output;
use super::save::{Saver, Settings};
use super::state::State;

/// CPython's sizes of the memo table, of an entry, of the buffer of a pickler that is not used yet.
const TABLE_SIZE: usize = 32;
const ENTRY_SIZE: usize = 16;
const BUFFER_SIZE: usize = 4096 + 33;

/// A `Pickler`.
#[pyclass(name = "_pickle.Pickler", static = PICKLER, basicsize = 152,
    flags(BASETYPE, HAVE_GC, HEAPTYPE, IMMUTABLETYPE),
    text_signature = "(file, protocol=None, fix_imports=True, buffer_callback=None)")]
#[repr(C)]
pub struct Pickler {
    object: Object,
    memo: PickleMemo,
    persistent_id: Slot,
    dispatch_table: Slot,
    buffer_callback: Slot,
    write: Slot,
    protocol: Cell<i32>,
    binary: Cell<i32>,
    fast: Cell<i32>,
    fix_imports: Cell<bool>,
    /// Whether the buffer shows in the size.
    has_buffer: Cell<bool>,
    running: Cell<bool>,
}

/// The protocol that an argument asks for.
pub fn protocol_of(arg: Option<&Object>) -> PyResult<i32> {
    let Some(arg) = arg.filter(|arg| !none::is_none(arg)) else { return Ok(DEFAULT_PROTOCOL) };
    match number::index_as_c_long(arg)? {
        ..0 => Ok(HIGHEST_PROTOCOL),
        protocol if protocol > HIGHEST_PROTOCOL.into() => {
            Err(value_error!("pickle protocol must be <= {HIGHEST_PROTOCOL}"))
        }
        protocol => Ok(protocol as i32),
    }
}

/// The `write` method of a file.
pub fn write_of(file: &Object) -> PyResult<Ref> {
    object::get_attr_opt(file, id!(write))?
        .ok_or_else(|| type_error!("file must have a 'write' attribute"))
}

/// What `fix_imports` and `buffer_callback` say, for a protocol.
pub fn settings_of(
    protocol: i32,
    fix_imports: Option<&Object>,
    callback: Option<&Object>,
) -> PyResult<Settings> {
    let callback = callback.filter(|callback| !none::is_none(callback));
    if callback.is_some() && protocol < 5 {
        return Err(value_error!("buffer_callback needs protocol >= 5"));
    }
    Ok(Settings {
        protocol,
        binary: protocol > 0,
        fix_imports: fix_imports.map_or(Ok(true), object::is_true)?,
        fast: false,
        buffer_callback: callback.map(|callback| callback.to_ref()),
    })
}

impl Pickler {
    fn check_idle(&self) -> PyResult<()> {
        if self.running.get() {
            return Err(runtime_error!("Pickler object is already used"));
        }
        Ok(())
    }

    fn forget_all(&self) {
        self.memo.reset();
        for slot in [&self.write, &self.persistent_id, &self.dispatch_table, &self.buffer_callback]
        {
            slot.set(None);
        }
    }

    fn run(&self, o: &Object, write: Ref) -> PyResult<()> {
        let settings = Settings {
            protocol: self.protocol.get(),
            binary: self.binary.get() != 0,
            fix_imports: self.fix_imports.get(),
            fast: self.fast.get() != 0,
            buffer_callback: self.buffer_callback.get(),
        };
        let mut saver = Saver::new(State::get()?, &self.memo, Output::new(Some(write)), settings);
        let this = self.as_object();
        let persistent_id = object::get_attr(this, &Str::new("persistent_id"))?;
        // The method of this very type says nothing and need not be asked.
        let is_own = persistent_id
            .downcast_exact::<BuiltinFunction>()
            .is_some_and(|method| method.receiver().is(this));
        saver.persistent_id = (!is_own).then_some(persistent_id);
        saver.reducer_override = object::get_attr_opt(this, &Str::new("reducer_override"))?;
        saver.dispatch_table = self.dispatch_table.get();
        saver.dump(o)?;
        saver.out.flush()
    }

    /// The memo as a dict of pairs, by address.
    fn memo_dict(&self) -> PyResult<Ref<Dict>> {
        let dict = Dict::new();
        for (o, index) in self.memo.entries() {
            let key = Int::from_u64(o.id() as u64);
            let pair = tuple::from_array([Int::from_i64(index as i64).upcast(), o]);
            dict.set_item(key.as_object(), pair.as_object())?;
        }
        Ok(dict)
    }
}

#[pymethods]
impl Pickler {
    #[pymethod("($self, obj, /)")]
    fn persistent_id(&self, obj: &Object) {
        let _ = obj;
    }

    #[pymethod("($self, obj, /)")]
    fn dump(&self, obj: &Object) -> PyResult<()> {
        let Some(write) = self.write.get() else {
            return Err(State::get()?.pickling(format_args!(
                "Pickler.__init__() was not called by {}.__init__()",
                self.as_object().type_name()
            )));
        };
        self.check_idle()?;
        self.running.set(true);
        let result = self.run(obj, write);
        self.running.set(false);
        self.has_buffer.set(false);
        result
    }

    #[pymethod("($self, /)")]
    fn clear_memo(&self) {
        self.memo.forget();
    }

    #[pymethod("($self, /)")]
    fn __sizeof__(&self) -> usize {
        let buffer = if self.has_buffer.get() { BUFFER_SIZE } else { 0 };
        let memo = TABLE_SIZE + self.memo.allocated() * ENTRY_SIZE;
        self.as_object().type_().basicsize.get() + memo + buffer
    }

    #[pygetter]
    fn memo(&self) -> PyResult {
        let proxy = PicklerMemoProxy {
            object: Object::header(&PICKLER_MEMO_PROXY),
            pickler: self.to_ref(),
        };
        Ok(gc::tracked(memory::alloc(&PICKLER_MEMO_PROXY, proxy)?).upcast())
    }

    #[pysetter]
    fn set_memo(&self, value: Option<&Object>) -> PyResult<()> {
        let Some(value) = value else {
            return Err(type_error!("attribute deletion is not supported"));
        };
        if let Some(proxy) = value.downcast_exact::<PicklerMemoProxy>() {
            return self.memo.replace(proxy.pickler.memo.entries());
        }
        let Some(dict) = value.downcast::<Dict>() else {
            return Err(type_error!(
                "'memo' attribute must be a PicklerMemoProxy object or dict, not {:.200}",
                value.type_name()
            ));
        };
        let mut entries = Vec::new();
        let mut position = 0;
        while let Some((_, pair)) = dict.next(&mut position) {
            let Some([index, o]) = pair.downcast::<Tuple>().map(Tuple::items) else {
                return Err(type_error!("'memo' values must be 2-item tuples"));
            };
            entries.push((o.clone(), number::index_as_ssize(index)?));
        }
        self.memo.replace(entries)
    }

    #[pymember]
    fn bin(&self) -> i32 {
        self.binary.get()
    }

    #[pymember_setter]
    fn set_bin(&self, value: Option<&Object>) -> PyResult<()> {
        self.binary.set(flag_of(value)?);
        Ok(())
    }

    #[pymember]
    fn fast(&self) -> i32 {
        self.fast.get()
    }

    #[pymember_setter]
    fn set_fast(&self, value: Option<&Object>) -> PyResult<()> {
        self.fast.set(flag_of(value)?);
        Ok(())
    }

    #[pymember]
    fn dispatch_table(&self) -> PyResult {
        self.dispatch_table.get().ok_or_else(|| {
            attribute_error_text!(
                "'{:.200}' object has no attribute 'dispatch_table'",
                self.as_object().type_name()
            )
        })
    }

    #[pymember_setter]
    fn set_dispatch_table(&self, value: Option<&Object>) -> PyResult<()> {
        if value.is_none() && self.dispatch_table.is_empty() {
            return Err(attribute_error_text!("dispatch_table"));
        }
        self.dispatch_table.set(value.map(|value| value.to_ref()));
        Ok(())
    }
}

fn flag_of(value: Option<&Object>) -> PyResult<i32> {
    match value {
        Some(value) => Ok(number::index_as_c_long(value)? as i32),
        None => Err(type_error!("can't delete numeric/char attribute")),
    }
}

fn is_persistent_id(name: &Object) -> bool {
    name.downcast::<Str>().is_some_and(|name| name.eq_str("persistent_id"))
}

#[pyslots]
impl Pickler {
    fn tp_new(ty: &Type, _args: Args<'_>) -> PyResult {
        let pickler = Pickler {
            object: Object::header(ty),
            memo: PickleMemo::default(),
            persistent_id: Slot::empty(),
            dispatch_table: Slot::empty(),
            buffer_callback: Slot::empty(),
            write: Slot::empty(),
            protocol: Cell::new(0),
            binary: Cell::new(0),
            fast: Cell::new(0),
            fix_imports: Cell::new(false),
            has_buffer: Cell::new(false),
            running: Cell::new(false),
        };
        Ok(gc::tracked(memory::alloc(ty, pickler)?).upcast())
    }

    fn init(&self, args: Args<'_>) -> PyResult<()> {
        let [file, protocol, fix_imports, callback] = bind!(args, "Pickler",
            ["file", "protocol", "fix_imports", "buffer_callback"], required 1,
            positional_only 0, positional 4);
        let fix_imports_given = fix_imports.map_or(Ok(true), object::is_true)?;
        self.check_idle()?;
        if !self.write.is_empty() {
            self.forget_all();
        }
        let protocol = protocol_of(protocol)?;
        self.protocol.set(protocol);
        self.binary.set((protocol > 0).into());
        self.fix_imports.set(fix_imports_given && protocol < 3);
        self.write.set(Some(write_of(file.unwrap_or(none::none_object()))?));
        let settings = settings_of(protocol, None, callback)?;
        self.buffer_callback.set(settings.buffer_callback);
        self.fast.set(0);
        self.has_buffer.set(true);
        if self.dispatch_table.is_empty() {
            let table = object::get_attr_opt(self.as_object(), &Str::new("dispatch_table"))?;
            self.dispatch_table.set(table);
        }
        Ok(())
    }

    fn getattro(&self, name: &Object) -> PyResult {
        if is_persistent_id(name)
            && let Some(value) = self.persistent_id.get()
        {
            return Ok(value);
        }
        object::generic_get_attr(self.as_object(), name)
    }

    fn setattro(&self, name: &Object, value: Option<&Object>) -> PyResult<()> {
        if is_persistent_id(name) {
            self.persistent_id.set(value.map(|value| value.to_ref()));
            return Ok(());
        }
        object::generic_set_attr(self.as_object(), name, value)
    }
}

/// What `Pickler.memo` is.
#[pyclass(name = "_pickle.PicklerMemoProxy", static = PICKLER_MEMO_PROXY, basicsize = 24,
    flags(BASETYPE, HAVE_GC, HEAPTYPE, IMMUTABLETYPE))]
#[repr(C)]
pub struct PicklerMemoProxy {
    object: Object,
    pickler: Ref<Pickler>,
}

#[pymethods]
impl PicklerMemoProxy {
    #[pymethod("($self, /)")]
    fn clear(&self) {
        self.pickler.memo.forget();
    }

    #[pymethod("($self, /)")]
    fn copy(&self) -> PyResult<Ref<Dict>> {
        self.pickler.memo_dict()
    }

    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult<Ref<Tuple>> {
        let args = tuple::from_array([self.pickler.memo_dict()?.upcast()]);
        Ok(tuple::from_array([DICT.to_ref().upcast(), args.upcast()]))
    }
}

#[pyslots]
impl PicklerMemoProxy {
    fn tp_new(ty: &Type, _args: Args<'_>) -> PyResult {
        Err(type_error!("cannot create '{}' instances", ty.name()))
    }

    fn hash(&self) -> PyResult<isize> {
        object::hash_not_implemented(self.as_object())
    }
}
