//! Native modules of collections and functional tools: _collections, itertools, _functools, _operator.
