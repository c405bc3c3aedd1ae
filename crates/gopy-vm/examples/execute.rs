use gopy_compiler::*;
use gopy_core::argument::keyword_items;
use gopy_core::bytes::Bytes;
use gopy_core::code::*;
use gopy_core::complex::Complex;
use gopy_core::dict::Dict;
use gopy_core::error::*;
use gopy_core::float::Float;
use gopy_core::function::Function;
use gopy_core::int::Int;
use gopy_core::set::Set;
use gopy_core::slice::Slice;
use gopy_core::str::{self, Str};
use gopy_core::tuple::{self, Tuple};
use gopy_core::*;
use gopy_macros::pymodule;
use gopy_object::*;
use gopy_syntax::ast::*;
use gopy_syntax::*;
use std::collections::HashMap;

#[derive(Default)]
struct Constants {
    objects: HashMap<usize, Ref>,
}
impl Constants {
    fn object(&mut self, c: &Const) -> PyResult {
        if let Some(o) = self.objects.get(&c.id()) {
            return Ok(o.clone());
        }
        let o = self.make(c)?;
        self.objects.insert(c.id(), o.clone());
        Ok(o)
    }
    fn objects(&mut self, c: &[Const]) -> PyResult<Vec<Ref>> {
        c.iter().map(|c| self.object(c)).collect()
    }
    fn make(&mut self, c: &Const) -> PyResult {
        Ok(match c.value() {
            ConstValue::None => none::none(),
            ConstValue::Bool(v) => bool_::bool_ref(*v),
            ConstValue::Ellipsis => none::ellipsis(),
            ConstValue::Int(v) => Int::from_i64(*v).upcast(),
            ConstValue::BigInt(v) => Int::try_from_bigint(v)?.upcast(),
            ConstValue::Float(v) => Float::new(*v).upcast(),
            ConstValue::Complex { real, imag } => Complex::new_parts(*real, *imag)?.upcast(),
            ConstValue::Str(t) => str::intern(Str::from_wtf8(t)).upcast(),
            ConstValue::Bytes(b) => Bytes::new(b)?.upcast(),
            ConstValue::Tuple(i) => tuple::try_from_vec(self.objects(i)?)?.upcast(),
            ConstValue::FrozenSet(i) => Set::new_frozen(self.objects(i)?)?.upcast(),
            ConstValue::Slice(p) => {
                let [a, b, d] = &**p;
                let (a, b) = (self.object(a)?, self.object(b)?);
                Slice::new(a, b, self.object(d)?).upcast()
            }
            ConstValue::Code(u) => self.code(u)?.upcast(),
        })
    }
    fn code(&mut self, u: &CodeUnit) -> PyResult<Ref<Code>> {
        let s = |o: Ref| o.downcast_ref::<Str>().unwrap();
        let t = |o: Ref| o.downcast_ref::<Tuple>().unwrap();
        let b = |o: Ref| o.downcast_ref::<Bytes>().unwrap();
        Code::from_parts(CodeParts {
            argcount: u.argcount,
            posonlyargcount: u.posonlyargcount,
            kwonlyargcount: u.kwonlyargcount,
            stacksize: u.stacksize,
            flags: u.flags,
            firstlineno: u.firstlineno,
            code: Bytes::new(&u.code)?,
            names: t(self.object(&u.names)?),
            localsplusnames: t(self.object(&u.localsplusnames)?),
            localspluskinds: Bytes::new(&u.localspluskinds)?,
            filename: s(self.object(&u.filename)?),
            name: s(self.object(&u.name)?),
            qualname: s(self.object(&u.qualname)?),
            linetable: b(self.object(&u.linetable)?),
            exceptiontable: b(self.object(&u.exceptiontable)?),
            consts: t(self.object(&u.consts)?),
        })
    }
}
struct H;
impl Host for H {
    fn warn(&mut self, _w: Warning<'_>) -> Result<(), WarningFailure> {
        Ok(())
    }
    fn decode(&mut self, _e: &str, _b: &[u8]) -> Result<String, Box<SyntaxError>> {
        panic!()
    }
    fn int_max_str_digits(&self) -> usize {
        4300
    }
}
fn compile_text(text: &str, filename: &str) -> PyResult<Ref<Code>> {
    let arena = Arena::new();
    let mut interner = Interner::new(&arena);
    let mut host = H;
    let source = gopy_syntax::lexer::Source::from_str(text, true)
        .map_err(|e| syntax_error_text!("{}", e.message))?;
    let tree = gopy_syntax::parse(
        &source,
        Mode::File,
        &ParseOptions::default(),
        &mut host,
        &arena,
        &mut interner,
    )
    .map_err(|e| syntax_error_text!("{}", e.message))?;
    let unit = gopy_compiler::compile(
        &tree,
        filename.as_bytes(),
        &CompileOptions::default(),
        &mut host,
        &arena,
        &mut interner,
    )
    .map_err(|e| syntax_error_text!("{}", e.message))?;
    Constants::default().code(&unit)
}
#[pymodule(name = "builtins")]
pub mod mini {
    use super::*;
    #[pyfunction(raw)]
    fn print(args: Args<'_>) -> PyResult<()> {
        let mut first = true;
        for a in args.positional() {
            if !first {
                print!(" ");
            }
            first = false;
            print!("{}", object::str(a.object())?.to_string_lossy());
        }
        println!();
        Ok(())
    }
    #[pyfunction(raw)]
    fn __build_class__(args: Args<'_>) -> PyResult {
        let func = args.get(0).unwrap().downcast::<Function>().unwrap();
        let name = args.get(1).unwrap();
        let bases = tuple::try_from_vec(
            args.skip(2).positional().iter().map(|a| a.object().to_ref()).collect(),
        )?;
        let kw = Dict::new();
        for (n, v) in keyword_items(args) {
            kw.set_str(n, v)?;
        }
        let meta = match kw.pop(id!(metaclass).as_object())? {
            Some(m) => m,
            None => match bases.get(0) {
                Some(b) => b.type_().to_ref().upcast(),
                None => gopy_object::typeobj::TYPE.get().to_ref().upcast(),
            },
        };
        let ns = Dict::new().upcast();
        let closure = func.closure.get();
        gopy_vm::eval::eval_code(
            &func.code.get().unwrap(),
            &func.globals,
            Some(&ns),
            closure.as_deref(),
        )?;
        let a = tuple::from_array([name.to_ref(), bases.upcast(), ns]);
        call::call_tuple(&meta, &a, Some(&kw))
    }
    #[pyfunction("($module, obj, /)")]
    fn len(obj: &Object) -> PyResult<usize> {
        object::len(obj)
    }
    #[pyfunction("($module, obj, /)")]
    fn repr(obj: &Object) -> PyResult<Ref<Str>> {
        object::repr(obj)
    }
    #[pyfunction("($module, obj, /)")]
    fn iter(obj: &Object) -> PyResult {
        gopy_core::iter::get_iter(obj)
    }
    #[pyfunction("($module, obj, /)")]
    fn next(obj: &Object) -> PyResult {
        match gopy_core::iter::next(obj)? {
            Some(v) => Ok(v),
            None => Err(exceptions::stop_iteration(none::none_object())),
        }
    }
    #[pyfunction("($module, obj, class_or_tuple, /)")]
    fn isinstance(obj: &Object, class_or_tuple: &Object) -> PyResult<bool> {
        object::is_instance(obj, class_or_tuple)
    }
    #[pyfunction("($module, obj, name, default=None, /)")]
    fn getattr(obj: &Object, name: &Str, default: Option<&Object>) -> PyResult {
        {
            let _ = default;
            object::get_attr(obj, name)
        }
    }
    #[pyfunction("($module, obj, /)")]
    fn sum(obj: &Object) -> PyResult {
        let mut t = Int::from_i64(0).upcast();
        for x in gopy_core::iter::collect(obj)? {
            t = number::add(&t, &x)?;
        }
        Ok(t)
    }
    #[pyfunction("($module, /)")]
    fn clock() -> PyResult {
        Ok(Float::new(
            std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .unwrap()
                .as_secs_f64(),
        )
        .upcast())
    }
    #[pyfunction("($module, obj, /)")]
    fn getrefcount(obj: &Object) -> i64 {
        i64::from(obj.count())
    }
    #[pyfunction("($module, /)")]
    fn locals() -> PyResult {
        gopy_vm::frame_object::locals(gopy_vm::frame::current(thread()).unwrap())
    }
    #[pyfunction("($module, /)")]
    fn _getframe() -> PyResult {
        gopy_vm::frame_object::of(gopy_vm::frame::current(thread()).unwrap()).map(Ref::upcast)
    }
    #[pyfunction("($module, obj, /)")]
    fn adaptive(obj: &Object) -> PyResult {
        let f = obj.downcast::<Function>().unwrap();
        let c = f.code.get().unwrap();
        let units = gopy_vm::units::units_of(&c);
        let n = c.code.as_slice().len() / 2;
        let mut i = 0;
        while i < n {
            let u = unsafe { *units.add(i) };
            print!("{} ", u.opcode());
            i += 1 + u.opcode().caches();
        }
        println!();
        Ok(none::none())
    }
}
fn unraisable(e: Ref<BaseException>, m: Option<&str>, o: Option<&Object>) {
    println!("unraisable {e:?} {m:?} {o:?}", o = o.map(|o| o.id()));
}
static HOOKS: hooks::Hooks = hooks::Hooks {
    call_function: gopy_vm::eval::call_function,
    code_adaptive: |code| Ok(code.code.clone().upcast()),
    super_arguments: gopy_vm::eval::super_arguments,
    frame_line: gopy_vm::frame_object::line_at,
    current_globals: || gopy_vm::frame::current(thread()).map(|f| f.globals().to_ref()),
    current_local_names: || Err(runtime_error!("no")),
    warn: |_, m, _| {
        println!("warn {}", object::str(m)?.to_string_lossy());
        Ok(())
    },
    warn_explicit: |_, _, _, _, _, _| Ok(()),
    import: |_| Err(runtime_error!("no import")),
    audit: |_, _| Ok(()),
    unraisable,
};
fn main() {
    let interp = Box::leak(Interpreter::new(0));
    let here = 0u8;
    let top = (&raw const here).addr();
    let thread = Box::leak(Thread::new(interp, 1, top, 7 << 20));
    unsafe { Thread::activate(thread) };
    hooks::set(&HOOKS);
    type_::init();
    for ty in gopy_types::TYPES {
        type_::ready(ty.get()).unwrap();
    }
    for ty in gopy_vm::TYPES {
        type_::ready(ty.get()).unwrap();
    }
    let module = module::from_def(&mini::MODULE, &str::interned("builtins")).unwrap();
    module::exec_def(&module).unwrap();
    let b = module.dict();
    for ty in type_::builtin::all().chain(gopy_types::TYPES.iter().copied()) {
        let n = ty.get().name();
        b.set_str(&str::interned(&n), ty.get().as_object()).unwrap();
    }
    for ty in exceptions::all() {
        let n = ty.get().name();
        b.set_str(&str::interned(&n), ty.get().as_object()).unwrap();
    }
    b.set_str(&str::interned("ExceptionGroup"), exceptions::exception_group().unwrap().as_object())
        .unwrap();
    interp.builtins.set(Some(b.clone().upcast()));
    let path = std::env::args().nth(1).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let code = match compile_text(&text, &path) {
        Ok(c) => c,
        Err(e) => {
            println!("{}", object::str(e.value().as_object()).unwrap());
            return;
        }
    };
    let globals = Dict::new();
    globals.set_str(id!(__name__), str::interned("__main__").as_object()).unwrap();
    globals.set_str(id!(__builtins__), b.as_object()).unwrap();
    match gopy_vm::eval::eval_code(&code, &globals, Some(globals.as_object()), None) {
        Ok(_) => {}
        Err(e) => {
            let mut tb = e.value().traceback.get();
            while let Some(t) = tb {
                let t = t.downcast_ref::<traceback::Traceback>().unwrap();
                let f = t.frame.downcast::<gopy_vm::frame_object::FrameObject>().unwrap();
                println!("  line {:?} in {}", t.line(), f.frame().code().name);
                tb = t.next.get().map(Ref::upcast);
            }
            println!(
                "{}: {}",
                e.value().as_object().type_name(),
                object::str(e.value().as_object()).unwrap().to_string_lossy()
            );
        }
    }
}
