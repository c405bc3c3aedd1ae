//! Frames, the eval loop, specialisation, import, builtins, sys, marshal, lifecycle.
//!
//! Answers to most of `Python/`. Start at [`eval`] for execution. Never here: a native module's name.

pub mod eval;
pub mod frame;
pub mod frame_object;
pub mod generator;
pub mod specialize;
pub mod stackref;
pub mod state;
pub mod units;
