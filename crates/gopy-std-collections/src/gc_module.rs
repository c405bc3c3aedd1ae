//! `gc`: the cycle collector's controls.
//!
//! Answers to `Modules/gcmodule.c`; the collector is [`gopy_object::gc`].

use gopy_core::dict::Dict;
use gopy_core::error::{type_error, value_error};
use gopy_core::int::Int;
use gopy_core::list::List;
use gopy_core::tuple::{self, Tuple};
use gopy_core::{hooks, module, number, state, str};
use gopy_macros::pymodule;
use gopy_object::gc::{self, Reason};
use gopy_object::{Arg, Args, Instance, Interpreter, Object, PyResult, Ref, TypeFlags};

const GENERATIONS: isize = 3;

fn count(n: usize) -> Ref {
    Int::from_u64(n as u64).upcast()
}

/// Whether `o` owns a reference to one of `wanted`.
fn refers_to(o: &Object, wanted: &[Arg<'_>]) -> bool {
    let mut found = false;
    gc::traverse_object(o, &mut |child| {
        found |= wanted.iter().any(|arg| arg.object().is(child));
    });
    found
}

/// The module.
#[pymodule(name = "gc")]
mod native {
    use super::*;

    #[pyfunction("($module, /)")]
    fn enable() {
        Interpreter::current().gc.enabled.set(true);
    }

    #[pyfunction("($module, /)")]
    fn disable() {
        Interpreter::current().gc.enabled.set(false);
    }

    #[pyfunction("($module, /)")]
    fn isenabled() -> bool {
        Interpreter::current().gc.enabled.get()
    }

    #[pyfunction("($module, flags, /)")]
    fn set_debug(flags: i32) {
        Interpreter::current().gc.debug.set(flags as u32);
    }

    #[pyfunction("($module, /)")]
    fn get_debug() -> i32 {
        Interpreter::current().gc.debug.get() as i32
    }

    #[pyfunction("($module, /)")]
    fn get_count() -> Ref<Tuple> {
        let generations = &Interpreter::current().gc.generations;
        tuple::from_vec(generations.iter().map(|g| count(g.count.get() as usize)).collect())
    }

    #[pyfunction(raw, style = varargs)]
    fn set_threshold(args: Args<'_>) -> PyResult<()> {
        if args.is_empty() || args.len() > 3 {
            return Err(type_error!("gc.set_threshold requires 1 to 3 arguments"));
        }
        let mut values = [None; 3];
        for (value, arg) in values.iter_mut().zip(args.positional()) {
            *value = Some(number::index_as_c_int(arg.object())?);
        }
        let generations = &Interpreter::current().gc.generations;
        for (generation, value) in generations.iter().zip(values) {
            if let Some(value) = value {
                generation.threshold.set(value as u32);
            }
        }
        Ok(())
    }

    #[pyfunction("($module, /)")]
    fn get_threshold() -> Ref<Tuple> {
        let generations = &Interpreter::current().gc.generations;
        let threshold = |value: u32| Int::from_i64((value as i32).into()).upcast();
        tuple::from_vec(generations.iter().map(|g| threshold(g.threshold.get())).collect())
    }

    #[pyfunction("($module, /, generation=2)")]
    fn collect(generation: i32) -> PyResult<usize> {
        if !(0..GENERATIONS).contains(&(generation as isize)) {
            return Err(value_error!("invalid generation"));
        }
        Ok(gc::collect(Interpreter::current(), generation as usize, Reason::Manual))
    }

    #[pyfunction("($module, /, generation=None)")]
    fn get_objects(generation: Option<&Object>) -> PyResult<Ref<List>> {
        let generation = match generation {
            None => None,
            Some(generation) if !number::is_index(generation) => {
                return Err(type_error!(
                    "argument should be integer or None, not '{:.200}'",
                    generation.type_name()
                ));
            }
            Some(generation) => Some(number::index_as_ssize(generation)?),
        };
        let shown = Int::from_i64(generation.unwrap_or(-1) as i64);
        (hooks::get().audit)("gc.get_objects", &[shown.as_object()])?;
        match generation {
            Some(generation) if generation >= GENERATIONS => Err(value_error!(
                "generation parameter must be less than the number of available generations (3)"
            )),
            Some(generation) if generation < 0 => {
                Err(value_error!("generation parameter cannot be negative"))
            }
            generation => {
                let wanted = generation.map(|generation| generation as usize);
                Ok(List::from_vec(Interpreter::current().gc.objects(wanted)))
            }
        }
    }

    #[pyfunction("($module, /)")]
    fn get_stats() -> PyResult<Ref<List>> {
        let mut all = Vec::new();
        for stats in &Interpreter::current().gc.stats {
            let stats = stats.get();
            let dict = Dict::new();
            dict.set_str(&str::interned("collections"), &count(stats.collections))?;
            dict.set_str(&str::interned("collected"), &count(stats.collected))?;
            dict.set_str(&str::interned("uncollectable"), &count(stats.uncollectable))?;
            all.push(dict.upcast());
        }
        Ok(List::from_vec(all))
    }

    #[pyfunction("($module, obj, /)")]
    fn is_tracked(obj: &Object) -> bool {
        gc::is_tracked(obj)
    }

    #[pyfunction("($module, obj, /)")]
    fn is_finalized(obj: &Object) -> bool {
        gc::is_finalized(obj)
    }

    #[pyfunction("($module, /, *objs)", raw)]
    fn get_referrers(args: Args<'_>) -> PyResult<Ref<List>> {
        gopy_core::argument::no_keywords("gc.get_referrers", args)?;
        let objs = gopy_core::call::args_tuple(args)?;
        (hooks::get().audit)("gc.get_referrers", &[objs.as_object()])?;
        let wanted = args.positional();
        let mut all = Interpreter::current().gc.objects(None);
        all.retain(|o| !o.is(&*objs) && refers_to(o, wanted));
        Ok(List::from_vec(all))
    }

    #[pyfunction("($module, /, *objs)", raw)]
    fn get_referents(args: Args<'_>) -> PyResult<Ref<List>> {
        gopy_core::argument::no_keywords("gc.get_referents", args)?;
        let objs = gopy_core::call::args_tuple(args)?;
        (hooks::get().audit)("gc.get_referents", &[objs.as_object()])?;
        let mut found = Vec::new();
        for arg in args.positional() {
            let o = arg.object();
            if o.type_().has(TypeFlags::HAVE_GC) {
                gc::traverse_object(o, &mut |child| found.push(Ref::from_borrow(child)));
            }
        }
        Ok(List::from_vec(found))
    }

    #[pyfunction("($module, /)")]
    fn freeze() {
        Interpreter::current().gc.freeze();
    }

    #[pyfunction("($module, /)")]
    fn unfreeze() {
        Interpreter::current().gc.unfreeze();
    }

    #[pyfunction("($module, /)")]
    fn get_freeze_count() -> usize {
        Interpreter::current().gc.freeze_count()
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        module::add(module, "garbage", state::get().gc_garbage().to_ref())?;
        module::add(module, "callbacks", state::get().gc_callbacks().to_ref())?;
        module::add(module, "DEBUG_STATS", 1)?;
        module::add(module, "DEBUG_COLLECTABLE", 2)?;
        module::add(module, "DEBUG_UNCOLLECTABLE", 4)?;
        module::add(module, "DEBUG_SAVEALL", 32)?;
        module::add(module, "DEBUG_LEAK", 38)
    }
}

pub use native::MODULE;
