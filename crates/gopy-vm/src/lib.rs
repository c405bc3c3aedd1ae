//! Frames, the eval loop, specialisation, import, builtins, sys, marshal, lifecycle.
