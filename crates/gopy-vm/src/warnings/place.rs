//! Where a warning comes from: the frame that the stack level names.

use gopy_core::dict::Dict;
use gopy_core::error::type_error;
use gopy_core::str::Str;
use gopy_core::tuple::Tuple;
use gopy_core::{id, none};
use gopy_object::{Instance, Interpreter, PyResult, Ref, thread};

use crate::frame::{self, FrameRef};

/// What the frame tells.
pub(super) struct Place {
    pub(super) filename: Ref<Str>,
    pub(super) lineno: i32,
    /// `__name__`: a string or `None`.
    pub(super) module: Ref,
    /// `__warningregistry__`, made if need be.
    pub(super) registry: Ref,
}

impl Place {
    /// The place `stack_level` calls up; frames of importlib and of files that begin with one of the
    /// prefixes do not count.
    pub(super) fn find(stack_level: isize, skipped_prefixes: Option<&Tuple>) -> PyResult<Place> {
        if let Some(prefixes) = skipped_prefixes {
            let is_str = |prefix: &Ref| prefix.downcast::<Str>().is_some();
            if let Some(other) = prefixes.items().iter().find(|prefix| !is_str(prefix)) {
                return Err(type_error!(
                    "Found non-str '{}' in skip_file_prefixes.",
                    other.type_name()
                ));
            }
        }
        let mut found = frame::current_complete(thread());
        // Code of importlib that warns means itself.
        let counts_all = stack_level <= 0 || found.is_some_and(is_internal);
        let mut level = stack_level;
        while level > 1
            && let Some(current) = found
        {
            found = if counts_all {
                frame::complete(current.previous())
            } else {
                next_external(current, skipped_prefixes)
            };
            level -= 1;
        }
        let (globals, filename, lineno) = match found {
            Some(frame) => {
                let filename = frame.code().filename.get().unwrap_or_else(Str::empty);
                (frame.globals().to_ref(), filename, frame.line().unwrap_or(0))
            }
            None => {
                let sys = Interpreter::current().sys_dict.get();
                let sys = sys.and_then(|sys| sys.downcast_ref::<Dict>().ok());
                (sys.unwrap_or_else(Dict::new), Str::new("<sys>"), 0)
            }
        };
        let registry = match globals.get_str(id!(__warningregistry__))? {
            Some(registry) => registry,
            None => {
                let registry = Dict::new().upcast();
                globals.set_str(id!(__warningregistry__), &registry)?;
                registry
            }
        };
        let module = match globals.get_str(id!(__name__))? {
            Some(name) if none::is_none(&name) || name.downcast::<Str>().is_some() => name,
            _ => id!("<string>").to_ref().upcast(),
        };
        Ok(Place { filename, lineno, module, registry })
    }
}

/// Whether the frame belongs to the import machinery.
fn is_internal(frame: FrameRef) -> bool {
    frame.code().filename.get().is_some_and(|filename| {
        filename.contains_str(id!(importlib)) && filename.contains_str(id!(_bootstrap))
    })
}

fn is_skipped(frame: FrameRef, prefixes: &Tuple) -> bool {
    let Some(filename) = frame.code().filename.get() else { return false };
    let name = filename.to_wtf8();
    let mut prefixes = prefixes.items().iter().filter_map(|prefix| prefix.downcast::<Str>());
    prefixes.any(|prefix| name.starts_with(&prefix.to_wtf8()))
}

fn next_external(frame: FrameRef, prefixes: Option<&Tuple>) -> Option<FrameRef> {
    let mut found = frame::complete(frame.previous());
    while let Some(frame) = found {
        if !is_internal(frame) && !prefixes.is_some_and(|prefixes| is_skipped(frame, prefixes)) {
            break;
        }
        found = frame::complete(frame.previous());
    }
    found
}
