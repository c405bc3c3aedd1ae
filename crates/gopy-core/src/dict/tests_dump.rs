use super::*;
#[test]
fn dump() {
    let _runtime = crate::testing::init();
    let types: &[&Type] = &[&DICT, &crate::set::SET, &crate::set::FROZENSET, &crate::list::LIST, &crate::tuple::TUPLE, &crate::slice::SLICE, &DICT_KEYS, &DICT_VALUES, &DICT_ITEMS, &DICT_KEY_ITERATOR, &DICT_VALUE_ITERATOR, &DICT_ITEM_ITERATOR, &DICT_REVERSE_KEY_ITERATOR, &DICT_REVERSE_VALUE_ITERATOR, &DICT_REVERSE_ITEM_ITERATOR, &crate::list::LIST_ITERATOR, &crate::list::LIST_REVERSE_ITERATOR, &crate::tuple::TUPLE_ITERATOR, &crate::set::SET_ITERATOR];
    let text = |o: &Object, n: &str| match object::get_attr_opt(o, &crate::str::interned(n)) {
        Ok(Some(v)) => object::repr(&v).unwrap().to_string(),
        Ok(None) => "None".to_owned(),
        Err(e) => format!("ERR {e:?}"),
    };
    let mut out = String::new();
    for ty in types {
        let o = ty.as_object();
        out += &format!("== {} {} {} {:#x} {} {} {}\n", ty.name(), ty.basicsize.get(), ty.itemsize.get(), ty.flags.get().0, text(o, "__text_signature__").trim_matches('\''), ty.dictoffset.get(), ty.weaklistoffset.get());
        let dict = ty.dict.get().unwrap();
        let dict = dict.downcast::<Dict>().unwrap();
        let mut p = 0;
        while let Some((k, v)) = dict.next(&mut p) {
            let k = object::str(&k).unwrap().to_string();
            if k == "__doc__" { continue; }
            out += &format!("   {} {} {}\n", k, v.type_name(), text(&v, "__text_signature__"));
        }
    }
    std::fs::write("/tmp/dump_gopy.txt", out).unwrap();
}
