//! The exception types.
//!
//! Answers to `Objects/exceptions.c`. Types without fields of their own are one table here; what they
//! all share is in `base`, the others in `fields`, `os`, `syntax`, `unicode` and `group`.
//! `ExceptionGroup` has two bases and so is a heap type, made on first use in each interpreter.

mod base;
mod fields;
mod group;
mod os;
mod syntax;
mod unicode;

use std::cell::{Cell, RefCell};

use gopy_numeric::error::{ErrorKind, NumericError};
use gopy_object::typeobj::BASE_EXCEPTION_PAYLOAD;
use gopy_object::{
    BaseException, Exception, GilCell, Instance, Object, PyResult, Ref, Slot, Type, gc, memory,
};

use crate::int::Int;
use crate::str::Str;
use crate::tuple::{self, Tuple};
use crate::{call, none};

pub use base::{BASE_EXCEPTION_SPEC, add_note};
pub use fields::{
    ATTRIBUTE_ERROR, AttributeError, IMPORT_ERROR, ImportError, MODULE_NOT_FOUND_ERROR, NAME_ERROR,
    NameError, STOP_ITERATION, SYSTEM_EXIT, StopIteration, SystemExit, UNBOUND_LOCAL_ERROR,
};
pub use gopy_object::typeobj::BASE_EXCEPTION;
pub use group::{BASE_EXCEPTION_GROUP, BaseExceptionGroup, exception_group, prep_reraise_star};
pub use os::{
    BLOCKING_IO_ERROR, BROKEN_PIPE_ERROR, CHILD_PROCESS_ERROR, CONNECTION_ABORTED_ERROR,
    CONNECTION_ERROR, CONNECTION_REFUSED_ERROR, CONNECTION_RESET_ERROR, FILE_EXISTS_ERROR,
    FILE_NOT_FOUND_ERROR, INTERRUPTED_ERROR, IS_A_DIRECTORY_ERROR, NOT_A_DIRECTORY_ERROR, OS_ERROR,
    OsError, PERMISSION_ERROR, PROCESS_LOOKUP_ERROR, TIMEOUT_ERROR, os_error,
};
pub use syntax::{INCOMPLETE_INPUT_ERROR, INDENTATION_ERROR, SYNTAX_ERROR, SyntaxError, TAB_ERROR};
pub use unicode::{
    UNICODE_DECODE_ERROR, UNICODE_ENCODE_ERROR, UNICODE_TRANSLATE_ERROR, UnicodeDecodeError,
    UnicodeEncodeError, UnicodeTranslateError, unicode_decode_error, unicode_encode_error,
    unicode_translate_error,
};

/// Declares exception types that add nothing to their base's layout: static, name, base.
macro_rules! simple {
    ($payload:expr, $size:expr, $slots:expr; $($name:ident $text:literal $base:path;)*) => {$(
        #[doc = concat!("`", $text, "`.")]
        pub static $name: gopy_object::GilCell<gopy_object::Type> = gopy_object::GilCell::new(
            gopy_object::Type::builtin(&gopy_object::TypeSpec {
                name: $text,
                doc: None,
                text_signature: None,
                base: Some(&$base),
                flags: gopy_object::TypeFlags::BASETYPE.with(gopy_object::TypeFlags::HAVE_GC),
                basicsize: $size,
                itemsize: 0,
                dictoffset: 16,
                weaklistoffset: 0,
                payload: $payload,
                methods: &[],
                getsets: &[],
                members: &[],
                slots: $slots,
            }),
        );
    )*};
}

/// Declares an exception struct with fields of its own, its payload and its type.
macro_rules! complex {
    ($(#[$doc:meta])* $struct:ident: $base_struct:ty, $statik:ident, $text:literal, $base:path, $size:expr, {
        $($(#[$field_doc:meta])* $field:ident: $ty:ty,)*
    }) => {
        $(#[$doc])*
        #[repr(C)]
        pub struct $struct {
            base: $base_struct,
            $($(#[$field_doc])* pub $field: $ty,)*
        }

        // SAFETY: `repr(C)`, begins with its base; instances are made with this payload in front.
        unsafe impl gopy_object::Instance for $struct {
            fn type_object() -> &'static gopy_object::Type {
                &$statik
            }
        }

        impl std::ops::Deref for $struct {
            type Target = $base_struct;

            #[inline(always)]
            fn deref(&self) -> &$base_struct {
                &self.base
            }
        }

        impl gopy_object::Traverse for $struct {
            fn traverse(&self, visit: &mut gopy_object::Visitor<'_>) {
                $(gopy_object::Traverse::traverse(&self.$field, visit);)*
                self.base.traverse(visit);
            }

            fn clear(&self) {
                $(gopy_object::Traverse::clear(&self.$field);)*
                self.base.clear();
            }
        }

        const _: () = assert!(size_of::<$struct>() <= $size);

        static PAYLOAD: gopy_object::Payload = gopy_object::Payload {
            dict: Some(|object| {
                // SAFETY: payload functions are called for objects that begin with the payload.
                let base = unsafe { &*std::ptr::from_ref(object).cast::<gopy_object::BaseException>() };
                &base.dict
            }),
            drop: |object| {
                let this = object.cast::<$struct>();
                // SAFETY: the object begins with the struct and is not used afterwards. Its own
                // fields go before those of the base.
                unsafe {
                    gopy_object::Traverse::clear(&*this);
                    this.drop_in_place();
                }
            },
            ..gopy_object::Payload::of::<$struct>()
        };

        #[doc = concat!("`", $text, "`.")]
        pub static $statik: gopy_object::GilCell<gopy_object::Type> = gopy_object::GilCell::new(
            gopy_object::Type::builtin(&gopy_object::TypeSpec {
                name: $text,
                doc: None,
                text_signature: None,
                base: Some(&$base),
                flags: gopy_object::TypeFlags::BASETYPE.with(gopy_object::TypeFlags::HAVE_GC),
                basicsize: $size,
                itemsize: 0,
                dictoffset: 16,
                weaklistoffset: 0,
                payload: &PAYLOAD,
                methods: <$struct>::METHODS,
                getsets: <$struct>::GETSETS,
                members: <$struct>::MEMBERS,
                slots: <$struct>::fill_slots,
            }),
        );
    };
}

/// A getter and a setter of a field that holds any object; nothing reads as `None`.
macro_rules! object_members {
    ($struct:ident { $($name:ident $field:ident;)* }) => {
        impl $struct {
            pub(crate) const MEMBERS: &'static [gopy_object::native::MemberDef] = &[$(
                gopy_object::native::MemberDef {
                    name: stringify!($name),
                    doc: None,
                    get: |object| {
                        // SAFETY: descriptors check the instance.
                        let this = unsafe { object.downcast_unchecked::<$struct>() };
                        Ok(this.$field.get().unwrap_or_else($crate::none::none))
                    },
                    set: Some(|object, value| {
                        // SAFETY: descriptors check the instance.
                        let this = unsafe { object.downcast_unchecked::<$struct>() };
                        this.$field.set(value.map(gopy_object::Ref::from_borrow));
                        Ok(())
                    }),
                },
            )*];
        }
    };
}

use {complex, object_members, simple};

simple! { &BASE_EXCEPTION_PAYLOAD, 72, base::fill_simple_slots;
    EXCEPTION "Exception" BASE_EXCEPTION;
    TYPE_ERROR "TypeError" EXCEPTION;
    STOP_ASYNC_ITERATION "StopAsyncIteration" EXCEPTION;
    GENERATOR_EXIT "GeneratorExit" BASE_EXCEPTION;
    KEYBOARD_INTERRUPT "KeyboardInterrupt" BASE_EXCEPTION;
    EOF_ERROR "EOFError" EXCEPTION;
    RUNTIME_ERROR "RuntimeError" EXCEPTION;
    RECURSION_ERROR "RecursionError" RUNTIME_ERROR;
    PYTHON_FINALIZATION_ERROR "PythonFinalizationError" RUNTIME_ERROR;
    NOT_IMPLEMENTED_ERROR "NotImplementedError" RUNTIME_ERROR;
    LOOKUP_ERROR "LookupError" EXCEPTION;
    INDEX_ERROR "IndexError" LOOKUP_ERROR;
    VALUE_ERROR "ValueError" EXCEPTION;
    UNICODE_ERROR "UnicodeError" VALUE_ERROR;
    ASSERTION_ERROR "AssertionError" EXCEPTION;
    ARITHMETIC_ERROR "ArithmeticError" EXCEPTION;
    FLOATING_POINT_ERROR "FloatingPointError" ARITHMETIC_ERROR;
    OVERFLOW_ERROR "OverflowError" ARITHMETIC_ERROR;
    ZERO_DIVISION_ERROR "ZeroDivisionError" ARITHMETIC_ERROR;
    SYSTEM_ERROR "SystemError" EXCEPTION;
    REFERENCE_ERROR "ReferenceError" EXCEPTION;
    BUFFER_ERROR "BufferError" EXCEPTION;
    WARNING "Warning" EXCEPTION;
    USER_WARNING "UserWarning" WARNING;
    DEPRECATION_WARNING "DeprecationWarning" WARNING;
    PENDING_DEPRECATION_WARNING "PendingDeprecationWarning" WARNING;
    SYNTAX_WARNING "SyntaxWarning" WARNING;
    RUNTIME_WARNING "RuntimeWarning" WARNING;
    FUTURE_WARNING "FutureWarning" WARNING;
    IMPORT_WARNING "ImportWarning" WARNING;
    UNICODE_WARNING "UnicodeWarning" WARNING;
    BYTES_WARNING "BytesWarning" WARNING;
    RESOURCE_WARNING "ResourceWarning" WARNING;
    ENCODING_WARNING "EncodingWarning" WARNING;
}
simple! { &BASE_EXCEPTION_PAYLOAD, 72, base::fill_key_error_slots;
    KEY_ERROR "KeyError" LOOKUP_ERROR;
}
simple! { &BASE_EXCEPTION_PAYLOAD, 72, base::fill_memory_error_slots;
    MEMORY_ERROR "MemoryError" EXCEPTION;
}

/// All static exception types, bases first, in the order in which CPython makes them ready.
pub fn all() -> &'static [&'static GilCell<Type>] {
    ALL
}

static ALL: &[&GilCell<Type>] = &[
    &BASE_EXCEPTION,
    &BASE_EXCEPTION_GROUP,
    &EXCEPTION,
    &GENERATOR_EXIT,
    &KEYBOARD_INTERRUPT,
    &SYSTEM_EXIT,
    &ARITHMETIC_ERROR,
    &ASSERTION_ERROR,
    &ATTRIBUTE_ERROR,
    &BUFFER_ERROR,
    &EOF_ERROR,
    &IMPORT_ERROR,
    &LOOKUP_ERROR,
    &MEMORY_ERROR,
    &NAME_ERROR,
    &OS_ERROR,
    &REFERENCE_ERROR,
    &RUNTIME_ERROR,
    &STOP_ASYNC_ITERATION,
    &STOP_ITERATION,
    &SYNTAX_ERROR,
    &SYSTEM_ERROR,
    &TYPE_ERROR,
    &VALUE_ERROR,
    &WARNING,
    &FLOATING_POINT_ERROR,
    &OVERFLOW_ERROR,
    &ZERO_DIVISION_ERROR,
    &BYTES_WARNING,
    &DEPRECATION_WARNING,
    &ENCODING_WARNING,
    &FUTURE_WARNING,
    &IMPORT_WARNING,
    &PENDING_DEPRECATION_WARNING,
    &RESOURCE_WARNING,
    &RUNTIME_WARNING,
    &SYNTAX_WARNING,
    &UNICODE_WARNING,
    &USER_WARNING,
    &BLOCKING_IO_ERROR,
    &CHILD_PROCESS_ERROR,
    &CONNECTION_ERROR,
    &FILE_EXISTS_ERROR,
    &FILE_NOT_FOUND_ERROR,
    &INTERRUPTED_ERROR,
    &IS_A_DIRECTORY_ERROR,
    &NOT_A_DIRECTORY_ERROR,
    &PERMISSION_ERROR,
    &PROCESS_LOOKUP_ERROR,
    &TIMEOUT_ERROR,
    &INDENTATION_ERROR,
    &INCOMPLETE_INPUT_ERROR,
    &INDEX_ERROR,
    &KEY_ERROR,
    &MODULE_NOT_FOUND_ERROR,
    &NOT_IMPLEMENTED_ERROR,
    &PYTHON_FINALIZATION_ERROR,
    &RECURSION_ERROR,
    &UNBOUND_LOCAL_ERROR,
    &UNICODE_ERROR,
    &BROKEN_PIPE_ERROR,
    &CONNECTION_ABORTED_ERROR,
    &CONNECTION_REFUSED_ERROR,
    &CONNECTION_RESET_ERROR,
    &TAB_ERROR,
    &UNICODE_DECODE_ERROR,
    &UNICODE_ENCODE_ERROR,
    &UNICODE_TRANSLATE_ERROR,
];

/// A tracked instance of `ty` with these `args`; what a subtype adds is zeroed.
pub(crate) fn alloc(ty: &Type, args: Ref<Tuple>) -> PyResult<Ref<BaseException>> {
    let exception = BaseException {
        object: Object::header(ty),
        dict: Slot::empty(),
        args: Slot::new(Some(args.upcast())),
        notes: Slot::empty(),
        traceback: Slot::empty(),
        context: Slot::empty(),
        cause: Slot::empty(),
        suppress_context: Cell::new(false),
    };
    Ok(gc::tracked(memory::alloc(ty, exception)?))
}

/// `ty(*args)` for a built-in exception type, without looking at subclasses' `__new__`.
///
/// # Errors
///
/// What the type's constructor raises.
pub fn instantiate(ty: &Type, args: &Tuple) -> PyResult<Ref<BaseException>> {
    if std::ptr::eq(ty.payload.get(), &BASE_EXCEPTION_PAYLOAD) && !ty.is_heap() {
        return alloc(ty, Ref::from_borrow(args));
    }
    call::with_tuple_args(args, None, |args| {
        let new = ty.slots.new.get().unwrap_or(base::new);
        let made = new(ty, args)?;
        if let Some(init) = made.type_().slots.init.get() {
            init(&made, args)?;
        }
        match made.downcast_ref::<BaseException>() {
            Ok(exception) => Ok(exception),
            Err(_) => alloc(ty, tuple::empty()),
        }
    })
}

/// Raises `ty(*args)`; what goes wrong on the way is raised instead.
fn raise(ty: &Type, args: Ref<Tuple>) -> Exception {
    match instantiate(ty, &args) {
        Ok(exception) => Exception::raise(exception),
        Err(error) => error,
    }
}

/// MemoryErrors made at start-up, for when memory has run out.
static RESERVE: GilCell<RefCell<Vec<Ref<BaseException>>>> = GilCell::new(RefCell::new(Vec::new()));
const RESERVE_MAX: usize = 16;

/// Fills the reserve of MemoryErrors; to be called when the types are ready.
///
/// # Errors
///
/// `MemoryError`.
pub fn init() -> PyResult<()> {
    while RESERVE.get().borrow().len() < RESERVE_MAX {
        let exception = memory::alloc(
            &MEMORY_ERROR,
            BaseException {
                object: Object::header(&MEMORY_ERROR),
                dict: Slot::empty(),
                args: Slot::new(Some(tuple::empty().upcast())),
                notes: Slot::empty(),
                traceback: Slot::empty(),
                context: Slot::empty(),
                cause: Slot::empty(),
                suppress_context: Cell::new(false),
            },
        )?;
        RESERVE.get().borrow_mut().push(exception);
    }
    Ok(())
}

/// Whether a MemoryError is being made: that it fails, too, leads to the reserve.
static MAKING: GilCell<Cell<bool>> = GilCell::new(Cell::new(false));

/// A MemoryError; where there is no memory even for that, one of the reserve.
#[cold]
pub fn no_memory() -> Exception {
    if !MAKING.get().replace(true) {
        let made = alloc(&MEMORY_ERROR, tuple::empty());
        MAKING.get().set(false);
        return match made {
            Ok(exception) => Exception::raise(exception),
            Err(error) => error,
        };
    }
    let reserved = RESERVE.get().borrow_mut().pop();
    match reserved {
        Some(exception) => {
            gc::track(exception.as_object());
            Exception::raise(exception)
        }
        // All of the reserve is in use, and not a hundred bytes are left.
        None => std::alloc::handle_alloc_error(std::alloc::Layout::new::<BaseException>()),
    }
}

/// The exception that an error of gopy-numeric stands for.
#[cold]
pub fn by_numeric_kind(error: NumericError) -> Exception {
    let ty: &Type = match error.kind {
        ErrorKind::Value => &VALUE_ERROR,
        ErrorKind::Overflow => &OVERFLOW_ERROR,
        ErrorKind::ZeroDivision => &ZERO_DIVISION_ERROR,
        ErrorKind::Type => &TYPE_ERROR,
        ErrorKind::System => &SYSTEM_ERROR,
        ErrorKind::Memory => return no_memory(),
    };
    raise(ty, tuple::from_array([Str::new(&error.message).upcast()]))
}

/// StopIteration(value); for generators' returns.
pub fn stop_iteration(value: &Object) -> Exception {
    if none::is_none(value) {
        return raise(&STOP_ITERATION, tuple::empty());
    }
    raise(&STOP_ITERATION, tuple::from_array([value.to_ref()]))
}

/// The value of a StopIteration.
pub fn stop_iteration_value(exception: &BaseException) -> Ref {
    exception
        .as_object()
        .downcast::<StopIteration>()
        .and_then(|exception| exception.value.get())
        .unwrap_or_else(none::none)
}

/// KeyError(key).
#[cold]
pub fn key_error(key: &Object) -> Exception {
    raise(&KEY_ERROR, tuple::from_array([key.to_ref()]))
}

/// AttributeError with `name` and `obj` set: "'%.100s' object has no attribute '%U'".
#[cold]
pub fn attribute_error(o: &Object, name: &Str) -> Exception {
    attribute_error_with(
        o,
        name,
        &format!("'{:.100}' object has no attribute '{name}'", o.type_name()),
    )
}

/// AttributeError with `name` and `obj` set and this message.
#[cold]
pub fn attribute_error_with(o: &Object, name: &Str, message: &str) -> Exception {
    let args = tuple::from_array([Str::new(message).upcast()]);
    match instantiate(&ATTRIBUTE_ERROR, &args) {
        Ok(exception) => {
            if let Some(exception) = exception.as_object().downcast::<AttributeError>() {
                exception.name.set(Some(name.as_object().to_ref()));
                exception.obj.set(Some(o.to_ref()));
            }
            Exception::raise(exception)
        }
        Err(error) => error,
    }
}

/// The exception, an AttributeError without `name` and `obj` with these.
#[cold]
pub(crate) fn with_attribute(error: Exception, o: &Object, name: &Str) -> Exception {
    if let Some(value) = error.value().as_object().downcast::<AttributeError>()
        && value.name.is_empty()
        && value.obj.is_empty()
    {
        value.name.set(Some(name.as_object().to_ref()));
        value.obj.set(Some(o.to_ref()));
    }
    error
}

/// NameError with `name` set and this message.
#[cold]
pub fn name_error(name: &Str, message: &str) -> Exception {
    name_error_of(&NAME_ERROR, name, message)
}

/// NameError or UnboundLocalError with `name` set and this message.
#[cold]
pub fn name_error_of(ty: &'static GilCell<Type>, name: &Str, message: &str) -> Exception {
    let args = tuple::from_array([Str::new(message).upcast()]);
    match instantiate(ty, &args) {
        Ok(exception) => {
            if let Some(exception) = exception.as_object().downcast::<NameError>() {
                exception.name.set(Some(name.as_object().to_ref()));
            }
            Exception::raise(exception)
        }
        Err(error) => error,
    }
}

/// ImportError(message, name=…, path=…).
#[cold]
pub fn import_error(
    ty: &'static GilCell<Type>,
    message: &str,
    name: Option<&Object>,
    path: Option<&Object>,
) -> Exception {
    let args = tuple::from_array([Str::new(message).upcast()]);
    match instantiate(ty, &args) {
        Ok(exception) => {
            if let Some(exception) = exception.as_object().downcast::<ImportError>() {
                exception.name.set(name.map(Ref::from_borrow));
                exception.path.set(path.map(Ref::from_borrow));
            }
            Exception::raise(exception)
        }
        Err(error) => error,
    }
}

/// A machine word as an object.
fn ssize(value: isize) -> Ref {
    Int::from_i64(value as i64).upcast()
}

/// A new exception class of a native module, `module.name` (`PyErr_NewException`). May run Python.
///
/// # Errors
///
/// What making the class raises.
pub fn new_exception(module: &str, name: &str, base: &Type) -> PyResult<Ref<Type>> {
    let dict = crate::dict::Dict::new();
    dict.set_str(&crate::str::interned("__module__"), &crate::str::interned(module))?;
    let bases = tuple::from_array([base.to_ref().upcast()]);
    let name = crate::str::interned(name);
    let metatype = &gopy_object::typeobj::TYPE;
    crate::type_::new_type(metatype, &name, &bases, &dict, gopy_object::Args::none())
}

/// The arguments of an exception; `args` can't be anything but a tuple.
pub fn args_of(exception: &BaseException) -> Ref<Tuple> {
    exception
        .args
        .get()
        .and_then(|args| args.downcast_ref::<Tuple>().ok())
        .unwrap_or_else(tuple::empty)
}
