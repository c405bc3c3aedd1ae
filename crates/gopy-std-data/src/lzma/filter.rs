//! Filter specifiers: dicts to the library's structs and back.

use std::ffi::{c_int, c_void};

use gopy_core::dict::Dict;
use gopy_core::error::{overflow_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::str::{Str, interned};
use gopy_core::{mapping, number, object, sequence};
use gopy_object::{Object, PyResult, Ref};
use liblzma_sys as l;

use super::{check, lzma_error};

/// As many filters as the library takes.
const FILTERS_MAX: usize = 4;
/// No filter: ends a chain.
const NO_FILTER: u64 = u64::MAX;

pub(super) const LZMA1: u64 = 0x4000_0000_0000_0001;
pub(super) const LZMA2: u64 = 0x21;
pub(super) const DELTA: u64 = 3;
pub(super) const X86: u64 = 4;
pub(super) const POWERPC: u64 = 5;
pub(super) const IA64: u64 = 6;
pub(super) const ARM: u64 = 7;
pub(super) const ARMTHUMB: u64 = 8;
pub(super) const SPARC: u64 = 9;

pub(super) const PRESET_DEFAULT: u32 = 6;

/// `lzma_options_delta`
#[repr(C)]
#[derive(Default)]
struct DeltaOptions {
    kind: u32,
    distance: u32,
    reserved: [u32; 4],
    reserved_pointers: [usize; 2],
}

/// `lzma_options_bcj`
#[repr(C)]
struct BranchOptions {
    start_offset: u32,
}

/// The options of a filter, where the library finds them.
enum Options {
    Lzma(Box<l::lzma_options_lzma>),
    Delta(Box<DeltaOptions>),
    Branch(Box<BranchOptions>),
}

/// A filter with its options.
pub(super) struct Filter {
    id: u64,
    options: Options,
}

impl Filter {
    fn raw(&mut self) -> l::lzma_filter {
        let options: *mut c_void = match &mut self.options {
            Options::Lzma(options) => (&raw mut **options).cast(),
            Options::Delta(options) => (&raw mut **options).cast(),
            Options::Branch(options) => (&raw mut **options).cast(),
        };
        l::lzma_filter { id: self.id, options }
    }

    /// The options of the only filter of a chain, where it is LZMA1.
    pub(super) fn lzma1_options(filters: &[Filter]) -> Option<&l::lzma_options_lzma> {
        match filters {
            [Filter { id: LZMA1, options: Options::Lzma(options) }] => Some(options),
            _ => None,
        }
    }
}

/// An unsigned integer of so many bits, which `name` calls. May run Python.
pub(super) fn unsigned(o: &Object, bits: u32, name: &str) -> PyResult<u64> {
    let value = number::index(o)?;
    if value.is_negative() {
        return Err(value_error!("Cannot convert negative int"));
    }
    let value = value.to_u64().filter(|value| bits == 64 || value >> bits == 0);
    value.ok_or_else(|| overflow_error!("Python int too large for C {name}"))
}

fn word(o: &Object) -> PyResult<u32> {
    Ok(unsigned(o, 32, "uint32_t")? as u32)
}

/// The options of a preset; `None` for one that there is not.
pub(super) fn preset_options(preset: u32) -> Option<Box<l::lzma_options_lzma>> {
    // SAFETY: all zeros are the options that the library's header starts from.
    let mut options: Box<l::lzma_options_lzma> = Box::new(unsafe { std::mem::zeroed() });
    // SAFETY: fills the struct in.
    let failed = unsafe { l::lzma_lzma_preset(&mut *options, preset) };
    (failed == 0).then_some(options)
}

/// Goes through the entries of a specifier: `set` takes those it knows. May run Python.
fn read_entries(
    spec: &Object,
    what: &str,
    mut set: impl FnMut(&str, &Object) -> PyResult<bool>,
) -> PyResult<()> {
    let invalid = || value_error!("Invalid filter specifier for {what} filter");
    let Some(dict) = spec.downcast::<Dict>() else { return Err(invalid()) };
    let mut position = 0;
    while let Some((key, value)) = dict.next(&mut position) {
        let known = match key.downcast::<Str>() {
            Some(key) if key.eq_str("id") => Ok(true),
            Some(key) => set(&key.to_string_lossy(), &value),
            None => Ok(false),
        };
        // Whatever is wrong, CPython says only that something is.
        if !known.unwrap_or(false) {
            return Err(invalid());
        }
    }
    Ok(())
}

fn lzma_options(spec: &Object) -> PyResult<Options> {
    let preset = match object::get_item_opt(spec, &interned("preset").upcast())? {
        Some(preset) => word(&preset)?,
        None => PRESET_DEFAULT,
    };
    let Some(mut options) = preset_options(preset) else {
        return Err(lzma_error(&format!("Invalid compression preset: {preset}")));
    };
    read_entries(spec, "LZMA", |key, value| {
        match key {
            "preset" => {}
            "dict_size" => options.dict_size = word(value)?,
            "lc" => options.lc = word(value)?,
            "lp" => options.lp = word(value)?,
            "pb" => options.pb = word(value)?,
            "mode" => options.mode = unsigned(value, 32, "lzma_mode")? as _,
            "nice_len" => options.nice_len = word(value)?,
            "mf" => options.mf = unsigned(value, 32, "lzma_match_finder")? as _,
            "depth" => options.depth = word(value)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(Options::Lzma(options))
}

fn delta_options(spec: &Object) -> PyResult<Options> {
    let mut options = Box::new(DeltaOptions { distance: 1, ..DeltaOptions::default() });
    read_entries(spec, "delta", |key, value| {
        let known = key == "dist";
        if known {
            options.distance = word(value)?;
        }
        Ok(known)
    })?;
    Ok(Options::Delta(options))
}

fn branch_options(spec: &Object) -> PyResult<Options> {
    let mut options = Box::new(BranchOptions { start_offset: 0 });
    read_entries(spec, "BCJ", |key, value| {
        let known = key == "start_offset";
        if known {
            options.start_offset = word(value)?;
        }
        Ok(known)
    })?;
    Ok(Options::Branch(options))
}

/// The filter that a specifier means. May run Python.
pub(super) fn parse(spec: &Object) -> PyResult<Filter> {
    if !mapping::is_mapping(spec) {
        return Err(type_error!("Filter specifier must be a dict or dict-like object"));
    }
    let Some(id) = object::get_item_opt(spec, &interned("id").upcast())? else {
        return Err(value_error!("Filter specifier must have an \"id\" entry"));
    };
    let id = unsigned(&id, 64, "lzma_vli")?;
    let options = match id {
        LZMA1 | LZMA2 => lzma_options(spec)?,
        DELTA => delta_options(spec)?,
        X86 | POWERPC | IA64 | ARM | ARMTHUMB | SPARC => branch_options(spec)?,
        id => return Err(value_error!("Invalid filter ID: {id}")),
    };
    Ok(Filter { id, options })
}

/// The filters of a sequence of specifiers. May run Python.
pub(super) fn parse_chain(specs: &Object) -> PyResult<Vec<Filter>> {
    let has_length = object::has_len(specs);
    if has_length && specs.type_().slots.sequence.length.get().is_none() {
        return Err(type_error!("{:.200} is not a sequence", specs.type_name()));
    }
    let count = object::len(specs)?;
    if count > FILTERS_MAX {
        return Err(value_error!("Too many filters - liblzma supports a maximum of {FILTERS_MAX}"));
    }
    (0..count).map(|index| parse(&*sequence::item(specs, index as isize)?)).collect()
}

/// Calls the library with a chain.
pub(super) fn with_chain<R>(
    filters: &mut [Filter],
    call: impl FnOnce(*const l::lzma_filter) -> R,
) -> R {
    let end = l::lzma_filter { id: NO_FILTER, options: std::ptr::null_mut() };
    let mut chain = [end; FILTERS_MAX + 1];
    for (raw, filter) in chain.iter_mut().zip(filters) {
        *raw = filter.raw();
    }
    call(chain.as_ptr())
}

/// The bytes that stand for a filter's options.
pub(super) fn encode_properties(mut filter: Filter) -> PyResult<Vec<u8>> {
    let raw = filter.raw();
    let mut size = 0;
    // SAFETY: a filter with options of its kind.
    check(unsafe { l::lzma_properties_size(&mut size, &raw) } as c_int)?;
    let mut bytes = vec![0; size as usize];
    // SAFETY: as above; the bytes are as many as asked for.
    check(unsafe { l::lzma_properties_encode(&raw, bytes.as_mut_ptr()) } as c_int)?;
    Ok(bytes)
}

/// The specifier that bytes stand for.
pub(super) fn decode_properties(id: u64, bytes: &[u8]) -> PyResult<Ref<Dict>> {
    let mut raw = l::lzma_filter { id, options: std::ptr::null_mut() };
    // SAFETY: without an allocator the library uses `malloc`; the bytes are as many as said.
    let code = unsafe {
        l::lzma_properties_decode(&mut raw, std::ptr::null(), bytes.as_ptr(), bytes.len())
    };
    check(code as c_int)?;
    let spec = describe(&raw);
    // SAFETY: the options come from `malloc`, or are null.
    unsafe { libc::free(raw.options) };
    spec
}

/// The specifier of a filter that the library has made.
fn describe(raw: &l::lzma_filter) -> PyResult<Ref<Dict>> {
    let spec = Dict::new();
    let add = |key: &str, value: u64| spec.set_str(&interned(key), &Int::from_u64(value).upcast());
    add("id", raw.id)?;
    match raw.id {
        LZMA1 | LZMA2 if !raw.options.is_null() => {
            // SAFETY: the options of these filters are of this type.
            let options = unsafe { &*raw.options.cast::<l::lzma_options_lzma>() };
            if raw.id == LZMA1 {
                add("lc", options.lc.into())?;
                add("lp", options.lp.into())?;
                add("pb", options.pb.into())?;
            }
            add("dict_size", options.dict_size.into())?;
        }
        DELTA if !raw.options.is_null() => {
            // SAFETY: the options of this filter are of this type.
            let options = unsafe { &*raw.options.cast::<DeltaOptions>() };
            add("dist", options.distance.into())?;
        }
        X86 | POWERPC | IA64 | ARM | ARMTHUMB | SPARC => {
            if !raw.options.is_null() {
                // SAFETY: the options of these filters are of this type.
                let options = unsafe { &*raw.options.cast::<BranchOptions>() };
                add("start_offset", options.start_offset.into())?;
            }
        }
        id => return Err(value_error!("Invalid filter ID: {id}")),
    }
    Ok(spec)
}
