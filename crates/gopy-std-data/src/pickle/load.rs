//! Reading pickles: the stack machine.
//!
//! Answers to `load` and the `load_*` functions in `Modules/_pickle.c`.

use std::rc::Rc;

use gopy_core::bytes::Bytes;
use gopy_core::codecs::{self, Encoding};
use gopy_core::dict::Dict;
use gopy_core::error::{
    attribute_error_text, eof_error, overflow_error, runtime_error, value_error,
};
use gopy_core::exceptions::UNICODE_DECODE_ERROR;
use gopy_core::float::Float;
use gopy_core::int::{INT, Int};
use gopy_core::list::List;
use gopy_core::set::{SET, Set};
use gopy_core::str::{self, Str};
use gopy_core::tuple::{self, Tuple};
use gopy_core::{bool_, call, hooks, id, import, iter, memoryview, none, number, object};
use gopy_numeric::float::parse::parse_prefix;
use gopy_numeric::int::BigInt;
use gopy_object::{Exception, Instance, Object, PyResult, Ref, Type};

use super::input::Input;
use super::memo::UnpickleMemo;
use super::opcodes as op;
use super::state::{State, chained, dotted_path, get_path, import_module};

/// Gets a class by module and name: the unpickler's own method, where a subclass may have one.
pub type FindClass<'a> = &'a dyn Fn(i32, &Object, &Object) -> PyResult;

/// How 8-bit strings of Python 2 are decoded.
#[derive(Clone)]
pub struct StringCoding {
    /// The encoding; `bytes` leaves them undecoded.
    pub encoding: String,
    /// The handler of errors.
    pub errors: String,
}

/// One run of an unpickler.
pub struct Loader<'a> {
    pub(super) state: Rc<State>,
    /// The input, which the unpickler gets back.
    pub input: Input,
    pub(super) memo: &'a UnpickleMemo,
    pub(super) coding: StringCoding,
    pub(super) buffers: Option<Ref>,
    pub(super) persistent_load: Option<Ref>,
    pub(super) find_class: FindClass<'a>,
    stack: Vec<Ref>,
    marks: Vec<usize>,
    /// The largest number of marks, which shows in the unpickler's size.
    pub marks_max: usize,
    /// Length of the last line, likewise.
    pub line_len: Option<usize>,
    /// The pickle's protocol.
    pub protocol: i32,
}

/// Up to 8 bytes, lowest first; `None` beyond the largest size.
fn size_of(bytes: &[u8]) -> Option<usize> {
    let size = bytes.iter().rev().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    (size <= isize::MAX as u64).then_some(size as usize)
}

impl<'a> Loader<'a> {
    /// A run that begins.
    pub fn new(
        state: Rc<State>,
        input: Input,
        memo: &'a UnpickleMemo,
        coding: StringCoding,
        find_class: FindClass<'a>,
    ) -> Loader<'a> {
        Loader {
            state,
            input,
            memo,
            coding,
            buffers: None,
            persistent_load: None,
            find_class,
            stack: Vec::new(),
            marks: Vec::new(),
            marks_max: 0,
            line_len: None,
            protocol: 0,
        }
    }

    /// Reads one pickle. May run Python.
    pub fn load(&mut self) -> PyResult {
        loop {
            let opcode = match self.input.read(&self.state, 1) {
                Ok(bytes) => bytes[0],
                Err(error) if error.is_instance(&self.state.unpickling_error) => {
                    return Err(eof_error!("Ran out of input"));
                }
                Err(error) => return Err(error),
            };
            if opcode == op::STOP {
                break;
            }
            self.step(opcode)?;
        }
        self.input.skip_consumed()?;
        self.pop()
    }

    fn step(&mut self, opcode: u8) -> PyResult<()> {
        match opcode {
            op::NONE => self.push(none::none()),
            op::BININT => {
                let value = i32::from_le_bytes(self.array()?);
                self.push(Int::from_i64(value.into()).upcast())
            }
            op::BININT1 => {
                let [value] = self.array()?;
                self.push(Int::from_i64(value.into()).upcast())
            }
            op::BININT2 => {
                let value = u16::from_le_bytes(self.array()?);
                self.push(Int::from_i64(value.into()).upcast())
            }
            op::INT => self.load_int(),
            op::LONG => self.load_long(),
            op::LONG1 => {
                let [len] = self.array()?;
                self.load_counted_long(len.into())
            }
            op::LONG4 => {
                let len = i32::from_le_bytes(self.array()?);
                self.load_counted_long(len)
            }
            op::FLOAT => self.load_float(),
            op::BINFLOAT => {
                let value = f64::from_be_bytes(self.array()?);
                self.push(Float::new(value).upcast())
            }
            op::SHORT_BINBYTES => self.load_bytes(1),
            op::BINBYTES => self.load_bytes(4),
            op::BINBYTES8 => self.load_bytes(8),
            op::BYTEARRAY8 => {
                let size = self.size(8, "BYTEARRAY8")?;
                let content = self.input.read_into(&self.state, size)?;
                self.push(content.into_bytearray()?)
            }
            op::NEXT_BUFFER => self.load_next_buffer(),
            op::READONLY_BUFFER => self.load_readonly_buffer(),
            op::SHORT_BINSTRING => {
                let [len] = self.array()?;
                self.load_binstring(len.into())
            }
            op::BINSTRING => {
                let len = i32::from_le_bytes(self.array()?);
                self.load_binstring(len)
            }
            op::STRING => self.load_string(),
            op::UNICODE => {
                let line = self.line()?;
                let text = &line[..line.len() - 1];
                let coding = Encoding::RawUnicodeEscape;
                let (text, _) = codecs::decode_with(coding, text, None, true)?;
                self.push(text.upcast())
            }
            op::SHORT_BINUNICODE => self.load_str(1),
            op::BINUNICODE => self.load_str(4),
            op::BINUNICODE8 => self.load_str(8),
            op::EMPTY_TUPLE => self.load_tuple_of(0),
            op::TUPLE1 => self.load_tuple_of(1),
            op::TUPLE2 => self.load_tuple_of(2),
            op::TUPLE3 => self.load_tuple_of(3),
            op::TUPLE => {
                let mark = self.marker()?;
                let tuple = self.pop_tuple(mark)?;
                self.push(tuple.upcast())
            }
            op::EMPTY_LIST => self.push(List::new().upcast()),
            op::LIST => {
                let mark = self.marker()?;
                let items = self.stack.split_off(mark);
                self.push(List::from_vec(items).upcast())
            }
            op::EMPTY_DICT => self.push(Dict::new().upcast()),
            op::DICT => self.load_dict(),
            op::EMPTY_SET => self.push(Set::new().upcast()),
            op::ADDITEMS => self.load_additems(),
            op::FROZENSET => {
                let mark = self.marker()?;
                let items = self.stack.split_off(mark);
                self.push(Set::new_frozen(items)?.upcast())
            }
            op::OBJ => self.load_obj(),
            op::INST => self.load_inst(),
            op::NEWOBJ => self.load_newobj(false),
            op::NEWOBJ_EX => self.load_newobj(true),
            op::GLOBAL => {
                let module = self.name_line(Encoding::Utf8)?;
                let name = self.name_line(Encoding::Utf8)?;
                let global = (self.find_class)(self.protocol, &module, &name)?;
                self.push(global)
            }
            op::STACK_GLOBAL => self.load_stack_global(),
            op::APPEND => {
                if self.stack.len() < self.fence() + 2 {
                    return Err(self.underflow());
                }
                self.append_from(self.stack.len() - 1)
            }
            op::APPENDS => {
                let mark = self.marker()?;
                self.append_from(mark)
            }
            op::BUILD => self.load_build(),
            op::DUP => {
                let top = self.top()?;
                self.push(top)
            }
            op::BINGET => {
                let [index] = self.array()?;
                self.get_memo(Some(index.into()), index.into())
            }
            op::LONG_BINGET => {
                let index = u32::from_le_bytes(self.array()?);
                self.get_memo(Some(index as usize), index.into())
            }
            op::GET => {
                let index = self.index_line()?;
                self.get_memo(usize::try_from(index).ok(), index as i64)
            }
            op::MARK => {
                self.marks.push(self.stack.len());
                self.marks_max = self.marks_max.max(self.marks.len());
                Ok(())
            }
            op::BINPUT => {
                let [index] = self.array()?;
                self.put_memo(index.into())
            }
            op::LONG_BINPUT => {
                let index = u32::from_le_bytes(self.array()?);
                self.put_memo(index as usize)
            }
            op::PUT => self.load_put(),
            op::MEMOIZE => self.put_memo(self.memo.len()),
            op::POP => self.load_pop(),
            op::POP_MARK => {
                let mark = self.marker()?;
                drop(self.stack.split_off(mark));
                Ok(())
            }
            op::SETITEM => match self.stack.len().checked_sub(2) {
                Some(mark) => self.set_from(mark),
                None => Err(self.underflow()),
            },
            op::SETITEMS => {
                let mark = self.marker()?;
                self.set_from(mark)
            }
            op::PERSID => self.load_persid(),
            op::BINPERSID => {
                let id = self.pop()?;
                self.push_persistent(&id)
            }
            op::REDUCE => self.load_reduce(),
            op::PROTO => {
                let [protocol] = self.array()?;
                if i32::from(protocol) > op::HIGHEST_PROTOCOL {
                    return Err(value_error!("unsupported pickle protocol: {protocol}"));
                }
                self.protocol = protocol.into();
                Ok(())
            }
            op::FRAME => self.load_frame(),
            op::EXT1 => {
                let [code] = self.array()?;
                self.load_extension(code.into())
            }
            op::EXT2 => {
                let code = u16::from_le_bytes(self.array()?);
                self.load_extension(code.into())
            }
            op::EXT4 => {
                let code = i32::from_le_bytes(self.array()?);
                self.load_extension(code.into())
            }
            op::NEWTRUE => self.push(bool_::bool_ref(true)),
            op::NEWFALSE => self.push(bool_::bool_ref(false)),
            _ => Err(self.invalid(opcode)),
        }
    }

    #[cold]
    fn invalid(&self, opcode: u8) -> Exception {
        match opcode {
            0x20..=0x7e if opcode != b'\'' && opcode != b'\\' => {
                self.state.unpickling(format_args!("invalid load key, '{}'.", char::from(opcode)))
            }
            _ => self.state.unpickling(format_args!("invalid load key, '\\x{opcode:02x}'.")),
        }
    }

    // --- the stack ------------------------------------------------------------------------------

    #[inline]
    fn push(&mut self, o: Ref) -> PyResult<()> {
        self.stack.push(o);
        Ok(())
    }

    /// Nothing below is reached until the mark is taken.
    #[inline]
    fn fence(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    #[cold]
    fn underflow(&self) -> Exception {
        self.state.unpickling(format_args!(
            "{}",
            if self.marks.is_empty() {
                "unpickling stack underflow"
            } else {
                "unexpected MARK found"
            }
        ))
    }

    #[inline]
    fn pop(&mut self) -> PyResult {
        if self.stack.len() > self.fence()
            && let Some(top) = self.stack.pop()
        {
            return Ok(top);
        }
        Err(self.underflow())
    }

    fn top(&self) -> PyResult {
        match self.stack.last() {
            Some(top) if self.stack.len() > self.fence() => Ok(top.clone()),
            _ => Err(self.underflow()),
        }
    }

    fn marker(&mut self) -> PyResult<usize> {
        // What lies below a mark can only have been taken by then through an error.
        let mark = self.marks.pop();
        mark.map(|mark| mark.min(self.stack.len()))
            .ok_or_else(|| self.state.unpickling(format_args!("could not find MARK")))
    }

    fn pop_tuple(&mut self, start: usize) -> PyResult<Ref<Tuple>> {
        if start < self.fence() {
            return Err(self.underflow());
        }
        tuple::try_from_vec(self.stack.split_off(start))
    }

    fn load_tuple_of(&mut self, len: usize) -> PyResult<()> {
        let Some(start) = self.stack.len().checked_sub(len) else { return Err(self.underflow()) };
        let tuple = self.pop_tuple(start)?;
        self.push(tuple.upcast())
    }

    fn load_pop(&mut self) -> PyResult<()> {
        if self.marks.last() == Some(&self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(drop)
    }

    // --- the memo -------------------------------------------------------------------------------

    fn get_memo(&mut self, index: Option<usize>, shown: i64) -> PyResult<()> {
        match index.and_then(|index| self.memo.get(index)) {
            Some(value) => self.push(value),
            None => {
                Err(self.state.unpickling(format_args!("Memo value not found at index {shown}")))
            }
        }
    }

    fn put_memo(&mut self, index: usize) -> PyResult<()> {
        let top = self.top()?;
        self.memo.put(index, top)
    }

    fn load_put(&mut self) -> PyResult<()> {
        let line = self.checked_line(2)?;
        let top = self.top()?;
        let index = index_of(&line)?;
        match usize::try_from(index) {
            Ok(index) => self.memo.put(index, top),
            Err(_) => Err(value_error!("negative PUT argument")),
        }
    }

    // --- arguments ------------------------------------------------------------------------------

    #[inline]
    fn array<const N: usize>(&mut self) -> PyResult<[u8; N]> {
        self.input.array(&self.state)
    }

    fn size(&mut self, bytes: usize, what: &str) -> PyResult<usize> {
        match size_of(self.input.read(&self.state, bytes)?) {
            Some(size) => Ok(size),
            None => {
                Err(overflow_error!("{what} exceeds system's maximum size of {} bytes", isize::MAX))
            }
        }
    }

    fn line(&mut self) -> PyResult<Vec<u8>> {
        let line = self.input.line(&self.state)?;
        self.line_len = Some(line.len());
        Ok(line)
    }

    /// The next line, which has at least so many bytes.
    fn checked_line(&mut self, least: usize) -> PyResult<Vec<u8>> {
        let line = self.line()?;
        if line.len() < least { Err(self.state.truncated()) } else { Ok(line) }
    }

    fn index_line(&mut self) -> PyResult<isize> {
        index_of(&self.checked_line(2)?)
    }

    fn name_line(&mut self, encoding: Encoding) -> PyResult {
        let line = self.checked_line(2)?;
        let name = &line[..line.len() - 1];
        Ok(codecs::decode_with(encoding, name, None, true)?.0.upcast())
    }

    // --- atoms ----------------------------------------------------------------------------------

    fn load_int(&mut self) -> PyResult<()> {
        let line = self.checked_line(2)?;
        let value = match plain_int(&line) {
            Some(value @ (0 | 1)) if line.len() == 3 => bool_::bool_ref(value == 1),
            Some(value) => Int::from_i64(value).upcast(),
            None => {
                int_of_text(&line).map_err(|_| value_error!("could not convert string to int"))?
            }
        };
        self.push(value)
    }

    fn load_long(&mut self) -> PyResult<()> {
        let mut line = self.checked_line(2)?;
        if line[line.len() - 2] == b'L' {
            line.truncate(line.len() - 2);
        }
        self.push(int_of_text(&line)?)
    }

    fn load_counted_long(&mut self, len: i32) -> PyResult<()> {
        let Ok(len) = usize::try_from(len) else {
            return Err(self.state.unpickling(format_args!("LONG pickle has negative byte count")));
        };
        let bytes = self.input.read(&self.state, len)?;
        let value = BigInt::from_bytes(bytes, true, true);
        self.push(Int::from_bigint(&value).upcast())
    }

    fn load_float(&mut self) -> PyResult<()> {
        let line = self.checked_line(2)?;
        let shown = || String::from_utf8_lossy(&line).chars().take(200).collect::<String>();
        let Some((value, used)) = parse_prefix(&line).filter(|(_, used)| *used > 0) else {
            return Err(value_error!("could not convert string to float: '{}'", shown()));
        };
        let is_word = line[..used].iter().any(|byte| matches!(byte, b'i' | b'I'));
        if value.is_infinite() && !is_word {
            return Err(overflow_error!("value too large to convert to float: '{}'", shown()));
        }
        if !matches!(line.get(used), Some(b'\n' | 0) | None) {
            return Err(value_error!("could not convert string to float"));
        }
        self.push(Float::new(value).upcast())
    }

    fn load_bytes(&mut self, width: usize) -> PyResult<()> {
        let size = self.size(width, "BINBYTES")?;
        let content = self.input.read_into(&self.state, size)?;
        self.push(content.into_bytes()?)
    }

    fn load_str(&mut self, width: usize) -> PyResult<()> {
        let size = self.size(width, "BINUNICODE")?;
        let bytes = self.input.read(&self.state, size)?;
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => Str::try_new(text)?,
            Err(_) => {
                let bytes = bytes.to_vec();
                codecs::decode_with(Encoding::Utf8, &bytes, Some("surrogatepass"), true)?.0
            }
        };
        self.push(text.upcast())
    }

    /// An 8-bit string of Python 2.
    fn decode(&self, bytes: &[u8]) -> PyResult {
        if self.coding.encoding == "bytes" {
            return Bytes::new(bytes).map(Ref::upcast);
        }
        let StringCoding { encoding, errors } = &self.coding;
        codecs::decode_text(bytes, Some(encoding), Some(errors)).map(Ref::upcast)
    }

    fn load_binstring(&mut self, len: i32) -> PyResult<()> {
        let Ok(len) = usize::try_from(len) else {
            return Err(self
                .state
                .unpickling(format_args!("BINSTRING pickle has negative byte count")));
        };
        let bytes = self.input.read(&self.state, len)?.to_vec();
        let value = self.decode(&bytes)?;
        self.push(value)
    }

    fn load_string(&mut self) -> PyResult<()> {
        let line = self.line()?;
        let content = match &line[..line.len() - 1] {
            [first @ (b'\'' | b'"'), content @ .., last] if first == last => content,
            _ => {
                return Err(self
                    .state
                    .unpickling(format_args!("the STRING opcode argument must be quoted")));
            }
        };
        let decode = import::import_attr("_codecs", "escape_decode")?;
        let decoded = call::call_one(&decode, Bytes::new(content)?.as_object())?;
        let bytes = decoded.downcast::<Tuple>().and_then(|pair| pair.get(0));
        let Some(bytes) = bytes.and_then(|bytes| bytes.downcast::<Bytes>()) else {
            return Err(runtime_error!("escape_decode() should return bytes"));
        };
        let value = self.decode(bytes.as_slice())?;
        self.push(value)
    }

    fn load_next_buffer(&mut self) -> PyResult<()> {
        let Some(buffers) = &self.buffers else {
            return Err(self.state.unpickling(format_args!(
                "pickle stream refers to out-of-band data but no *buffers* argument was given"
            )));
        };
        match iter::next(buffers)? {
            Some(buffer) => self.push(buffer),
            None => Err(self.state.unpickling(format_args!("not enough out-of-band buffers"))),
        }
    }

    fn load_readonly_buffer(&mut self) -> PyResult<()> {
        let top = self.top()?;
        let view = memoryview::new(&top)?;
        if !object::is_true(&*object::get_attr(view.as_object(), &Str::new("readonly"))?)? {
            let readonly = call::call_method(view.as_object(), &Str::new("toreadonly"), &[])?;
            self.stack.pop();
            self.push(readonly)?;
        }
        Ok(())
    }

    fn load_frame(&mut self) -> PyResult<()> {
        let Some(len) = size_of(self.input.read(&self.state, 8)?) else {
            return Err(overflow_error!(
                "FRAME length exceeds system's maximum of {} bytes",
                isize::MAX
            ));
        };
        self.input.begin_frame(&self.state, len)
    }

    // --- containers -----------------------------------------------------------------------------

    fn load_dict(&mut self) -> PyResult<()> {
        let mark = self.marker()?;
        if !(self.stack.len() - mark).is_multiple_of(2) {
            return Err(self.state.unpickling(format_args!("odd number of items for DICT")));
        }
        let dict = Dict::new();
        let items = self.stack.split_off(mark);
        set_pairs(items, |key, value| dict.set_owned(key, value))?;
        self.push(dict.upcast())
    }

    /// The container below the items from `mark` on.
    fn container(&self, mark: usize) -> PyResult<Ref> {
        if mark > self.stack.len() || mark <= self.fence() {
            return Err(self.underflow());
        }
        Ok(self.stack[mark - 1].clone())
    }

    fn append_from(&mut self, mark: usize) -> PyResult<()> {
        let list = self.container(mark)?;
        if self.stack.len() == mark {
            return Ok(());
        }
        if let Some(list) = list.downcast_exact::<List>() {
            let items = self.stack.split_off(mark);
            return items.into_iter().try_for_each(|item| list.push(item));
        }
        if let Some(extend) = object::get_attr_opt(&list, id!(extend))? {
            let items = List::from_vec(self.stack.split_off(mark));
            return call::call_one(&extend, items.as_object()).map(drop);
        }
        let append = object::get_attr(&list, id!(append))?;
        let items = self.stack.split_off(mark);
        items.into_iter().try_for_each(|item| call::call_one(&append, &item).map(drop))
    }

    fn set_from(&mut self, mark: usize) -> PyResult<()> {
        let dict = self.container(mark)?;
        if self.stack.len() == mark {
            return Ok(());
        }
        if !(self.stack.len() - mark).is_multiple_of(2) {
            return Err(self.state.unpickling(format_args!("odd number of items for SETITEMS")));
        }
        let items = self.stack.split_off(mark);
        if let Some(dict) = dict.downcast_exact::<Dict>() {
            return set_pairs(items, |key, value| dict.set_owned(key, value));
        }
        set_pairs(items, |key, value| object::set_item(&dict, &key, &value))
    }

    fn load_additems(&mut self) -> PyResult<()> {
        let mark = self.marker()?;
        let set = self.container(mark)?;
        if self.stack.len() == mark {
            return Ok(());
        }
        if set.is_instance(&SET)
            && let Some(set) = Set::any(&set)
        {
            let items = self.stack.split_off(mark);
            return items.into_iter().try_for_each(|item| set.add(&item).map(drop));
        }
        let add = object::get_attr(&set, id!(add))?;
        let items = self.stack.split_off(mark);
        items.into_iter().try_for_each(|item| call::call_one(&add, &item).map(drop))
    }

    // --- objects --------------------------------------------------------------------------------

    fn load_obj(&mut self) -> PyResult<()> {
        let mark = self.marker()?;
        if self.stack.len() <= mark {
            return Err(self.underflow());
        }
        let args = self.pop_tuple(mark + 1)?;
        let class = self.pop()?;
        self.push(instantiate(&class, &args)?)
    }

    fn load_inst(&mut self) -> PyResult<()> {
        let mark = self.marker()?;
        let module = self.name_line(Encoding::Ascii)?;
        let name = self.name_line(Encoding::Ascii)?;
        let class = (self.find_class)(self.protocol, &module, &name)?;
        let args = self.pop_tuple(mark)?;
        self.push(instantiate(&class, &args)?)
    }

    fn load_newobj(&mut self, with_kwargs: bool) -> PyResult<()> {
        let kwargs = if with_kwargs { Some(self.pop()?) } else { None };
        let args = self.pop()?;
        let class = self.pop()?;
        let opcode = if with_kwargs { "NEWOBJ_EX" } else { "NEWOBJ" };
        let bad = |what: &str, found: &Object| {
            self.state.unpickling(format_args!("{opcode} {what}, not {:.200}", found.type_name()))
        };
        let Some(ty) = class.downcast::<Type>() else {
            return Err(bad("class argument must be a type", &class));
        };
        let Some(new) = ty.slots.new.get() else {
            return Err(self.state.unpickling(format_args!(
                "{opcode} class argument '{:.200}' doesn't have __new__",
                class.type_name()
            )));
        };
        let Some(args) = args.downcast::<Tuple>() else {
            return Err(bad("args argument must be a tuple", &args));
        };
        let kwargs = match &kwargs {
            Some(kwargs) => match kwargs.downcast::<Dict>() {
                Some(kwargs) => Some(kwargs),
                None => return Err(bad("kwargs argument must be a dict", kwargs)),
            },
            None => None,
        };
        let new = call::with_tuple_args(args, kwargs, |args| new(ty, args))?;
        self.push(new)
    }

    fn load_stack_global(&mut self) -> PyResult<()> {
        let name = self.pop()?;
        let module = self.pop()?;
        if name.downcast_exact::<Str>().is_none() || module.downcast_exact::<Str>().is_none() {
            return Err(self.state.unpickling(format_args!("STACK_GLOBAL requires str")));
        }
        let global = (self.find_class)(self.protocol, &module, &name)?;
        self.push(global)
    }

    fn push_persistent(&mut self, id: &Object) -> PyResult<()> {
        let Some(load) = self.persistent_load.clone() else {
            return Err(no_persistent_load(&self.state));
        };
        let value = call::call_one(&load, id)?;
        self.push(value)
    }

    fn load_persid(&mut self) -> PyResult<()> {
        let line = self.line()?;
        let text = &line[..line.len() - 1];
        let id = match codecs::decode_with(Encoding::Ascii, text, None, true) {
            Ok((id, _)) => id,
            Err(error) if error.is_instance(&UNICODE_DECODE_ERROR) => {
                return Err(self.state.unpickling(format_args!(
                    "persistent IDs in protocol 0 must be ASCII strings"
                )));
            }
            Err(error) => return Err(error),
        };
        self.push_persistent(id.as_object())
    }

    fn load_reduce(&mut self) -> PyResult<()> {
        let args = self.pop()?;
        let callable = self.pop()?;
        let Some(args) = args.downcast::<Tuple>() else {
            return Err(gopy_core::error::type_error!("argument list must be a tuple"));
        };
        let value = call::call_tuple(&callable, args, None)?;
        self.push(value)
    }

    fn load_extension(&mut self, code: i64) -> PyResult<()> {
        if code <= 0 {
            return Err(self.state.unpickling(format_args!("EXT specifies code <= 0")));
        }
        let key = Int::from_i64(code);
        if let Some(found) = self.state.extension_cache.get_item(key.as_object())? {
            return self.push(found);
        }
        let Some(pair) = self.state.inverted_registry.get_item(key.as_object())? else {
            return Err(value_error!("unregistered extension code {code}"));
        };
        let names = pair.downcast::<Tuple>().map(Tuple::items);
        let is_text = |name: &Ref| name.downcast::<Str>().is_some();
        let Some([module, name]) = names.filter(|names| names.iter().all(is_text)) else {
            return Err(value_error!("_inverted_registry[{code}] isn't a 2-tuple of strings"));
        };
        let found = (self.find_class)(self.protocol, module, name)?;
        self.state.extension_cache.set_item(key.as_object(), &found)?;
        self.push(found)
    }

    fn load_build(&mut self) -> PyResult<()> {
        if self.stack.len() < self.fence() + 2 {
            return Err(self.underflow());
        }
        let state = self.pop()?;
        let instance = self.top()?;
        if let Some(setstate) = object::get_attr_opt(&instance, id!(__setstate__))? {
            return call::call_one(&setstate, &state).map(drop);
        }
        // The state of `__slots__` comes second.
        let (state, slots) = match state.downcast::<Tuple>().map(Tuple::items) {
            Some([state, slots]) => (state.clone(), Some(slots.clone())),
            _ => (state, None),
        };
        if !none::is_none(&state) {
            let Some(state) = state.downcast::<Dict>() else {
                return Err(self.state.unpickling(format_args!("state is not a dictionary")));
            };
            let attributes = object::get_attr(&instance, id!(__dict__))?;
            let mut position = 0;
            while let Some((key, value)) = state.next(&mut position) {
                let key = match key.downcast_ref::<Str>() {
                    Ok(key) if key.as_object().downcast_exact::<Str>().is_some() => {
                        str::intern(key).upcast()
                    }
                    Ok(key) => key.upcast(),
                    Err(key) => key,
                };
                object::set_item(&attributes, &key, &value)?;
            }
        }
        let Some(slots) = slots else { return Ok(()) };
        let Some(slots) = slots.downcast::<Dict>() else {
            return Err(self.state.unpickling(format_args!("slot state is not a dictionary")));
        };
        let mut position = 0;
        while let Some((key, value)) = slots.next(&mut position) {
            object::set_attr(&instance, object::attribute_name(&key)?, &value)?;
        }
        Ok(())
    }
}

/// "A load persistent id instruction was encountered, …".
#[cold]
pub fn no_persistent_load(state: &State) -> Exception {
    state.unpickling(format_args!(
        "A load persistent id instruction was encountered, but no persistent_load function was \
         specified."
    ))
}

fn set_pairs(items: Vec<Ref>, mut set: impl FnMut(Ref, Ref) -> PyResult<()>) -> PyResult<()> {
    let mut items = items.into_iter();
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        set(key, value)?;
    }
    Ok(())
}

fn instantiate(class: &Object, args: &Tuple) -> PyResult {
    if args.is_empty()
        && class.downcast::<Type>().is_some()
        && !object::has_attr(class, &Str::new("__getinitargs__"))?
    {
        return call::call_method(class, id!(__new__), &[class]);
    }
    call::call_tuple(class, args, None)
}

/// A number of a line as `strtol` reads it; `None` where it is none or does not fit.
fn plain_int(line: &[u8]) -> Option<i64> {
    let end = line.iter().position(|byte| matches!(byte, b'\n' | 0)).unwrap_or(line.len());
    let text = std::str::from_utf8(&line[..end]).ok()?;
    let text = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    text.parse().ok()
}

/// `int(text)`. The text ends where there is a NUL.
fn int_of_text(line: &[u8]) -> PyResult {
    let end = line.iter().position(|byte| *byte == 0).unwrap_or(line.len());
    if let Some(value) = plain_int(line) {
        return Ok(Int::from_i64(value).upcast());
    }
    let text = Str::new(&String::from_utf8_lossy(&line[..end]));
    call::call_one(INT.as_object(), text.as_object())
}

fn index_of(line: &[u8]) -> PyResult<isize> {
    let value = int_of_text(line)?;
    number::index_as_ssize(&value)
}

/// `Unpickler.find_class` as it is unless a subclass has its own. May run Python.
pub fn find_class(
    state: &State,
    protocol: i32,
    fix_imports: bool,
    module: &Object,
    name: &Object,
) -> PyResult {
    (hooks::get().audit)("pickle.find_class", &[module, name])?;
    let (mut module, mut name) = (module.to_ref(), name.to_ref());
    if protocol < 3 && fix_imports {
        (module, name) = new_names(state, module, name)?;
    }
    let home = import_module(&module)?;
    let text = object::attribute_name(&name)?;
    if protocol < 4 {
        return object::get_attr(&home, text);
    }
    let path = dotted_path(text);
    match get_path(&home, &path) {
        Err(error) if path.len() > 1 => {
            let (name, module) = (object::repr(&name)?, object::repr(&module)?);
            let new = attribute_error_text!("Can't resolve path {name} on module {module}");
            Err(chained(new, error))
        }
        result => result,
    }
}

/// The names of Python 3 for those that Python 2 had.
fn new_names(state: &State, module: Ref, name: Ref) -> PyResult<(Ref, Ref)> {
    let key = tuple::from_array([module.clone(), name.clone()]);
    if let Some(item) = state.names_2to3.get_item(key.as_object())? {
        let Some([new_module, new_name]) = item.downcast::<Tuple>().map(Tuple::items) else {
            return Err(runtime_error!(
                "_compat_pickle.NAME_MAPPING values should be 2-tuples, not {:.200}",
                item.type_name()
            ));
        };
        if new_module.downcast::<Str>().is_none() || new_name.downcast::<Str>().is_none() {
            return Err(runtime_error!(
                "_compat_pickle.NAME_MAPPING values should be pairs of str, not ({:.200}, {:.200})",
                new_module.type_name(),
                new_name.type_name()
            ));
        }
        return Ok((new_module.clone(), new_name.clone()));
    }
    match state.imports_2to3.get_item(&module)? {
        Some(new) if new.downcast::<Str>().is_none() => Err(runtime_error!(
            "_compat_pickle.IMPORT_MAPPING values should be strings, not {:.200}",
            new.type_name()
        )),
        Some(new) => Ok((new, name)),
        None => Ok((module, name)),
    }
}
