//! The exceptions with a few plain fields: `StopIteration`, `SystemExit`, `ImportError`, `NameError`,
//! `AttributeError`.

pub use import::{IMPORT_ERROR, ImportError, MODULE_NOT_FOUND_ERROR};
pub use lookup::{ATTRIBUTE_ERROR, AttributeError};
pub use name::{NAME_ERROR, NameError, UNBOUND_LOCAL_ERROR};
pub use stop::{STOP_ITERATION, StopIteration};
pub use system_exit::{SYSTEM_EXIT, SystemExit};

use gopy_object::{Args, Object, PyResult, Slots};

use super::{base, complex, object_members, simple};
use crate::argument::{ArgSpec, Bound, Style};

/// Keyword arguments alone, as exceptions take them ("|$OO:NAME").
macro_rules! keyword_spec {
    ($function:literal, $names:expr, $count:literal) => {
        static SPEC: ArgSpec = ArgSpec {
            function: $function,
            names: $names,
            required: &[false; $count],
            positional_only: 0,
            positional: 0,
            required_positional: 0,
            rest: false,
            keywords: false,
            style: Style::Clinic,
        };
    };
}

/// Binds the keyword arguments of a call; the positional ones are the exception's `args`.
fn keywords<'a, const N: usize>(
    spec: &'static ArgSpec,
    args: Args<'a>,
) -> PyResult<[Option<&'a Object>; N]> {
    let mut places = [None; N];
    Bound::bind(spec, args.skip(args.len()), &mut places)?;
    Ok(places)
}

mod stop {
    use super::*;
    use crate::none;
    use gopy_object::{BaseException, Ref, Slot};

    complex! {
        /// `StopIteration`: the end of an iterator, with the value that a generator returned.
        StopIteration: BaseException, STOP_ITERATION, "StopIteration", super::super::EXCEPTION, 80, {
            /// `value`.
            value: Slot,
        }
    }
    object_members!(StopIteration { value value; });

    impl StopIteration {
        const METHODS: &'static [gopy_object::native::MethodDef] = &[];
        const GETSETS: &'static [gopy_object::native::GetSetDef] = &[];

        fn fill_slots(slots: &Slots) {
            slots.init.set(Some(|object, args| {
                base::init(object, args)?;
                // SAFETY: `__init__` of this type.
                let this = unsafe { object.downcast_unchecked::<StopIteration>() };
                let value = args.get(0).map_or_else(none::none, Ref::from_borrow);
                this.value.set(Some(value));
                Ok(())
            }));
        }
    }
}

mod system_exit {
    use super::*;
    use gopy_object::{BaseException, Ref, Slot};

    complex! {
        /// `SystemExit`.
        SystemExit: BaseException, SYSTEM_EXIT, "SystemExit", super::super::BASE_EXCEPTION, 80, {
            /// `code`.
            code: Slot,
        }
    }
    object_members!(SystemExit { code code; });

    impl SystemExit {
        const METHODS: &'static [gopy_object::native::MethodDef] = &[];
        const GETSETS: &'static [gopy_object::native::GetSetDef] = &[];

        fn fill_slots(slots: &Slots) {
            slots.init.set(Some(|object, args| {
                base::init(object, args)?;
                // SAFETY: `__init__` of this type.
                let this = unsafe { object.downcast_unchecked::<SystemExit>() };
                match args.positional() {
                    [] => {}
                    [code] => this.code.set(Some(Ref::from_borrow(code.object()))),
                    _ => this.code.set(Some(super::super::args_of(this).upcast())),
                }
                Ok(())
            }));
        }
    }
}

mod import {
    use super::*;
    use crate::dict::Dict;
    use crate::id;
    use crate::str::Str;
    use crate::tuple::Tuple;
    use gopy_macros::pymethods;
    use gopy_object::{BaseException, Instance, Ref, Slot};

    complex! {
        /// `ImportError`.
        ImportError: BaseException, IMPORT_ERROR, "ImportError", super::super::EXCEPTION, 104, {
            /// `msg`.
            msg: Slot,
            /// `name`.
            name: Slot,
            /// `path`.
            path: Slot,
            /// `name_from`.
            name_from: Slot,
        }
    }
    object_members!(ImportError { msg msg; name name; path path; name_from name_from; });
    keyword_spec!("ImportError", &["name", "path", "name_from"], 3);

    simple! { &PAYLOAD, 104, |slots| slots.init.set(Some(init));
        MODULE_NOT_FOUND_ERROR "ModuleNotFoundError" IMPORT_ERROR;
    }

    fn init(object: &Object, args: Args<'_>) -> PyResult<()> {
        base::set_args(object, args)?;
        let [name, path, name_from] = keywords(&SPEC, args)?;
        // SAFETY: `__init__` of this type and its subtype.
        let this = unsafe { object.downcast_unchecked::<ImportError>() };
        this.name.set(name.map(Ref::from_borrow));
        this.path.set(path.map(Ref::from_borrow));
        this.name_from.set(name_from.map(Ref::from_borrow));
        this.msg.set(match args.positional() {
            [msg] => Some(Ref::from_borrow(msg.object())),
            _ => None,
        });
        Ok(())
    }

    impl ImportError {
        const GETSETS: &'static [gopy_object::native::GetSetDef] = &[];
        const METHODS: &'static [gopy_object::native::MethodDef] = methods::METHODS;

        fn fill_slots(slots: &Slots) {
            slots.init.set(Some(init));
            slots.str.set(Some(|object| {
                // SAFETY: `__str__` of this type.
                let this = unsafe { object.downcast_unchecked::<ImportError>() };
                match this.msg.get() {
                    Some(msg) if msg.downcast_exact::<Str>().is_some() => Ok(msg),
                    _ => base::str(object),
                }
            }));
        }

        fn state(&self) -> PyResult<Option<Ref>> {
            let fields = [
                (id!(name), self.name.get()),
                (id!(path), self.path.get()),
                (id!(name_from), self.name_from.get()),
            ];
            let dict = self.dict.get();
            if fields.iter().all(|(_, value)| value.is_none()) {
                return Ok(dict);
            }
            let state = match dict.as_deref().and_then(|dict| dict.downcast::<Dict>()) {
                Some(dict) => dict.copy()?,
                None => Dict::new(),
            };
            for (name, value) in fields {
                if let Some(value) = value {
                    state.set_str(name, &value)?;
                }
            }
            Ok(Some(state.upcast()))
        }
    }

    #[pymethods(ImportError)]
    mod methods {
        use super::*;

        #[pymethod("($self, /)", hide_signature)]
        fn __reduce__(this: &ImportError) -> PyResult<Ref<Tuple>> {
            let state = this.state()?;
            Ok(base::reduced(this.as_object(), super::super::super::args_of(this), state))
        }
    }
}

mod name {
    use super::*;
    use gopy_object::{BaseException, Ref, Slot};

    complex! {
        /// `NameError`.
        NameError: BaseException, NAME_ERROR, "NameError", super::super::EXCEPTION, 80, {
            /// `name`.
            name: Slot,
        }
    }
    object_members!(NameError { name name; });
    keyword_spec!("NameError", &["name"], 1);

    simple! { &PAYLOAD, 80, |slots| slots.init.set(Some(init));
        UNBOUND_LOCAL_ERROR "UnboundLocalError" NAME_ERROR;
    }

    fn init(object: &Object, args: Args<'_>) -> PyResult<()> {
        base::set_args(object, args)?;
        let [name] = keywords(&SPEC, args)?;
        // SAFETY: `__init__` of this type and its subtype.
        let this = unsafe { object.downcast_unchecked::<NameError>() };
        this.name.set(name.map(Ref::from_borrow));
        Ok(())
    }

    impl NameError {
        const METHODS: &'static [gopy_object::native::MethodDef] = &[];
        const GETSETS: &'static [gopy_object::native::GetSetDef] = &[];

        fn fill_slots(slots: &Slots) {
            slots.init.set(Some(init));
            slots.str.set(Some(base::str));
        }
    }
}

mod lookup {
    use super::*;
    use crate::dict::Dict;
    use crate::tuple::Tuple;
    use crate::{id, none};
    use gopy_macros::pymethods;
    use gopy_object::{BaseException, Instance, Ref, Slot};

    complex! {
        /// `AttributeError`.
        AttributeError: BaseException, ATTRIBUTE_ERROR, "AttributeError", super::super::EXCEPTION, 88, {
            /// `obj`.
            obj: Slot,
            /// `name`.
            name: Slot,
        }
    }
    object_members!(AttributeError { name name; obj obj; });
    keyword_spec!("AttributeError", &["name", "obj"], 2);

    impl AttributeError {
        const GETSETS: &'static [gopy_object::native::GetSetDef] = &[];
        const METHODS: &'static [gopy_object::native::MethodDef] = methods::METHODS;

        fn fill_slots(slots: &Slots) {
            slots.str.set(Some(base::str));
            slots.init.set(Some(|object, args| {
                base::set_args(object, args)?;
                let [name, obj] = keywords(&SPEC, args)?;
                // SAFETY: `__init__` of this type.
                let this = unsafe { object.downcast_unchecked::<AttributeError>() };
                this.name.set(name.map(Ref::from_borrow));
                this.obj.set(obj.map(Ref::from_borrow));
                Ok(())
            }));
        }

        /// `obj` is left out: it is seldom fit for pickling.
        fn state(&self) -> PyResult<Ref> {
            let dict = self.dict.get();
            let (name, args) = (self.name.get(), self.args.get());
            if name.is_none() && args.is_none() {
                return Ok(dict.unwrap_or_else(none::none));
            }
            let state = match dict.as_deref().and_then(|dict| dict.downcast::<Dict>()) {
                Some(dict) => dict.copy()?,
                None => Dict::new(),
            };
            if let Some(name) = name {
                state.set_str(id!(name), &name)?;
            }
            if let Some(args) = args {
                state.set_str(id!(args), &args)?;
            }
            Ok(state.upcast())
        }
    }

    #[pymethods(AttributeError)]
    mod methods {
        use super::*;

        #[pymethod("($self, /)", hide_signature)]
        fn __getstate__(this: &AttributeError) -> PyResult {
            this.state()
        }

        #[pymethod("($self, /)", hide_signature)]
        fn __reduce__(this: &AttributeError) -> PyResult<Ref<Tuple>> {
            let state = this.state()?;
            let args = super::super::super::args_of(this);
            Ok(base::reduced(this.as_object(), args, Some(state)))
        }
    }
}
