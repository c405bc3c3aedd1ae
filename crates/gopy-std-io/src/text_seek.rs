//! Positions in decoded text: `TextIOWrapper.tell` and `seek`.
//!
//! Answers to `_io_TextIOWrapper_tell_impl` and `_io_TextIOWrapper_seek_impl`. A position is a *cookie*:
//! where in the bytes decoding can start, with which flags of the decoder, how many bytes to feed then
//! and how many characters to skip. The five numbers are packed into one integer.

use gopy_core::bytes::Bytes;
use gopy_core::error::{os_error_text, overflow_error, type_error, value_error};
use gopy_core::int::Int;
use gopy_core::{call, id, number, object};
use gopy_object::typeobj::CompareOp;
use gopy_object::{Instance, Object, PyResult, Ref};

use crate::textio::{TextIoWrapper, state_pair};
use crate::util::{bool_object, unsupported};

/// A position.
#[derive(Default)]
struct Cookie {
    start: i64,
    flags: i32,
    feed: i32,
    skip: i32,
    need_eof: bool,
}

impl Cookie {
    /// One integer: the fields from the lowest bits up.
    fn pack(&self) -> PyResult {
        let mut value = Int::from_u64(self.start as u64).upcast();
        let fields = [
            (self.flags as u32, 64),
            (self.feed as u32, 96),
            (self.skip as u32, 128),
            (u32::from(self.need_eof), 160),
        ];
        for (field, shift) in fields {
            if field != 0 {
                let field =
                    number::lshift(&Int::from_u64(u64::from(field)), &Int::from_i64(shift))?;
                value = number::or(&value, &field)?;
            }
        }
        Ok(value)
    }

    fn unpack(value: &Object) -> PyResult<Cookie> {
        let value = number::long(value)?;
        let field = |shift: i64, bits: u32| -> PyResult<u64> {
            let mask = Int::from_u64(u64::MAX >> (64 - bits));
            let shifted = number::rshift(&value, &Int::from_i64(shift))?;
            let part = number::and(&shifted, &mask)?;
            Ok(part.downcast::<Int>().map_or(0, Int::to_u64_wrapping))
        };
        let rest = number::rshift(&value, &Int::from_i64(168))?;
        if object::is_true(&rest)? {
            return Err(overflow_error!("int too big to convert"));
        }
        Ok(Cookie {
            start: field(0, 64)? as i64,
            flags: field(64, 32)? as i32,
            feed: field(96, 32)? as i32,
            skip: field(128, 32)? as i32,
            need_eof: field(160, 8)? != 0,
        })
    }
}

impl TextIoWrapper {
    fn set_decoder_state(&self, decoder: &Object, cookie: &Cookie) -> PyResult<()> {
        if cookie.start == 0 && cookie.flags == 0 {
            call::call_method(decoder, id!(reset), &[])?;
        } else {
            let state = state_pair(cookie.flags);
            call::call_method(decoder, id!(setstate), &[state.as_object()])?;
        }
        Ok(())
    }

    /// At the start a mark is written again, elsewhere none.
    fn reset_encoder(&self, at_start: bool) -> PyResult<()> {
        let Some(encoder) = self.encoder.get() else { return Ok(()) };
        if at_start {
            call::call_method(&encoder, id!(reset), &[])?;
        } else {
            call::call_method(&encoder, id!(setstate), &[&Int::from_i64(0)])?;
        }
        Ok(())
    }

    /// `tell()`. May run Python.
    pub(crate) fn tell_cookie(&self) -> PyResult {
        let below = self.open_below()?;
        if !self.seekable.get() {
            return Err(unsupported("underlying stream is not seekable"));
        }
        if !self.telling.get() {
            return Err(os_error_text!("telling position disabled by next() call"));
        }
        self.write_pending()?;
        call::call_method(self, id!(flush), &[])?;
        let position = call::call_method(&below, id!(tell), &[])?;
        let (Some(decoder), Some(input)) = (self.decoder.get(), self.snapshot.get()) else {
            return Ok(position);
        };
        let input = input.as_slice();
        let mut cookie = Cookie {
            start: crate::util::offset(&position)? - input.len() as i64,
            flags: self.snapshot_flags.get(),
            ..Cookie::default()
        };
        if self.used.get() == 0 || self.decoded.is_empty() {
            return cookie.pack();
        }
        let saved = call::call_method(&decoder, id!(getstate), &[])?;
        let found = self.find_position(&decoder, input, &mut cookie);
        let restored = call::call_method(&decoder, id!(setstate), &[&saved]);
        match found {
            Ok(()) => {
                restored?;
                cookie.pack()
            }
            Err(error) => Err(crate::util::chain(error, restored)),
        }
    }

    /// Moves the cookie to where `used` characters of the snapshot have been decoded.
    fn find_position(&self, decoder: &Object, input: &[u8], cookie: &mut Cookie) -> PyResult<()> {
        let decode = |data: &[u8], last: bool| -> PyResult<usize> {
            let data = Bytes::new(data)?;
            Ok(self.decode(decoder, &data, last)?.len())
        };
        let mut skip = self.used.get();
        // A guess that is mostly right at once: a safe point before the position.
        let mut bytes = (self.bytes_per_char.get() * skip as f64) as usize;
        bytes = bytes.min(input.len());
        let mut back = 1;
        loop {
            if bytes == 0 {
                self.set_decoder_state(decoder, cookie)?;
                break;
            }
            self.set_decoder_state(decoder, cookie)?;
            let count = decode(&input[..bytes], false)?;
            if count <= skip {
                let (waiting, flags) = self.decoder_state(decoder)?;
                let waiting = waiting.as_slice().len();
                if waiting == 0 {
                    cookie.flags = flags;
                    skip -= count;
                    break;
                }
                bytes = bytes.saturating_sub(waiting);
                back = 1;
            } else {
                bytes = bytes.saturating_sub(back);
                back *= 2;
            }
        }
        cookie.start += bytes as i64;
        cookie.skip = skip as i32;
        if skip == 0 {
            return Ok(());
        }
        // Byte by byte from there, noting each safe point.
        let mut count = 0;
        for byte in &input[bytes..] {
            count += decode(std::slice::from_ref(byte), false)?;
            cookie.feed += 1;
            let (waiting, flags) = self.decoder_state(decoder)?;
            if waiting.as_slice().is_empty() && count <= skip {
                cookie.start += i64::from(cookie.feed);
                skip -= count;
                cookie.flags = flags;
                cookie.feed = 0;
                count = 0;
            }
            if count >= skip {
                cookie.skip = skip as i32;
                return Ok(());
            }
        }
        // Some characters come only when the decoder hears of the end.
        count += decode(&[], true)?;
        cookie.need_eof = true;
        cookie.skip = skip as i32;
        if count < skip {
            return Err(os_error_text!("can't reconstruct logical file position"));
        }
        Ok(())
    }

    /// `seek()`. May run Python.
    pub(crate) fn seek_to(&self, cookie: &Object, whence: i32) -> PyResult {
        let below = self.open_below()?;
        if !self.seekable.get() {
            return Err(unsupported("underlying stream is not seekable"));
        }
        let zero = Int::from_i64(0);
        let mut target: Ref = cookie.to_ref();
        match whence {
            0 => {}
            1 => {
                if !object::eq(cookie, &zero)? {
                    return Err(unsupported("can't do nonzero cur-relative seeks"));
                }
                // Seeking to where we are brings the raw stream there.
                target = call::call_method(self, id!(tell), &[])?;
            }
            2 => {
                if !object::eq(cookie, &zero)? {
                    return Err(unsupported("can't do nonzero end-relative seeks"));
                }
                call::call_method(self, id!(flush), &[])?;
                self.set_decoded(None);
                self.snapshot.set(None);
                if let Some(decoder) = self.decoder.get() {
                    call::call_method(&decoder, id!(reset), &[])?;
                }
                let two = Int::from_i64(2);
                let end = call::call_method(&below, id!(seek), &[&zero, &two])?;
                self.reset_encoder(object::eq(&end, &zero)?)?;
                return Ok(end);
            }
            _ => return Err(value_error!("invalid whence ({whence}, should be 0, 1 or 2)")),
        }
        if object::compare_bool(&target, &zero, CompareOp::Lt)? {
            let repr = object::repr(&target)?;
            return Err(value_error!("negative seek position {repr}"));
        }
        call::call_method(self, id!(flush), &[])?;
        let place = Cookie::unpack(&target)?;
        let start = Int::from_i64(place.start);
        call::call_method(&below, id!(seek), &[&start])?;
        self.set_decoded(None);
        self.snapshot.set(None);
        if let Some(decoder) = self.decoder.get() {
            self.set_decoder_state(&decoder, &place)?;
            self.snapshot_flags.set(place.flags);
            if place.skip == 0 {
                self.snapshot.set(Some(Bytes::empty()));
            } else {
                self.skip_characters(&decoder, &below, &place)?;
            }
        }
        self.reset_encoder(place.start == 0 && place.flags == 0)?;
        Ok(target)
    }

    fn skip_characters(&self, decoder: &Object, below: &Object, place: &Cookie) -> PyResult<()> {
        let feed = Int::from_i64(i64::from(place.feed));
        let input = call::call_method(below, id!(read), &[&feed])?;
        let Ok(input) = input.downcast_ref::<Bytes>() else {
            return Err(type_error!("underlying read() should have returned a bytes object"));
        };
        self.snapshot.set(Some(input.clone()));
        let text = call::call_method(decoder, id!(decode), &[&input, bool_object(place.need_eof)])?;
        let Ok(text) = text.downcast_ref::<gopy_core::str::Str>() else {
            return Err(type_error!("decoder should return a string result"));
        };
        let count = text.len();
        self.set_decoded(Some(text));
        let skip = usize::try_from(place.skip).unwrap_or(usize::MAX);
        if count < skip {
            return Err(os_error_text!("can't restore logical file position"));
        }
        self.used.set(skip);
        Ok(())
    }
}
