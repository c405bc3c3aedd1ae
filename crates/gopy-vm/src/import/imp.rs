//! `_imp`: what `importlib` stands on.

use gopy_macros::pymodule;

/// `_imp`.
#[pymodule(name = "_imp")]
pub mod module {
    use std::cell::Cell;

    use gopy_core::bytes::Bytes;
    use gopy_core::code::Code;
    use gopy_core::error::{runtime_error, type_error};
    use gopy_core::list::List;
    use gopy_core::str::{self, Str};
    use gopy_core::tuple::{self, Tuple};
    use gopy_core::{bool_, buffer, id, module, none, object};
    use gopy_numeric::hash::HashSecret;
    use gopy_object::{Instance, Object, PyResult, Ref, thread};

    use super::super::{frozen, native};
    use crate::extension::{self, Extension};
    use crate::lifecycle::config;
    use crate::marshal;

    /// The lock that `importlib` has for `imp`'s sake.
    #[derive(Default)]
    struct Lock {
        owner: Cell<u64>,
        depth: Cell<u32>,
    }

    impl Extension for Lock {}

    #[pyfunction("($module, /)")]
    fn extension_suffixes() -> Ref<List> {
        // Modules of CPython's C API can't be loaded.
        List::new()
    }

    #[pyfunction("($module, /)")]
    fn lock_held() -> bool {
        extension::get::<Lock>().depth.get() > 0
    }

    #[pyfunction("($module, /)")]
    fn acquire_lock() -> PyResult<()> {
        let lock = extension::get::<Lock>();
        let me = thread().id;
        if lock.depth.get() > 0 && lock.owner.get() != me {
            return Err(runtime_error!("the import lock is held by another thread"));
        }
        lock.owner.set(me);
        lock.depth.set(lock.depth.get() + 1);
        Ok(())
    }

    #[pyfunction("($module, /)")]
    fn release_lock() -> PyResult<()> {
        let lock = extension::get::<Lock>();
        if lock.depth.get() == 0 || lock.owner.get() != thread().id {
            return Err(runtime_error!("not holding the import lock"));
        }
        lock.depth.set(lock.depth.get() - 1);
        Ok(())
    }

    #[pyfunction("($module, name, /, *, withdata=False)")]
    fn find_frozen(name: &Str, withdata: bool) -> PyResult {
        let Some(found) = frozen::find(name) else { return Ok(none::none()) };
        let data = if withdata {
            let bytes = frozen::data(found)?;
            gopy_core::memoryview::new(bytes.as_object())?.upcast()
        } else {
            none::none()
        };
        let origin = match found.origin {
            Some(origin) => Str::new(origin).upcast(),
            None => none::none(),
        };
        Ok(tuple::from_array([data, bool_::bool_ref(found.is_package), origin]).upcast())
    }

    #[pyfunction("($module, name, data=None, /)")]
    fn get_frozen_object(name: &Str, data: Option<&Object>) -> PyResult {
        let Some(data) = data else {
            return match frozen::find(name) {
                Some(found) => Ok(frozen::code(found)?.upcast()),
                None => Err(frozen::missing(name)),
            };
        };
        let view = buffer::bytes_like(data)?;
        let object = marshal::loads(buffer::as_slice(&view))?;
        if object.downcast::<Code>().is_none() {
            return Err(type_error!(
                "frozen object {} is not a code object",
                object::repr(name.as_object())?
            ));
        }
        Ok(object)
    }

    #[pyfunction("($module, name, /)")]
    fn is_frozen_package(name: &Str) -> PyResult<bool> {
        match frozen::find(name) {
            Some(found) => Ok(found.is_package),
            None => Err(frozen::missing(name)),
        }
    }

    #[pyfunction("($module, spec, /)")]
    fn create_builtin(spec: &Object) -> PyResult {
        let name = object::get_attr(spec, id!(name))?;
        let Some(text) = name.downcast::<Str>() else {
            return Err(type_error!("name must be string, not {:.200}", name.type_name()));
        };
        Ok(native::create(text)?.map_or_else(none::none, Ref::upcast))
    }

    #[pyfunction("($module, name, /)")]
    fn init_frozen(name: &Str) -> PyResult {
        match frozen::find(name) {
            Some(found) => crate::lifecycle::import_frozen(found),
            None => Ok(none::none()),
        }
    }

    #[pyfunction("($module, name, /)")]
    fn is_builtin(name: &Str) -> i32 {
        match native::find(name) {
            // There is one of each, which can't be made again.
            Some(_) if name.eq_str("sys") || name.eq_str("builtins") => -1,
            Some(_) => 1,
            None => 0,
        }
    }

    #[pyfunction("($module, name, /)")]
    fn is_frozen(name: &Str) -> bool {
        frozen::find(name).is_some()
    }

    #[pyfunction("($module, /)")]
    fn _frozen_module_names() -> Ref<List> {
        List::from_vec(frozen::all().iter().map(|found| Str::new(found.name).upcast()).collect())
    }

    #[pyfunction("($module, override, /)")]
    fn _override_frozen_modules_for_tests(r#override: i32) {
        frozen::set_override(r#override);
    }

    #[pyfunction("($module, override, /)")]
    fn _override_multi_interp_extensions_check(r#override: i32) -> i32 {
        let _ = r#override;
        0
    }

    #[pyfunction("($module, mod, /)")]
    fn exec_builtin(r#mod: &Object) -> PyResult<i32> {
        native::execute(r#mod).map(|()| 0)
    }

    #[pyfunction("($module, code, path, /)")]
    fn _fix_co_filename(code: &Object, path: &Str) -> PyResult<()> {
        let Some(code) = code.downcast::<Code>() else {
            return Err(
                gopy_core::argument::Place::at("_fix_co_filename", 1).bad_argument("code", code)
            );
        };
        let Some(old) = code.filename.get() else { return Ok(()) };
        if !old.equals(path) {
            replace_filename(code, &old, &str::intern(path.to_exact()?));
        }
        Ok(())
    }

    /// In the code and in what is nested in it, where it comes from the same file.
    fn replace_filename(code: &Code, old: &Str, new: &Ref<Str>) {
        if !code.filename.get().is_some_and(|name| name.equals(old)) {
            return;
        }
        code.filename.set(Some(new.clone()));
        let constants: Ref<Tuple> = code.consts.clone();
        for constant in constants.items() {
            if let Some(nested) = constant.downcast::<Code>() {
                replace_filename(nested, old, new);
            }
        }
    }

    #[pyfunction("($module, /, key, source)")]
    fn source_hash(key: i64, source: &Object) -> PyResult<Ref<Bytes>> {
        let view = buffer::bytes_like(source)?;
        let hash = HashSecret::keyed(key as u64, buffer::as_slice(&view));
        Bytes::new(&hash.to_le_bytes())
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add(module, "check_hash_based_pycs", config().check_hash_pycs)?;
        // 3627, carriage return, line feed.
        module::add(module, "pyc_magic_number_token", 168_627_755)
    }
}
