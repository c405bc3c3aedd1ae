//! Source text to AST: lexer, grammar, parser, unparser, syntax errors.
