//! Tuples with named fields: `os.stat_result`, `time.struct_time`, `sys.version_info`.
//!
//! Answers to `Objects/structseq.c`. A type is a heap subtype of tuple made from a [`StructSeq`]. The
//! fields behind the visible items lie in the words that follow them, where `__slots__` of another type
//! would be; so the collector and the deallocator find them.

use std::rc::Rc;

use gopy_macros::pymethods;
use gopy_object::typeobj::{TYPE, Tuple};
use gopy_object::{
    Args, Instance, Object, PyResult, Ref, Slot, Type, TypeFlags, TypeName, gc, memory,
};

use crate::argument::{ArgSpec, Bound, Style, keyword_items};
use crate::dict::Dict;
use crate::error::type_error;
use crate::int::Int;
use crate::list::List;
use crate::str::{Str, interned};
use crate::{descriptor, iter, none, object, sequence, tuple, type_};

/// The declaration of such a type.
pub struct StructSeq {
    /// Name with its module: `"time.struct_time"`.
    pub name: &'static str,
    /// `__doc__`.
    pub doc: &'static str,
    /// Field names in order; an empty one has no attribute.
    pub fields: &'static [&'static str],
    /// How many of them are items of the tuple.
    pub visible: usize,
}

const ITEMS_AT: usize = size_of::<Tuple>();

/// Makes the type. May run Python.
///
/// # Errors
///
/// `MemoryError`.
pub fn new_type(spec: &'static StructSeq) -> PyResult<Ref<Type>> {
    let (module, short) = spec.name.rsplit_once('.').unwrap_or(("builtins", spec.name));
    let dict = Dict::new();
    dict.set_str(&interned("__slots__"), tuple::empty().as_object())?;
    dict.set_str(&interned("__doc__"), Str::new(spec.doc).as_object())?;
    dict.set_str(&interned("__module__"), Str::new(module).as_object())?;
    let bases = tuple::from_array([tuple::TUPLE.to_ref().upcast()]);
    let ty = type_::new_type(&TYPE, &Str::new(short), &bases, &dict, Args::none())?;
    let hidden = spec.fields.len() - spec.visible;
    ty.slot_words.set((ITEMS_AT + spec.visible * 8, hidden));
    ty.real_size.set(ty.payload.get().size + hidden * 8);
    ty.basicsize.set(ITEMS_AT + hidden * 8);
    ty.set_name(TypeName::Heap(Rc::from(spec.name)));
    ty.remove_flags(TypeFlags::BASETYPE);
    ty.slots.new.set(Some(new_slot));
    ty.slots.repr.set(Some(repr_slot));
    fill_dict(&ty, spec)?;
    type_::modified(&ty);
    Ok(ty)
}

fn fill_dict(ty: &Ref<Type>, spec: &StructSeq) -> PyResult<()> {
    let Some(dict) = ty.dict.get().and_then(|dict| dict.downcast_ref::<Dict>().ok()) else {
        return Ok(());
    };
    dict.del_item(interned("__slots__").as_object())?;
    let count = |n: usize| Int::from_u64(n as u64);
    let unnamed = spec.fields[..spec.visible].iter().filter(|name| name.is_empty()).count();
    dict.set_str(&interned("n_sequence_fields"), count(spec.visible).as_object())?;
    dict.set_str(&interned("n_fields"), count(spec.fields.len()).as_object())?;
    dict.set_str(&interned("n_unnamed_fields"), count(unnamed).as_object())?;
    let named: Vec<Ref> = spec.fields[..spec.visible]
        .iter()
        .filter(|name| !name.is_empty())
        .map(|name| interned(name).upcast())
        .collect();
    dict.set_str(&interned("__match_args__"), tuple::from_vec(named).as_object())?;
    for (index, name) in spec.fields.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        let name = interned(name);
        let member = descriptor::new_read_only_word(ty, &name, ITEMS_AT + index * 8)?;
        dict.set_str(&name, &member)?;
    }
    for def in methods::METHODS {
        let method = descriptor::new_method(ty, def)?;
        dict.set_str(&interned(def.name), &method)?;
    }
    type_::ready::install_new(ty)
}

/// Number of fields, hidden ones included.
fn field_count(ty: &Type) -> usize {
    let (start, hidden) = ty.slot_words.get();
    (start - ITEMS_AT) / 8 + hidden
}

fn visible_count(ty: &Type) -> usize {
    (ty.slot_words.get().0 - ITEMS_AT) / 8
}

/// An instance with these fields, hidden ones last; missing ones are `None`.
///
/// # Errors
///
/// `MemoryError`.
pub fn new(ty: &Type, fields: Vec<Ref>) -> PyResult {
    let (visible, total) = (visible_count(ty), field_count(ty));
    debug_assert!(fields.len() <= total);
    let tuple = memory::alloc_tail(ty, Tuple::head(ty, visible), visible * size_of::<Ref>())?;
    // Storing a field releases what was there before, so there must be nothing.
    // SAFETY: the words of all fields lie there in the allocation made just now.
    unsafe { tuple.as_ptr().cast::<u8>().add(ITEMS_AT).write_bytes(0, total * size_of::<Ref>()) };
    let mut fields = fields.into_iter();
    for slot in memory::slot_words(tuple.as_object(), ITEMS_AT, total) {
        let field = Slot::new(Some(fields.next().unwrap_or_else(none::none)));
        // SAFETY: the new object's word, which nobody else has seen; it may hold anything so far, so
        // that it must not be released.
        unsafe { std::ptr::from_ref(slot).cast_mut().write(field) };
    }
    gc::track(tuple.as_object());
    Ok(tuple.upcast())
}

/// All fields of an instance.
fn fields_of(o: &Object) -> &[Slot] {
    memory::slot_words(o, ITEMS_AT, field_count(o.type_()))
}

/// The name of each field, by the members in the class dict.
fn field_names(ty: &Type) -> PyResult<Vec<Option<Ref<Str>>>> {
    let mut names = vec![None; field_count(ty)];
    let Some(dict) = ty.dict.get().and_then(|dict| dict.downcast_ref::<Dict>().ok()) else {
        return Ok(names);
    };
    let mut position = 0;
    while let Some((name, value)) = dict.next(&mut position) {
        let Some(member) = value.downcast_exact::<descriptor::MemberDescriptor>() else { continue };
        if let descriptor::Member::ReadOnlyWord(offset) = member.def
            && let Some(place) = names.get_mut((offset - ITEMS_AT) / 8)
        {
            *place = name.downcast_ref::<Str>().ok();
        }
    }
    Ok(names)
}

fn new_slot(ty: &Type, args: Args<'_>) -> PyResult {
    static SPEC: ArgSpec = ArgSpec {
        function: "structseq",
        names: &["sequence", "dict"],
        required: &[true, false],
        positional_only: 0,
        positional: 2,
        required_positional: 1,
        rest: false,
        keywords: false,
        style: Style::Clinic,
    };
    let mut places = [None; 2];
    let bound = Bound::bind(&SPEC, args, &mut places)?;
    let items = sequence::fast(bound.required(0), "constructor requires a sequence")?;
    let mut fields = iter::collect(&items)?;
    let given = fields.len();
    let (minimum, maximum) = (visible_count(ty), field_count(ty));
    let name = ty.name();
    let dict = match bound.get(1) {
        None => None,
        Some(dict) => Some(
            dict.downcast::<Dict>()
                .ok_or_else(|| type_error!("{name:.500}() takes a dict as second arg, if any"))?,
        ),
    };
    if minimum != maximum {
        if given < minimum {
            return Err(type_error!(
                "{name:.500}() takes an at least {minimum}-sequence ({given}-sequence given)"
            ));
        }
        if given > maximum {
            return Err(type_error!(
                "{name:.500}() takes an at most {maximum}-sequence ({given}-sequence given)"
            ));
        }
    } else if given != minimum {
        return Err(type_error!(
            "{name:.500}() takes a {minimum}-sequence ({given}-sequence given)"
        ));
    }
    if let Some(dict) = dict.filter(|dict| !dict.is_empty()) {
        let mut found = 0;
        for field in &field_names(ty)?[given..] {
            let value = match field {
                Some(field) => dict.get_str(field)?,
                None => None,
            };
            found += usize::from(value.is_some());
            fields.push(value.unwrap_or_else(none::none));
        }
        if dict.len() > found {
            return Err(type_error!("{name:.500}() got duplicate or unexpected field name(s)"));
        }
    }
    new(ty, fields)
}

fn repr_slot(o: &Object) -> PyResult {
    let mut text = format!("{}(", o.type_name());
    let names = field_names(o.type_())?;
    for (index, name) in names[..visible_count(o.type_())].iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        let value = fields_of(o)[index].get().unwrap_or_else(none::none);
        if let Some(name) = name {
            text.push_str(&format!("{name}="));
        }
        text.push_str(&object::repr(&value)?.to_string());
    }
    text.push(')');
    Ok(Str::new(&text).upcast())
}

/// Methods of all such types.
#[pymethods(Object)]
pub mod methods {
    use super::*;

    #[pymethod]
    fn __reduce__(this: &Object) -> PyResult {
        let (visible, names) = (visible_count(this.type_()), field_names(this.type_())?);
        let fields = fields_of(this);
        let items = fields[..visible].iter().map(|slot| slot.get().unwrap_or_else(none::none));
        let dict = Dict::new();
        for (slot, name) in fields.iter().zip(&names).skip(visible) {
            if let Some(name) = name {
                dict.set_str(name, &slot.get().unwrap_or_else(none::none))?;
            }
        }
        let args = tuple::from_array([tuple::from_vec(items.collect()).upcast(), dict.upcast()]);
        let class = this.type_().to_ref().upcast();
        Ok(tuple::from_array([class, args.upcast()]).upcast())
    }

    #[pymethod(raw)]
    fn __replace__(this: &Object, args: Args<'_>) -> PyResult {
        if !args.is_empty() {
            return Err(type_error!(
                "__replace__() takes no positional arguments ({} given)",
                args.len()
            ));
        }
        let names = field_names(this.type_())?;
        if names.iter().any(Option::is_none) {
            return Err(type_error!(
                "__replace__() is not supported for {:.500} because it has unnamed field(s)",
                this.type_name()
            ));
        }
        let mut fields: Vec<Ref> =
            fields_of(this).iter().map(|slot| slot.get().unwrap_or_else(none::none)).collect();
        let unexpected = List::new();
        for (name, value) in keyword_items(args) {
            let index =
                names.iter().position(|known| known.as_ref().is_some_and(|k| k.equals(name)));
            match index {
                Some(index) => fields[index] = value.to_ref(),
                None => unexpected.push(name.to_ref().upcast())?,
            }
        }
        if !unexpected.is_empty() {
            return Err(type_error!(
                "Got unexpected field name(s): {}",
                object::repr(unexpected.as_object())?
            ));
        }
        new(this.type_(), fields)
    }
}
