//! Writes the eval loop: a function for each instruction whose parts all have bodies.
//!
//! Answers to `tier1_generator.py` and `stack.py` of the cases generator. `ip` and `sp` hold the
//! instruction's own unit and the stack's top until the function goes on; where the ops of a sum read and
//! write is known as a distance from `sp`.

use super::body::{self, Context};
use super::parse::{Body, Kind, StackItem};
use super::table::{Instruction, ResolvedPart, Table};
use std::collections::HashSet;
use std::fmt::Write as _;

/// A distance from `sp`: a constant and signed expressions over `oparg`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Distance {
    constant: isize,
    terms: Vec<(bool, String)>,
}

impl Distance {
    fn step(&mut self, item: &StackItem, up: bool) {
        let Some(size) = &item.size else {
            self.constant += if up { 1 } else { -1 };
            return;
        };
        match self.terms.iter().position(|(sign, term)| *sign != up && term == size) {
            Some(opposite) => {
                self.terms.remove(opposite);
            }
            None => self.terms.push((up, size.clone())),
        }
    }

    fn is_zero(&self) -> bool {
        *self == Distance::default()
    }

    /// `sp` moved by the distance.
    fn pointer(&self) -> String {
        if self.terms.is_empty() {
            return match self.constant {
                0 => "sp".to_owned(),
                n @ 1.. => format!("sp.add({n})"),
                n => format!("sp.sub({})", -n),
            };
        }
        let mut sum = if self.constant == 0 { String::new() } else { self.constant.to_string() };
        for (up, term) in &self.terms {
            let _ = write!(sum, " {}(({term}) as isize)", if *up { '+' } else { '-' });
        }
        format!("sp.offset({})", sum.strip_prefix(" +").unwrap_or(&sum).trim_start())
    }
}

/// An output of zero or one value, chosen by the argument's low bit.
fn is_conditional(item: &StackItem) -> bool {
    item.size.as_deref().is_some_and(|s| s.replace(' ', "") == "oparg&1")
}

fn body_of<'i>(part: &ResolvedPart<'i>) -> Option<&'i Body> {
    match &part.item.kind {
        Kind::Op(_, body) => Some(body),
        Kind::Inst(_, body) => body.as_ref(),
        Kind::Sum(_) | Kind::Family(..) | Kind::Pseudo(..) => None,
    }
}

/// Fills the loop's template: its line `@HANDLERS@` becomes a function for each instruction, `@TABLE@`
/// their places in the table of all.
pub fn emit(table: &Table, template: &str) -> Result<String, String> {
    if !template.contains("@HANDLERS@") || !template.contains("@TABLE@") {
        return Err("the loop's template has no line @HANDLERS@ or @TABLE@".to_owned());
    }
    let mut places = String::new();
    for instruction in with_body(table) {
        let name = &instruction.item.name;
        let _ = writeln!(places, "handlers[Opcode::{name}.0 as usize] = {name};");
    }
    let text = template.replace("@HANDLERS@", &emit_handlers(table)?).replace("@TABLE@", &places);
    Ok(format!("{}{text}", crate::generate::PREAMBLE))
}

/// Names of the instructions that have no body yet.
fn without_body<'i>(table: &'i Table<'i>) -> Vec<&'i str> {
    let has_body = |i: &Instruction| i.parts.iter().all(|part| body_of(part).is_some());
    table
        .instructions
        .iter()
        .filter(|i| i.targets.is_none() && !has_body(i))
        .map(|i| i.item.name.as_str())
        .collect()
}

/// The instructions with bodies, in the order of their names.
fn with_body<'i>(table: &'i Table<'i>) -> Vec<&'i Instruction<'i>> {
    let missing: HashSet<&str> = without_body(table).into_iter().collect();
    let mut instructions: Vec<_> = table
        .instructions
        .iter()
        .filter(|i| i.targets.is_none() && !missing.contains(i.item.name.as_str()))
        .collect();
    instructions.sort_by_key(|i| &i.item.name);
    instructions
}

/// The functions, in the order of the opcodes' names.
fn emit_handlers(table: &Table) -> Result<String, String> {
    let mut out = String::new();
    for instruction in with_body(table) {
        emit_handler(instruction, &mut out).map_err(|message| {
            let item = instruction.item;
            format!("{}:{}: {}: {message}", item.file, item.line, item.name)
        })?;
    }
    Ok(out)
}

/// How a body leaves its straight line besides `'dispatch` and `'same`: the exit as the rewriter writes
/// it, the block that it leaves, and what is done with the block's value there.
const EXITS: &[(&str, &str, &str)] = &[
    ("Enter", "'enter", "control::enter_frame(frame, thread)"),
    ("Return(", "'return_value", "control::return_value(exit, ip, frame, thread)"),
    ("Yield(", "'yield_value", "control::yield_value(exit, frame, thread)"),
    ("Moved(", "'moved", "control::moved(exit.0, exit.1, thread)"),
    ("Reraise(", "'reraise", "control::reraise(exit, ip, sp, frame, thread)"),
    ("Error(", "'error", "control::raise(exit, ip, sp, frame, thread)"),
];

/// Wraps a body's text in the blocks that its exits leave, so that what the body owns is dropped
/// before anything else is called.
fn wrap(text: &str, diverges: bool) -> String {
    let mut text = text
        .replace("continue 'dispatch", "break 'dispatch")
        .replace("continue 'same", "break 'same");
    let leaves_early = text.contains("break 'dispatch");
    if leaves_early {
        text = format!("'dispatch: {{ {text} }}\n");
    }
    if leaves_early || !diverges {
        text.push_str("return control::dispatch(ip, sp, frame, thread);\n");
    }
    if text.contains("break 'same") {
        text = format!(
            "let mut op: Opcode;\n'same: {{ {text} }}\n\
             return control::go(op, ip, sp, frame, thread, unit);\n"
        );
    }
    for (exit, label, handler) in EXITS {
        let leaving = format!("break 'instruction Exit::{exit}");
        if !text.contains(&leaving) {
            continue;
        }
        let value = if exit.ends_with('(') { "(" } else { "" };
        text = text.replace(&leaving, &format!("break {label} {value}"));
        text = format!("let exit = {label}: {{ {text} }};\nreturn {handler};\n");
    }
    text
}

/// What an instruction does besides its stack effect; compared with the declared flags.
#[derive(Default)]
struct Facts {
    errors: bool,
    deopts: bool,
    diverges: bool,
}

fn emit_handler(instruction: &Instruction, out: &mut String) -> Result<(), String> {
    let size = instruction.cache_size() + 1;
    let mut text = String::new();
    let mut start = Distance::default();
    let mut facts = Facts::default();
    for part in &instruction.parts {
        let (part_text, end) = emit_part(instruction, part, &start, &mut facts)?;
        text.push_str(&part_text);
        start = end;
    }
    check_flags(instruction, &facts)?;
    let jumps = text.contains("next = ") || text.contains("ip = next");
    if jumps {
        text = format!("let mut next = ip.add({size});\n{text}");
    }
    if !facts.diverges {
        if !start.is_zero() {
            let _ = writeln!(text, "sp = {};", start.pointer());
        }
        let end = if jumps { "next".to_owned() } else { format!("ip.add({size})") };
        let _ = writeln!(text, "ip = {end};");
    }
    let _ = writeln!(
        out,
        "#[inline(never)]\nunsafe fn {}(mut ip: *mut Unit, mut sp: *mut StackRef, mut frame: FrameRef, \
         thread: &'static Thread, unit: usize) -> Done {{ unsafe {{\n\
         let oparg = (unit >> 32) as u32;\nlet locals = frame.localsplus();\n{}}} }}\n",
        instruction.item.name,
        wrap(&text, facts.diverges)
    );
    Ok(())
}

fn check_flags(instruction: &Instruction, facts: &Facts) -> Result<(), String> {
    let has = |flag: &str| instruction.item.flags.iter().any(|f| f == flag);
    if facts.errors && !has("error") {
        return Err("raises, but is not declared to".to_owned());
    }
    // In tier 1 an exit from a trace is a deoptimisation, too.
    if facts.deopts && !has("deopt") && !has("exit") {
        return Err("deoptimises, but is not declared to".to_owned());
    }
    Ok(())
}

/// Where each input and output of an op lies.
struct Placed<'i> {
    item: &'i StackItem,
    at: Distance,
}

fn place<'i>(items: &'i [StackItem], from: &Distance) -> (Vec<Placed<'i>>, Distance) {
    let mut at = from.clone();
    let mut placed = Vec::new();
    for item in items {
        placed.push(Placed { item, at: at.clone() });
        at.step(item, true);
    }
    (placed, at)
}

fn emit_part(
    instruction: &Instruction,
    part: &ResolvedPart,
    start: &Distance,
    facts: &mut Facts,
) -> Result<(String, Distance), String> {
    let Some(source) = body_of(part) else { return Err("a part has no body".to_owned()) };
    let effect = part.effect;
    let mut base = start.clone();
    effect.inputs.iter().rev().for_each(|input| base.step(input, false));
    let (inputs, _) = place(&effect.inputs, &base);
    let (outputs, end) = place(&effect.outputs, &base);
    let input_names: Vec<&str> = names(&effect.inputs);
    let assigned: Vec<&str> =
        names(&effect.outputs).into_iter().filter(|n| !input_names.contains(n)).collect();
    let save = format!("frame.save(ip, {});\n", start.pointer());
    let before_error = |dead: &HashSet<String>| {
        let mut text = String::new();
        for input in inputs.iter().filter(|i| dead.contains(&i.item.name)) {
            let at = input.at.pointer();
            let _ = match &input.item.size {
                None => write!(text, "*{at} = StackRef::NULL; "),
                Some(size) => write!(text, "clear({at}, ({size}) as usize); "),
            };
        }
        if !start.is_zero() {
            let _ = write!(text, "sp = {}; ", start.pointer());
        }
        text
    };
    let close = |name: &str| {
        inputs
            .iter()
            .find(|i| i.item.name == name)
            .map(|i| close_statement(i, &base))
            .unwrap_or_default()
    };
    let slot = |name: &str| {
        let input = inputs.iter().find(|i| i.item.name == name)?;
        input.item.size.is_none().then(|| input.at.pointer())
    };
    let drop = |name: &str| format!("release({name}, frame, ip, {});", base.pointer());
    let context = Context {
        inputs: &input_names,
        outputs: &assigned,
        base: instruction.base,
        save: &save,
        before_error: &before_error,
        close: &close,
        slot: &slot,
        drop: &drop,
    };
    let rewritten = body::rewrite(&source.text, &context)?;
    facts.errors |= rewritten.errors;
    facts.deopts |= rewritten.deopts;
    facts.diverges |= rewritten.diverges;

    let mut text = format!("// instructions/{}:{}\n{{\n", part.item.file, source.line);
    if let Some(oparg) = part.oparg {
        let _ = writeln!(text, "let oparg = {oparg};");
    }
    let word = |name: &str| mentions(&source.text, name);
    let mut offset = part.cache_offset;
    for cache in &effect.caches {
        if word(&cache.name) {
            let read = match (cache.name.as_str(), cache.size) {
                ("counter", 1) => "counter()",
                (_, 4) => "pointer()",
                _ => "value()",
            };
            let _ = writeln!(text, "let {} = (*ip.add({offset})).{read};", cache.name);
        }
        offset += cache.size;
    }
    let passed_on = |name: &str| effect.outputs.iter().any(|o| o.name == name);
    for input in &inputs {
        let name = &input.item.name;
        let closed = !passed_on(name) && !rewritten.consumed.contains(name);
        let moved = outputs.iter().any(|o| o.item.name == *name && o.at != input.at);
        if name == "unused" || !(word(name) || closed && input.item.size.is_none() || moved) {
            continue;
        }
        let at = input.at.pointer();
        let _ = match &input.item.size {
            None => writeln!(text, "let {name} = *{at};"),
            Some(size) => writeln!(
                text,
                "let {name} = std::slice::from_raw_parts_mut({at}, ({size}) as usize);"
            ),
        };
    }
    for output in &outputs {
        let (name, item) = (&output.item.name, output.item);
        if !assigned.contains(&name.as_str()) {
            continue;
        }
        let _ = match &item.size {
            Some(size) if !is_conditional(item) => writeln!(
                text,
                "let {name} = std::slice::from_raw_parts_mut({}, ({size}) as usize);",
                output.at.pointer()
            ),
            _ => writeln!(text, "let {name}: StackRef;"),
        };
    }
    let body = rewritten.text.trim_matches('\n').trim_end();
    if mentions(body, "let") {
        // What the body keeps for itself goes before the inputs do.
        let _ = writeln!(text, "{{\n{body}\n}}");
    } else {
        let _ = writeln!(text, "{body}");
    }
    if rewritten.diverges {
        text.push_str("}\n");
        return Ok((text, end));
    }
    let mut order: Vec<_> = inputs.iter().rev().collect();
    if part.item.bottom_first {
        order.rotate_right(1);
    }
    for input in order {
        let name = &input.item.name;
        if name != "unused" && !passed_on(name) && !rewritten.consumed.contains(name) {
            let _ = writeln!(text, "{}", close_statement(input, &base));
        }
    }
    for output in &outputs {
        let name = &output.item.name;
        let stays = inputs.iter().any(|i| i.item.name == *name && i.at == output.at);
        if name == "unused" || stays {
            continue;
        }
        let at = output.at.pointer();
        let _ = match &output.item.size {
            None => writeln!(text, "*{at} = {name};"),
            Some(size) if is_conditional(output.item) => {
                writeln!(text, "if {size} != 0 {{ *{at} = {name}; }}")
            }
            Some(_) => Ok(()),
        };
    }
    text.push_str("}\n");
    Ok((text, end))
}

fn names(items: &[StackItem]) -> Vec<&str> {
    items.iter().map(|i| i.name.as_str()).filter(|n| *n != "unused").collect()
}

/// Whether `name` occurs in `text` as a whole word.
fn mentions(text: &str, name: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == name)
}

/// Releases an input. Its frame's saved stack ends below the op's inputs meanwhile: a finaliser
/// that looks at the frame must not see values that are going.
fn close_statement(input: &Placed, base: &Distance) -> String {
    let name = &input.item.name;
    match &input.item.size {
        None => format!("release({name}, frame, ip, {});", base.pointer()),
        Some(size) => format!(
            "release_all({}, ({size}) as usize, frame, ip, {});",
            input.at.pointer(),
            base.pointer()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::instructions::{parse, table};

    /// A small machine that runs the generated arms: values are tagged numbers, releasing one logs
    /// it, and an error unwinds the whole stack.
    const MACHINE: &str = r#"
#![allow(unused)]
use std::cell::{Cell, RefCell};
#[derive(Clone, Copy, PartialEq, Eq)] struct Opcode(u16);
#[derive(Clone, Copy)] struct Unit { op: u16, aux: u16, arg: u32 }
impl Unit { fn counter(self) -> u16 { self.aux } fn value(self) -> u32 { self.arg } }
#[derive(Clone, Copy, PartialEq, Debug)] struct StackRef(usize);
impl From<usize> for StackRef { fn from(v: usize) -> Self { StackRef(v) } }
impl StackRef {
    const NULL: StackRef = StackRef(0);
    fn steal(self) -> usize { self.0 }
    fn as_object(self) -> usize { self.0 }
}
thread_local!(static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) });
fn log(s: String) { LOG.with(|l| l.borrow_mut().push(s)); }
type Done = Result<usize, String>;
type Thread = ();
struct Frame { depth: Cell<usize>, base: *mut StackRef, locals: *mut StackRef }
type FrameRef<'f> = &'f Frame;
impl Frame {
    fn localsplus(&self) -> *mut StackRef { self.locals }
    unsafe fn save(&self, _: *mut Unit, sp: *mut StackRef) {
        self.depth.set(unsafe { sp.offset_from(self.base) } as usize);
    }
}
unsafe fn release(v: StackRef, frame: FrameRef, ip: *mut Unit, sp: *mut StackRef) {
    if v != StackRef::NULL { unsafe { frame.save(ip, sp); } log(format!("{}@{}", v.0, frame.depth.get())); }
}
unsafe fn release_all(at: *mut StackRef, n: usize, frame: FrameRef, ip: *mut Unit, sp: *mut StackRef) {
    for i in (0..n).rev() { unsafe { release(*at.add(i), frame, ip, sp); } }
}
unsafe fn steal_slot(at: *mut StackRef) -> usize { unsafe { std::mem::replace(&mut *at, StackRef::NULL).steal() } }
unsafe fn clear(at: *mut StackRef, n: usize) { for i in 0..n { unsafe { *at.add(i) = StackRef::NULL; } } }
mod control {
    use super::*;
    pub unsafe fn dispatch(ip: *mut Unit, sp: *mut StackRef, frame: FrameRef, thread: &'static ()) -> Done {
        unsafe { go(Opcode((*ip).op), ip, sp, frame, thread, ((*ip).arg as usize) << 32) }
    }
    pub unsafe fn go(op: Opcode, ip: *mut Unit, sp: *mut StackRef, frame: FrameRef, thread: &'static (), unit: usize) -> Done {
        unsafe { match op {
            TABLE
            _ => panic!("opcode {}", op.0),
        } }
    }
    pub unsafe fn raise(error: String, ip: *mut Unit, mut sp: *mut StackRef, frame: FrameRef, _: &'static ()) -> Done {
        unsafe { while sp > frame.base { sp = sp.sub(1); release(*sp, frame, ip, sp); } }
        Err(error)
    }
}
fn checked_add(a: usize, b: usize) -> Result<usize, String> { if a + b > 100 { Err("big".into()) } else { Ok(a + b) } }
fn sink(a: usize) -> Result<(), String> { if a == 13 { Err("unlucky".into()) } else { Ok(()) } }
fn run(code: &mut [Unit]) -> Result<usize, String> {
    let mut stack = [StackRef(0); 50];
    let mut locals = [StackRef(7); 4];
    let frame = Frame { depth: Cell::new(0), base: stack.as_mut_ptr(), locals: locals.as_mut_ptr() };
    unsafe { control::dispatch(code.as_mut_ptr(), frame.base, &frame, &()) }
}
HANDLERS
"#;

    const INSTRUCTIONS: &str = r#"
#[number(1)] inst PUSH(-- value) { value = oparg as usize; }
#[number(2), flags(error), release(bottom_first)] inst ADD(left, right -- sum) { sum = checked_add(left.as_object(), right.as_object())?; }
op GUARD(left, right -- left, right) { deopt_if!(left.as_object() > 9); }
op SUM(left, right -- sum) { sum = left.as_object() + right.as_object(); }
#[number(3), flags(exit)] inst ADD_SMALL = GUARD + unused/2 + SUM;
family ADD(counter/1 + extra/1) = { ADD_SMALL };
#[number(4)] inst SWAP(bottom, unused[oparg-2], top -- top, unused[oparg-2], bottom) {}
#[number(5)] inst PACK(values[oparg] -- count) { count = values.len(); }
#[number(6), flags(error)] inst APPEND(list, unused[oparg-1], v -- list, unused[oparg-1]) { sink(v.steal())?; }
#[number(7)] inst JUMP(--) { jump_by!(oparg); }
#[number(8)] inst RETURN(value --) { leave_loop!(Ok(value.steal())); }
op LOAD(-- value) { value = local!(oparg); }
op PUSH_NULL_IF(-- null[oparg & 1]) { null = StackRef::NULL; }
#[number(9)] inst LOAD_GLOBAL = LOAD(oparg >> 1) + PUSH_NULL_IF;
#[number(10)] inst STORE(value --) { let old = local!(oparg); local!(oparg) = StackRef::from(value.steal()); release(old, frame, ip, sp.sub(1)); }
"#;

    const PROGRAMS: &str = r#"
fn main() {
    let u = |op, arg| Unit { op, aux: 0, arg };
    let mut show = |code: &mut [Unit]| {
        let result = run(code);
        println!("{result:?} {}", LOG.with(|l| l.borrow_mut().drain(..).collect::<Vec<_>>().join(" ")));
    };
    let c = u(0, 0);
    show(&mut [u(1, 3), u(1, 4), u(3, 0), c, c, u(8, 0)]);
    show(&mut [u(1, 30), u(1, 4), u(3, 0), c, c, u(8, 0)]);
    show(&mut [u(1, 5), u(1, 90), u(1, 20), u(2, 0), c, c]);
    show(&mut [u(1, 1), u(1, 2), u(1, 3), u(4, 3), u(5, 2), u(7, 1), c, u(2, 0), c, c, u(8, 0)]);
    show(&mut [u(1, 1), u(1, 2), u(1, 13), u(6, 2)]);
    show(&mut [u(9, 3), u(10, 1), u(9, 0), u(8, 0)]);
    show(&mut [u(9, 3), u(5, 2), u(8, 0)]);
}
"#;

    const EXPECTED: &str = "\
Ok(7) 4@0 3@0
Ok(34) 30@0 4@0
Err(\"big\") 20@2 90@1 5@0
Ok(5) 1@1 2@1 3@0 2@0
Err(\"unlucky\") 2@1 1@0
Ok(7) 7@1
Ok(2) 7@0
";

    #[test]
    fn a_generated_loop_runs() {
        let items = parse::parse("t.in", INSTRUCTIONS).expect("parses");
        let table = table::resolve(&items).expect("resolves");
        assert!(without_body(&table).is_empty());
        let arms = emit_handlers(&table).expect("emits");
        let mut places = String::new();
        for i in &table.instructions {
            let name = &i.item.name;
            let _ = writeln!(places, "Opcode::{name} => {name}(ip, sp, frame, thread, unit),");
        }
        let mut source = MACHINE.replace("TABLE", &places).replace("HANDLERS", &arms);
        source.push_str("impl Opcode {\n");
        for i in &table.instructions {
            let _ = writeln!(source, "const {}: Opcode = Opcode({});", i.item.name, i.number);
        }
        source.push_str("}\n");
        source.push_str(PROGRAMS);
        let folder = std::env::temp_dir().join(format!("gopy-eval-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let (file, program) = (folder.join("machine.rs"), folder.join("machine"));
        std::fs::write(&file, &source).expect("writes");
        let build = std::process::Command::new("rustc")
            .args(["--edition", "2024", "-o"])
            .args([&program, &file])
            .output()
            .expect("rustc runs");
        assert!(build.status.success(), "{}", String::from_utf8_lossy(&build.stderr));
        let run = std::process::Command::new(&program).output().expect("it runs");
        let _ = std::fs::remove_dir_all(&folder);
        assert_eq!(String::from_utf8_lossy(&run.stdout), EXPECTED, "{arms}");
    }

    #[test]
    fn undeclared_effects_are_refused() {
        for (text, message) in [
            ("#[number(1)] inst A(--) { f()?; }", "t.in:1: A: raises, but is not declared to"),
            (
                "#[number(1)] inst A(--); #[number(2)] inst B(--) { deopt_if!(x); } family A = { B };",
                "t.in:1: B: deoptimises, but is not declared to",
            ),
        ] {
            let items = parse::parse("t.in", text).expect("parses");
            let table = table::resolve(&items).expect("resolves");
            assert_eq!(emit_handlers(&table).unwrap_err(), message);
        }
    }

    /// The checked-in table: every body is accepted and the functions are Rust.
    #[test]
    fn the_table_is_accepted() {
        let folder = crate::generate::root().join(crate::generate::instructions::FOLDER);
        let items = parse::read_folder(&folder).expect("reads");
        let table = table::resolve(&items).expect("resolves");
        let template = "fn table() { @TABLE@ } @HANDLERS@";
        let text = emit(&table, template).expect("emits");
        crate::generate::format_rust(&text).expect("rustfmt accepts");
        assert!(without_body(&table).len() < table.instructions.len());
    }
}
