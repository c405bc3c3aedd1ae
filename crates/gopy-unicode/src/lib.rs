//! Unicode 16.0 data, string kernels and codec kernels.
