use gopy_object::Instance;
#[test]
fn dump() {
    let _r = crate::testing::init();
    let mut types: Vec<&gopy_object::Type> =
        crate::exceptions::all().iter().map(|t| t.get()).collect();
    types.extend([
        crate::int::INT.get(),
        crate::float::FLOAT.get(),
        crate::complex::COMPLEX.get(),
        crate::bool_::BOOL.get(),
        crate::traceback::TRACEBACK.get(),
    ]);
    for ty in types {
        let d = ty.dict.get().unwrap();
        let d = d.downcast::<crate::dict::Dict>().unwrap();
        let mut p = 0;
        let mut k = vec![];
        while let Some((key, _)) = d.next(&mut p) {
            k.push(format!("'{}'", key.downcast::<crate::str::Str>().unwrap()));
        }
        println!(
            "D {} {} {} {:#x} [{}]",
            ty.name(),
            ty.basicsize.get(),
            ty.dictoffset.get(),
            ty.flags.get().0 & !(1 << 19),
            k.join(", ")
        );
    }
    let _ = crate::none::none_object().as_object();
}
