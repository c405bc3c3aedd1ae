//! `ast`: Rust nodes and the table of node classes from `crates/gopy-syntax/ast.in`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use super::{Output, PREAMBLE};

const SOURCE: &str = "crates/gopy-syntax/ast.in";

#[derive(Clone, Copy, PartialEq)]
enum Arity {
    One,
    Optional,
    Many,
    OptionalMany,
}

struct Field {
    name: String,
    ty: String,
    arity: Arity,
}

struct Class {
    name: String,
    fields: Vec<Field>,
}

#[derive(Clone, Copy, PartialEq)]
enum Position {
    None,
    Open,
    Closed,
}

struct Definition {
    name: String,
    rust: String,
    record: bool,
    position: Position,
    classes: Vec<Class>,
}

impl Definition {
    /// No constructor has fields: a plain enum passed by value.
    fn is_plain(&self) -> bool {
        !self.record && self.classes.len() > 1 && self.classes.iter().all(|c| c.fields.is_empty())
    }

    /// One shape only: a struct with the fields themselves.
    fn is_struct(&self) -> bool {
        self.record || self.classes.len() == 1
    }
}

pub fn generate(root: &Path) -> Result<Vec<Output>, String> {
    let text = std::fs::read_to_string(root.join(SOURCE)).map_err(|e| format!("{SOURCE}: {e}"))?;
    let definitions = parse(&text)?;
    let mut out = String::from(PREAMBLE);
    out.push_str(
        "//! The nodes of `ast.in`.\n\nuse super::{Arity, Attribute, Constant, Field, FieldType, \
         NodeClass, Range, Symbol, Wtf8};\n",
    );
    let model = Model::new(&definitions)?;
    for definition in &definitions {
        model.node(&mut out, definition);
    }
    table(&mut out, &definitions);
    Ok(vec![
        Output { path: "crates/gopy-syntax/src/ast/generated.rs", text: out },
        Output {
            path: "crates/gopy-vm/src/ast_bridge/generated.rs",
            text: bridge(&model, &definitions),
        },
    ])
}

/// The conversions between nodes and objects of `_ast`.
fn bridge(model: &Model, definitions: &[Definition]) -> String {
    let mut out = String::from(PREAMBLE);
    out.push_str(
        "//! Nodes to objects of `_ast` and back.\n\nuse gopy_object::{Object, PyResult};\n\
         use gopy_syntax::ast::*;\n\nuse super::convert::{Builder, FromObject, Reader, ToObject};\n",
    );
    let mut class_index = 0;
    for definition in definitions {
        // The table lists a sum's base before its constructors.
        let base = class_index;
        class_index += usize::from(!definition.record) + definition.classes.len();
        let first = base + usize::from(!definition.record);
        bridge_one(&mut out, model, definition, base, first);
    }
    out
}

fn bridge_one(out: &mut String, model: &Model, definition: &Definition, base: usize, first: usize) {
    let (name, rust) = (&definition.name, &definition.rust);
    if definition.is_plain() {
        let _ = writeln!(
            out,
            "impl ToObject for {rust} {{ fn to_object(&self, to: &mut Builder<'_>) -> PyResult {{ \
             to.singleton({first} + *self as usize) }} }}"
        );
        let arms: String = (definition.classes.iter().enumerate())
            .map(|(i, c)| {
                format!("if from.is(object, {})? {{ return Ok({rust}::{}); }}", first + i, c.name)
            })
            .collect();
        let _ = writeln!(
            out,
            "impl<'a> FromObject<'a> for {rust} {{ fn from_object(object: &Object, from: &mut \
             Reader<'_, 'a>) -> PyResult<Self> {{ {arms} Err(from.unexpected({name:?}, object)) }} }}"
        );
        return;
    }
    let positioned = definition.position != Position::None;
    let elided = if model.ownerless.contains(name) { "" } else { "<'_>" };
    let lifetime = if model.ownerless.contains(name) { "" } else { "<'a>" };
    let position = if positioned { "to.position(&node, &self.range)?;" } else { "" };
    let mut to_body = String::new();
    let mut from_body = String::new();
    let set = |field: &Field, value: String| format!("to.set(&node, {:?}, {value})?;", field.name);
    let get = |class: &str, field: &Field| {
        let how = match field.arity {
            Arity::One => "one",
            Arity::Optional => "optional",
            Arity::Many => "many",
            Arity::OptionalMany => "optional_many",
        };
        let nested = if model.rust.contains_key(&field.ty) && !model.plain.contains(&field.ty) {
            match field.arity {
                Arity::One => "_node",
                Arity::Optional => "_node",
                Arity::Many => "",
                Arity::OptionalMany => "",
            }
        } else {
            ""
        };
        format!(
            "{}: from.{how}{nested}(object, {class:?}, {:?})?,",
            rust_name(&field.name),
            field.name
        )
    };
    if definition.is_struct() {
        let class = &definition.classes[0];
        let _ = write!(to_body, "let node = to.node({first})?;");
        for field in &class.fields {
            to_body.push_str(&set(field, format!("&self.{}", rust_name(&field.name))));
        }
        to_body.push_str(position);
        let fields: String = class.fields.iter().map(|f| get(&class.name, f)).collect();
        let range = if positioned {
            format!(
                "let range = from.range(object, {name:?}, {})?;",
                definition.position == Position::Closed
            )
        } else {
            String::new()
        };
        let range_field = if positioned { "range," } else { "" };
        let check = if definition.record {
            String::new()
        } else {
            format!(
                "if !from.is(object, {first})? {{ return Err(from.unexpected({name:?}, object)); }}"
            )
        };
        let _ = write!(from_body, "{range} {check} Ok({rust} {{ {fields} {range_field} }})");
    } else {
        let kind = if positioned { format!("{rust}Kind") } else { rust.clone() };
        let subject = if positioned { "&self.kind" } else { "self" };
        let _ = write!(to_body, "let node = match {subject} {{");
        for (i, class) in definition.classes.iter().enumerate() {
            let names: Vec<String> = class.fields.iter().map(|f| rust_name(&f.name)).collect();
            let pattern = if names.is_empty() {
                String::new()
            } else {
                format!("{{ {} }}", names.join(", "))
            };
            let _ = write!(to_body, "{kind}::{} {pattern} => {{", class.name);
            if class.fields.is_empty() {
                let _ = write!(to_body, "to.node({})? }}", first + i);
                continue;
            }
            let _ = write!(to_body, "let node = to.node({})?;", first + i);
            for field in &class.fields {
                to_body.push_str(&set(field, rust_name(&field.name)));
            }
            to_body.push_str("node }");
        }
        let _ = write!(to_body, "}};{position}");
        if positioned {
            let _ = write!(
                from_body,
                "let range = from.range(object, {name:?}, {})?;",
                definition.position == Position::Closed
            );
        }
        for (i, class) in definition.classes.iter().enumerate() {
            let fields: String = class.fields.iter().map(|f| get(&class.name, f)).collect();
            let value = if class.fields.is_empty() {
                format!("{kind}::{}", class.name)
            } else {
                format!("{kind}::{} {{ {fields} }}", class.name)
            };
            let whole =
                if positioned { format!("{rust} {{ kind: {value}, range }}") } else { value };
            let _ =
                write!(from_body, "if from.is(object, {})? {{ return Ok({whole}); }}", first + i);
        }
        let _ = write!(from_body, "Err(from.unexpected({name:?}, object))");
    }
    let _ = base;
    let _ = writeln!(
        out,
        "impl ToObject for {rust}{elided} {{ fn to_object(&self, to: &mut Builder<'_>) -> PyResult {{ \
         {to_body} Ok(node) }} }}\n\
         impl<'a> FromObject<'a> for {rust}{lifetime} {{ fn from_object(object: &Object, from: &mut \
         Reader<'_, 'a>) -> PyResult<Self> {{ {from_body} }} }}"
    );
}

fn parse(text: &str) -> Result<Vec<Definition>, String> {
    let mut definitions: Vec<Definition> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let bad = |what: &str| format!("{SOURCE}:{}: {what}", index + 1);
        let body = line.trim();
        if body.is_empty() || body.starts_with('#') {
            continue;
        }
        if line.starts_with(' ') {
            let definition = definitions.last_mut().ok_or_else(|| bad("constructor of nothing"))?;
            definition.classes.push(class(body).ok_or_else(|| bad("not a constructor"))?);
            continue;
        }
        let (keyword, rest) = body.split_once(' ').ok_or_else(|| bad("not a definition"))?;
        let (name, rest) = rest.split_once(':').ok_or_else(|| bad("no Rust name"))?;
        let (rest, position) = match rest.rsplit_once(" at ") {
            Some((rest, "open")) => (rest.trim(), Position::Open),
            Some((rest, "closed")) => (rest.trim(), Position::Closed),
            Some(_) => return Err(bad("unknown position")),
            None => (rest.trim(), Position::None),
        };
        let record = match keyword {
            "record" => true,
            "sum" => false,
            _ => return Err(bad("neither sum nor record")),
        };
        let mut definition = Definition {
            name: name.to_owned(),
            rust: rest.to_owned(),
            record,
            position,
            classes: Vec::new(),
        };
        if record {
            let parsed = class(rest).ok_or_else(|| bad("not a record"))?;
            definition.rust = parsed.name;
            definition.classes.push(Class { name: name.to_owned(), fields: parsed.fields });
        }
        definitions.push(definition);
    }
    Ok(definitions)
}

fn class(text: &str) -> Option<Class> {
    let Some((name, fields)) = text.split_once('(') else {
        return Some(Class { name: text.to_owned(), fields: Vec::new() });
    };
    let fields = fields.strip_suffix(')')?.split(',').map(field).collect::<Option<_>>()?;
    Some(Class { name: name.to_owned(), fields })
}

fn field(text: &str) -> Option<Field> {
    let (name, ty) = text.split_once(':')?;
    let ty = ty.trim();
    let (ty, arity) = if let Some(ty) = ty.strip_suffix("?*") {
        (ty, Arity::OptionalMany)
    } else if let Some(ty) = ty.strip_suffix('*') {
        (ty, Arity::Many)
    } else if let Some(ty) = ty.strip_suffix('?') {
        (ty, Arity::Optional)
    } else {
        (ty, Arity::One)
    };
    Some(Field { name: name.trim().to_owned(), ty: ty.to_owned(), arity })
}

/// What the Rust side of each type is.
struct Model {
    rust: BTreeMap<String, String>,
    plain: BTreeSet<String>,
    /// Records of numbers and names only: nothing in them points into the arena.
    ownerless: BTreeSet<String>,
}

impl Model {
    fn new(definitions: &[Definition]) -> Result<Self, String> {
        let mut model =
            Self { rust: BTreeMap::new(), plain: BTreeSet::new(), ownerless: BTreeSet::new() };
        for definition in definitions {
            model.rust.insert(definition.name.clone(), definition.rust.clone());
            if definition.is_plain() {
                model.plain.insert(definition.name.clone());
            }
            let scalar = |f: &Field| {
                ["identifier", "int"].contains(&f.ty.as_str())
                    && matches!(f.arity, Arity::One | Arity::Optional)
            };
            if definition.is_struct() && definition.classes[0].fields.iter().all(scalar) {
                model.ownerless.insert(definition.name.clone());
            }
        }
        for field in definitions.iter().flat_map(|d| &d.classes).flat_map(|c| &c.fields) {
            let builtin = ["identifier", "int", "string", "constant"].contains(&field.ty.as_str());
            if !builtin && !model.rust.contains_key(&field.ty) {
                return Err(format!("{SOURCE}: unknown type {}", field.ty));
            }
        }
        Ok(model)
    }

    /// The type of a field's single value, and of an item of a list of them.
    fn rust_types(&self, ty: &str) -> (String, String) {
        match ty {
            "identifier" => ("Symbol".into(), "Symbol".into()),
            "int" => ("i32".into(), "i32".into()),
            "string" => ("&'a Wtf8".into(), "&'a Wtf8".into()),
            "constant" => ("Constant<'a>".into(), "Constant<'a>".into()),
            _ => {
                let name = &self.rust[ty];
                if self.plain.contains(ty) {
                    (name.clone(), name.clone())
                } else if self.ownerless.contains(ty) {
                    (format!("&'a {name}"), name.clone())
                } else {
                    (format!("&'a {name}<'a>"), format!("{name}<'a>"))
                }
            }
        }
    }

    fn field(&self, field: &Field) -> String {
        let (one, item) = self.rust_types(&field.ty);
        match field.arity {
            Arity::One => one,
            Arity::Optional => format!("Option<{one}>"),
            Arity::Many => format!("&'a [{item}]"),
            Arity::OptionalMany => format!("&'a [Option<{one}>]"),
        }
    }

    fn fields(&self, out: &mut String, class: &Class, visibility: &str) {
        for field in &class.fields {
            let (name, ty) = (rust_name(&field.name), self.field(field));
            let _ = writeln!(out, "/// `{}`.\n{visibility}{name}: {ty},", field.name);
        }
    }

    fn node(&self, out: &mut String, definition: &Definition) {
        let (name, rust) = (&definition.name, &definition.rust);
        if definition.is_plain() {
            let _ = writeln!(
                out,
                "\n/// `ast.{name}`.\n#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]\n\
                 pub enum {rust} {{"
            );
            for class in &definition.classes {
                let _ = writeln!(out, "/// `ast.{0}`.\n{0},", class.name);
            }
            out.push_str("}\n");
            return;
        }
        let derive = "#[derive(Clone, Copy, Debug)]";
        if definition.is_struct() {
            let class = &definition.classes[0];
            let lifetime = if self.ownerless.contains(name) { "" } else { "<'a>" };
            let _ = writeln!(
                out,
                "\n/// `ast.{}`.\n{derive}\npub struct {rust}{lifetime} {{",
                class.name
            );
            self.fields(out, class, "pub ");
            if definition.position != Position::None {
                out.push_str("/// Where it stands.\npub range: Range,\n");
            }
            out.push_str("}\n");
            return;
        }
        let kind = if definition.position == Position::None {
            rust.clone()
        } else {
            let _ = writeln!(
                out,
                "\n/// `ast.{name}`.\n{derive}\npub struct {rust}<'a> {{\n/// Which constructor, \
                 with its fields.\npub kind: {rust}Kind<'a>,\n/// Where it stands.\npub range: \
                 Range,\n}}"
            );
            format!("{rust}Kind")
        };
        let _ =
            writeln!(out, "\n/// Constructors of `ast.{name}`.\n{derive}\npub enum {kind}<'a> {{");
        for class in &definition.classes {
            let _ = write!(out, "/// `ast.{0}`.\n{0}", class.name);
            if !class.fields.is_empty() {
                out.push_str("{\n");
                self.fields(out, class, "");
                out.push('}');
            }
            out.push_str(",\n");
        }
        out.push_str("}\n");
    }
}

fn rust_name(name: &str) -> String {
    if name == "type" { "type_".to_owned() } else { name.to_owned() }
}

/// The table of Python classes, bases before their constructors.
fn table(out: &mut String, definitions: &[Definition]) {
    out.push_str(
        "\n/// Every node class of Python's `ast` below `AST`, a base before its constructors.\n\
         pub const NODE_CLASSES: &[NodeClass] = &[\n",
    );
    for definition in definitions {
        let attributes = match definition.position {
            Position::None => "Attribute::NONE",
            Position::Open => "Attribute::OPEN",
            Position::Closed => "Attribute::CLOSED",
        };
        let mut base = "None".to_owned();
        if !definition.record {
            let names = definition.classes.iter().map(|c| format!("{:?}", c.name));
            let _ = writeln!(
                out,
                "NodeClass {{ name: {:?}, base: None, fields: &[], attributes: {attributes}, \
                 constructors: &[{}] }},",
                definition.name,
                names.collect::<Vec<_>>().join(", ")
            );
            base = format!("Some({:?})", definition.name);
        }
        for class in &definition.classes {
            let fields = class.fields.iter().map(field_entry).collect::<Vec<_>>().join(", ");
            let _ = writeln!(
                out,
                "NodeClass {{ name: {:?}, base: {base}, fields: &[{fields}], attributes: \
                 {attributes}, constructors: &[] }},",
                class.name
            );
        }
    }
    out.push_str("];\n");
}

fn field_entry(field: &Field) -> String {
    let ty = match field.ty.as_str() {
        "identifier" => "FieldType::Identifier".to_owned(),
        "int" => "FieldType::Int".to_owned(),
        "string" => "FieldType::String".to_owned(),
        "constant" => "FieldType::Constant".to_owned(),
        node => format!("FieldType::Node({node:?})"),
    };
    let arity = match field.arity {
        Arity::One => "One",
        Arity::Optional => "Optional",
        Arity::Many => "Many",
        Arity::OptionalMany => "OptionalMany",
    };
    format!("Field {{ name: {:?}, ty: {ty}, arity: Arity::{arity} }}", field.name)
}
