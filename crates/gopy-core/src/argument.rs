//! From Python arguments to Rust values and back: what the macros' shims call.
//!
//! Answers to `Python/getargs.c`, `Objects/call.c` (argument checks) and the converters of Argument
//! Clinic. There is one parser, not generic, for all functions that accept keywords.

use std::borrow::Cow;

use gopy_object::{Arg, Args, Instance, Object, PyResult, Ref, Type};

use crate::error::type_error;
use crate::str::Str;
use crate::tuple;
use crate::{bool_, float, int, none, number, str};

/// Where an argument stands, for messages.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Name of the function.
    pub function: &'a str,
    /// Position from 1; 0 where the function takes exactly one argument.
    pub position: usize,
    /// Name, for parameters that can be passed by keyword.
    pub name: Option<&'a str>,
}

impl<'a> Place<'a> {
    /// The only argument.
    pub const fn only(function: &'a str) -> Self {
        Place { function, position: 0, name: None }
    }

    /// Positional argument `position`, counted from 1.
    pub const fn at(function: &'a str, position: usize) -> Self {
        Place { function, position, name: None }
    }

    /// An argument that has a name.
    pub const fn named(function: &'a str, name: &'a str) -> Self {
        Place { function, position: 0, name: Some(name) }
    }

    /// "replace() argument 1 must be str, not int" (`_PyArg_BadArgument`).
    #[cold]
    pub fn bad_argument(&self, expected: &str, found: &Object) -> gopy_object::Exception {
        let found =
            if none::is_none(found) { "None".to_owned() } else { found.type_name().to_string() };
        let (function, argument) = (self.function, self.display());
        type_error!("{function:.200}() {argument:.200} must be {expected:.50}, not {found:.50}")
    }

    /// "argument", "argument 2" or "argument 'sep'".
    #[cold]
    pub fn display(&self) -> String {
        match (self.name, self.position) {
            (Some(name), _) => format!("argument '{name}'"),
            (None, 0) => "argument".to_owned(),
            (None, position) => format!("argument {position}"),
        }
    }
}

/// A Rust type that an argument converts to. May run Python where the conversion does
/// (`__index__`, `__bool__`).
pub trait FromArg<'a>: Sized {
    /// Converts `arg`.
    ///
    /// # Errors
    ///
    /// The exception that CPython's converter raises, with its text.
    fn from_arg(arg: &'a Object, place: &Place<'_>) -> PyResult<Self>;
}

/// A Rust type that a default written as text (`'strict'`, `None`) converts to.
pub trait ArgDefault {
    /// The value for the default's text, without quotes.
    fn from_default(text: &'static str) -> Self;
}

impl<'a> FromArg<'a> for &'a Object {
    #[inline(always)]
    fn from_arg(arg: &'a Object, _place: &Place<'_>) -> PyResult<Self> {
        Ok(arg)
    }
}

impl<'a> FromArg<'a> for Ref {
    #[inline(always)]
    fn from_arg(arg: &'a Object, _place: &Place<'_>) -> PyResult<Self> {
        Ok(arg.to_ref())
    }
}

/// Implements [`FromArg`] for borrows of built-in instances: "… must be NAME, not …".
#[macro_export]
macro_rules! from_arg_instance {
    ($($ty:ty => $name:literal),* $(,)?) => {$(
        impl<'a> $crate::argument::FromArg<'a> for &'a $ty {
            #[inline]
            fn from_arg(
                arg: &'a ::gopy_object::Object,
                place: &$crate::argument::Place<'_>,
            ) -> ::gopy_object::PyResult<Self> {
                arg.downcast().ok_or_else(|| place.bad_argument($name, arg))
            }
        }
    )*};
}

from_arg_instance!(Str => "str", Type => "type", gopy_object::typeobj::Tuple => "tuple");

impl<'a, T: FromArg<'a>> FromArg<'a> for Option<T> {
    #[inline]
    fn from_arg(arg: &'a Object, place: &Place<'_>) -> PyResult<Self> {
        T::from_arg(arg, place).map(Some)
    }
}

impl FromArg<'_> for bool {
    #[inline]
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        crate::object::is_true(arg)
    }
}

impl FromArg<'_> for f64 {
    #[inline]
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        float::as_f64(arg)
    }
}

impl FromArg<'_> for isize {
    /// `Py_ssize_t`: `__index__`, then OverflowError "Python int too large to convert to C ssize_t".
    #[inline]
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        number::index_as_ssize(arg)
    }
}

impl FromArg<'_> for i32 {
    /// C `int`.
    #[inline]
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        number::index_as_c_int(arg)
    }
}

impl FromArg<'_> for i64 {
    /// C `long` / `long long`.
    #[inline]
    fn from_arg(arg: &Object, _place: &Place<'_>) -> PyResult<Self> {
        number::index_as_c_long(arg)
    }
}

/// A code point: a `str` of length one (clinic's `int(accept={str})`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CodePoint(pub u32);

/// What native functions return, as an object.
pub trait IntoPy {
    /// Converts the value.
    ///
    /// # Errors
    ///
    /// The error that `self` is, or `MemoryError`.
    fn into_py(self) -> PyResult;
}

impl<T: Instance> IntoPy for Ref<T> {
    #[inline(always)]
    fn into_py(self) -> PyResult {
        Ok(self.upcast())
    }
}

impl<T: IntoPy> IntoPy for PyResult<T> {
    #[inline(always)]
    fn into_py(self) -> PyResult {
        self?.into_py()
    }
}

impl<T: IntoPy> IntoPy for Option<T> {
    #[inline(always)]
    fn into_py(self) -> PyResult {
        match self {
            Some(value) => value.into_py(),
            None => Ok(none::none()),
        }
    }
}

impl IntoPy for () {
    #[inline(always)]
    fn into_py(self) -> PyResult {
        Ok(none::none())
    }
}

impl IntoPy for bool {
    #[inline(always)]
    fn into_py(self) -> PyResult {
        Ok(bool_::bool_ref(self))
    }
}

impl IntoPy for f64 {
    #[inline(always)]
    fn into_py(self) -> PyResult {
        Ok(float::Float::new(self).upcast())
    }
}

impl IntoPy for &'static str {
    fn into_py(self) -> PyResult {
        Ok(str::Str::new(self).upcast())
    }
}

impl IntoPy for String {
    fn into_py(self) -> PyResult {
        Ok(str::Str::new(&self).upcast())
    }
}

macro_rules! into_py_int {
    ($($ty:ty => $make:ident),*) => {$(
        impl IntoPy for $ty {
            #[inline]
            fn into_py(self) -> PyResult {
                Ok(int::Int::$make(self.into()).upcast())
            }
        }
    )*};
}

into_py_int!(i32 => from_i64, i64 => from_i64, u8 => from_i64, u16 => from_i64, u32 => from_i64, u64 => from_u64);

impl IntoPy for isize {
    #[inline]
    fn into_py(self) -> PyResult {
        Ok(int::Int::from_i64(self as i64).upcast())
    }
}

impl IntoPy for usize {
    #[inline]
    fn into_py(self) -> PyResult {
        Ok(int::Int::from_u64(self as u64).upcast())
    }
}

/// Which family of messages a function's argument errors belong to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// Argument Clinic's fast parsers: "replace expected at least 2 arguments, got 1".
    Clinic,
    /// `PyArg_ParseTuple`: "index() takes at most 2 arguments (3 given)".
    ParseTuple,
    /// `PyArg_UnpackTuple`: "pow expected at most 3 arguments, got 4".
    Unpack,
}

/// The parameters of a native function, as its shim declares them.
pub struct ArgSpec {
    /// `__name__`, without parentheses.
    pub function: &'static str,
    /// Parameter names but for `*args` and `**kwargs`, in order.
    pub names: &'static [&'static str],
    /// Which of them have no default.
    pub required: &'static [bool],
    /// How many can only be passed by position.
    pub positional_only: usize,
    /// How many can be passed by position.
    pub positional: usize,
    /// How many of those have no default.
    pub required_positional: usize,
    /// There is `*args`.
    pub rest: bool,
    /// There is `**kwargs`.
    pub keywords: bool,
    /// Family of messages.
    pub style: Style,
}

impl ArgSpec {
    /// The function in messages: one without a name is just "function".
    fn called(&self) -> Cow<'static, str> {
        match self.function {
            "" => "function".into(),
            name => format!("{name:.200}()").into(),
        }
    }
}

/// Keyword arguments that no parameter took.
#[derive(Clone, Copy)]
pub struct Keywords<'a> {
    args: Args<'a>,
    spec: &'static ArgSpec,
}

impl<'a> Keywords<'a> {
    /// Name and value of each.
    pub fn iter(&self) -> impl Iterator<Item = (&'a Str, &'a Object)> + use<'a> {
        let spec = self.spec;
        keyword_items(self.args).filter(move |(name, _)| {
            !spec.names[spec.positional_only..].iter().any(|known| name.eq_str(known))
        })
    }
}

/// Name and value of each keyword argument of a call.
pub fn keyword_items<'a>(args: Args<'a>) -> impl Iterator<Item = (&'a Str, &'a Object)> {
    let names = args.kwnames().map_or(&[][..], tuple::items_of);
    names.iter().zip(args.keyword_values()).map(|(name, value)| {
        // SAFETY: keyword names are exact strings, as `Args` promises.
        (unsafe { name.downcast_unchecked::<Str>() }, value.object())
    })
}

/// Arguments of a function that takes them by position only.
pub struct Positional<'a> {
    args: &'a [Arg<'a>],
    /// What `*args` takes.
    pub rest: &'a [Arg<'a>],
}

impl<'a> Positional<'a> {
    /// Checks the number of arguments.
    ///
    /// # Errors
    ///
    /// `TypeError` of the function's family.
    #[inline]
    pub fn check(spec: &ArgSpec, args: &'a [Arg<'a>]) -> PyResult<Self> {
        let (minimum, maximum) = (spec.required_positional, spec.positional);
        if args.len() < minimum || (args.len() > maximum && !spec.rest) {
            return Err(wrong_count(spec, args.len()));
        }
        let (args, rest) = args.split_at(args.len().min(maximum));
        Ok(Positional { args, rest })
    }

    /// Argument `index`, where it was passed.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<&'a Object> {
        self.args.get(index).map(|arg| arg.object())
    }

    /// Argument `index`, which `check` has seen.
    #[inline(always)]
    pub fn required(&self, index: usize) -> &'a Object {
        self.args[index].object()
    }
}

#[cold]
fn wrong_count(spec: &ArgSpec, given: usize) -> gopy_object::Exception {
    let ArgSpec { function, required_positional: minimum, positional: maximum, .. } = *spec;
    let too_few = given < minimum;
    let limit = if too_few { minimum } else { maximum };
    let exactly = minimum == maximum && !spec.rest;
    match spec.style {
        Style::Clinic | Style::Unpack => {
            let how = match (exactly, too_few) {
                (true, _) => "",
                (false, true) => "at least ",
                (false, false) => "at most ",
            };
            let plural = if limit == 1 { "" } else { "s" };
            type_error!("{function:.200} expected {how}{limit} argument{plural}, got {given}")
        }
        Style::ParseTuple => {
            let how = match (exactly, too_few) {
                (true, _) => "exactly",
                (false, true) => "at least",
                (false, false) => "at most",
            };
            let plural = if limit == 1 { "" } else { "s" };
            type_error!("{function:.150}() takes {how} {limit} argument{plural} ({given} given)")
        }
    }
}

/// Arguments bound to the parameters of a function that accepts keywords.
pub struct Bound<'a, 'b> {
    places: &'b [Option<&'a Object>],
    /// What `*args` takes.
    pub rest: &'a [Arg<'a>],
    /// What `**kwargs` takes.
    pub keywords: Keywords<'a>,
}

impl<'a, 'b> Bound<'a, 'b> {
    /// Binds `args` to `places`, one for each of `spec.names` (`_PyArg_UnpackKeywords`).
    ///
    /// # Errors
    ///
    /// `TypeError` with the texts of getargs.c.
    pub fn bind(
        spec: &'static ArgSpec,
        args: Args<'a>,
        places: &'b mut [Option<&'a Object>],
    ) -> PyResult<Self> {
        let given = args.len();
        let by_position = given.min(spec.positional);
        for (place, arg) in places.iter_mut().zip(&args.positional()[..by_position]) {
            *place = Some(arg.object());
        }
        let rest = &args.positional()[by_position..];
        if !spec.rest && given > spec.positional {
            return Err(too_many(spec, given, args.keyword_count()));
        }
        if args.keyword_count() > 0 {
            bind_keywords(spec, args, places)?;
        } else if !spec.rest && given < spec.positional_only.min(spec.required_positional) {
            return Err(too_few(spec, given));
        }
        for (index, required) in spec.required.iter().enumerate() {
            if *required && places[index].is_none() {
                return Err(missing(spec, given, index));
            }
        }
        Ok(Bound { places, rest, keywords: Keywords { args, spec } })
    }

    /// Argument `index`, where it was passed.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<&'a Object> {
        self.places[index]
    }

    /// Argument `index`, which `bind` has seen.
    #[inline(always)]
    pub fn required(&self, index: usize) -> &'a Object {
        self.places[index].expect("bind checks required arguments")
    }
}

fn bind_keywords<'a>(
    spec: &'static ArgSpec,
    args: Args<'a>,
    places: &mut [Option<&'a Object>],
) -> PyResult<()> {
    let given = args.len();
    if !spec.rest && !spec.keywords && given + args.keyword_count() > spec.names.len() {
        return Err(too_many(spec, given, args.keyword_count()));
    }
    if given < spec.positional_only.min(spec.required_positional) {
        return Err(too_few(spec, given));
    }
    let mut unknown = None;
    for (name, value) in keyword_items(args) {
        let found = (spec.positional_only..spec.names.len()).find(|i| name.eq_str(spec.names[*i]));
        match found {
            Some(index) if places[index].is_some() => {
                let function = spec.called();
                return Err(type_error!(
                    "argument for {function} given by name ('{name}') and position ({})",
                    index + 1
                ));
            }
            Some(index) => places[index] = Some(value),
            None => unknown = unknown.or(Some(name)),
        }
    }
    let Some(name) = unknown.filter(|_| !spec.keywords) else { return Ok(()) };
    // A missing required argument is reported first.
    for (index, required) in spec.required.iter().enumerate() {
        if *required && places[index].is_none() {
            return Err(missing(spec, given, index));
        }
    }
    let function = if spec.function.is_empty() { "this function".into() } else { spec.called() };
    Err(type_error!("{function} got an unexpected keyword argument '{name}'"))
}

#[cold]
fn too_many(spec: &ArgSpec, given: usize, keywords: usize) -> gopy_object::Exception {
    let function = spec.called();
    let total = given + keywords;
    if given > spec.positional && spec.positional < spec.names.len() && total <= spec.names.len() {
        if spec.positional == 0 {
            return type_error!("{function} takes no positional arguments");
        }
        let how = if spec.required_positional < spec.positional { "at most" } else { "exactly" };
        let limit = spec.positional;
        let plural = if limit == 1 { "" } else { "s" };
        return type_error!(
            "{function} takes {how} {limit} positional argument{plural} ({given} given)"
        );
    }
    if spec.positional == 0 && given > 0 && keywords == 0 {
        return type_error!("{function} takes no positional arguments");
    }
    let limit = spec.names.len();
    let kind = if keywords > 0 && given == 0 { "keyword " } else { "" };
    let plural = if limit == 1 { "" } else { "s" };
    type_error!("{function} takes at most {limit} {kind}argument{plural} ({total} given)")
}

#[cold]
fn too_few(spec: &ArgSpec, given: usize) -> gopy_object::Exception {
    let function = spec.called();
    let minimum = spec.positional_only.min(spec.required_positional);
    let how = if minimum < spec.positional { "at least" } else { "exactly" };
    let plural = if minimum == 1 { "" } else { "s" };
    type_error!("{function} takes {how} {minimum} positional argument{plural} ({given} given)")
}

#[cold]
fn missing(spec: &ArgSpec, given: usize, index: usize) -> gopy_object::Exception {
    if index < spec.positional_only {
        return too_few(spec, given);
    }
    let (function, name) = (spec.called(), spec.names[index]);
    type_error!("{function} missing required argument '{name}' (pos {})", index + 1)
}

/// Refuses keyword arguments: "list.append() takes no keyword arguments".
///
/// # Errors
///
/// `TypeError` where there are any.
#[inline]
pub fn no_keywords(function: &str, args: Args<'_>) -> PyResult<()> {
    if args.keyword_count() == 0 {
        return Ok(());
    }
    Err(type_error!("{function:.200}() takes no keyword arguments"))
}

/// Checks a positional count: "pow expected at least 2 arguments, got 1" (`_PyArg_CheckPositional`).
///
/// # Errors
///
/// `TypeError` where `given` lies outside of the bounds.
#[inline]
pub fn check_positional(
    function: &str,
    given: usize,
    minimum: usize,
    maximum: usize,
) -> PyResult<()> {
    if (minimum..=maximum).contains(&given) {
        return Ok(());
    }
    let limit = if given < minimum { minimum } else { maximum };
    let how = match (minimum == maximum, given < minimum) {
        (true, _) => "",
        (false, true) => "at least ",
        (false, false) => "at most ",
    };
    let plural = if limit == 1 { "" } else { "s" };
    Err(type_error!("{function:.200} expected {how}{limit} argument{plural}, got {given}"))
}
