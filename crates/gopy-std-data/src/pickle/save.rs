//! Writing objects: atoms and containers. What goes by name is in [`super::global`], what `__reduce__`
//! answers in [`super::reduce`].
//!
//! Answers to `save` and its helpers in `Modules/_pickle.c`.

use std::collections::HashSet;
use std::rc::Rc;

use gopy_core::bool_::{self, BOOL};
use gopy_core::bytes::{BYTES, Bytes};
use gopy_core::codecs::{self, Encoding};
use gopy_core::dict::Dict;
use gopy_core::error::{overflow_error, runtime_error, type_error, value_error};
use gopy_core::exceptions::key_error;
use gopy_core::float::Float;
use gopy_core::function::FUNCTION;
use gopy_core::int::Int;
use gopy_core::list::List;
use gopy_core::set::{FROZENSET, SET, Set};
use gopy_core::str::Str;
use gopy_core::tuple::Tuple;
use gopy_core::{buffer, call, id, iter, none, object, sequence, tuple};
use gopy_object::buffer::BufferRequest;
use gopy_object::typeobj::TYPE;
use gopy_object::{Instance, Object, PyResult, Ref, thread};
use gopy_types::bytearray::BYTEARRAY;

use super::memo::PickleMemo;
use super::opcodes as op;
use super::output::Output;
use super::pickle_buffer::{PICKLE_BUFFER, PickleBuffer, is_contiguous};
use super::state::{State, full_name, noted};

/// Items that are written in one go.
const BATCH: usize = 1000;
/// From here on fast mode looks for cycles.
const FAST_NESTING_MAX: usize = 50;
const RECURSION: &str = " while pickling an object";

/// One run of a pickler.
pub struct Saver<'a> {
    pub(super) state: Rc<State>,
    pub(super) memo: &'a PickleMemo,
    pub(super) out: Output,
    pub(super) protocol: i32,
    pub(super) binary: bool,
    pub(super) fix_imports: bool,
    pub(super) fast: bool,
    fast_nesting: usize,
    fast_memo: HashSet<usize>,
    pub(super) persistent_id: Option<Ref>,
    pub(super) reducer_override: Option<Ref>,
    pub(super) dispatch_table: Option<Ref>,
    pub(super) buffer_callback: Option<Ref>,
}

/// What a pickler is set to.
pub struct Settings {
    /// From 0 to 5.
    pub protocol: i32,
    /// Whether opcodes are binary; the protocol says so, but it can be changed.
    pub binary: bool,
    /// Whether names are those of Python 2.
    pub fix_imports: bool,
    /// Whether nothing is memoised.
    pub fast: bool,
    /// Gets buffers that need not go into the pickle.
    pub buffer_callback: Option<Ref>,
}

/// An item's note.
fn item_note(container: &Object, index: usize) -> String {
    format!("when serializing {} item {index}", full_name(container))
}

impl<'a> Saver<'a> {
    /// A run that begins.
    pub fn new(
        state: Rc<State>,
        memo: &'a PickleMemo,
        out: Output,
        settings: Settings,
    ) -> Saver<'a> {
        Saver {
            state,
            memo,
            out,
            protocol: settings.protocol,
            binary: settings.binary,
            fix_imports: settings.fix_imports && settings.protocol < 3,
            fast: settings.fast,
            fast_nesting: 0,
            fast_memo: HashSet::new(),
            persistent_id: None,
            reducer_override: None,
            dispatch_table: None,
            buffer_callback: settings.buffer_callback,
        }
    }

    /// Writes the whole pickle of an object. May run Python.
    pub fn dump(&mut self, o: &Object) -> PyResult<()> {
        if self.protocol >= 2 {
            self.out.write(&[op::PROTO, self.protocol as u8])?;
            self.out.framing = self.protocol >= 4;
        }
        self.save(o)?;
        self.out.op(op::STOP)?;
        self.out.commit_frame();
        self.out.framing = false;
        Ok(())
    }

    /// Writes an object. May run Python.
    pub fn save(&mut self, o: &Object) -> PyResult<()> {
        self.out.boundary()?;
        if self.persistent_id.is_some() && self.save_persistent(o)? {
            return Ok(());
        }
        self.save_here(o)
    }

    fn save_here(&mut self, o: &Object) -> PyResult<()> {
        let ty = o.type_();
        if none::is_none(o) {
            return self.out.op(op::NONE);
        }
        if std::ptr::eq(ty, BOOL.get()) {
            return self.save_bool(bool_::is_true(o));
        }
        if let Some(value) = o.downcast_exact::<Int>() {
            return self.save_int(value);
        }
        if let Some(value) = o.downcast_exact::<Float>() {
            return self.save_float(value.value());
        }
        if let Some(index) = self.memo.get(o) {
            return self.write_get(index);
        }
        if let Some(bytes) = o.downcast_exact::<Bytes>() {
            return self.save_bytes(bytes);
        }
        if let Some(text) = o.downcast_exact::<Str>() {
            return self.save_str(text);
        }
        thread().check_native_recursion(RECURSION)?;
        if let Some(dict) = o.downcast_exact::<Dict>() {
            return self.guarded(o, |saver| saver.save_dict(dict));
        }
        if std::ptr::eq(ty, SET.get()) {
            return self.save_set(o);
        }
        if std::ptr::eq(ty, FROZENSET.get()) {
            return self.guarded(o, |saver| saver.save_frozenset(o));
        }
        if let Some(list) = o.downcast_exact::<List>() {
            return self.guarded(o, |saver| saver.save_list(list));
        }
        if let Some(tuple) = o.downcast_exact::<Tuple>() {
            return self.save_tuple(tuple);
        }
        if std::ptr::eq(ty, BYTEARRAY.get()) {
            return self.save_bytearray(o);
        }
        if std::ptr::eq(ty, PICKLE_BUFFER.get()) {
            return self.save_pickle_buffer(o);
        }
        if let Some(reduce) = self.reducer_override.clone() {
            let value = call::call_one(&reduce, o)?;
            if !none::is_not_implemented(&value) {
                return self.save_reduced(o, &value);
            }
        }
        if std::ptr::eq(ty, TYPE.get()) {
            return self.save_type(o);
        }
        if std::ptr::eq(ty, FUNCTION.get()) {
            return self.save_global(o, None);
        }
        self.save_other(o)
    }

    /// What has no opcodes of its own: by `dispatch_table`, `__reduce_ex__` or `__reduce__`.
    fn save_other(&mut self, o: &Object) -> PyResult<()> {
        let ty = o.type_().to_ref();
        let reduce = match &self.dispatch_table {
            Some(table) => object::get_item_opt(table, ty.as_object())?,
            None => self.state.dispatch_table.get_item(ty.as_object())?,
        };
        let value = if let Some(reduce) = reduce {
            call::call_one(&reduce, o)?
        } else if ty.is_subtype(&TYPE) {
            return self.save_global(o, None);
        } else if let Some(reduce) = object::get_attr_opt(o, id!(__reduce_ex__))? {
            call::call_one(&reduce, Int::from_i64(self.protocol.into()).as_object())?
        } else if let Some(reduce) = object::get_attr_opt(o, id!(__reduce__))? {
            call::call_no_args(&reduce)?
        } else {
            return Err(self.state.pickling(format_args!("Can't pickle {} object", full_name(o))));
        };
        self.save_reduced(o, &value)
    }

    fn save_reduced(&mut self, o: &Object, value: &Object) -> PyResult<()> {
        if let Some(name) = value.downcast::<Str>() {
            return self.save_global(o, Some(name));
        }
        let result = match value.downcast::<Tuple>() {
            Some(parts) => self.save_reduce(parts, o),
            None => Err(self.state.pickling(format_args!(
                "__reduce__ must return a string or tuple, not {}",
                full_name(value)
            ))),
        };
        result.map_err(|error| noted(error, &format!("when serializing {} object", full_name(o))))
    }

    /// Whether a persistent id stands for the object.
    fn save_persistent(&mut self, o: &Object) -> PyResult<bool> {
        let Some(persistent_id) = self.persistent_id.clone() else { return Ok(false) };
        let id = call::call_one(&persistent_id, o)?;
        if none::is_none(&id) {
            return Ok(false);
        }
        if self.binary {
            self.out.boundary()?;
            self.save_here(&id)?;
            self.out.op(op::BINPERSID)?;
            return Ok(true);
        }
        let text = object::str(&id)?;
        let Some(text) = text.as_ascii() else {
            return Err(self
                .state
                .pickling(format_args!("persistent IDs in protocol 0 must be ASCII strings")));
        };
        self.out.op(op::PERSID)?;
        self.out.write(text.as_bytes())?;
        self.out.write(b"\n")?;
        Ok(true)
    }

    // --- the memo -------------------------------------------------------------------------------

    fn write_get(&mut self, index: isize) -> PyResult<()> {
        if !self.binary {
            return self.out.write(format!("g{index}\n").as_bytes());
        }
        match u32::try_from(index) {
            Ok(index @ 0..256) => self.out.write(&[op::BINGET, index as u8]),
            Ok(index) => self.write_u32(op::LONG_BINGET, index),
            Err(_) => Err(self.state.pickling(format_args!("memo id too large for LONG_BINGET"))),
        }
    }

    fn write_u32(&mut self, opcode: u8, value: u32) -> PyResult<()> {
        let [a, b, c, d] = value.to_le_bytes();
        self.out.write(&[opcode, a, b, c, d])
    }

    /// Fetches an object that must have been memoised.
    pub(super) fn fetch(&mut self, o: &Object) -> PyResult<()> {
        match self.memo.get(o) {
            Some(index) => self.write_get(index),
            None => Err(key_error(o)),
        }
    }

    /// Memoises an object.
    pub(super) fn memoize(&mut self, o: &Object) -> PyResult<()> {
        if self.fast {
            return Ok(());
        }
        let index = self.memo.len();
        self.memo.set(o, index as isize)?;
        if self.protocol >= 4 {
            return self.out.op(op::MEMOIZE);
        }
        if !self.binary {
            return self.out.write(format!("p{index}\n").as_bytes());
        }
        match u32::try_from(index) {
            Ok(index @ 0..256) => self.out.write(&[op::BINPUT, index as u8]),
            Ok(index) => self.write_u32(op::LONG_BINPUT, index),
            Err(_) => Err(self.state.pickling(format_args!("memo id too large for LONG_BINPUT"))),
        }
    }

    // --- atoms ----------------------------------------------------------------------------------

    fn save_bool(&mut self, value: bool) -> PyResult<()> {
        if self.protocol >= 2 {
            return self.out.op(if value { op::NEWTRUE } else { op::NEWFALSE });
        }
        self.out.write(if value { b"I01\n" } else { b"I00\n" })
    }

    fn save_int(&mut self, value: &Int) -> PyResult<()> {
        if let Some(small) = value.to_i64().and_then(|value| i32::try_from(value).ok()) {
            if !self.binary {
                return self.out.write(format!("I{small}\n").as_bytes());
            }
            return match small {
                0..=0xff => self.out.write(&[op::BININT1, small as u8]),
                0x100..=0xffff => {
                    let [low, high] = (small as u16).to_le_bytes();
                    self.out.write(&[op::BININT2, low, high])
                }
                _ => self.write_u32(op::BININT, small as u32),
            };
        }
        if self.protocol < 2 {
            let text = object::repr(value.as_object())?;
            self.out.op(op::LONG)?;
            self.out.write(text.to_utf8()?.as_bytes())?;
            return self.out.write(b"L\n");
        }
        let big = value.to_bigint();
        let mut len = (big.bit_length() / 8 + 1) as usize;
        if len > i32::MAX as usize {
            return Err(overflow_error!("int too large to pickle"));
        }
        let mut bytes = vec![0; len];
        big.to_bytes(&mut bytes, true, true).map_err(gopy_core::error::from_numeric)?;
        if let [.., before, last] = bytes.as_slice()
            && value.is_negative()
            && *last == 0xff
            && before & 0x80 != 0
        {
            len -= 1;
        }
        match u8::try_from(len) {
            Ok(len) => self.out.write(&[op::LONG1, len])?,
            Err(_) => self.write_u32(op::LONG4, len as u32)?,
        }
        self.out.write(&bytes[..len])
    }

    fn save_float(&mut self, value: f64) -> PyResult<()> {
        if self.binary {
            let mut bytes = [op::BINFLOAT; 9];
            bytes[1..].copy_from_slice(&value.to_be_bytes());
            return self.out.write(&bytes);
        }
        let text = object::repr(Float::new(value).as_object())?;
        self.out.op(op::FLOAT)?;
        self.out.write(text.to_utf8()?.as_bytes())?;
        self.out.write(b"\n")
    }

    fn save_bytes(&mut self, bytes: &Bytes) -> PyResult<()> {
        if self.protocol >= 3 {
            return self.write_bytes(bytes.as_object(), bytes.as_slice());
        }
        // No opcode is there for them.
        let reduced = if bytes.as_slice().is_empty() {
            tuple::from_array([BYTES.to_ref().upcast(), tuple::empty().upcast()])
        } else {
            let text = Str::from_ucs1(bytes.as_slice())?.upcast();
            let latin1 = id!(latin1).to_ref().upcast();
            let args = tuple::from_array([text, latin1]);
            tuple::from_array([self.state.codecs_encode.clone(), args.upcast()])
        };
        self.save_reduce(&reduced, bytes.as_object())
    }

    fn write_bytes(&mut self, o: &Object, data: &[u8]) -> PyResult<()> {
        let header = self.size_header(op::SHORT_BINBYTES, op::BINBYTES, op::BINBYTES8, data.len());
        let Some(header) = header else {
            return Err(overflow_error!(
                "serializing a bytes object larger than 4 GiB requires pickle protocol 4 or higher"
            ));
        };
        self.out.write_data(&header, data, Some(o))?;
        self.memoize(o)
    }

    /// The opcode and the length of data in the shortest form.
    fn size_header(&self, short: u8, medium: u8, long: u8, len: usize) -> Option<Vec<u8>> {
        // Short text came with protocol 4, short bytes with 3.
        if let Ok(len) = u8::try_from(len)
            && (short == op::SHORT_BINBYTES || self.protocol >= 4)
        {
            return Some(vec![short, len]);
        }
        if let Ok(len) = u32::try_from(len) {
            let [a, b, c, d] = len.to_le_bytes();
            return Some(vec![medium, a, b, c, d]);
        }
        (self.protocol >= 4).then(|| [&[long][..], &(len as u64).to_le_bytes()].concat())
    }

    fn save_bytearray(&mut self, o: &Object) -> PyResult<()> {
        // The export keeps the content in its place while it is written.
        let view = buffer::get(o, BufferRequest::SIMPLE)?;
        let content = buffer::as_slice(&view);
        if self.protocol >= 5 {
            return self.write_bytearray(o, content);
        }
        let args = if content.is_empty() {
            tuple::empty()
        } else {
            tuple::from_array([Bytes::new(content)?.upcast()])
        };
        drop(view);
        let reduced = tuple::from_array([BYTEARRAY.to_ref().upcast(), args.upcast()]);
        self.save_reduce(&reduced, o)
    }

    fn write_bytearray(&mut self, o: &Object, data: &[u8]) -> PyResult<()> {
        let mut header = [op::BYTEARRAY8; 9];
        header[1..].copy_from_slice(&(data.len() as u64).to_le_bytes());
        self.out.write_data(&header, data, Some(o))?;
        self.memoize(o)
    }

    fn save_pickle_buffer(&mut self, o: &Object) -> PyResult<()> {
        if self.protocol < 5 {
            return Err(self
                .state
                .pickling(format_args!("PickleBuffer can only be pickled with protocol >= 5")));
        }
        let Some(wrapper) = o.downcast::<PickleBuffer>() else {
            return Err(type_error!("expected PickleBuffer, {:.200} found", o.type_name()));
        };
        // An export of our own: the callback may release the wrapper.
        let view = wrapper.export()?;
        if !is_contiguous(&view) {
            return Err(self.state.pickling(format_args!(
                "PickleBuffer can not be pickled when pointing to a non-contiguous buffer"
            )));
        }
        let in_band = match self.buffer_callback.clone() {
            Some(callback) => object::is_true(&*call::call_one(&callback, o)?)?,
            None => true,
        };
        if !in_band {
            self.out.op(op::NEXT_BUFFER)?;
            return if view.readonly { self.out.op(op::READONLY_BUFFER) } else { Ok(()) };
        }
        let content = buffer::as_slice(&view);
        if view.readonly { self.write_bytes(o, content) } else { self.write_bytearray(o, content) }
    }

    fn save_str(&mut self, text: &Str) -> PyResult<()> {
        if self.binary {
            self.write_str(text)?;
        } else {
            self.out.op(op::UNICODE)?;
            self.out.write(&raw_unicode_escape(text))?;
            self.out.write(b"\n")?;
        }
        self.memoize(text.as_object())
    }

    fn write_str(&mut self, text: &Str) -> PyResult<()> {
        let encoded;
        let (data, payload) = match text.as_str() {
            Some(text) => (text.as_bytes(), None),
            None => {
                encoded = codecs::encode_with(Encoding::Utf8, text, Some("surrogatepass"))?;
                (encoded.as_slice(), Some(encoded.as_object()))
            }
        };
        if let (Ok(len), true) = (u8::try_from(data.len()), self.protocol >= 4) {
            self.out.write(&[op::SHORT_BINUNICODE, len])?;
            return self.out.write(data);
        }
        let header =
            self.size_header(op::SHORT_BINUNICODE, op::BINUNICODE, op::BINUNICODE8, data.len());
        let Some(header) = header else {
            return Err(overflow_error!(
                "serializing a string larger than 4 GiB requires pickle protocol 4 or higher"
            ));
        };
        self.out.write_data(&header, data, payload)
    }

    // --- containers -----------------------------------------------------------------------------

    /// In fast mode, refuses objects that contain themselves.
    fn guarded(
        &mut self,
        o: &Object,
        save: impl FnOnce(&mut Self) -> PyResult<()>,
    ) -> PyResult<()> {
        if !self.fast {
            return save(self);
        }
        self.fast_nesting += 1;
        let watched = self.fast_nesting >= FAST_NESTING_MAX;
        if watched && !self.fast_memo.insert(o.id()) {
            return Err(value_error!(
                "fast mode: can't pickle cyclic objects including object type {:.200} at {:#x}",
                o.type_name(),
                o.id()
            ));
        }
        save(self)?;
        self.fast_nesting -= 1;
        if watched {
            self.fast_memo.remove(&o.id());
        }
        Ok(())
    }

    fn save_tuple(&mut self, tuple: &Tuple) -> PyResult<()> {
        const OPCODES: [u8; 4] = [op::EMPTY_TUPLE, op::TUPLE1, op::TUPLE2, op::TUPLE3];
        let o = tuple.as_object();
        let len = tuple.len();
        if len == 0 {
            return match self.protocol {
                0 => self.out.write(&[op::MARK, op::TUPLE]),
                _ => self.out.op(op::EMPTY_TUPLE),
            };
        }
        let short = len <= 3 && self.protocol >= 2;
        if !short {
            self.out.op(op::MARK)?;
        }
        for (index, item) in tuple.items().iter().enumerate() {
            self.save(item).map_err(|error| noted(error, &item_note(o, index)))?;
        }
        if self.memo.get(o).is_some() {
            // The tuple contains itself: what was written goes again.
            if !short && self.binary {
                self.out.op(op::POP_MARK)?;
            } else {
                for _ in 0..len + usize::from(!short) {
                    self.out.op(op::POP)?;
                }
            }
            return self.fetch(o);
        }
        self.out.op(if short { OPCODES[len] } else { op::TUPLE })?;
        self.memoize(o)
    }

    fn save_list(&mut self, list: &List) -> PyResult<()> {
        let o = list.as_object();
        if self.binary {
            self.out.op(op::EMPTY_LIST)?;
        } else {
            self.out.write(&[op::MARK, op::LIST])?;
        }
        let is_empty = list.is_empty();
        self.memoize(o)?;
        if is_empty {
            return Ok(());
        }
        thread().check_native_recursion(RECURSION)?;
        if self.protocol == 0 {
            return self.append_all(&*iter::get_iter(o)?, o);
        }
        if list.len() == 1
            && let Some(item) = list.get(0)
        {
            self.save(&item).map_err(|error| noted(error, &item_note(o, 0)))?;
            return self.out.op(op::APPEND);
        }
        let mut index = 0;
        loop {
            self.out.op(op::MARK)?;
            let end = index + BATCH;
            while index < end
                && let Some(item) = list.get(index)
            {
                self.save(&item).map_err(|error| noted(error, &item_note(o, index)))?;
                index += 1;
            }
            self.out.op(op::APPENDS)?;
            if index >= list.len() {
                return Ok(());
            }
        }
    }

    /// Appends what an iterator yields, in batches. May run Python.
    pub(super) fn append_all(&mut self, items: &Object, origin: &Object) -> PyResult<()> {
        let mut index = 0;
        let mut save = |saver: &mut Self, item: &Object| {
            let result = saver.save(item).map_err(|error| noted(error, &item_note(origin, index)));
            index += 1;
            result
        };
        if self.protocol == 0 {
            while let Some(item) = iter::next(items)? {
                save(self, &item)?;
                self.out.op(op::APPEND)?;
            }
            return Ok(());
        }
        loop {
            let Some(first) = iter::next(items)? else { return Ok(()) };
            let Some(second) = iter::next(items)? else {
                save(self, &first)?;
                return self.out.op(op::APPEND);
            };
            self.out.op(op::MARK)?;
            save(self, &first)?;
            drop(first);
            let mut next = Some(second);
            let mut count = 1;
            while let Some(item) = next.take() {
                save(self, &item)?;
                count += 1;
                if count < BATCH {
                    next = iter::next(items)?;
                }
            }
            self.out.op(op::APPENDS)?;
            if count < BATCH {
                return Ok(());
            }
        }
    }

    fn save_dict(&mut self, dict: &Dict) -> PyResult<()> {
        let o = dict.as_object();
        if self.binary {
            self.out.op(op::EMPTY_DICT)?;
        } else {
            self.out.write(&[op::MARK, op::DICT])?;
        }
        self.memoize(o)?;
        if dict.is_empty() {
            return Ok(());
        }
        thread().check_native_recursion(RECURSION)?;
        if self.protocol == 0 {
            let items = call::call_method(o, id!(items), &[])?;
            return self.set_all(&*iter::get_iter(&items)?, o);
        }
        let size = dict.len();
        let mut position = 0;
        if size == 1
            && let Some((key, value)) = dict.next(&mut position)
        {
            self.save_pair(&key, &value, o)?;
            return self.out.op(op::SETITEM);
        }
        loop {
            self.out.op(op::MARK)?;
            let mut count = 0;
            while count < BATCH
                && let Some((key, value)) = dict.next(&mut position)
            {
                self.save_pair(&key, &value, o)?;
                count += 1;
            }
            self.out.op(op::SETITEMS)?;
            if dict.len() != size {
                return Err(runtime_error!("dictionary changed size during iteration"));
            }
            if count < BATCH {
                return Ok(());
            }
        }
    }

    fn save_pair(&mut self, key: &Object, value: &Object, origin: &Object) -> PyResult<()> {
        self.save(key)?;
        self.save(value).map_err(|error| match object::repr(key) {
            Ok(key) => noted(error, &format!("when serializing {} item {key}", full_name(origin))),
            Err(other) => super::state::chained(other, error),
        })
    }

    /// Sets the pairs that an iterator yields, in batches. May run Python.
    pub(super) fn set_all(&mut self, items: &Object, origin: &Object) -> PyResult<()> {
        let next = || -> PyResult<Option<(Ref, Ref)>> {
            let Some(item) = iter::next(items)? else { return Ok(None) };
            match item.downcast::<Tuple>().map(Tuple::items) {
                Some([key, value]) => Ok(Some((key.clone(), value.clone()))),
                _ => Err(type_error!("dict items iterator must return 2-tuples")),
            }
        };
        if self.protocol == 0 {
            while let Some((key, value)) = next()? {
                self.save_pair(&key, &value, origin)?;
                self.out.op(op::SETITEM)?;
            }
            return Ok(());
        }
        loop {
            let Some((key, value)) = next()? else { return Ok(()) };
            let Some(second) = next()? else {
                self.save_pair(&key, &value, origin)?;
                return self.out.op(op::SETITEM);
            };
            self.out.op(op::MARK)?;
            self.save_pair(&key, &value, origin)?;
            let mut pair = Some(second);
            let mut count = 1;
            while let Some((key, value)) = pair.take() {
                self.save_pair(&key, &value, origin)?;
                count += 1;
                if count < BATCH {
                    pair = next()?;
                }
            }
            self.out.op(op::SETITEMS)?;
            if count < BATCH {
                return Ok(());
            }
        }
    }

    /// A set before protocol 4: `type([items])`.
    fn save_as_call(&mut self, o: &Object) -> PyResult<()> {
        let items = sequence::to_list(o)?;
        let class = o.type_().to_ref().upcast();
        let args = tuple::from_array([items.upcast()]);
        self.save_reduce(&tuple::from_array([class, args.upcast()]), o)
    }

    fn save_element(&mut self, item: &Object, origin: &Object) -> PyResult<()> {
        self.save(item).map_err(|error| {
            noted(error, &format!("when serializing {} element", full_name(origin)))
        })
    }

    fn save_set(&mut self, o: &Object) -> PyResult<()> {
        let Some(set) = Set::any(o) else { return self.save_other(o) };
        if self.protocol < 4 {
            return self.save_as_call(o);
        }
        self.out.op(op::EMPTY_SET)?;
        self.memoize(o)?;
        let size = set.len();
        if size == 0 {
            return Ok(());
        }
        let mut position = 0;
        loop {
            self.out.op(op::MARK)?;
            let mut count = 0;
            while count < BATCH
                && let Some((item, _)) = set.next(&mut position)
            {
                self.save_element(&item, o)?;
                count += 1;
            }
            self.out.op(op::ADDITEMS)?;
            if set.len() != size {
                return Err(runtime_error!("set changed size during iteration"));
            }
            if count < BATCH {
                return Ok(());
            }
        }
    }

    fn save_frozenset(&mut self, o: &Object) -> PyResult<()> {
        if self.protocol < 4 {
            return self.save_as_call(o);
        }
        self.out.op(op::MARK)?;
        let items = iter::get_iter(o)?;
        while let Some(item) = iter::next(&items)? {
            self.save_element(&item, o)?;
        }
        if self.memo.get(o).is_some() {
            // It contains itself: what was written goes again.
            self.out.op(op::POP_MARK)?;
            return self.fetch(o);
        }
        self.out.op(op::FROZENSET)?;
        self.memoize(o)
    }
}

/// A string as protocol 0 has it: what is not Latin-1 and what would end the line is escaped.
fn raw_unicode_escape(text: &Str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for index in 0..text.len() {
        match text.char_at(index) {
            point @ 0x10000.. => out.extend_from_slice(format!("\\U{point:08x}").as_bytes()),
            point @ (0x100.. | 0 | 0x0a | 0x0d | 0x1a | 0x5c) => {
                out.extend_from_slice(format!("\\u{point:04x}").as_bytes());
            }
            point => out.push(point as u8),
        }
    }
    out
}
