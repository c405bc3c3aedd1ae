//! Native modules about text: _sre, _codecs, _string, unicodedata, _json, _csv.

pub mod codecs;
pub mod string;
