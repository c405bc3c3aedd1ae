//! Prints the instruction table, one fact a line, for `xtask/py/check_opcodes.py` to compare.

use gopy_bytecode::operators::{
    BinaryOperator, CommonConstant, Compare, Intrinsic1, Intrinsic2, SpecialMethod,
};
use gopy_bytecode::{CACHE_FORMATS, FAMILIES, INSTRUMENTED, Opcode};

fn main() {
    for op in Opcode::all() {
        let flags = op.flags().bits();
        println!("op {op} {} {flags} {} {}", op.0, op.caches(), op.base());
        for oparg in [0, 1, 2, 3, 5, 16, 255, 256, 769, 70000] {
            println!(
                "stack {op} {oparg} {:?} {:?} {:?} {:?}",
                op.popped(oparg),
                op.pushed(oparg),
                op.stack_effect(oparg, false),
                op.stack_effect(oparg, true),
            );
        }
        if let Some(targets) = op.pseudo_targets() {
            println!("pseudo {op} {:?}", targets.opcodes());
        }
    }
    for (base, members) in FAMILIES {
        println!("family {base} {members:?}");
    }
    for (base, fields) in CACHE_FORMATS {
        println!("cache {base} {fields:?}");
    }
    for (form, base) in INSTRUMENTED {
        println!("instrumented {form} {base}");
    }
    for op in BinaryOperator::ALL {
        println!("nb {} {} {}", op.number(), op.name(), op.symbol());
    }
    for op in Compare::ALL {
        println!("cmp {} {}", op.number(), op.symbol());
    }
    for intrinsic in Intrinsic1::ALL {
        println!("intrinsic1 {} {}", intrinsic.number(), intrinsic.name());
    }
    for intrinsic in Intrinsic2::ALL {
        println!("intrinsic2 {} {}", intrinsic.number(), intrinsic.name());
    }
    for constant in CommonConstant::ALL {
        println!("constant {} {}", constant.number(), constant.builtin());
    }
    for method in SpecialMethod::ALL {
        println!("special {} {}", method.number(), method.method());
    }
    println!("have_argument {}", Opcode::HAVE_ARGUMENT);
    println!("min_instrumented {}", Opcode::MIN_INSTRUMENTED);
}
