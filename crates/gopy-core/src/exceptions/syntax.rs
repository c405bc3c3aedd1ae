//! `SyntaxError`, `IndentationError`, `TabError`.

use gopy_object::{Args, BaseException, Instance, Object, PyResult, Slot, Slots};

use super::{EXCEPTION, base, complex, object_members, simple};
use crate::error::type_error;
use crate::int::Int;
use crate::none;
use crate::str::{Str, StrBuilder};
use crate::{object, sequence};

complex! {
    /// `SyntaxError`.
    SyntaxError: BaseException, SYNTAX_ERROR, "SyntaxError", EXCEPTION, 144, {
        /// `msg`.
        msg: Slot,
        /// `filename`.
        filename: Slot,
        /// `lineno`.
        lineno: Slot,
        /// `offset`.
        offset: Slot,
        /// `end_lineno`.
        end_lineno: Slot,
        /// `end_offset`.
        end_offset: Slot,
        /// `text`.
        text: Slot,
        /// `print_file_and_line`.
        print_file_and_line: Slot,
        /// `_metadata`.
        metadata: Slot,
    }
}
object_members!(SyntaxError {
    msg msg;
    filename filename;
    lineno lineno;
    offset offset;
    text text;
    end_lineno end_lineno;
    end_offset end_offset;
    print_file_and_line print_file_and_line;
    _metadata metadata;
});

simple! { &PAYLOAD, 144, |slots| slots.init.set(Some(init));
    INDENTATION_ERROR "IndentationError" SYNTAX_ERROR;
    TAB_ERROR "TabError" INDENTATION_ERROR;
    INCOMPLETE_INPUT_ERROR "_IncompleteInputError" SYNTAX_ERROR;
}

fn init(object: &Object, args: Args<'_>) -> PyResult<()> {
    base::init(object, args)?;
    // SAFETY: `__init__` of this type and its subtypes.
    let this = unsafe { object.downcast_unchecked::<SyntaxError>() };
    if let Some(msg) = args.get(0) {
        this.msg.set(Some(msg.to_ref()));
    }
    if args.len() != 2 {
        return Ok(());
    }
    let Some(info) = args.get(1) else { return Ok(()) };
    let info = sequence::to_tuple(info)?;
    let info = info.items();
    if !(4..=7).contains(&info.len()) {
        let (how, limit) = if info.len() < 4 { ("least", 4) } else { ("most", 7) };
        return Err(type_error!(
            "function takes at {how} {limit} arguments ({} given)",
            info.len()
        ));
    }
    let item = |index: usize| info.get(index).cloned();
    this.filename.set(item(0));
    this.lineno.set(item(1));
    this.offset.set(item(2));
    this.text.set(item(3));
    this.end_lineno.set(item(4));
    this.end_offset.set(item(5));
    if let Some(metadata) = item(6) {
        this.metadata.set(Some(metadata));
    }
    if info.len() == 5 {
        return Err(type_error!("end_offset must be provided when end_lineno is provided"));
    }
    Ok(())
}

fn str(object: &Object) -> PyResult {
    // SAFETY: `__str__` of this type.
    let this = unsafe { object.downcast_unchecked::<SyntaxError>() };
    let filename = this.filename.get().and_then(|name| name.downcast_ref::<Str>().ok());
    let lineno = this.lineno.get();
    // What does not fit a C long is shown as -1.
    let lineno = lineno
        .as_deref()
        .and_then(|lineno| lineno.downcast_exact::<Int>())
        .map(|lineno| lineno.to_i64().unwrap_or(-1));
    let msg = object::str(&this.msg.get().unwrap_or_else(none::none))?;
    if filename.is_none() && lineno.is_none() {
        return Ok(msg.upcast());
    }
    let mut text = StrBuilder::new();
    text.push(&msg)?;
    text.push_str(" (")?;
    if let Some(filename) = &filename {
        let slash = filename.units().iter().enumerate().filter(|(_, c)| *c == u32::from('/'));
        let start = slash.last().map_or(0, |(index, _)| index + 1);
        text.push_range(filename, start, filename.len())?;
    }
    if let Some(lineno) = lineno {
        text.push_str(if filename.is_some() { ", line " } else { "line " })?;
        text.push_str(&lineno.to_string())?;
    }
    text.push_str(")")?;
    Ok(text.finish()?.upcast())
}

impl SyntaxError {
    const METHODS: &'static [gopy_object::native::MethodDef] = &[];
    const GETSETS: &'static [gopy_object::native::GetSetDef] = &[];

    fn fill_slots(slots: &Slots) {
        slots.init.set(Some(init));
        slots.str.set(Some(str));
    }
}
