//! What the generated conversions are made of.

use gopy_core::bool_;
use gopy_core::bytes::Bytes;
use gopy_core::complex::Complex;
use gopy_core::error::{runtime_error, type_error, value_error};
use gopy_core::float::Float;
use gopy_core::int::{INT, Int};
use gopy_core::list::List;
use gopy_core::set::Set;
use gopy_core::str::{Str, intern};
use gopy_core::tuple::{self, Tuple};
use gopy_core::{iter, none, number, object};
use gopy_numeric::int::BigInt as NumericInt;
use gopy_object::{Exception, Instance, Object, PyResult, Ref, thread};
use gopy_syntax::ast::{Arena, BigInt, Constant, Interner, Range, Symbol};

use super::classes::Classes;

/// A value that becomes an object.
pub(super) trait ToObject {
    /// Makes the object.
    fn to_object(&self, to: &mut Builder<'_>) -> PyResult;
}

/// A value that is read from an object.
pub(super) trait FromObject<'a>: Sized {
    /// Whether `None` counts as a missing value, and not as a wrong one.
    const NONE_IS_MISSING: bool = false;

    /// Reads the value.
    fn from_object(object: &Object, from: &mut Reader<'_, 'a>) -> PyResult<Self>;
}

/// Makes objects of nodes.
pub(super) struct Builder<'i> {
    classes: &'static Classes,
    interner: &'i Interner<'i>,
}

impl<'i> Builder<'i> {
    pub(super) fn new(classes: &'static Classes, interner: &'i Interner<'i>) -> Self {
        Builder { classes, interner }
    }

    /// An instance of class `index` without its fields.
    pub(super) fn node(&mut self, index: usize) -> PyResult {
        thread().check_native_recursion(" during  ast construction")?;
        self.classes.make(index)
    }

    /// The one instance of a class without fields.
    pub(super) fn singleton(&mut self, index: usize) -> PyResult {
        self.classes.singleton(index)
    }

    /// Sets a field.
    pub(super) fn set(
        &mut self,
        node: &Object,
        name: &'static str,
        value: &dyn ToObject,
    ) -> PyResult<()> {
        let value = value.to_object(self)?;
        object::set_attr(node, &gopy_core::str::interned(name), &value)
    }

    /// Sets the position attributes.
    pub(super) fn position(&mut self, node: &Object, range: &Range) -> PyResult<()> {
        let parts = [
            ("lineno", range.lineno),
            ("col_offset", range.col_offset),
            ("end_lineno", range.end_lineno),
            ("end_col_offset", range.end_col_offset),
        ];
        for (name, value) in parts {
            let value = Int::from_i64(value.into());
            object::set_attr(node, &gopy_core::str::interned(name), value.as_object())?;
        }
        Ok(())
    }
}

impl ToObject for Symbol {
    fn to_object(&self, to: &mut Builder<'_>) -> PyResult {
        Ok(intern(Str::from_wtf8(to.interner.name(*self))).upcast())
    }
}

impl ToObject for i32 {
    fn to_object(&self, _to: &mut Builder<'_>) -> PyResult {
        Ok(Int::from_i64((*self).into()).upcast())
    }
}

impl ToObject for &[u8] {
    fn to_object(&self, _to: &mut Builder<'_>) -> PyResult {
        Ok(Str::from_wtf8(self).upcast())
    }
}

impl<T: ToObject> ToObject for Option<T> {
    fn to_object(&self, to: &mut Builder<'_>) -> PyResult {
        match self {
            Some(value) => value.to_object(to),
            None => Ok(none::none()),
        }
    }
}

impl<T: ToObject> ToObject for &[T] {
    fn to_object(&self, to: &mut Builder<'_>) -> PyResult {
        let items = self.iter().map(|item| item.to_object(to)).collect::<PyResult<Vec<_>>>()?;
        Ok(List::from_vec(items).upcast())
    }
}

macro_rules! by_reference {
    ($($ty:ident),*) => {$(
        impl ToObject for &gopy_syntax::ast::$ty<'_> {
            fn to_object(&self, to: &mut Builder<'_>) -> PyResult {
                (**self).to_object(to)
            }
        }
    )*};
}

by_reference!(Expr, Arguments, Arg, Pattern);

impl ToObject for Constant<'_> {
    fn to_object(&self, to: &mut Builder<'_>) -> PyResult {
        let all = |items: &[Constant<'_>], to: &mut Builder<'_>| {
            items.iter().map(|item| item.to_object(to)).collect::<PyResult<Vec<_>>>()
        };
        Ok(match self {
            Constant::None => none::none(),
            Constant::True => bool_::bool_ref(true),
            Constant::False => bool_::bool_ref(false),
            Constant::Ellipsis => none::ellipsis(),
            Constant::Int(value) => Int::from_i64(*value).upcast(),
            Constant::BigInt(value) => {
                Int::from_bigint(&NumericInt::from_slice(value.negative, value.digits)).upcast()
            }
            Constant::Float(value) => Float::new(*value).upcast(),
            Constant::Complex { real, imag } => Complex::new_parts(*real, *imag)?.upcast(),
            Constant::Str(text) => Str::from_wtf8(text).upcast(),
            Constant::Bytes(bytes) => Bytes::new(bytes)?.upcast(),
            Constant::Tuple(items) => tuple::try_from_vec(all(items, to)?)?.upcast(),
            Constant::FrozenSet(items) => Set::new_frozen(all(items, to)?)?.upcast(),
        })
    }
}

/// Reads nodes from objects.
pub(super) struct Reader<'r, 'a> {
    classes: &'static Classes,
    arena: &'a Arena,
    interner: &'r mut Interner<'a>,
}

impl<'r, 'a> Reader<'r, 'a> {
    pub(super) fn new(
        classes: &'static Classes,
        arena: &'a Arena,
        interner: &'r mut Interner<'a>,
    ) -> Self {
        Reader { classes, arena, interner }
    }

    /// Whether an object is an instance of class `index`.
    pub(super) fn is(&self, object: &Object, index: usize) -> PyResult<bool> {
        object::is_instance(object, self.classes.object(index))
    }

    #[cold]
    pub(super) fn unexpected(&self, sum: &str, object: &Object) -> Exception {
        match object::repr(object) {
            Ok(text) => type_error!("expected some sort of {sum}, but got {text}"),
            Err(error) => error,
        }
    }

    fn field(&self, object: &Object, name: &str) -> PyResult<Option<Ref>> {
        object::get_attr_opt(object, &gopy_core::str::interned(name))
    }

    fn present(&self, object: &Object, class: &str, name: &str) -> PyResult {
        self.field(object, name)?
            .ok_or_else(|| type_error!("required field \"{name}\" missing from {class}"))
    }

    fn value<T: FromObject<'a>>(&mut self, class: &str, object: &Object) -> PyResult<T> {
        thread().check_native_recursion(&format!(" while traversing '{class}' node"))?;
        T::from_object(object, self)
    }

    /// A required value.
    pub(super) fn one<T: FromObject<'a>>(
        &mut self,
        object: &Object,
        class: &str,
        name: &str,
    ) -> PyResult<T> {
        let value = self.present(object, class, name)?;
        if T::NONE_IS_MISSING && none::is_none(&value) {
            return Err(value_error!("field '{name}' is required for {class}"));
        }
        self.value(class, &value)
    }

    /// A value that may be missing or `None`.
    pub(super) fn optional<T: FromObject<'a>>(
        &mut self,
        object: &Object,
        class: &str,
        name: &str,
    ) -> PyResult<Option<T>> {
        match self.field(object, name)?.filter(|value| !none::is_none(value)) {
            Some(value) => self.value(class, &value).map(Some),
            None => Ok(None),
        }
    }

    /// A required node.
    pub(super) fn one_node<T: FromObject<'a> + Copy>(
        &mut self,
        object: &Object,
        class: &str,
        name: &str,
    ) -> PyResult<&'a T> {
        let value = self.present(object, class, name)?;
        if none::is_none(&value) {
            return Err(value_error!("field '{name}' is required for {class}"));
        }
        let node = self.value(class, &value)?;
        Ok(self.arena.alloc(node))
    }

    /// A node that may be missing or `None`.
    pub(super) fn optional_node<T: FromObject<'a> + Copy>(
        &mut self,
        object: &Object,
        class: &str,
        name: &str,
    ) -> PyResult<Option<&'a T>> {
        match self.field(object, name)?.filter(|value| !none::is_none(value)) {
            Some(value) => {
                let node = self.value(class, &value)?;
                Ok(Some(self.arena.alloc(node)))
            }
            None => Ok(None),
        }
    }

    fn items(&self, object: &Object, class: &str, name: &str) -> PyResult<Option<Ref<List>>> {
        let Some(value) = self.field(object, name)? else { return Ok(None) };
        value.downcast_ref::<List>().map(Some).map_err(|other| {
            type_error!("{class} field \"{name}\" must be a list, not a {:.200}", other.type_name())
        })
    }

    fn each<T>(
        &mut self,
        object: &Object,
        class: &str,
        name: &str,
        mut read: impl FnMut(&mut Self, &Object) -> PyResult<T>,
    ) -> PyResult<Vec<T>> {
        let Some(list) = self.items(object, class, name)? else { return Ok(Vec::new()) };
        let length = list.len();
        let mut values = Vec::with_capacity(length);
        for index in 0..length {
            // Reading an item may run Python, which may change the list.
            let Some(item) = list.get(index) else { break };
            values.push(read(self, &item)?);
            if list.len() != length {
                return Err(runtime_error!(
                    "{class} field \"{name}\" changed size during iteration"
                ));
            }
        }
        Ok(values)
    }

    /// A list of values.
    pub(super) fn many<T: FromObject<'a> + Copy>(
        &mut self,
        object: &Object,
        class: &str,
        name: &str,
    ) -> PyResult<&'a [T]> {
        let values = self.each(object, class, name, |from, item| from.value(class, item))?;
        Ok(self.arena.slice(&values))
    }

    /// A list of nodes of which some may be `None`.
    pub(super) fn optional_many<T: FromObject<'a> + Copy>(
        &mut self,
        object: &Object,
        class: &str,
        name: &str,
    ) -> PyResult<&'a [Option<&'a T>]> {
        let values = self.each(object, class, name, |from, item| {
            if none::is_none(item) {
                return Ok(None);
            }
            let node: T = from.value(class, item)?;
            Ok(Some(from.arena.alloc(node)))
        })?;
        Ok(self.arena.slice(&values))
    }

    /// The position attributes; the ends are optional but for `closed` sums.
    pub(super) fn range(&mut self, object: &Object, sum: &str, closed: bool) -> PyResult<Range> {
        let lineno: i32 = self.one(object, sum, "lineno")?;
        let col_offset: i32 = self.one(object, sum, "col_offset")?;
        let (end_lineno, end_col_offset) = if closed {
            (self.one(object, sum, "end_lineno")?, self.one(object, sum, "end_col_offset")?)
        } else {
            (
                self.optional(object, sum, "end_lineno")?.unwrap_or(lineno),
                self.optional(object, sum, "end_col_offset")?.unwrap_or(col_offset),
            )
        };
        super::validate::positions(lineno, end_lineno, col_offset, end_col_offset)?;
        Ok(Range {
            lineno: lineno as u32,
            col_offset: col_offset as u32,
            end_lineno: end_lineno as u32,
            end_col_offset: end_col_offset as u32,
        })
    }

    fn wtf8(&self, text: &Str) -> &'a [u8] {
        self.arena.slice(&text.to_wtf8())
    }
}

impl<'a> FromObject<'a> for Symbol {
    const NONE_IS_MISSING: bool = true;

    fn from_object(object: &Object, from: &mut Reader<'_, 'a>) -> PyResult<Self> {
        let Some(name) = object.downcast_exact::<Str>() else {
            return Err(type_error!("AST identifier must be of type str"));
        };
        Ok(from.interner.intern(&name.to_wtf8()))
    }
}

impl<'a> FromObject<'a> for &'a [u8] {
    fn from_object(object: &Object, from: &mut Reader<'_, 'a>) -> PyResult<Self> {
        if object.downcast_exact::<Bytes>().is_none() && object.downcast_exact::<Str>().is_none() {
            return Err(type_error!("AST string must be of type str"));
        }
        match object.downcast_exact::<Str>() {
            Some(text) => Ok(from.wtf8(text)),
            None => Err(type_error!("AST string must be of type str")),
        }
    }
}

impl<'a> FromObject<'a> for i32 {
    fn from_object(object: &Object, _from: &mut Reader<'_, 'a>) -> PyResult<Self> {
        if object.downcast::<Int>().is_none() {
            return Err(value_error!("invalid integer value: {}", object::repr(object)?));
        }
        number::index_as_c_int(object)
    }
}

impl<'a> FromObject<'a> for Constant<'a> {
    fn from_object(object: &Object, from: &mut Reader<'_, 'a>) -> PyResult<Self> {
        if none::is_none(object) {
            return Ok(Constant::None);
        }
        if none::is_ellipsis(object) {
            return Ok(Constant::Ellipsis);
        }
        if bool_::is_bool(object) {
            let truth = object::is_true(object)?;
            return Ok(if truth { Constant::True } else { Constant::False });
        }
        if object.is_exact(&INT)
            && let Some(int) = object.downcast::<Int>()
        {
            return Ok(match int.to_i64() {
                Some(value) => Constant::Int(value),
                None => Constant::BigInt(BigInt {
                    negative: int.is_negative(),
                    digits: from.arena.slice(int.digits()),
                }),
            });
        }
        if let Some(float) = object.downcast_exact::<Float>() {
            return Ok(Constant::Float(float.value()));
        }
        if let Some(complex) = object.downcast_exact::<Complex>() {
            let value = complex.value();
            return Ok(Constant::Complex { real: value.real, imag: value.imag });
        }
        if let Some(text) = object.downcast_exact::<Str>() {
            return Ok(Constant::Str(from.wtf8(text)));
        }
        if let Some(bytes) = object.downcast_exact::<Bytes>() {
            return Ok(Constant::Bytes(from.arena.slice(bytes.as_slice())));
        }
        let is_tuple = object.downcast_exact::<Tuple>().is_some();
        if is_tuple || object.is_exact(&gopy_core::set::FROZENSET) {
            thread().check_native_recursion(" during compilation")?;
            let mut items = Vec::new();
            for item in iter::collect(object)? {
                items.push(Constant::from_object(&item, from)?);
            }
            let items = from.arena.slice(&items);
            return Ok(if is_tuple { Constant::Tuple(items) } else { Constant::FrozenSet(items) });
        }
        Err(type_error!("got an invalid type in Constant: {}", object.type_name()))
    }
}
