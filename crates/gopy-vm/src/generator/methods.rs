//! Methods and attributes of generators, coroutines and asynchronous generators.
//!
//! Answers to the method tables of `Objects/genobject.c`.

use gopy_core::error::type_error;
use gopy_core::generic_alias;
use gopy_core::none;
use gopy_core::str::Str;
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::SendResult;
use gopy_object::{Instance, Object, PyResult, Ref, Type, gc, memory};

use super::{
    AsyncGenerator, Coroutine, FrameState, Generator, Thrown, asyncgen, close, finalize, head,
    next, send, send_method, throw,
};
use crate::frame::FRAME_WORDS;

/// Sets `__name__` or `__qualname__`.
fn checked_name(value: Option<&Object>, attribute: &str) -> PyResult<Ref<Str>> {
    match value.and_then(|value| value.downcast::<Str>()) {
        Some(name) => Ok(name.to_ref()),
        None => Err(type_error!("{attribute} must be set to a string object")),
    }
}

/// Warns of the old signature of `throw`.
fn warn_old_throw(value: Option<&Object>, traceback: Option<&Object>) -> PyResult<()> {
    if value.is_none() && traceback.is_none() {
        return Ok(());
    }
    let message = Str::new(
        "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature \
         instead.",
    );
    (gopy_core::hooks::get().warn)(
        &gopy_core::exceptions::DEPRECATION_WARNING,
        message.as_object(),
        1,
    )
}

/// `throw` as Python calls it.
pub(super) fn throw_method(
    object: &Object,
    kind: &Object,
    value: Option<&Object>,
    traceback: Option<&Object>,
) -> PyResult {
    warn_old_throw(value, traceback)?;
    throw(object, true, Thrown { kind, value, traceback })
}

fn repr(object: &Object, kind: &str) -> Ref<Str> {
    let name = head(object).qualname.get().unwrap_or_else(Str::empty);
    Str::new(&format!("<{kind} object {name} at {:#x}>", object.id()))
}

fn frame_of(object: &Object) -> PyResult {
    let generator = head(object);
    if generator.frame_state.get().is_finished() {
        return Ok(none::none());
    }
    crate::frame_object::of(generator.frame()).map(Ref::upcast)
}

fn size_of_generator(object: &Object) -> usize {
    let code = head(object).frame().code();
    let words = (code.nlocalsplus + code.stacksize) as usize;
    // The struct without its last stack word, and the frame.
    size_of::<Generator>() + (FRAME_WORDS + words) * 8
}

#[pymethods]
impl Generator {
    #[pymethod("($self, value, /)", hide_signature)]
    fn send(&self, value: &Object) -> PyResult {
        send_method(self.as_object(), value)
    }

    #[pymethod(
        "($self, type, value=<unrepresentable>, traceback=<unrepresentable>, /)",
        hide_signature
    )]
    fn throw(
        &self,
        r#type: &Object,
        value: Option<&Object>,
        traceback: Option<&Object>,
    ) -> PyResult {
        throw_method(self.as_object(), r#type, value, traceback)
    }

    #[pymethod("($self, /)", hide_signature)]
    fn close(&self) -> PyResult {
        close(self.as_object())
    }

    #[pymethod("($self, /)", hide_signature)]
    fn __sizeof__(&self) -> usize {
        size_of_generator(self.as_object())
    }

    #[pyclassmethod("($type, object, /)", hide_signature)]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        generic_alias::GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }

    #[pygetter]
    fn __name__(&self) -> Option<Ref<Str>> {
        self.name.get()
    }

    #[pysetter(name = "__name__")]
    fn set_name(&self, value: Option<&Object>) -> PyResult<()> {
        self.name.set(Some(checked_name(value, "__name__")?));
        Ok(())
    }

    #[pygetter]
    fn __qualname__(&self) -> Option<Ref<Str>> {
        self.qualname.get()
    }

    #[pysetter(name = "__qualname__")]
    fn set_qualname(&self, value: Option<&Object>) -> PyResult<()> {
        self.qualname.set(Some(checked_name(value, "__qualname__")?));
        Ok(())
    }

    #[pygetter]
    fn gi_yieldfrom(&self) -> Option<Ref> {
        self.yield_from()
    }

    #[pygetter]
    fn gi_running(&self) -> bool {
        self.frame_state.get() == FrameState::Executing
    }

    #[pygetter]
    fn gi_frame(&self) -> PyResult {
        frame_of(self.as_object())
    }

    #[pygetter]
    fn gi_suspended(&self) -> bool {
        self.frame_state.get().is_suspended()
    }

    #[pygetter]
    fn gi_code(&self) -> Ref {
        self.frame().code().as_object().to_ref()
    }
}

#[pyslots]
impl Generator {
    fn repr(&self) -> Ref<Str> {
        repr(self.as_object(), "generator")
    }

    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        next(self.as_object())
    }

    fn am_send(&self, value: &Object) -> PyResult<SendResult> {
        send(self.as_object(), value)
    }

    fn finalize(&self) {
        finalize(self.as_object());
    }
}

#[pymethods]
impl Coroutine {
    #[pymethod("($self, value, /)", hide_signature)]
    fn send(&self, value: &Object) -> PyResult {
        send_method(self.as_object(), value)
    }

    #[pymethod(
        "($self, type, value=<unrepresentable>, traceback=<unrepresentable>, /)",
        hide_signature
    )]
    fn throw(
        &self,
        r#type: &Object,
        value: Option<&Object>,
        traceback: Option<&Object>,
    ) -> PyResult {
        throw_method(self.as_object(), r#type, value, traceback)
    }

    #[pymethod("($self, /)", hide_signature)]
    fn close(&self) -> PyResult {
        close(self.as_object())
    }

    #[pymethod("($self, /)", hide_signature)]
    fn __sizeof__(&self) -> usize {
        size_of_generator(self.as_object())
    }

    #[pyclassmethod("($type, object, /)", hide_signature)]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        generic_alias::GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }

    #[pygetter]
    fn __name__(&self) -> Option<Ref<Str>> {
        self.name.get()
    }

    #[pysetter(name = "__name__")]
    fn set_name(&self, value: Option<&Object>) -> PyResult<()> {
        self.name.set(Some(checked_name(value, "__name__")?));
        Ok(())
    }

    #[pygetter]
    fn __qualname__(&self) -> Option<Ref<Str>> {
        self.qualname.get()
    }

    #[pysetter(name = "__qualname__")]
    fn set_qualname(&self, value: Option<&Object>) -> PyResult<()> {
        self.qualname.set(Some(checked_name(value, "__qualname__")?));
        Ok(())
    }

    #[pygetter]
    fn cr_await(&self) -> Option<Ref> {
        head(self.as_object()).yield_from()
    }

    #[pygetter]
    fn cr_running(&self) -> bool {
        self.frame_state.get() == FrameState::Executing
    }

    #[pygetter]
    fn cr_frame(&self) -> PyResult {
        frame_of(self.as_object())
    }

    #[pygetter]
    fn cr_code(&self) -> Ref {
        head(self.as_object()).frame().code().as_object().to_ref()
    }

    #[pygetter]
    fn cr_suspended(&self) -> bool {
        self.frame_state.get().is_suspended()
    }

    #[pymember]
    fn cr_origin(&self) -> Ref {
        self.origin_or_finalizer.get().unwrap_or_else(none::none)
    }
}

#[pyslots]
impl Coroutine {
    fn repr(&self) -> Ref<Str> {
        repr(self.as_object(), "coroutine")
    }

    fn am_await(&self) -> PyResult {
        let wrapper = CoroutineWrapper {
            object: Object::header(&COROUTINE_WRAPPER),
            coroutine: self.as_object().to_ref(),
        };
        Ok(gc::tracked(memory::alloc(&COROUTINE_WRAPPER, wrapper)?).upcast())
    }

    fn am_send(&self, value: &Object) -> PyResult<SendResult> {
        send(self.as_object(), value)
    }

    fn finalize(&self) {
        finalize(self.as_object());
    }
}

/// What `coroutine.__await__()` gives.
#[pyclass(name = "coroutine_wrapper", static = COROUTINE_WRAPPER, basicsize = 24, flags(HAVE_GC))]
#[repr(C)]
pub struct CoroutineWrapper {
    object: Object,
    coroutine: Ref,
}

#[pymethods]
impl CoroutineWrapper {
    #[pymethod("($self, value, /)", hide_signature)]
    fn send(&self, value: &Object) -> PyResult {
        send_method(&self.coroutine, value)
    }

    #[pymethod(
        "($self, type, value=<unrepresentable>, traceback=<unrepresentable>, /)",
        hide_signature
    )]
    fn throw(
        &self,
        r#type: &Object,
        value: Option<&Object>,
        traceback: Option<&Object>,
    ) -> PyResult {
        throw_method(&self.coroutine, r#type, value, traceback)
    }

    #[pymethod("($self, /)", hide_signature)]
    fn close(&self) -> PyResult {
        close(&self.coroutine)
    }
}

#[pyslots]
impl CoroutineWrapper {
    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        next(&self.coroutine)
    }
}

#[pymethods]
impl AsyncGenerator {
    #[pymethod("($self, value, /)", hide_signature)]
    fn asend(&self, value: &Object) -> PyResult {
        asyncgen::asend(self.as_object(), Some(value))
    }

    #[pymethod(
        "($self, type, value=<unrepresentable>, traceback=<unrepresentable>, /)",
        hide_signature
    )]
    fn athrow(
        &self,
        r#type: &Object,
        value: Option<&Object>,
        traceback: Option<&Object>,
    ) -> PyResult {
        if value.is_some() || traceback.is_some() {
            let message = Str::new(
                "the (type, exc, tb) signature of athrow() is deprecated, use the single-arg \
                 signature instead.",
            );
            (gopy_core::hooks::get().warn)(
                &gopy_core::exceptions::DEPRECATION_WARNING,
                message.as_object(),
                1,
            )?;
        }
        let mut items = vec![r#type.to_ref()];
        items.extend(value.map(Ref::from_borrow));
        items.extend(traceback.map(Ref::from_borrow));
        asyncgen::athrow(self.as_object(), Some(gopy_core::tuple::from_vec(items)))
    }

    #[pymethod("($self, /)", hide_signature)]
    fn aclose(&self) -> PyResult {
        asyncgen::athrow(self.as_object(), None)
    }

    #[pymethod("($self, /)", hide_signature)]
    fn __sizeof__(&self) -> usize {
        size_of_generator(self.as_object())
    }

    #[pyclassmethod("($type, object, /)", hide_signature)]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        generic_alias::GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }

    #[pygetter]
    fn __name__(&self) -> Option<Ref<Str>> {
        self.name.get()
    }

    #[pysetter(name = "__name__")]
    fn set_name(&self, value: Option<&Object>) -> PyResult<()> {
        self.name.set(Some(checked_name(value, "__name__")?));
        Ok(())
    }

    #[pygetter]
    fn __qualname__(&self) -> Option<Ref<Str>> {
        self.qualname.get()
    }

    #[pysetter(name = "__qualname__")]
    fn set_qualname(&self, value: Option<&Object>) -> PyResult<()> {
        self.qualname.set(Some(checked_name(value, "__qualname__")?));
        Ok(())
    }

    #[pygetter]
    fn ag_await(&self) -> Option<Ref> {
        head(self.as_object()).yield_from()
    }

    #[pygetter]
    fn ag_frame(&self) -> PyResult {
        frame_of(self.as_object())
    }

    #[pygetter]
    fn ag_code(&self) -> Ref {
        head(self.as_object()).frame().code().as_object().to_ref()
    }

    #[pygetter]
    fn ag_suspended(&self) -> bool {
        self.frame_state.get().is_suspended()
    }

    #[pymember]
    fn ag_running(&self) -> Ref {
        gopy_core::bool_::bool_ref(self.running_async.get())
    }
}

#[pyslots]
impl AsyncGenerator {
    fn repr(&self) -> Ref<Str> {
        repr(self.as_object(), "async_generator")
    }

    fn am_aiter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn am_anext(&self) -> PyResult {
        asyncgen::asend(self.as_object(), None)
    }

    fn am_send(&self, value: &Object) -> PyResult<SendResult> {
        send(self.as_object(), value)
    }

    fn finalize(&self) {
        finalize(self.as_object());
    }
}
