//! `make_encoder`: from values to text.

use gopy_core::builtin::BuiltinFunction;
use gopy_core::dict::{DICT, Dict};
use gopy_core::error::{system_error, type_error, value_error};
use gopy_core::float::Float;
use gopy_core::int::{INT, Int};
use gopy_core::list::List;
use gopy_core::str::Str;
use gopy_core::tuple::{self, Tuple};
use gopy_core::{bool_, call, exceptions, mapping, none, number, object, sequence, type_};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Exception, Instance, Object, PyResult, Ref, Slot, Type};
use gopy_object::{gc, memory, thread};

use super::escape::Output;

/// An encoder with the settings of a `JSONEncoder`.
#[pyclass(name = "_json.Encoder", static = ENCODER, basicsize = 80,
    flags(HAVE_GC, HEAPTYPE))]
#[repr(C)]
pub struct Encoder {
    object: Object,
    markers: Slot,
    default: Slot,
    encoder: Slot,
    indent: Slot,
    key_separator: Slot<Str>,
    item_separator: Slot<Str>,
    sort_keys: bool,
    skip_keys: bool,
    allow_nan: bool,
    /// The encoder of strings is the module's own; whether it is that for ASCII.
    quotes: Option<bool>,
}

/// Which of the module's functions for strings `encoder` is.
fn own_quotes(encoder: &Object) -> Option<bool> {
    let function = encoder.downcast::<BuiltinFunction>()?;
    let own = super::MODULE.methods.iter().find(|def| std::ptr::eq(*def, function.def))?;
    match own.name {
        "encode_basestring_ascii" => Some(true),
        "encode_basestring" => Some(false),
        _ => None,
    }
}

#[pymethods]
impl Encoder {
    #[pymember]
    fn markers(&self) -> Option<Ref> {
        self.markers.get()
    }

    #[pymember]
    fn default(&self) -> Option<Ref> {
        self.default.get()
    }

    #[pymember]
    fn encoder(&self) -> Option<Ref> {
        self.encoder.get()
    }

    #[pymember]
    fn indent(&self) -> Option<Ref> {
        self.indent.get()
    }

    #[pymember]
    fn key_separator(&self) -> Option<Ref<Str>> {
        self.key_separator.get()
    }

    #[pymember]
    fn item_separator(&self) -> Option<Ref<Str>> {
        self.item_separator.get()
    }

    #[pymember]
    fn sort_keys(&self) -> bool {
        self.sort_keys
    }

    #[pymember]
    fn skipkeys(&self) -> bool {
        self.skip_keys
    }
}

#[pyslots]
impl Encoder {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let given = bind!(args, "make_encoder", ["markers", "default", "encoder", "indent",
            "key_separator", "item_separator", "sort_keys", "skipkeys", "allow_nan"],
            required 9, positional_only 0, positional 9, style ParseTuple);
        let given = given.map(|argument| argument.unwrap_or_else(|| none::none_object()));
        let [markers, default, encoder, indent, key_separator, item_separator, ..] = given;
        let text = |argument: &Object, position: usize| match argument.downcast::<Str>() {
            Some(text) => Ok(Slot::new(Some(text.to_ref()))),
            None => Err(type_error!(
                "make_encoder() argument {position} must be str, not {:.50}",
                object::type_name_or_none(argument)
            )),
        };
        let key_separator = text(key_separator, 5)?;
        let item_separator = text(item_separator, 6)?;
        let [sort_keys, skip_keys, allow_nan] = [given[6], given[7], given[8]];
        let sort_keys = object::is_true(sort_keys)?;
        let skip_keys = object::is_true(skip_keys)?;
        let allow_nan = object::is_true(allow_nan)?;
        if !none::is_none(markers) && markers.downcast::<Dict>().is_none() {
            return Err(type_error!(
                "make_encoder() argument 1 must be dict or None, not {:.50}",
                markers.type_name()
            ));
        }
        let encoder_object = Encoder {
            object: Object::header(ty),
            markers: Slot::new(Some(markers.to_ref())),
            default: Slot::new(Some(default.to_ref())),
            encoder: Slot::new(Some(encoder.to_ref())),
            indent: Slot::new(Some(indent.to_ref())),
            key_separator,
            item_separator,
            sort_keys,
            skip_keys,
            allow_nan,
            quotes: own_quotes(encoder),
        };
        Ok(gc::tracked(memory::alloc(ty, encoder_object)?).upcast())
    }

    fn call(&self, args: Args<'_>) -> PyResult {
        let [value, level] = bind!(args, "_iterencode", ["obj", "_current_indent_level"],
            required 2, positional_only 0, positional 2, style ParseTuple);
        let (Some(value), Some(level)) = (value, level) else {
            return Err(type_error!("_iterencode() takes 2 arguments"));
        };
        let level = number::index_as_ssize(level)?;
        let part = |slot: &Slot<Str>| slot.get().unwrap_or_else(Str::empty);
        let mut run = Run {
            encoder: self,
            output: Output::new(),
            markers: self.markers.get().and_then(|markers| markers.downcast_ref().ok()),
            indent: None,
            key_separator: part(&self.key_separator),
            item_separator: part(&self.item_separator),
        };
        if let Some(indent) = self.indent.get().filter(|indent| !none::is_none(indent)) {
            run.indent = Some(Indent::new(indent, level)?);
        }
        run.value(value, 0)?;
        Ok(tuple::from_array([run.output.finish()?.upcast()]).upcast())
    }
}

/// Line ends with their indentation, by level.
struct Indent {
    by: Ref,
    /// What opens and closes a level, and what stands between its items.
    levels: Vec<(Ref<Str>, Ref<Str>)>,
}

impl Indent {
    fn new(by: Ref, level: isize) -> PyResult<Indent> {
        let mut first = Str::new("\n");
        if level != 0 {
            let repeated = sequence::repeat(&by, level)?;
            let Some(repeated) = repeated.downcast::<Str>() else {
                return Err(system_error!("bad argument to internal function"));
            };
            first = first.concat(repeated)?;
        }
        Ok(Indent { by, levels: vec![(first, Str::empty())] })
    }

    /// Makes the strings of levels up to `level`.
    fn reach(&mut self, level: usize, separator: &Str) -> PyResult<()> {
        while self.levels.len() <= level {
            let Some(by) = self.by.downcast::<Str>() else {
                return Err(type_error!(
                    "can only concatenate str (not \"{:.200}\") to str",
                    self.by.type_name()
                ));
            };
            let newline = match self.levels.last() {
                Some((outer, _)) => outer.concat(by)?,
                None => Str::new("\n"),
            };
            let between = separator.concat(&newline)?;
            self.levels.push((newline, between));
        }
        Ok(())
    }
}

/// `error` with a note about where it happened. May run Python.
#[cold]
fn noted(error: Exception, note: PyResult<String>) -> Exception {
    let added = note.and_then(|note| exceptions::add_note(error.value(), &Str::new(&note)));
    match added {
        Ok(_) => error,
        Err(other) => other,
    }
}

/// The fully qualified name of an object's type, for notes.
fn type_of(o: &Object) -> PyResult<Ref<Str>> {
    type_::qualified_name(o.type_())
}

/// One call of the encoder.
struct Run<'a> {
    encoder: &'a Encoder,
    output: Output,
    markers: Option<Ref<Dict>>,
    indent: Option<Indent>,
    key_separator: Ref<Str>,
    item_separator: Ref<Str>,
}

/// A mark that a container is being encoded.
struct Mark(Option<Ref>);

impl Run<'_> {
    /// Marks a container; it must not be marked already.
    #[inline]
    fn mark(&self, o: &Object) -> PyResult<Mark> {
        let Some(markers) = &self.markers else { return Ok(Mark(None)) };
        let ident = Int::from_u64(std::ptr::from_ref(o).addr() as u64).upcast();
        if markers.contains(&ident)? {
            return Err(value_error!("Circular reference detected"));
        }
        markers.set_item(&ident, o)?;
        Ok(Mark(Some(ident)))
    }

    #[inline]
    fn unmark(&self, mark: Mark) -> PyResult<()> {
        let (Some(markers), Mark(Some(ident))) = (&self.markers, mark) else { return Ok(()) };
        if !markers.del_item(&ident)? {
            return Err(exceptions::key_error(&ident));
        }
        Ok(())
    }

    /// Any value. May run Python.
    fn value(&mut self, o: &Object, level: usize) -> PyResult<()> {
        if let Some(text) = o.downcast::<Str>() {
            return self.text(text);
        }
        if none::is_none(o) {
            return self.output.push_ascii(b"null");
        }
        if bool_::is_bool(o) {
            let word: &[u8] = if bool_::is_true(o) { b"true" } else { b"false" };
            return self.output.push_ascii(word);
        }
        if let Some(int) = o.downcast::<Int>() {
            return self.int(int);
        }
        if let Some(float) = o.downcast::<Float>() {
            return self.float(float);
        }
        if o.downcast::<List>().is_some() || o.downcast::<Tuple>().is_some() {
            thread().check_native_recursion(" while encoding a JSON object")?;
            return self.list(o, level);
        }
        if let Some(dict) = o.downcast::<Dict>() {
            thread().check_native_recursion(" while encoding a JSON object")?;
            return self.dict(dict, level);
        }
        self.other(o, level)
    }

    fn other(&mut self, o: &Object, level: usize) -> PyResult<()> {
        let mark = self.mark(o)?;
        let default = self.encoder.default.get().unwrap_or_else(none::none);
        let new = call::call_one(&default, o)?;
        thread().check_native_recursion(" while encoding a JSON object")?;
        if let Err(error) = self.value(&new, level) {
            let note = type_of(o).map(|name| format!("when serializing {name} object"));
            return Err(noted(error, note));
        }
        self.unmark(mark)
    }

    #[inline]
    fn text(&mut self, text: &Str) -> PyResult<()> {
        match self.encoder.quotes {
            Some(ascii_only) => self.output.push_quoted(text, ascii_only),
            None => self.text_by_hook(text),
        }
    }

    fn text_by_hook(&mut self, text: &Str) -> PyResult<()> {
        let encoder = self.encoder.encoder.get().unwrap_or_else(none::none);
        let encoded = call::call_one(&encoder, text.as_object())?;
        match encoded.downcast::<Str>() {
            Some(encoded) => self.output.push(encoded),
            None => {
                Err(type_error!("encoder() must return a string, not {:.80}", encoded.type_name()))
            }
        }
    }

    #[inline]
    fn int(&mut self, int: &Int) -> PyResult<()> {
        if !int.is_compact() {
            return self.output.push(&*int_text(int)?);
        }
        let value = int.compact_value();
        let mut digits = [0u8; 20];
        let mut start = digits.len();
        let mut rest = value.unsigned_abs();
        loop {
            start -= 1;
            digits[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if value < 0 {
            start -= 1;
            digits[start] = b'-';
        }
        self.output.push_ascii(&digits[start..])
    }

    fn float(&mut self, float: &Float) -> PyResult<()> {
        let text = self.float_text(float)?;
        self.output.push_ascii(text.as_bytes())
    }

    fn float_text(&self, float: &Float) -> PyResult<String> {
        let value = float.value();
        if value.is_finite() {
            return Ok(gopy_numeric::float::text::repr(value));
        }
        if !self.encoder.allow_nan {
            let repr = object::repr(float.as_object())?;
            return Err(value_error!("Out of range float values are not JSON compliant: {repr}"));
        }
        let name = match value {
            value if value > 0.0 => "Infinity",
            value if value < 0.0 => "-Infinity",
            _ => "NaN",
        };
        Ok(name.to_owned())
    }

    /// Goes one level in: the level within. Lays out its strings.
    #[inline]
    fn enter(&mut self, level: usize) -> PyResult<usize> {
        if let Some(indent) = &mut self.indent {
            indent.reach(level + 1, &self.item_separator)?;
        }
        Ok(level + 1)
    }

    #[inline]
    fn push_newline(&mut self, level: usize) -> PyResult<()> {
        match &self.indent {
            Some(indent) => self.output.push(&indent.levels[level].0),
            None => Ok(()),
        }
    }

    #[inline]
    fn push_separator(&mut self, level: usize) -> PyResult<()> {
        match &self.indent {
            Some(indent) => self.output.push(&indent.levels[level].1),
            None => self.output.push(&self.item_separator),
        }
    }

    fn list(&mut self, o: &Object, level: usize) -> PyResult<()> {
        let items = sequence::fast(o, "_iterencode_list needs a sequence")?;
        let get = |index: usize| match items.downcast::<List>() {
            Some(list) => list.get(index),
            None => items
                .downcast::<Tuple>()
                .and_then(|tuple| tuple.get(index))
                .map(|item| item.to_ref()),
        };
        let Some(mut item) = get(0) else { return self.output.push_ascii(b"[]") };
        let mark = self.mark(o)?;
        self.output.push_ascii(b"[")?;
        let inner = self.enter(level)?;
        self.push_newline(inner)?;
        let mut index = 0;
        loop {
            if let Err(error) = self.value(&item, inner) {
                let note = type_of(o).map(|name| format!("when serializing {name} item {index}"));
                return Err(noted(error, note));
            }
            index += 1;
            let Some(next) = get(index) else { break };
            item = next;
            self.push_separator(inner)?;
        }
        self.unmark(mark)?;
        self.push_newline(level)?;
        self.output.push_ascii(b"]")
    }

    fn dict(&mut self, dict: &Dict, level: usize) -> PyResult<()> {
        if dict.is_empty() {
            return self.output.push_ascii(b"{}");
        }
        let mark = self.mark(dict.as_object())?;
        self.output.push_ascii(b"{")?;
        let inner = self.enter(level)?;
        let mut first = true;
        let exact = dict.as_object().is_exact(&DICT);
        if self.encoder.sort_keys || !exact {
            let items = if exact { dict.items() } else { mapping::items(dict.as_object())? };
            if self.encoder.sort_keys {
                items.sort(None, false)?;
            }
            let mut index = 0;
            while let Some(item) = items.get(index) {
                index += 1;
                let Some([key, value]) = item.downcast::<Tuple>().map(|tuple| tuple.items()) else {
                    return Err(value_error!("items must return 2-tuples"));
                };
                self.entry(dict, &mut first, key, value, inner)?;
            }
        } else {
            let mut position = 0;
            while let Some((key, value)) = dict.next(&mut position) {
                self.entry(dict, &mut first, &key, &value, inner)?;
            }
        }
        self.unmark(mark)?;
        if !first {
            self.push_newline(level)?;
        }
        self.output.push_ascii(b"}")
    }

    fn entry(
        &mut self,
        dict: &Dict,
        first: &mut bool,
        key: &Object,
        value: &Object,
        level: usize,
    ) -> PyResult<()> {
        let made;
        let text = match key.downcast::<Str>() {
            Some(text) => text,
            None => match self.key_text(key)? {
                Some(text) => {
                    made = text;
                    &made
                }
                None => return Ok(()),
            },
        };
        if *first {
            *first = false;
            self.push_newline(level)?;
        } else {
            self.push_separator(level)?;
        }
        self.text(text)?;
        self.output.push(&self.key_separator)?;
        self.value(value, level).map_err(|error| {
            let note = type_of(dict.as_object()).and_then(|name| {
                let key = object::repr(key)?;
                Ok(format!("when serializing {name} item {}", key.to_string_lossy()))
            });
            noted(error, note)
        })
    }

    /// The text of a key that is none; nothing where it is to be skipped.
    fn key_text(&self, key: &Object) -> PyResult<Option<Ref<Str>>> {
        if let Some(float) = key.downcast::<Float>() {
            return self.float_text(float).map(|text| Some(Str::new(&text)));
        }
        if none::is_none(key) {
            return Ok(Some(Str::new("null")));
        }
        if bool_::is_bool(key) {
            return Ok(Some(Str::new(if bool_::is_true(key) { "true" } else { "false" })));
        }
        if let Some(int) = key.downcast::<Int>() {
            return int_text(int).map(Some);
        }
        if self.encoder.skip_keys {
            return Ok(None);
        }
        Err(type_error!("keys must be str, int, float, bool or None, not {:.100}", key.type_name()))
    }
}

/// `int.__repr__(int)`.
fn int_text(int: &Int) -> PyResult<Ref<Str>> {
    let Some(repr) = INT.slots.repr.get() else { return object::repr(int.as_object()) };
    let text = repr(int.as_object())?;
    text.downcast_ref().map_err(|_| system_error!("a repr is a str"))
}
