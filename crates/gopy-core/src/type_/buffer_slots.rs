//! `__buffer__` and `__release_buffer__` of classes written in Python.
//!
//! Answers to `slot_bf_getbuffer`, `slot_bf_releasebuffer` and `_PyBufferWrapper_Type` of
//! `Objects/typeobject.c`.

use gopy_macros::pyclass;
use gopy_object::buffer::{Buffer, BufferRequest};
use gopy_object::{Instance, Object, PyResult, Ref, Slot, Slots, Type, gc, memory};

use crate::error::type_error;
use crate::id;
use crate::int::Int;
use crate::{call, memoryview};

/// Owner of a buffer that a Python `__buffer__` exported: keeps the memoryview that it returned, so
/// that `__release_buffer__` gets the same one.
#[pyclass(name = "_buffer_wrapper", static = BUFFER_WRAPPER, basicsize = 32, flags(HAVE_GC),
    no_methods, no_slots)]
#[repr(C)]
pub struct BufferWrapper {
    object: Object,
    view: Slot,
    exporter: Slot,
}

/// Gives the wrapper type its slot, which no `#[pyslots]` fits: it changes its argument.
pub(super) fn fill_wrapper_slots(slots: &Slots) {
    slots.buffer.release.set(Some(release_wrapper));
}

fn release_wrapper(this: &Object, buffer: &mut Buffer) {
    let Some(wrapper) = this.downcast_exact::<BufferWrapper>() else { return };
    let (Some(view), Some(exporter)) = (wrapper.view.take(), wrapper.exporter.take()) else {
        return;
    };
    if let Some(release) = view.type_().slots.buffer.release.get() {
        release(&view, buffer);
    }
    // A native release function is called when the memoryview itself is released.
    let shows_exporter = memoryview::owner(&view).is_some_and(|owner| owner.is(&*exporter));
    if !shows_exporter && is_python_release(exporter.type_()) {
        call_release(&exporter, &view);
    }
}

fn is_python_release(ty: &Type) -> bool {
    let own = bf_releasebuffer as fn(&Object, &mut Buffer) as usize;
    ty.slots.buffer.release.get().is_some_and(|release| release as usize == own)
}

#[inline(never)]
pub(super) fn bf_getbuffer(this: &Object, request: BufferRequest) -> PyResult<Buffer> {
    let flags = Int::from_i64(i64::from(request.0));
    let view = match super::cache::lookup(this.type_(), id!(__buffer__)) {
        Some(_) => call::call_method(this, id!(__buffer__), &[&flags])?,
        None => return Err(crate::error::attribute_error_text!("__buffer__")),
    };
    if !memoryview::is_memoryview(&view) {
        return Err(type_error!("__buffer__ returned non-memoryview object"));
    }
    let mut buffer = crate::buffer::get(&view, request)?;
    let wrapper = memory::alloc(
        &BUFFER_WRAPPER,
        BufferWrapper {
            object: Object::header(&BUFFER_WRAPPER),
            view: Slot::new(Some(view)),
            exporter: Slot::new(Some(this.to_ref())),
        },
    )?;
    buffer.owner = Some(gc::tracked(wrapper).upcast());
    Ok(buffer)
}

#[inline(never)]
pub(super) fn bf_releasebuffer(this: &Object, buffer: &mut Buffer) {
    call_python_release(this, buffer);
    // A native base's export must end whatever `__release_buffer__` did.
    let Some(mro) = this.type_().mro.get() else { return };
    let native = mro
        .items()
        .iter()
        .skip(1)
        .filter_map(|base| base.downcast::<Type>())
        .find(|base| base.slots.buffer.release.get().is_some() && !is_python_release(base))
        .and_then(|base| base.slots.buffer.release.get());
    if let Some(release) = native {
        release(this, buffer);
    }
}

fn call_python_release(this: &Object, buffer: &Buffer) {
    if let Some(wrapper) =
        buffer.exporter().and_then(|owner| owner.downcast_exact::<BufferWrapper>())
    {
        if let Some(view) = wrapper.view.get() {
            call_release(this, &view);
        }
        return;
    }
    let view = match memoryview::from_buffer_restricted(buffer) {
        Ok(view) => view,
        Err(error) => return report(error, "bf_releasebuffer", this),
    };
    call_release(this, &view);
    if let Err(error) = call::call_method(&view, id!(release), &[]) {
        report(error, "bf_releasebuffer", this);
    }
}

fn call_release(this: &Object, view: &Ref) {
    if let Err(error) = call::call_method(this, id!(__release_buffer__), &[view]) {
        report(error, "__release_buffer__", this);
    }
}

#[cold]
fn report(error: gopy_object::Exception, what: &str, this: &Object) {
    let context = format!("Exception ignored in {what} of {}", this.type_name());
    (crate::hooks::get().unraisable)(error.into_value(), Some(&context), None);
}
