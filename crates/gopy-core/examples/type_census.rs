//! Prints what is visible of every built-in type, one fact a line, for comparison with another
//! interpreter: flags, sizes, offsets, base, and each entry of the class dict in order.

use gopy_core::dict::Dict;
use gopy_core::str::Str;
use gopy_core::{id, none, object, testing, type_};
use gopy_object::{Instance, Type};

fn main() {
    let _runtime = testing::init();
    for ty in type_::builtin::all() {
        print_type(ty);
    }
}

fn print_type(ty: &Type) {
    let name = ty.name();
    let base = ty.base.get().map_or_else(|| "-".to_owned(), |base| base.name().to_string());
    println!(
        "{name} flags={:#x} basicsize={} itemsize={} dictoffset={} weakrefoffset={} base={base}",
        ty.flags.get().0,
        ty.basicsize.get(),
        ty.itemsize.get(),
        ty.dictoffset.get(),
        ty.weaklistoffset.get(),
    );
    let signature = object::get_attr(ty.as_object(), id!(__text_signature__));
    println!("{name} signature={}", signature.map_or_else(|_| "error".to_owned(), |s| shown(&s)));
    let Some(dict) = ty.dict.get() else { return };
    let Some(dict) = dict.downcast::<Dict>() else { return };
    let mut position = 0;
    let mut index = 0;
    while let Some((key, value)) = dict.next(&mut position) {
        let kind = value.type_name();
        let signature = match object::get_attr_opt(&value, id!(__text_signature__)) {
            Ok(Some(signature)) => shown(&signature),
            Ok(None) => "-".to_owned(),
            Err(_) => "error".to_owned(),
        };
        println!("{name} {index} {} {kind} {signature}", shown(&key));
        index += 1;
    }
}

fn shown(value: &gopy_object::Object) -> String {
    match value.downcast::<Str>() {
        Some(text) => text.to_string(),
        None if none::is_none(value) => "None".to_owned(),
        None => value.type_name().to_string(),
    }
}
