//! `sys._jit`: what programs can learn of just-in-time compilation.
//!
//! Answers to the part `_jit` of `Python/sysmodule.c`. The oracle is built with its compiler and
//! leaves it off, so that is what programs see here too.

/// `sys._jit`.
#[gopy_macros::pymodule(name = "sys._jit")]
pub mod module {
    #[pyfunction("($module, /)")]
    fn is_available() -> bool {
        true
    }

    #[pyfunction("($module, /)")]
    fn is_enabled() -> bool {
        false
    }

    #[pyfunction("($module, /)")]
    fn is_active() -> bool {
        false
    }
}
