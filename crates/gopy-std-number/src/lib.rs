//! Native modules about numbers: math, cmath, _random, _struct, array, _datetime.
