//! Native modules of data formats: _pickle, binascii, zlib, hashes.
