//! `string.templatelib.Template` and `Interpolation`: what a t-string makes.
//!
//! Answers to `Objects/templateobject.c` and `Objects/interpolationobject.c`.

use std::cell::Cell;

use gopy_core::argument::{ArgSpec, Bound, Place, Style};
use gopy_core::error::{system_error, type_error, value_error};
use gopy_core::generic_alias::GenericAlias;
use gopy_core::str::Str;
use gopy_core::tuple::{self, Tuple};
use gopy_core::{import, none, object};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory};

/// An `Interpolation`.
#[pyclass(name = "string.templatelib.Interpolation", static = INTERPOLATION, basicsize = 48,
    flags(HAVE_GC))]
#[repr(C)]
pub struct Interpolation {
    object: Object,
    value: Ref,
    expression: Ref<Str>,
    /// `None` or one of the one-character strings `s`, `r`, `a`.
    conversion: Ref,
    format_spec: Ref<Str>,
}

impl Interpolation {
    fn make(
        value: Ref,
        expression: Ref<Str>,
        conversion: Ref,
        format_spec: Ref<Str>,
    ) -> PyResult<Ref<Interpolation>> {
        let interpolation = memory::alloc(
            &INTERPOLATION,
            Interpolation {
                object: Object::header(&INTERPOLATION),
                value,
                expression,
                conversion,
                format_spec,
            },
        )?;
        Ok(gc::tracked(interpolation))
    }
}

/// What BUILD_INTERPOLATION makes; `conversion` is CONVERT_VALUE's number, 0 for none.
///
/// # Errors
///
/// `MemoryError`; `SystemError` for operands that no compiler makes.
pub fn interpolation(
    value: &Object,
    expression: &Object,
    conversion: u32,
    format_spec: Option<&Object>,
) -> PyResult {
    let conversion = match conversion {
        0 => none::none(),
        1 => Str::new("s").upcast(),
        2 => Str::new("r").upcast(),
        3 => Str::new("a").upcast(),
        other => return Err(system_error!("invalid conversion type: {other}")),
    };
    let text = |o: &Object| o.downcast::<Str>().map_or_else(Str::empty, Instance::to_ref);
    let format_spec = format_spec.map_or_else(Str::empty, text);
    let made = Interpolation::make(value.to_ref(), text(expression), conversion, format_spec)?;
    Ok(made.upcast())
}

#[pymethods]
impl Interpolation {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> Ref<Tuple> {
        let fields = tuple::from_array([
            self.value.clone(),
            self.expression.clone().upcast(),
            self.conversion.clone(),
            self.format_spec.clone().upcast(),
        ]);
        tuple::from_array([self.as_object().type_().to_ref().upcast(), fields.upcast()])
    }

    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }

    #[pymember]
    fn value(&self) -> Ref {
        self.value.clone()
    }

    #[pymember]
    fn expression(&self) -> Ref<Str> {
        self.expression.clone()
    }

    #[pymember]
    fn conversion(&self) -> Ref {
        self.conversion.clone()
    }

    #[pymember]
    fn format_spec(&self) -> Ref<Str> {
        self.format_spec.clone()
    }
}

#[pyslots]
impl Interpolation {
    fn new(_ty: &Type, args: Args<'_>) -> PyResult {
        static SPEC: ArgSpec = ArgSpec {
            function: "Interpolation",
            names: &["value", "expression", "conversion", "format_spec"],
            required: &[true, false, false, false],
            positional_only: 0,
            positional: 4,
            required_positional: 1,
            rest: false,
            keywords: false,
            style: Style::Clinic,
        };
        let mut places = [None; 4];
        let bound = Bound::bind(&SPEC, args, &mut places)?;
        let text = |index: usize| match bound.get(index) {
            None => Ok(Str::empty()),
            Some(value) => value.downcast::<Str>().map(Instance::to_ref).ok_or_else(|| {
                Place::named("Interpolation", SPEC.names[index]).bad_argument("str", value)
            }),
        };
        let expression = text(1)?;
        let conversion = match bound.get(2).filter(|value| !none::is_none(value)) {
            None => none::none(),
            Some(value) => {
                let Some(name) = value.downcast::<Str>() else {
                    return Err(type_error!(
                        "Interpolation() argument 'conversion' must be str, not {}",
                        value.type_name()
                    ));
                };
                if !["s", "r", "a"].iter().any(|known| name.eq_str(known)) {
                    return Err(value_error!(
                        "Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'"
                    ));
                }
                value.to_ref()
            }
        };
        let made =
            Interpolation::make(bound.required(0).to_ref(), expression, conversion, text(3)?)?;
        Ok(made.upcast())
    }

    fn repr(&self) -> PyResult<String> {
        Ok(format!(
            "Interpolation({}, {}, {}, {})",
            object::repr(&self.value)?,
            object::repr(self.expression.as_object())?,
            object::repr(&self.conversion)?,
            object::repr(self.format_spec.as_object())?
        ))
    }
}

/// A `Template`: one more string than interpolations.
#[pyclass(name = "string.templatelib.Template", static = TEMPLATE, basicsize = 32,
    flags(HAVE_GC))]
#[repr(C)]
pub struct Template {
    object: Object,
    strings: Ref<Tuple>,
    interpolations: Ref<Tuple>,
}

/// What BUILD_TEMPLATE makes.
///
/// # Errors
///
/// `MemoryError`; `SystemError` for operands that no compiler makes.
pub fn template(strings: &Object, interpolations: &Object) -> PyResult {
    match (strings.downcast::<Tuple>(), interpolations.downcast::<Tuple>()) {
        (Some(strings), Some(interpolations)) => {
            make(strings.to_ref(), interpolations.to_ref()).map(Ref::upcast)
        }
        _ => Err(system_error!("a template is built of tuples")),
    }
}

fn make(strings: Ref<Tuple>, interpolations: Ref<Tuple>) -> PyResult<Ref<Template>> {
    let template = memory::alloc(
        &TEMPLATE,
        Template { object: Object::header(&TEMPLATE), strings, interpolations },
    )?;
    Ok(gc::tracked(template))
}

/// Parts in order become strings and interpolations: neighbouring strings are joined, neighbouring
/// interpolations kept apart by an empty one.
fn from_parts(parts: impl Iterator<Item = Ref>) -> PyResult<Ref<Template>> {
    let mut strings: Vec<Ref> = Vec::new();
    let mut interpolations = Vec::new();
    let mut text: Option<Ref<Str>> = None;
    for part in parts {
        if let Some(piece) = part.downcast::<Str>() {
            text = Some(match text {
                Some(so_far) => so_far.concat(piece)?,
                None => piece.to_ref(),
            });
        } else {
            strings.push(text.take().unwrap_or_else(Str::empty).upcast());
            interpolations.push(part);
        }
    }
    strings.push(text.unwrap_or_else(Str::empty).upcast());
    make(tuple::try_from_vec(strings)?, tuple::try_from_vec(interpolations)?)
}

impl Template {
    /// Strings and interpolations in turn.
    fn parts(&self) -> impl Iterator<Item = Ref> + '_ {
        let interpolations = self.interpolations.items().iter().map(Some).chain([None]);
        self.strings
            .items()
            .iter()
            .zip(interpolations)
            .flat_map(|(text, interpolation)| [Some(text), interpolation])
            .flatten()
            .cloned()
    }
}

#[pymethods]
impl Template {
    #[pymethod("($self, /)")]
    fn __reduce__(&self) -> PyResult<Ref<Tuple>> {
        let unpickle = import::import_attr("string.templatelib", "_template_unpickle")?;
        let parts = tuple::from_array([
            self.strings.clone().upcast(),
            self.interpolations.clone().upcast(),
        ]);
        Ok(tuple::from_array([unpickle, parts.upcast()]))
    }

    #[pyclassmethod("($type, object, /)")]
    fn __class_getitem__(cls: &Type, object: &Object) -> PyResult {
        GenericAlias::new(cls.as_object(), object).map(Ref::upcast)
    }

    #[pymember]
    fn strings(&self) -> Ref<Tuple> {
        self.strings.clone()
    }

    #[pymember]
    fn interpolations(&self) -> Ref<Tuple> {
        self.interpolations.clone()
    }

    #[pygetter]
    fn values(&self) -> PyResult<Ref<Tuple>> {
        let values = self.interpolations.items().iter().filter_map(|item| {
            item.downcast::<Interpolation>().map(|interpolation| interpolation.value.clone())
        });
        tuple::try_from_vec(values.collect())
    }
}

#[pyslots]
impl Template {
    fn new(_ty: &Type, args: Args<'_>) -> PyResult {
        if args.keyword_count() > 0 {
            return Err(type_error!("Template.__new__ only accepts *args arguments"));
        }
        for arg in args.positional() {
            let arg = arg.object();
            if arg.downcast::<Str>().is_none() && !arg.is_exact(&INTERPOLATION) {
                return Err(type_error!(
                    "Template.__new__ *args need to be of type 'str' or 'Interpolation', got {}",
                    arg.type_name()
                ));
            }
        }
        from_parts(args.positional().iter().map(|arg| arg.object().to_ref())).map(Ref::upcast)
    }

    fn repr(&self) -> PyResult<String> {
        Ok(format!(
            "Template(strings={}, interpolations={})",
            object::repr(self.strings.as_object())?,
            object::repr(self.interpolations.as_object())?
        ))
    }

    fn sq_concat(&self, other: &Object) -> PyResult {
        let Some(other) = other.downcast_exact::<Template>() else {
            return Err(type_error!(
                "can only concatenate string.templatelib.Template (not \"{}\") to string.templatelib.Template",
                other.type_name()
            ));
        };
        from_parts(self.parts().chain(other.parts())).map(Ref::upcast)
    }

    fn iter(&self) -> PyResult {
        let iterator = memory::alloc(
            &TEMPLATE_ITER,
            TemplateIter {
                object: Object::header(&TEMPLATE_ITER),
                template: Slot::new(Some(self.to_ref())),
                index: Cell::new(0),
            },
        )?;
        Ok(gc::tracked(iterator).upcast())
    }
}

/// The iterator over a template's parts; empty strings are left out.
#[pyclass(name = "string.templatelib.TemplateIter", static = TEMPLATE_ITER, basicsize = 40,
    flags(HAVE_GC, DISALLOW_INSTANTIATION), no_methods)]
#[repr(C)]
pub struct TemplateIter {
    object: Object,
    template: Slot<Template>,
    /// Twice the index of a string, plus one for the interpolation behind it.
    index: Cell<usize>,
}

#[pyslots]
impl TemplateIter {
    fn iter(&self) -> Ref {
        self.as_object().to_ref()
    }

    fn iternext(&self) -> PyResult<Option<Ref>> {
        let Some(template) = self.template.get() else { return Ok(None) };
        loop {
            let index = self.index.get();
            self.index.set(index + 1);
            let list =
                if index.is_multiple_of(2) { &template.strings } else { &template.interpolations };
            let Some(part) = list.items().get(index / 2) else {
                self.template.set(None);
                return Ok(None);
            };
            if part.downcast::<Str>().is_some_and(Str::is_empty) {
                continue;
            }
            return Ok(Some(part.clone()));
        }
    }
}
