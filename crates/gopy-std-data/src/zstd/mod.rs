//! `_zstd`: Zstandard.
//!
//! Answers to `Modules/_zstd/`, over the same C library.

use std::cell::RefCell;
use std::ffi::CStr;

use gopy_core::argument::Place;
use gopy_core::bytes::Bytes;
use gopy_core::dict::Dict;
use gopy_core::error::{memory_error, raise_with, system_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::{Str, interned};
use gopy_core::{exceptions, module, none, number, object, state, tuple, type_};
use gopy_macros::pymodule;
use gopy_object::typeobj::Tuple;
use gopy_object::{Args, Exception, Instance, Object, PyResult, Ref, Type};
use zstd_sys as z;

mod compressor;
mod decompressor;
mod dict;

pub use compressor::{ZSTD_COMPRESSOR, ZstdCompressor};
pub use decompressor::{ZSTD_DECOMPRESSOR, ZstdDecompressor};
pub use dict::{ZSTD_DICT, ZstdDict};

use crate::input::Data;

/// Functions of the library whose parameters are any integers here.
mod library {
    use std::ffi::c_int;

    use zstd_sys as z;

    unsafe extern "C" {
        pub(super) fn ZSTD_CCtx_setParameter(
            context: *mut z::ZSTD_CCtx,
            parameter: c_int,
            value: c_int,
        ) -> usize;
        pub(super) fn ZSTD_DCtx_setParameter(
            context: *mut z::ZSTD_DCtx,
            parameter: c_int,
            value: c_int,
        ) -> usize;
        pub(super) safe fn ZSTD_cParam_getBounds(parameter: c_int) -> z::ZSTD_bounds;
        pub(super) safe fn ZSTD_dParam_getBounds(parameter: c_int) -> z::ZSTD_bounds;
    }
}

/// What the module keeps per interpreter.
struct ZstdState {
    error: Ref<Type>,
    /// The enumerations that the keys of options may be of.
    parameters: RefCell<Option<(Ref<Type>, Ref<Type>)>>,
}

const COMPRESSION_LEVEL: i32 = 100;
const WORKERS: i32 = 400;

/// Parameters of compression: number, name in Python, name in C.
const COMPRESSION_PARAMETERS: &[(i32, &str, &str)] = &[
    (COMPRESSION_LEVEL, "compression_level", "ZSTD_c_compressionLevel"),
    (101, "window_log", "ZSTD_c_windowLog"),
    (102, "hash_log", "ZSTD_c_hashLog"),
    (103, "chain_log", "ZSTD_c_chainLog"),
    (104, "search_log", "ZSTD_c_searchLog"),
    (105, "min_match", "ZSTD_c_minMatch"),
    (106, "target_length", "ZSTD_c_targetLength"),
    (107, "strategy", "ZSTD_c_strategy"),
    (160, "enable_long_distance_matching", "ZSTD_c_enableLongDistanceMatching"),
    (161, "ldm_hash_log", "ZSTD_c_ldmHashLog"),
    (162, "ldm_min_match", "ZSTD_c_ldmMinMatch"),
    (163, "ldm_bucket_size_log", "ZSTD_c_ldmBucketSizeLog"),
    (164, "ldm_hash_rate_log", "ZSTD_c_ldmHashRateLog"),
    (200, "content_size_flag", "ZSTD_c_contentSizeFlag"),
    (201, "checksum_flag", "ZSTD_c_checksumFlag"),
    (202, "dict_id_flag", "ZSTD_c_dictIDFlag"),
    (WORKERS, "nb_workers", "ZSTD_c_nbWorkers"),
    (401, "job_size", "ZSTD_c_jobSize"),
    (402, "overlap_log", "ZSTD_c_overlapLog"),
];

const DECOMPRESSION_PARAMETERS: &[(i32, &str, &str)] =
    &[(100, "window_log_max", "ZSTD_d_windowLogMax")];

const STRATEGIES: &[&str] = &[
    "ZSTD_fast",
    "ZSTD_dfast",
    "ZSTD_greedy",
    "ZSTD_lazy",
    "ZSTD_lazy2",
    "ZSTD_btlazy2",
    "ZSTD_btopt",
    "ZSTD_btultra",
    "ZSTD_btultra2",
];

/// Raises `ZstdError`. May run Python.
#[cold]
fn zstd_error(message: &str) -> Exception {
    match state::with_extension(|state: &ZstdState| state.error.clone()) {
        Some(ty) => raise_with(&ty, &[Str::new(message).as_object()]),
        None => system_error!("_zstd has no state"),
    }
}

fn is_error(code: usize) -> bool {
    // SAFETY: any number may be asked about.
    unsafe { z::ZSTD_isError(code) != 0 }
}

fn error_name(code: usize) -> String {
    // SAFETY: the library's names are constant strings.
    unsafe { CStr::from_ptr(z::ZSTD_getErrorName(code)) }.to_string_lossy().into_owned()
}

/// What the library answers, or the error that it is.
fn check(code: usize, place: &str) -> PyResult<usize> {
    if is_error(code) {
        return Err(zstd_error(&format!("{place}: {}", error_name(code))));
    }
    Ok(code)
}

/// Key and value of an option. May run Python.
fn option(key: &Object, value: &Object) -> PyResult<(i32, i32)> {
    Ok((number::index_as_c_int(key)?, number::index_as_c_int(value)?))
}

fn parameter_types() -> Option<(Ref<Type>, Ref<Type>)> {
    state::with_extension(|state: &ZstdState| state.parameters.borrow().clone()).flatten()
}

fn is_compression_parameter(key: &Object) -> bool {
    parameter_types().is_some_and(|(ty, _)| std::ptr::eq(key.type_(), &*ty))
}

fn is_decompression_parameter(key: &Object) -> bool {
    parameter_types().is_some_and(|(_, ty)| std::ptr::eq(key.type_(), &*ty))
}

/// What is wrong with a parameter that the library has refused.
#[cold]
fn parameter_error(compresses: bool, key: i32, value: i32) -> Exception {
    let (list, kind, bounds) = if compresses {
        (COMPRESSION_PARAMETERS, "compression", library::ZSTD_cParam_getBounds(key))
    } else {
        (DECOMPRESSION_PARAMETERS, "decompression", library::ZSTD_dParam_getBounds(key))
    };
    let name = list.iter().find(|(number, ..)| *number == key);
    let name = match name {
        Some((_, name, _)) => (*name).to_owned(),
        None => format!("unknown parameter (key {key})"),
    };
    if is_error(bounds.error) {
        return value_error!("invalid {kind} parameter '{name}'");
    }
    value_error!(
        "{kind} parameter '{name}' received an illegal value {value}; the valid range is [{}, {}]",
        bounds.lowerBound,
        bounds.upperBound
    )
}

/// The sizes of samples, which must add up to what there is.
fn sample_sizes(samples: &[u8], sizes: &Tuple) -> PyResult<Vec<usize>> {
    if u32::try_from(sizes.len()).is_err() {
        return Err(value_error!("The number of samples should be <= {}.", u32::MAX));
    }
    let wrong = || value_error!("The samples size tuple doesn't match the concatenation's size.");
    let mut left = samples.len();
    let mut all = Vec::new();
    all.try_reserve_exact(sizes.len()).map_err(|_| memory_error())?;
    for size in sizes.items() {
        let Some(number) = size.downcast::<Int>() else {
            return Err(type_error!("an integer is required"));
        };
        let size = number.to_u64().and_then(|size| usize::try_from(size).ok());
        let Some(size) = size.filter(|size| *size <= left) else { return Err(wrong()) };
        left -= size;
        all.push(size);
    }
    if left != 0 {
        return Err(wrong());
    }
    Ok(all)
}

/// An argument that must be `bytes`.
fn bytes_argument<'a>(arg: &'a Object, place: &Place<'_>) -> PyResult<&'a Bytes> {
    arg.downcast::<Bytes>().ok_or_else(|| place.bad_argument("bytes", arg))
}

/// An argument that must be a tuple.
fn tuple_argument<'a>(arg: &'a Object, place: &Place<'_>) -> PyResult<&'a Tuple> {
    arg.downcast::<Tuple>().ok_or_else(|| place.bad_argument("tuple", arg))
}

/// A dictionary that the library writes: `write` gets where and how much.
fn written(
    size: isize,
    place: &str,
    write: impl FnOnce(*mut u8, usize) -> usize,
) -> PyResult<Ref<Bytes>> {
    let mut bytes: Vec<u8> = Vec::new();
    let size = size.unsigned_abs();
    bytes.try_reserve_exact(size).map_err(|_| memory_error())?;
    bytes.resize(size, 0);
    let code = write(bytes.as_mut_ptr(), size);
    let length = check(code, place)?;
    Bytes::new(bytes.get(..length).unwrap_or(&bytes))
}

fn check_dict_size(size: isize) -> PyResult<()> {
    if size <= 0 {
        return Err(value_error!("dict_size argument should be positive number."));
    }
    Ok(())
}

/// The module `_zstd`.
#[pymodule(name = "_zstd")]
pub mod native {
    use super::*;

    #[pyfunction("($module, samples_bytes, samples_sizes, dict_size, /)")]
    fn train_dict(
        samples_bytes: &Object,
        samples_sizes: &Object,
        dict_size: isize,
    ) -> PyResult<Ref<Bytes>> {
        let samples = bytes_argument(samples_bytes, &Place::at("train_dict", 1))?.as_slice();
        let sizes = tuple_argument(samples_sizes, &Place::at("train_dict", 2))?;
        check_dict_size(dict_size)?;
        let sizes = sample_sizes(samples, sizes)?;
        written(dict_size, "Unable to train the Zstandard dictionary", |target, size| {
            // SAFETY: all buffers are as long as said; the sizes add up to the samples.
            unsafe {
                z::ZDICT_trainFromBuffer(
                    target.cast(),
                    size,
                    samples.as_ptr().cast(),
                    sizes.as_ptr(),
                    sizes.len() as u32,
                )
            }
        })
    }

    #[pyfunction(
        "($module, custom_dict_bytes, samples_bytes, samples_sizes,\n              dict_size, compression_level, /)"
    )]
    fn finalize_dict(
        custom_dict_bytes: &Object,
        samples_bytes: &Object,
        samples_sizes: &Object,
        dict_size: isize,
        compression_level: i32,
    ) -> PyResult<Ref<Bytes>> {
        let custom = bytes_argument(custom_dict_bytes, &Place::at("finalize_dict", 1))?.as_slice();
        let samples = bytes_argument(samples_bytes, &Place::at("finalize_dict", 2))?.as_slice();
        let sizes = tuple_argument(samples_sizes, &Place::at("finalize_dict", 3))?;
        check_dict_size(dict_size)?;
        let sizes = sample_sizes(samples, sizes)?;
        let parameters = z::ZDICT_params_t {
            compressionLevel: compression_level,
            notificationLevel: 0,
            dictID: 0,
        };
        written(dict_size, "Unable to finalize the Zstandard dictionary", |target, size| {
            // SAFETY: all buffers are as long as said; the sizes add up to the samples.
            unsafe {
                z::ZDICT_finalizeDictionary(
                    target.cast(),
                    size,
                    custom.as_ptr().cast(),
                    custom.len(),
                    samples.as_ptr().cast(),
                    sizes.as_ptr(),
                    sizes.len() as u32,
                    parameters,
                )
            }
        })
    }

    #[pyfunction("($module, /, parameter, is_compress)")]
    fn get_param_bounds(parameter: i32, is_compress: bool) -> PyResult<Ref> {
        let (bounds, kind) = if is_compress {
            (library::ZSTD_cParam_getBounds(parameter), "compression")
        } else {
            (library::ZSTD_dParam_getBounds(parameter), "decompression")
        };
        check(bounds.error, &format!("Unable to get zstd {kind} parameter bounds"))?;
        let parts = [bounds.lowerBound, bounds.upperBound]
            .map(|bound| Int::from_i64(bound.into()).upcast());
        Ok(tuple::from_array(parts).upcast())
    }

    #[pyfunction("($module, /, frame_buffer)")]
    fn get_frame_size(frame_buffer: Data) -> PyResult<usize> {
        let frame = frame_buffer.bytes();
        // SAFETY: the frame is as long as said.
        let size = unsafe { z::ZSTD_findFrameCompressedSize(frame.as_ptr().cast(), frame.len()) };
        if is_error(size) {
            return Err(zstd_error(&format!(
                "Error when finding the compressed size of a Zstandard frame. Ensure the \
                 frame_buffer argument starts from the beginning of a frame, and its length is not \
                 less than this complete frame. Zstd error message: {}.",
                error_name(size)
            )));
        }
        Ok(size)
    }

    #[pyfunction("($module, /, frame_buffer)")]
    fn get_frame_info(frame_buffer: Data) -> PyResult<Ref> {
        const UNKNOWN: u64 = u64::MAX;
        const ERROR: u64 = u64::MAX - 1;
        let frame = frame_buffer.bytes();
        let (data, length) = (frame.as_ptr().cast(), frame.len());
        // SAFETY: the frame is as long as said.
        let size = unsafe { z::ZSTD_getFrameContentSize(data, length) };
        if size == ERROR {
            return Err(zstd_error(
                "Error when getting information from the header of a Zstandard frame. Ensure the \
                 frame_buffer argument starts from the beginning of a frame, and its length is not \
                 less than the frame header (6~18 bytes).",
            ));
        }
        // SAFETY: as above.
        let id = unsafe { z::ZSTD_getDictID_fromFrame(data, length) };
        let size = if size == UNKNOWN { none::none() } else { Int::from_u64(size).upcast() };
        Ok(tuple::from_array([size, Int::from_i64(id.into()).upcast()]).upcast())
    }

    #[pyfunction("($module, /, c_parameter_type, d_parameter_type)", raw)]
    fn set_parameter_types(args: Args<'_>) -> PyResult<()> {
        let given = bind!(args, "set_parameter_types", ["c_parameter_type", "d_parameter_type"],
            required 2, positional_only 0, positional 2);
        let [first, second] = given.map(|argument| argument.unwrap_or_else(|| none::none_object()));
        let ty = |argument: &Object, name: &'static str| match argument.downcast::<Type>() {
            Some(ty) => Ok(ty.to_ref()),
            None => {
                let place = Place::named("set_parameter_types", name);
                Err(place.bad_argument("type", argument))
            }
        };
        let types = (ty(first, "c_parameter_type")?, ty(second, "d_parameter_type")?);
        let old = state::with_extension(|state: &ZstdState| state.parameters.replace(Some(types)));
        drop(old);
        Ok(())
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add_type(module, &ZSTD_DICT)?;
        module::add_type(module, &ZSTD_COMPRESSOR)?;
        module::add_type(module, &ZSTD_DECOMPRESSOR)?;
        let error =
            exceptions::new_exception("compression.zstd", "ZstdError", &exceptions::EXCEPTION)?;
        let doc = Str::new("An error occurred in the zstd library.");
        object::set_attr(error.as_object(), &interned("__doc__"), doc.as_object())?;
        module::add(module, "ZstdError", error.clone())?;
        state::put_extension(ZstdState { error, parameters: RefCell::new(None) });
        // SAFETY: constants of the library.
        let (number, version, level, size) = unsafe {
            let version = CStr::from_ptr(z::ZSTD_versionString());
            (
                z::ZSTD_versionNumber(),
                version.to_string_lossy().into_owned(),
                z::ZSTD_defaultCLevel(),
                z::ZSTD_DStreamOutSize(),
            )
        };
        module::add(module, "zstd_version_number", number)?;
        module::add(module, "zstd_version", version)?;
        module::add(module, "ZSTD_CLEVEL_DEFAULT", level)?;
        module::add(module, "ZSTD_DStreamOutSize", size)?;
        for (number, _, name) in COMPRESSION_PARAMETERS.iter().chain(DECOMPRESSION_PARAMETERS) {
            module::add(module, name, *number)?;
        }
        for (index, name) in STRATEGIES.iter().enumerate() {
            module::add(module, name, index + 1)?;
        }
        let ty: &Type = &ZSTD_COMPRESSOR;
        if let Some(dict) = ty.dict.get().and_then(|dict| dict.downcast_ref::<Dict>().ok()) {
            for (value, name) in ["CONTINUE", "FLUSH_BLOCK", "FLUSH_FRAME"].iter().enumerate() {
                dict.set_str(&interned(name), &Int::from_i64(value as i64).upcast())?;
            }
            type_::modified(ty);
        }
        Ok(())
    }
}

pub use native::MODULE;
