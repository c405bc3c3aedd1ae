//! Exception types of native modules.

/// Declares exception types of a native module: static, name, base.
macro_rules! module_exception {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $base:path;)*) => {$(
        $(#[$doc])*
        pub static $name: gopy_object::GilCell<gopy_object::Type> = gopy_object::GilCell::new(
            gopy_object::Type::builtin(&gopy_object::TypeSpec {
                name: $text,
                doc: None,
                text_signature: None,
                base: Some(&$base),
                flags: gopy_object::TypeFlags::BASETYPE
                    .with(gopy_object::TypeFlags::HAVE_GC)
                    .with(gopy_object::TypeFlags::HEAPTYPE),
                basicsize: 72,
                itemsize: 0,
                dictoffset: 16,
                weaklistoffset: 0,
                payload: &gopy_object::typeobj::BASE_EXCEPTION_PAYLOAD,
                methods: &[],
                getsets: &[],
                members: &[],
                slots: |_| {},
            }),
        );
    )*};
}
