//! Numbers without objects: big integers, float text, numeric hash, SipHash, the format mini-language.
