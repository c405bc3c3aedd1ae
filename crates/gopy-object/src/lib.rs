//! The object layout, references, types, cycle collection, thread and interpreter state.
