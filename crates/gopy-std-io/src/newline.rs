//! `IncrementalNewlineDecoder` and the search for line endings.
//!
//! Answers to the first part of `Modules/_io/textio.c`.

use std::cell::Cell;

use gopy_core::argument::{ArgSpec, Bound, Style};
use gopy_core::error::{type_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::{Str, StrBuilder};
use gopy_core::{bytes, call, id, none, number, object, tuple};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::Tuple;
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};
use gopy_unicode::units::Units;

const CR: u32 = 0x0d;
const LF: u32 = 0x0a;
const SEEN_CR: u8 = 1;
const SEEN_LF: u8 = 2;
const SEEN_CRLF: u8 = 4;

/// First position of a character from `start` on.
pub(crate) fn find(text: Units<'_>, start: usize, point: u32) -> Option<usize> {
    let found = match text {
        Units::Ucs1(text) => text[start..].iter().position(|c| u32::from(*c) == point),
        Units::Ucs2(text) => text[start..].iter().position(|c| u32::from(*c) == point),
        Units::Ucs4(text) => text[start..].iter().position(|c| *c == point),
    };
    found.map(|at| start + at)
}

/// Where lines end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LineEnd {
    /// At `\n` only: newlines have been translated.
    Translated,
    /// At `\n`, `\r` and `\r\n`.
    Universal,
    /// At `\n`.
    Lf,
    /// At `\r`.
    Cr,
    /// At `\r\n`.
    CrLf,
}

gopy_object::leaf_traverse!(LineEnd);

impl LineEnd {
    /// For the argument `newline`.
    pub(crate) fn of(newline: Option<&Str>) -> LineEnd {
        match newline.map(Str::to_string_lossy).as_deref() {
            None => LineEnd::Translated,
            Some("") => LineEnd::Universal,
            Some("\r") => LineEnd::Cr,
            Some("\r\n") => LineEnd::CrLf,
            Some(_) => LineEnd::Lf,
        }
    }

    /// Where the first line of `text[start..]` ends (past its newline), or, where no ending is seen,
    /// up to where there certainly is none.
    pub(crate) fn find(self, text: Units<'_>, start: usize) -> Result<usize, usize> {
        let length = text.len();
        match self {
            LineEnd::Translated | LineEnd::Lf => {
                find(text, start, LF).map(|at| at + 1).ok_or(length)
            }
            LineEnd::Cr => find(text, start, CR).map(|at| at + 1).ok_or(length),
            LineEnd::Universal => {
                let is_end = |c: u32| c == LF || c == CR;
                let rest = text.slice(start, length);
                let Some(at) = rest.iter().position(is_end) else { return Err(length) };
                let at = start + at;
                let pair = text.get(at) == Some(CR) && text.get(at + 1) == Some(LF);
                Ok(at + 1 + usize::from(pair))
            }
            LineEnd::CrLf => {
                let mut from = start;
                while let Some(at) = find(text, from, CR) {
                    match text.get(at + 1) {
                        Some(LF) => return Ok(at + 2),
                        Some(_) => from = at + 1,
                        None => return Err(at),
                    }
                }
                Err(length)
            }
        }
    }
}

/// Checks an argument `newline`.
pub(crate) fn is_legal_newline(newline: &Str) -> bool {
    ["", "\n", "\r", "\r\n"].iter().any(|legal| newline.eq_str(legal))
}

/// `text` with every `\n` replaced.
pub(crate) fn replace_lf(text: &Str, newline: &Str) -> PyResult<Ref<Str>> {
    let mut out = StrBuilder::with_capacity(text.len() + 8);
    let mut start = 0;
    while let Some(at) = find(text.units(), start, LF) {
        out.push_range(text, start, at)?;
        out.push(newline)?;
        start = at + 1;
    }
    out.push_range(text, start, text.len())?;
    out.finish()
}

/// A decoder that translates newlines, around another one.
#[pyclass(name = "_io.IncrementalNewlineDecoder", static = NEWLINE_DECODER, basicsize = 40,
    flags(BASETYPE, HAVE_GC, IMMUTABLETYPE),
    text_signature = "(decoder, translate, errors='strict')")]
#[repr(C)]
pub struct NewlineDecoder {
    object: Object,
    decoder: Slot,
    errors: Slot,
    pending_cr: Cell<bool>,
    translate: Cell<bool>,
    seen: Cell<u8>,
    ready: Cell<bool>,
}

impl NewlineDecoder {
    /// A decoder around `decoder`.
    pub(crate) fn make(decoder: Option<Ref>, translate: bool) -> PyResult<Ref<NewlineDecoder>> {
        let ty: &Type = &NEWLINE_DECODER;
        let made = NewlineDecoder {
            object: Object::header(ty),
            decoder: Slot::new(Some(decoder.unwrap_or_else(none::none))),
            errors: Slot::new(Some(Str::new("strict").upcast())),
            pending_cr: Cell::new(false),
            translate: Cell::new(translate),
            seen: Cell::new(0),
            ready: Cell::new(true),
        };
        Ok(gc::tracked(memory::alloc(ty, made)?))
    }

    fn inner(&self) -> PyResult<Option<Ref>> {
        match self.decoder.get() {
            Some(decoder) if self.ready.get() => Ok((!none::is_none(&decoder)).then_some(decoder)),
            _ => Err(value_error!("IncrementalNewlineDecoder.__init__() not called")),
        }
    }

    /// Decodes one piece. May run Python.
    pub(crate) fn decode_piece(&self, input: &Object, last: bool) -> PyResult<Ref<Str>> {
        let output = match self.inner()? {
            Some(decoder) => {
                call::call_method(&decoder, id!(decode), &[input, crate::util::bool_object(last)])?
            }
            None => input.to_ref(),
        };
        let Ok(mut output) = output.downcast_ref::<Str>() else {
            return Err(type_error!("decoder should return a string result"));
        };
        if self.pending_cr.get() && (last || !output.is_empty()) {
            output = Str::from_code_point(CR).concat(&output)?;
            self.pending_cr.set(false);
        }
        // A CR at the end waits, so that a pair is never torn apart.
        let length = output.len();
        if !last && length > 0 && output.char_at(length - 1) == CR {
            output = output.try_slice(0, length - 1)?;
            self.pending_cr.set(true);
        }
        self.translate_newlines(output)
    }

    fn translate_newlines(&self, text: Ref<Str>) -> PyResult<Ref<Str>> {
        if text.is_empty() {
            return Ok(text);
        }
        let units = text.units();
        let Some(first) = find(units, 0, CR) else {
            if self.seen.get() & SEEN_LF == 0 && find(units, 0, LF).is_some() {
                self.seen.set(self.seen.get() | SEEN_LF);
            }
            return Ok(text);
        };
        let translate = self.translate.get();
        let mut seen = self.seen.get();
        if find(units.slice(0, first), 0, LF).is_some() {
            seen |= SEEN_LF;
        }
        let mut out = StrBuilder::with_capacity(if translate { text.len() } else { 0 });
        if translate {
            out.push_range(&text, 0, first)?;
        }
        let mut at = first;
        while let Some(point) = units.get(at) {
            at += 1;
            let mut plain = point;
            if point == LF {
                seen |= SEEN_LF;
            } else if point == CR {
                plain = LF;
                if units.get(at) == Some(LF) {
                    seen |= SEEN_CRLF;
                    at += 1;
                } else {
                    seen |= SEEN_CR;
                }
            }
            if translate {
                out.push_code_point(plain)?;
            }
        }
        self.seen.set(seen);
        if translate { out.finish() } else { Ok(text) }
    }

    /// The attribute `newlines`.
    pub(crate) fn newlines_value(&self) -> Ref {
        let seen = self.seen.get();
        let mut kinds = Vec::new();
        for (bit, text) in [(SEEN_CR, "\r"), (SEEN_LF, "\n"), (SEEN_CRLF, "\r\n")] {
            if seen & bit != 0 {
                kinds.push(Str::new(text).upcast());
            }
        }
        match kinds.len() {
            0 => none::none(),
            1 => kinds.pop().unwrap_or_else(none::none),
            _ => tuple::from_vec(kinds).upcast(),
        }
    }
}

#[pymethods]
impl NewlineDecoder {
    #[pymethod("($self, /, input, final=False)")]
    fn decode(&self, input: &Object, r#final: bool) -> PyResult<Ref<Str>> {
        self.decode_piece(input, r#final)
    }

    #[pymethod("($self, /)")]
    fn getstate(&self) -> PyResult<Ref<Tuple>> {
        let (buffer, flag) = match self.inner()? {
            None => (bytes::Bytes::empty().upcast(), 0),
            Some(decoder) => {
                let state = call::call_method(&decoder, id!(getstate), &[])?;
                let Some(pair) = state.downcast::<Tuple>() else {
                    return Err(type_error!("illegal decoder state"));
                };
                let [buffer, flag] = pair.items() else {
                    return Err(type_error!("illegal decoder state"));
                };
                (buffer.clone(), number::index_as_c_long(flag)?)
            }
        };
        let flag = (flag << 1) | i64::from(self.pending_cr.get());
        Ok(tuple::from_array([buffer, Int::from_i64(flag).upcast()]))
    }

    #[pymethod("($self, state, /)")]
    fn setstate(&self, state: &Object) -> PyResult<()> {
        let decoder = self.inner()?;
        let Some(pair) = state.downcast::<Tuple>() else {
            return Err(type_error!("state argument must be a tuple"));
        };
        let [buffer, flag] = pair.items() else {
            return Err(type_error!("setstate(): illegal state argument"));
        };
        let flag = number::index_as_c_long(flag)?;
        self.pending_cr.set(flag & 1 != 0);
        if let Some(decoder) = decoder {
            let flag = Int::from_i64(flag >> 1).upcast();
            let state = tuple::from_array([buffer.clone(), flag]);
            call::call_method(&decoder, id!(setstate), &[state.as_object()])?;
        }
        Ok(())
    }

    #[pymethod("($self, /)")]
    fn reset(&self) -> PyResult<()> {
        let decoder = self.inner()?;
        self.seen.set(0);
        self.pending_cr.set(false);
        if let Some(decoder) = decoder {
            call::call_method(&decoder, id!(reset), &[])?;
        }
        Ok(())
    }

    #[pygetter]
    fn newlines(&self) -> PyResult {
        self.inner()?;
        Ok(self.newlines_value())
    }
}

#[pyslots]
impl NewlineDecoder {
    fn new(ty: &Type, _args: Args<'_>) -> PyResult {
        let made = NewlineDecoder {
            object: Object::header(ty),
            decoder: Slot::empty(),
            errors: Slot::empty(),
            pending_cr: Cell::new(false),
            translate: Cell::new(false),
            seen: Cell::new(0),
            ready: Cell::new(false),
        };
        Ok(gc::tracked(memory::alloc(ty, made)?).upcast())
    }

    fn init(&self, args: Args<'_>) -> PyResult<()> {
        static SPEC: ArgSpec = ArgSpec {
            function: "IncrementalNewlineDecoder",
            names: &["decoder", "translate", "errors"],
            required: &[true, true, false],
            positional_only: 0,
            positional: 3,
            required_positional: 2,
            rest: false,
            keywords: false,
            style: Style::Clinic,
        };
        let mut places = [None; 3];
        let found = Bound::bind(&SPEC, args, &mut places)?;
        let translate = object::is_true(found.required(1))?;
        let errors = found.get(2).map_or_else(|| Str::new("strict").upcast(), Object::to_ref);
        self.decoder.set(Some(found.required(0).to_ref()));
        self.errors.set(Some(errors));
        self.translate.set(translate);
        self.seen.set(0);
        self.pending_cr.set(false);
        self.ready.set(true);
        Ok(())
    }
}
