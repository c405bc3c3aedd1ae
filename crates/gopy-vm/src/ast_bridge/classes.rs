//! The classes of `_ast`.
//!
//! Answers to the type half of `Python/Python-ast.c`: `AST` itself with its constructor, pickling,
//! `__replace__` and repr, and one class for each entry of the table of node classes.

use std::cell::OnceCell;

use gopy_core::argument::{IntoPy, keyword_items};
use gopy_core::dict::Dict;
use gopy_core::error::type_error;
use gopy_core::generic_alias::GenericAlias;
use gopy_core::list::List;
use gopy_core::str::{Str, interned};
use gopy_core::{call, none, object, tuple, union, warnings};
use gopy_macros::{pyclass, pymethods, pyslots};
use gopy_object::typeobj::{TYPE, Tuple};
use gopy_object::{Args, Instance, Object, PyResult, Ref, Slot, Type, gc, memory, thread};
use gopy_syntax::ast::{Arity, Attribute, Field, FieldType, NODE_CLASSES, NodeClass};

use crate::extension::{self, Extension};

/// How deep `repr` shows a tree.
const REPR_DEPTH: usize = 3;

/// `ast.AST`.
#[pyclass(name = "ast.AST", static = AST, basicsize = 24, dictoffset = 16,
    flags(BASETYPE, HAVE_GC), dict = dict)]
#[repr(C)]
pub(super) struct AstNode {
    object: Object,
    dict: Slot,
}

/// The classes of an interpreter, in the order of the table, with their single instances.
#[derive(Default)]
pub(super) struct Classes {
    made: OnceCell<Vec<(Ref<Type>, Option<Ref>)>>,
}

impl Extension for Classes {}

/// The running interpreter's classes, made on first use. May run Python.
///
/// # Errors
///
/// `MemoryError`.
pub(super) fn get() -> PyResult<&'static Classes> {
    let classes = extension::get::<Classes>();
    if classes.made.get().is_none() {
        gopy_core::type_::ready(&AST)?;
        let made = make_all()?;
        // Making them runs no code that could have come here first.
        let _ = classes.made.set(made);
    }
    Ok(classes)
}

impl Classes {
    fn all(&self) -> &[(Ref<Type>, Option<Ref>)] {
        self.made.get().map_or(&[], |made| made)
    }

    /// Class `index` of the table.
    pub(super) fn object(&self, index: usize) -> &Object {
        self.all()[index].0.as_object()
    }

    /// Where a class is in the table.
    pub(super) fn index_of(&self, name: &str) -> Option<usize> {
        NODE_CLASSES.iter().position(|class| class.name == name)
    }

    /// An instance without fields.
    pub(super) fn make(&self, index: usize) -> PyResult {
        alloc(&self.all()[index].0)
    }

    /// The single instance of a class without fields.
    pub(super) fn singleton(&self, index: usize) -> PyResult {
        match &self.all()[index].1 {
            Some(instance) => Ok(instance.clone()),
            None => self.make(index),
        }
    }

    /// Name and class of each.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, Ref<Type>)> + '_ {
        NODE_CLASSES.iter().map(|class| class.name).zip(self.all().iter().map(|c| c.0.clone()))
    }
}

fn alloc(ty: &Type) -> PyResult {
    let node = memory::alloc(ty, AstNode { object: Object::header(ty), dict: Slot::empty() })?;
    if ty.has(gopy_object::TypeFlags::INLINE_VALUES) {
        gopy_core::dict::instance::init_inline_values(node.as_object());
    }
    Ok(gc::tracked(node).upcast())
}

fn make_all() -> PyResult<Vec<(Ref<Type>, Option<Ref>)>> {
    let none_names: [&str; 0] = [];
    let dict = AST.dict.get().and_then(|dict| dict.downcast_ref::<Dict>().ok());
    if let Some(dict) = dict {
        let empty = names_tuple(none_names);
        for name in ["_fields", "__match_args__", "_attributes"] {
            dict.set_str(&interned(name), empty.as_object())?;
        }
        gopy_core::type_::modified(&AST);
    }
    let mut made: Vec<(Ref<Type>, Option<Ref>)> = Vec::new();
    let find = |made: &[(Ref<Type>, Option<Ref>)], name: &str| {
        let index = NODE_CLASSES.iter().position(|class| class.name == name);
        index.and_then(|index| made.get(index)).map(|class| class.0.clone())
    };
    for class in NODE_CLASSES {
        let base = match class.base {
            Some(base) => find(&made, base).unwrap_or_else(|| AST.to_ref()),
            None => AST.to_ref(),
        };
        let ty = make_class(class, &base)?;
        // Operators and contexts are single instances.
        let is_plain = class.base.is_some_and(|base| {
            let siblings = NODE_CLASSES.iter().filter(|other| other.base == Some(base));
            siblings.clone().count() > 1 && siblings.clone().all(|other| other.fields.is_empty())
        });
        let instance = if is_plain { Some(alloc(&ty)?) } else { None };
        made.push((ty, instance));
    }
    for (class, (ty, _)) in NODE_CLASSES.iter().zip(&made) {
        if class.constructors.is_empty() {
            add_field_types(class, ty, |name| find(&made, name))?;
        }
    }
    Ok(made)
}

fn names_tuple<const N: usize>(names: [&str; N]) -> Ref<Tuple> {
    tuple::from_vec(names.iter().map(|name| interned(name).upcast()).collect())
}

fn make_class(class: &NodeClass, base: &Ref<Type>) -> PyResult<Ref<Type>> {
    let fields = class.fields.iter().map(|field| interned(field.name).upcast()).collect();
    let fields = tuple::from_vec(fields);
    let dict = Dict::new();
    dict.set_str(&interned("_fields"), fields.as_object())?;
    dict.set_str(&interned("__match_args__"), fields.as_object())?;
    dict.set_str(&interned("__module__"), interned("ast").as_object())?;
    dict.set_str(&interned("__doc__"), Str::new(&doc(class)).as_object())?;
    let bases = tuple::from_array([base.clone().upcast()]);
    let ty = gopy_core::type_::new_type(&TYPE, &interned(class.name), &bases, &dict, Args::none())?;
    let target = ty.as_object();
    if class.base.is_none() {
        let names = class.attributes.iter().map(|a| interned(a.name).upcast()).collect();
        let names = tuple::from_vec(names);
        object::set_attr(target, &interned("_attributes"), names.as_object())?;
        for Attribute { name, optional, .. } in class.attributes {
            if *optional {
                object::set_attr(target, &interned(name), none::none_object())?;
            }
        }
    }
    for field in class.fields.iter().filter(|field| field.arity == Arity::Optional) {
        object::set_attr(target, &interned(field.name), none::none_object())?;
    }
    Ok(ty)
}

fn type_text(ty: FieldType) -> &'static str {
    match ty {
        FieldType::Identifier => "identifier",
        FieldType::Int => "int",
        FieldType::String => "string",
        FieldType::Constant => "constant",
        FieldType::Node(name) => name,
    }
}

fn shape(class: &NodeClass) -> String {
    if class.fields.is_empty() {
        return class.name.to_owned();
    }
    let fields = class.fields.iter().map(|field| {
        let mark = match field.arity {
            Arity::One => "",
            Arity::Optional => "?",
            Arity::Many => "*",
            Arity::OptionalMany => "?*",
        };
        format!("{}{mark} {}", type_text(field.ty), field.name)
    });
    format!("{}({})", class.name, fields.collect::<Vec<_>>().join(", "))
}

fn doc(class: &NodeClass) -> String {
    if class.constructors.is_empty() {
        return shape(class);
    }
    let indent = " ".repeat(class.name.len() + 1);
    let parts: Vec<String> =
        NODE_CLASSES.iter().filter(|c| c.base == Some(class.name)).map(shape).collect();
    let plain = parts.iter().all(|part| !part.contains('('));
    let separator = if plain { " | ".to_owned() } else { format!("\n{indent}| ") };
    format!("{} = {}", class.name, parts.join(&separator))
}

fn add_field_types(
    class: &NodeClass,
    ty: &Ref<Type>,
    find: impl Fn(&str) -> Option<Ref<Type>>,
) -> PyResult<()> {
    let types = Dict::new();
    for Field { name, ty, arity } in class.fields {
        let single: Ref = match ty {
            FieldType::Identifier | FieldType::String => gopy_core::str::STR.to_ref().upcast(),
            FieldType::Int => gopy_core::int::INT.to_ref().upcast(),
            FieldType::Constant => gopy_object::typeobj::OBJECT.to_ref().upcast(),
            FieldType::Node(name) => find(name).map_or_else(none::none, Ref::upcast),
        };
        let value = match arity {
            Arity::One => single,
            Arity::Optional => union::or(&single, none::none_object())?,
            Arity::Many | Arity::OptionalMany => {
                GenericAlias::new(gopy_core::list::LIST.as_object(), &single)?.upcast()
            }
        };
        types.set_str(&interned(name), &value)?;
    }
    object::set_attr(ty.as_object(), &interned("_field_types"), types.as_object())?;
    object::set_attr(ty.as_object(), &interned("__annotations__"), types.as_object())
}

/// The `_fields` or `_attributes` of a node's class.
fn names_of(node: &Object, which: &str) -> PyResult<Vec<Ref>> {
    match object::get_attr_opt(node.type_().as_object(), &interned(which))? {
        Some(names) => gopy_core::iter::collect(&names),
        None => Ok(Vec::new()),
    }
}

fn contains(names: &[Ref], name: &Str) -> bool {
    names.iter().any(|known| known.downcast::<Str>().is_some_and(|known| known.equals(name)))
}

fn short_name(node: &Object) -> String {
    let name = node.type_name();
    name.rsplit('.').next().unwrap_or(&name).to_owned()
}

impl AstNode {
    /// Gives fields that the constructor was not told a default, or warns.
    fn fill_missing(&self, missing: &[Ref]) -> PyResult<()> {
        let this = self.as_object();
        let class = this.type_().to_ref();
        let Some(types) = object::get_attr_opt(class.as_object(), &interned("_field_types"))?
        else {
            return Ok(());
        };
        for name in missing {
            let Some(text) = name.downcast::<Str>() else { continue };
            let Some(ty) = object::get_item_opt(&types, name)? else {
                let message = format!(
                    "Field {} is missing from {:.400}._field_types. This will become an error in Python 3.15.",
                    object::repr(name)?,
                    this.type_name()
                );
                warnings::warn(&gopy_core::exceptions::DEPRECATION_WARNING, &message, 1)?;
                continue;
            };
            if ty.is_exact(&union::UNION) {
                // Optional: the class has the `None`.
                continue;
            }
            if ty.is_exact(&gopy_core::generic_alias::GENERIC_ALIAS) {
                object::set_attr(this, text, List::new().as_object())?;
                continue;
            }
            let classes = get()?;
            let context = classes.index_of("expr_context").map(|index| classes.object(index));
            if context.is_some_and(|context| context.is(&*ty)) {
                if let Some(load) = classes.index_of("Load") {
                    object::set_attr(this, text, &*classes.singleton(load)?)?;
                }
                continue;
            }
            let message = format!(
                "{:.400}.__init__ missing 1 required positional argument: {}. This will become an error in Python 3.15.",
                this.type_name(),
                object::repr(name)?
            );
            warnings::warn(&gopy_core::exceptions::DEPRECATION_WARNING, &message, 1)?;
        }
        Ok(())
    }
}

#[pymethods]
impl AstNode {
    #[pymethod]
    fn __reduce__(&self) -> PyResult<Ref<Tuple>> {
        let this = self.as_object();
        let class = this.type_().to_ref().upcast();
        let Some(dict) = object::dict_of(this)?.filter(|dict| !dict.is_empty()) else {
            return Ok(tuple::from_array([class, tuple::empty().upcast()]));
        };
        // As many positional `None`s as leading fields are there; the state sets them afterwards.
        let mut positional = Vec::new();
        for name in names_of(this, "_fields")? {
            if dict.get_item(&name)?.is_none() {
                break;
            }
            positional.push(none::none());
        }
        Ok(tuple::from_array([class, tuple::from_vec(positional).upcast(), dict.copy()?.upcast()]))
    }

    #[pymethod(raw)]
    fn __replace__(&self, args: Args<'_>) -> PyResult {
        let this = self.as_object();
        if !args.is_empty() {
            return Err(type_error!("__replace__() takes no positional arguments"));
        }
        let fields = names_of(this, "_fields")?;
        let attributes = names_of(this, "_attributes")?;
        let dict = object::dict_of(this)?.unwrap_or_else(Dict::new);
        let merged = dict.copy()?;
        for (name, value) in keyword_items(args) {
            if !contains(&fields, name) && !contains(&attributes, name) {
                return Err(type_error!(
                    "{:.400}.__replace__ got an unexpected keyword argument {}.",
                    this.type_name(),
                    object::repr(name.as_object())?
                ));
            }
            merged.set_str(name, value)?;
        }
        for name in &fields {
            let Some(text) = name.downcast::<Str>() else { continue };
            let optional = object::has_attr(this.type_().as_object(), text)?;
            if !optional && merged.get_str(text)?.is_none() {
                return Err(type_error!(
                    "{:.400}.__replace__ missing 1 keyword argument: {}.",
                    this.type_name(),
                    object::repr(name)?
                ));
            }
        }
        call::call_tuple(this.type_().as_object(), &tuple::empty(), Some(&merged))
    }

    #[pygetter]
    fn __dict__(&self) -> PyResult {
        object::dict_of(self.as_object())?.into_py()
    }

    #[pysetter]
    fn set___dict__(&self, value: Option<&Object>) -> PyResult<()> {
        object::set_dict(self.as_object(), value)
    }
}

#[pyslots]
impl AstNode {
    fn new(ty: &Type, _args: Args<'_>) -> PyResult {
        alloc(ty)
    }

    fn init(&self, args: Args<'_>) -> PyResult<()> {
        let this = self.as_object();
        let fields = names_of(this, "_fields")?;
        if args.len() > fields.len() {
            let plural = if fields.len() == 1 { "" } else { "s" };
            return Err(type_error!(
                "{:.400} constructor takes at most {} positional argument{plural}",
                short_name(this),
                fields.len()
            ));
        }
        let mut remaining = fields.clone();
        for (arg, name) in args.positional().iter().zip(&fields) {
            let Some(name) = name.downcast::<Str>() else { continue };
            object::set_attr(this, name, arg.object())?;
        }
        remaining.drain(..args.len());
        let attributes = names_of(this, "_attributes")?;
        for (name, value) in keyword_items(args) {
            if contains(&fields, name) {
                if !contains(&remaining, name) {
                    return Err(type_error!(
                        "{:.400} got multiple values for argument {}",
                        short_name(this),
                        object::repr(name.as_object())?
                    ));
                }
                remaining.retain(|known| {
                    !known.downcast::<Str>().is_some_and(|known| known.equals(name))
                });
            } else if !contains(&attributes, name) {
                let message = format!(
                    "{:.400}.__init__ got an unexpected keyword argument {}. Support for arbitrary keyword arguments is deprecated and will be removed in Python 3.15.",
                    this.type_name(),
                    object::repr(name.as_object())?
                );
                warnings::warn(&gopy_core::exceptions::DEPRECATION_WARNING, &message, 1)?;
            }
            object::set_attr(this, name, value)?;
        }
        if remaining.is_empty() { Ok(()) } else { self.fill_missing(&remaining) }
    }

    fn repr(&self) -> PyResult<String> {
        repr_to_depth(self.as_object(), REPR_DEPTH)
    }
}

fn repr_to_depth(node: &Object, depth: usize) -> PyResult<String> {
    let name = node.type_name();
    if depth == 0 {
        return Ok(format!("{name}(...)"));
    }
    let Some(_guard) = thread().enter_repr(node) else { return Ok(format!("{name}(...)")) };
    let mut parts = Vec::new();
    for field in names_of(node, "_fields")? {
        let Some(field) = field.downcast::<Str>() else { continue };
        let value = object::get_attr(node, field)?;
        let text = if value.downcast::<List>().is_some() || value.downcast::<Tuple>().is_some() {
            repr_of_list(&value, depth - 1)?
        } else {
            repr_of_value(&value, depth - 1)?
        };
        parts.push(format!("{field}={text}"));
    }
    Ok(format!("{name}({})", parts.join(", ")))
}

fn repr_of_value(value: &Object, depth: usize) -> PyResult<String> {
    if value.is_instance(&AST) {
        return repr_to_depth(value, depth);
    }
    Ok(object::repr(value)?.to_string())
}

/// The first and the last item.
fn repr_of_list(list: &Object, depth: usize) -> PyResult<String> {
    let items = gopy_core::iter::collect(list)?;
    let Some((first, rest)) = items.split_first() else {
        return Ok(object::repr(list)?.to_string());
    };
    let mut text = repr_of_value(first, depth)?;
    if rest.len() > 1 {
        text.push_str(", ...");
    }
    if let Some(last) = rest.last() {
        text.push_str(", ");
        text.push_str(&repr_of_value(last, depth)?);
    }
    Ok(if list.downcast::<List>().is_some() { format!("[{text}]") } else { format!("({text})") })
}
