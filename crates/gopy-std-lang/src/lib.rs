//! Native modules that look into the language: _symtable, _tokenize, _opcode, _testinternalcapi.
