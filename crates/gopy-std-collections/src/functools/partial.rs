//! `functools.partial` and its `Placeholder`.

use std::cell::Cell;

use gopy_core::argument::keyword_items;
use gopy_core::dict::{DICT, Dict};
use gopy_core::error::type_error;
use gopy_core::generic_alias::GenericAlias;
use gopy_core::method::Method;
use gopy_core::str::Str;
use gopy_core::tuple::{self, TUPLE, Tuple};
use gopy_core::{call, id, none, object};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::weakref::WeakList;
use gopy_object::{Arg, Args, GilCell, Instance, Object, PyResult, Ref, Slot, Type, thread};
use smallvec::SmallVec;

/// The type of `Placeholder`.
#[pyclass(name = "functools._PlaceholderType", static = PLACEHOLDER_TYPE, basicsize = 16,
    flags(HEAPTYPE))]
#[repr(C)]
pub struct Placeholder {
    object: Object,
}

/// `Placeholder`.
pub static PLACEHOLDER: GilCell<Placeholder> =
    GilCell::new(Placeholder { object: Object::static_header(&PLACEHOLDER_TYPE) });

fn is_placeholder(o: &Object) -> bool {
    o.is(PLACEHOLDER.get())
}

#[pymethods]
impl Placeholder {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> Ref<Str> {
        Str::new("Placeholder")
    }
}

#[pyslots]
impl Placeholder {
    fn new(_ty: &Type, args: Args<'_>) -> PyResult<Ref<Placeholder>> {
        if !args.all().is_empty() {
            return Err(type_error!("PlaceholderType takes no arguments"));
        }
        Ok(PLACEHOLDER.get().to_ref())
    }

    fn repr(&self) -> Ref<Str> {
        Str::new("Placeholder")
    }
}

/// A `partial`.
#[pyclass(name = "functools.partial", static = PARTIAL, basicsize = 80, dictoffset = 40,
    weaklistoffset = 48, flags(BASETYPE, HAVE_GC, HEAPTYPE, HAVE_VECTORCALL), dict = dict,
    weaklist = weakrefs, text_signature = "(func, /, *args, **keywords)")]
#[repr(C)]
pub struct Partial {
    object: Object,
    function: Slot,
    args: Slot<Tuple>,
    keywords: Slot<Dict>,
    dict: Slot,
    weakrefs: WeakList,
    /// Number of placeholders among `args`.
    placeholders: Cell<usize>,
}

fn count_placeholders(items: &[Ref]) -> usize {
    items.iter().filter(|item| is_placeholder(item)).count()
}

fn check_trailing(last: Option<&Object>) -> PyResult<()> {
    match last {
        Some(last) if is_placeholder(last) => {
            Err(type_error!("trailing Placeholders are not allowed"))
        }
        _ => Ok(()),
    }
}

/// `args` with its placeholders taken by `new`, whose rest follows.
fn merge_args(args: &Tuple, new: &[Arg<'_>]) -> PyResult<Ref<Tuple>> {
    let mut new = new.iter().map(|arg| arg.object().to_ref());
    let mut merged: Vec<Ref> = args
        .items()
        .iter()
        .map(|item| {
            if is_placeholder(item) {
                new.next().unwrap_or_else(|| item.clone())
            } else {
                item.clone()
            }
        })
        .collect();
    merged.extend(new);
    tuple::try_from_vec(merged)
}

impl Partial {
    fn parts(&self) -> PyResult<(Ref, Ref<Tuple>, Ref<Dict>)> {
        match (self.function.get(), self.args.get(), self.keywords.get()) {
            (Some(function), Some(args), Some(keywords)) => Ok((function, args, keywords)),
            _ => Err(type_error!("partial object is cleared")),
        }
    }
}

#[pymethods]
impl Partial {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult {
        let (function, args, keywords) = self.parts()?;
        let dict = self.dict.get().unwrap_or_else(none::none);
        let state = tuple::from_array([function.clone(), args.upcast(), keywords.upcast(), dict]);
        let class = self.as_object().type_().to_ref().upcast();
        let call_args = tuple::from_array([function]).upcast();
        Ok(tuple::from_array([class, call_args, state.upcast()]).upcast())
    }

    #[pymethod("($self, object, /)")]
    fn __setstate__(&self, object: &Object) -> PyResult<()> {
        let invalid = || type_error!("invalid partial state");
        let Some([function, args, keywords, dict]) =
            object.downcast::<Tuple>().map(|state| state.items())
        else {
            return Err(invalid());
        };
        let Some(args) = args.downcast::<Tuple>() else { return Err(invalid()) };
        let keywords_given = !none::is_none(keywords);
        if !object::is_callable(function)
            || (keywords_given && keywords.downcast::<Dict>().is_none())
            || (!none::is_none(dict) && dict.downcast::<Dict>().is_none())
        {
            return Err(invalid());
        }
        check_trailing(args.items().last().map(|last| &**last))?;
        let placeholders = count_placeholders(args.items());
        let args = if args.as_object().is_exact(&TUPLE) {
            args.to_ref()
        } else {
            tuple::try_from_vec(args.items().to_vec())?
        };
        let keywords = match keywords.downcast::<Dict>() {
            None => Dict::new(),
            Some(keywords) if keywords.as_object().is_exact(&DICT) => keywords.to_ref(),
            Some(keywords) => keywords.copy()?,
        };
        let dict = (!none::is_none(dict)).then(|| dict.clone());
        self.placeholders.set(placeholders);
        self.function.set(Some(function.clone()));
        self.args.set(Some(args));
        self.keywords.set(Some(keywords));
        self.dict.set(dict);
        Ok(())
    }

    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }

    #[pymember]
    fn func(&self) -> Ref {
        self.function.get().unwrap_or_else(none::none)
    }

    #[pymember]
    fn args(&self) -> Option<Ref<Tuple>> {
        self.args.get()
    }

    #[pymember]
    fn keywords(&self) -> Option<Ref<Dict>> {
        self.keywords.get()
    }

    #[pygetter]
    fn __dict__(&self) -> PyResult<Option<Ref<Dict>>> {
        object::dict_of(self.as_object())
    }

    #[pysetter]
    fn set___dict__(&self, value: Option<&Object>) -> PyResult<()> {
        object::set_dict(self.as_object(), value)
    }
}

#[pyslots]
impl Partial {
    fn new(ty: &Type, args: Args<'_>) -> PyResult {
        let Some(mut function) = args.get(0).map(|function| function.to_ref()) else {
            return Err(type_error!("type 'partial' takes at least one argument"));
        };
        if !object::is_callable(&function) {
            return Err(type_error!("the first argument must be callable"));
        }
        let new = &args.positional()[1..];
        check_trailing(new.last().map(|last| last.object()))?;
        if keyword_items(args).any(|(_, value)| is_placeholder(value)) {
            return Err(type_error!("Placeholder cannot be passed as a keyword argument"));
        }
        // The arguments of a partial of a partial are merged, unless that one has attributes.
        let (mut base_args, mut base_keywords) = (None, None);
        if let Some(inner) = function.downcast::<Partial>()
            && inner.dict.is_empty()
        {
            let (inner_function, inner_args, inner_keywords) = inner.parts()?;
            (base_args, base_keywords) = (Some(inner_args), Some(inner_keywords));
            function = inner_function;
        }
        let all = match base_args {
            Some(base) => merge_args(&base, new)?,
            None => tuple::try_from_vec(new.iter().map(|arg| arg.object().to_ref()).collect())?,
        };
        let keywords = match base_keywords.filter(|keywords| !keywords.is_empty()) {
            Some(base) => base.copy()?,
            None => Dict::new(),
        };
        for (name, value) in keyword_items(args) {
            keywords.set_str(name, value)?;
        }
        let partial = Partial {
            object: Object::header(ty),
            function: Slot::new(Some(function)),
            placeholders: Cell::new(count_placeholders(all.items())),
            args: Slot::new(Some(all)),
            keywords: Slot::new(Some(keywords)),
            dict: Slot::empty(),
            weakrefs: WeakList::empty(),
        };
        crate::make(ty, partial).map(Ref::upcast)
    }

    fn call(&self, args: Args<'_>) -> PyResult {
        let (function, own, keywords) = self.parts()?;
        let expected = self.placeholders.get();
        if args.len() < expected {
            return Err(type_error!(
                "missing positional arguments in 'partial' call; expected at least {expected}, got {}",
                args.len()
            ));
        }
        if !keywords.is_empty() {
            let positional = merge_args(&own, args.positional())?;
            let merged = keywords.copy()?;
            for (name, value) in keyword_items(args) {
                merged.set_str(name, value)?;
            }
            return call::call_tuple(&function, &positional, Some(&merged));
        }
        if let ([only], 0) = (own.items(), expected) {
            return args.prepend(only, |args| call::call_args(&function, args));
        }
        let mut given = args.all().iter().copied();
        let mut all: SmallVec<[Arg<'_>; 8]> = SmallVec::new();
        for item in own.items() {
            let arg = if is_placeholder(item) { given.next() } else { None };
            all.push(arg.unwrap_or(Arg::new(item)));
        }
        all.extend(given);
        call::call_args(&function, Args::with_keywords(&all, args.kwnames(), args.keyword_count()))
    }

    fn descr_get(&self, instance: Option<&Object>, _owner: Option<&Object>) -> PyResult {
        let this = self.as_object().to_ref();
        match instance.filter(|instance| !none::is_none(instance)) {
            None => Ok(this),
            Some(instance) => Ok(Method::new(this, instance.to_ref())?.upcast()),
        }
    }

    fn repr(&self) -> PyResult<String> {
        let this = self.as_object();
        let Some(_guard) = thread().enter_repr(this) else { return Ok("...".to_owned()) };
        let (function, args, keywords) = self.parts()?;
        let mut tail = String::new();
        for item in args.items() {
            tail.push_str(", ");
            tail.push_str(&object::repr(item)?.to_string_lossy());
        }
        let mut position = 0;
        while let Some((key, value)) = keywords.next(&mut position) {
            let (key, value) = (object::str(&key)?, object::repr(&value)?);
            tail.push_str(&format!(", {}={}", key.to_string_lossy(), value.to_string_lossy()));
        }
        let class = this.type_().as_object();
        let module = object::get_attr(class, id!(__module__))?;
        let name = object::get_attr(class, id!(__qualname__))?;
        let (module, name) = (object::str(&module)?, object::str(&name)?);
        let function = object::repr(&function)?;
        Ok(format!("{module}.{name}({}{tail})", function.to_string_lossy()))
    }
}
