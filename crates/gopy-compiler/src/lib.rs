//! AST to code: symbol table, code generation, flow graph, assembler. Plain data in, plain data out.
