//! How a warning is shown.

use gopy_core::error::{runtime_error, type_error};
use gopy_core::int::Int;
use gopy_core::str::Str;
use gopy_core::{call, id, none, object};
use gopy_object::{Instance, Object, PyResult, Ref};

use super::Warning;
use super::filters::of_warnings_module;
use crate::traceback::{self, file};

impl Warning {
    /// Shows the warning, through `warnings._showwarnmsg` if possible. May run Python.
    pub(super) fn show(&self, text: &Object) -> PyResult<()> {
        let Some(show) = of_warnings_module(id!(_showwarnmsg), true)? else {
            // There is nobody to complain to where stderr does not work.
            let _ = self.show_plain(text);
            return Ok(());
        };
        if !object::is_callable(&show) {
            return Err(type_error!("warnings._showwarnmsg() must be set to a callable"));
        }
        let Some(class) = of_warnings_module(id!(WarningMessage), false)? else {
            return Err(runtime_error!("unable to get warnings.WarningMessage"));
        };
        let lineno = Int::from_i64(self.lineno.into());
        let none = none::none_object();
        let mut args: Vec<&Object> = vec![
            &self.message,
            &self.category,
            self.filename.as_object(),
            lineno.as_object(),
            none,
            none,
        ];
        args.extend(self.source.as_deref());
        let shown = call::call(&class, &args)?;
        call::call_one(&show, &shown).map(drop)
    }

    /// `file:line: Category: text` and the source line, to `sys.stderr`.
    fn show_plain(&self, text: &Object) -> PyResult<()> {
        let name: Ref = object::get_attr(&self.category, id!(__name__))?;
        let Some(stderr) = file::stderr()? else {
            file::write_to_descriptor(b"lost sys.stderr\n");
            return Ok(());
        };
        file::write(self.filename.as_object(), &stderr)?;
        file::write_text(&format!(":{}: ", self.lineno), &stderr)?;
        file::write(&name, &stderr)?;
        file::write_text(": ", &stderr)?;
        file::write(text, &stderr)?;
        file::write_text("\n", &stderr)?;
        match &self.source_line {
            Some(line) => {
                file::write(line, &stderr)?;
                file::write_text("\n", &stderr)
            }
            None => {
                traceback::source::display_line(&stderr, &self.filename, self.lineno, 2).map(drop)
            }
        }
    }
}

/// Line `lineno` of the source that a module's loader has (`None`: it has none). May run Python.
pub(super) fn loader_line(globals: &Object, lineno: i32) -> PyResult<Option<Ref>> {
    let Some(globals) = globals.downcast::<gopy_core::dict::Dict>() else {
        return Err(type_error!(
            "module_globals must be a dict, not '{:.200}'",
            globals.type_name()
        ));
    };
    let importlib = gopy_core::import::import("importlib._bootstrap_external")?;
    let bless = object::get_attr(&importlib, &Str::new("_bless_my_loader"))?;
    let loader = call::call_one(&bless, globals.as_object())?;
    let Some(name) = globals.get_str(id!(__name__))? else { return Ok(None) };
    let Some(get_source) = object::get_attr_opt(&loader, id!(get_source))? else {
        return Ok(None);
    };
    let source = call::call_one(&get_source, &name)?;
    if none::is_none(&source) {
        return Ok(None);
    }
    let lines = call::call_method(&source, id!(splitlines), &[])?;
    let lines = lines.downcast::<gopy_core::list::List>();
    let line = lines.and_then(|lines| lines.get(usize::try_from(lineno - 1).ok()?));
    match line {
        Some(line) => Ok(Some(line)),
        None => Err(gopy_core::error::index_error!("list index out of range")),
    }
}
