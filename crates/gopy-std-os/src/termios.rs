//! `termios`.
//!
//! Answers to `Modules/termios.c`. The system's newer requests are used, which know speeds as numbers.

use gopy_core::bytes::Bytes;
use gopy_core::dict::Dict;
use gopy_core::error::{overflow_error, raise_with, type_error};
use gopy_core::int::Int;
use gopy_core::list::List;
use gopy_core::str::{Str, interned};
use gopy_core::{exceptions, module, number, sequence, tuple, type_};
use gopy_macros::pymodule;
use gopy_object::typeobj::Tuple;
use gopy_object::{Args, Exception, Instance, Object, PyResult, Ref, Slot, Type, gil, lock};

use crate::header_constants;
use crate::util::{Fileno, add_constants, int, state};

const TCGETS2: libc::Ioctl = 0x802C_542A_u32 as libc::Ioctl;
const TCSETS2: libc::Ioctl = 0x402C_542B;

/// The number of special characters that programs see.
const SHOWN: usize = 32;
/// How many of them the system has.
const KNOWN: usize = 19;

const CBAUD: u32 = 0o10017;
const BOTHER: u32 = 0o10000;
const IBSHIFT: u32 = 16;

/// Speeds by code; those of `BOTHER` and more follow from 1.
const SPEEDS: [u32; 16] =
    [0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400];
const FAST_SPEEDS: [u32; 16] = [
    0, 57600, 115_200, 230_400, 460_800, 500_000, 576_000, 921_600, 1_000_000, 1_152_000,
    1_500_000, 2_000_000, 2_500_000, 3_000_000, 3_500_000, 4_000_000,
];

/// `struct termios2`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Attributes {
    input: u32,
    output: u32,
    control: u32,
    local: u32,
    line: u8,
    characters: [u8; KNOWN],
    input_speed: u32,
    output_speed: u32,
}

/// The bits that stand for a speed.
fn speed_code(speed: u32) -> u32 {
    if let Some(code) = SPEEDS.iter().position(|known| *known == speed) {
        return code as u32;
    }
    match FAST_SPEEDS[1..].iter().position(|known| *known == speed) {
        Some(code) => BOTHER | (code as u32 + 1),
        None => BOTHER,
    }
}

/// The exception of the module.
#[derive(Default)]
struct Error(Slot<Type>);

#[cold]
fn failed() -> Exception {
    let errno = lock::errno();
    // SAFETY: answers a C string, which is copied at once.
    let text = unsafe { crate::util::c_bytes(libc::strerror(errno)) };
    let args = [int(errno.into()), Str::new(&String::from_utf8_lossy(&text)).upcast()];
    match state::<Error>().0.get() {
        Some(ty) => raise_with(&ty, &[&args[0], &args[1]]),
        None => raise_with(&exceptions::OS_ERROR, &[&args[0], &args[1]]),
    }
}

fn read(fd: i32) -> PyResult<Attributes> {
    let mut attributes = Attributes::default();
    // SAFETY: a structure of the request's size on this stack.
    if unsafe { libc::ioctl(fd, TCGETS2, &raw mut attributes) } < 0 {
        return Err(failed());
    }
    Ok(attributes)
}

/// Runs a call that answers -1 when it fails, without the GIL.
fn run(call: impl FnOnce() -> i32 + Send) -> PyResult<()> {
    let (result, errno) = gil::detach(|| (call(), lock::errno()));
    if result == -1 {
        // SAFETY: this thread's own.
        unsafe { *libc::__errno_location() = errno };
        return Err(failed());
    }
    Ok(())
}

/// A C `long`, cut to what the system has.
fn word(o: &Object) -> PyResult<u32> {
    number::index_as_c_long(o).map(|value| value as u32)
}

fn special_character(o: &Object) -> PyResult<u8> {
    if let Some(bytes) = o.downcast::<Bytes>()
        && let [byte] = bytes.as_slice()
    {
        return Ok(*byte);
    }
    match o.downcast::<Int>() {
        Some(_) => number::index_as_c_long(o).map(|value| value as u8),
        None => Err(type_error!(
            "tcsetattr: elements of attributes must be bytes objects of length 1 or integers"
        )),
    }
}

fn window_size(fd: i32) -> PyResult<libc::winsize> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: a structure of the request's size on this stack.
    if unsafe { libc::ioctl(fd, libc::TIOCGWINSZ, &raw mut size) } == -1 {
        return Err(failed());
    }
    Ok(size)
}

fn new_error() -> PyResult<Ref<Type>> {
    let dict = Dict::new();
    dict.set_str(&interned("__module__"), &Str::new("termios"))?;
    let bases = tuple::from_array([exceptions::EXCEPTION.to_ref().upcast()]);
    type_::new_type(&gopy_object::typeobj::TYPE, &Str::new("error"), &bases, &dict, Args::none())
}

/// `termios`.
#[pymodule(name = "termios")]
pub mod termios_module {
    use super::*;

    #[pyfunction("($module, fd, /)")]
    fn tcgetattr(fd: Fileno) -> PyResult<Ref<List>> {
        let found = read(fd.0)?;
        let mut characters = Vec::with_capacity(SHOWN);
        for index in 0..SHOWN {
            let byte = found.characters.get(index).copied().unwrap_or(0);
            // Without canonical mode two of them are counts.
            let is_count = index == libc::VMIN || index == libc::VTIME;
            if is_count && found.local & libc::ICANON == 0 {
                characters.push(int(byte.into()));
            } else {
                characters.push(Bytes::new(&[byte])?.upcast());
            }
        }
        let mut control = found.control;
        if control >> IBSHIFT & CBAUD == 0 {
            control |= (control & CBAUD) << IBSHIFT;
        }
        let numbers = [
            found.input,
            found.output,
            control,
            found.local,
            found.input_speed,
            found.output_speed,
        ];
        let mut all: Vec<Ref> = numbers.into_iter().map(|value| int(value.into())).collect();
        all.push(List::from_vec(characters).upcast());
        Ok(List::from_vec(all))
    }

    #[pyfunction("($module, fd, when, attributes, /)")]
    fn tcsetattr(fd: Fileno, when: i32, attributes: &Object) -> PyResult<()> {
        let items = attributes.downcast::<List>().filter(|list| list.len() == 7);
        let Some(items) = items else {
            return Err(type_error!("tcsetattr, arg 3: must be 7 element list"));
        };
        let item = |index: usize| items.get(index).ok_or_else(failed);
        // The line discipline is not among the attributes.
        let mut new = read(fd.0)?;
        new.input = word(&*item(0)?)?;
        new.output = word(&*item(1)?)?;
        new.control = word(&*item(2)?)?;
        new.local = word(&*item(3)?)?;
        let (input_speed, output_speed) = (word(&*item(4)?)?, word(&*item(5)?)?);
        let characters = item(6)?;
        let characters = characters.downcast::<List>().filter(|list| list.len() == SHOWN);
        let Some(characters) = characters else {
            return Err(type_error!("tcsetattr: attributes[6] must be {SHOWN} element list"));
        };
        for index in 0..SHOWN {
            let Some(character) = characters.get(index) else { break };
            let byte = special_character(&character)?;
            if let Some(place) = new.characters.get_mut(index) {
                *place = byte;
            }
        }
        let input_code = if input_speed == output_speed { 0 } else { speed_code(input_speed) };
        new.control &= !(CBAUD | CBAUD << IBSHIFT);
        new.control |= speed_code(output_speed) | input_code << IBSHIFT;
        (new.input_speed, new.output_speed) = (input_speed, output_speed);
        let request = match when {
            0..=2 => TCSETS2 + when as libc::Ioctl,
            _ => {
                // SAFETY: this thread's own.
                unsafe { *libc::__errno_location() = libc::EINVAL };
                return Err(failed());
            }
        };
        // SAFETY: a structure of the request's size on the stack.
        run(move || unsafe { libc::ioctl(fd.0, request, &raw const new) })
    }

    #[pyfunction("($module, fd, duration, /)")]
    fn tcsendbreak(fd: Fileno, duration: i32) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        run(move || unsafe { libc::tcsendbreak(fd.0, duration) })
    }

    #[pyfunction("($module, fd, /)")]
    fn tcdrain(fd: Fileno) -> PyResult<()> {
        // SAFETY: takes a plain number.
        run(move || unsafe { libc::tcdrain(fd.0) })
    }

    #[pyfunction("($module, fd, queue, /)")]
    fn tcflush(fd: Fileno, queue: i32) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        run(move || unsafe { libc::tcflush(fd.0, queue) })
    }

    #[pyfunction("($module, fd, action, /)")]
    fn tcflow(fd: Fileno, action: i32) -> PyResult<()> {
        // SAFETY: takes plain numbers.
        run(move || unsafe { libc::tcflow(fd.0, action) })
    }

    #[pyfunction("($module, fd, /)")]
    fn tcgetwinsize(fd: Fileno) -> PyResult<Ref<Tuple>> {
        let size = window_size(fd.0)?;
        Ok(tuple::from_array([int(size.ws_row.into()), int(size.ws_col.into())]))
    }

    #[pyfunction("($module, fd, winsize, /)")]
    fn tcsetwinsize(fd: Fileno, winsize: &Object) -> PyResult<()> {
        let wrong = || type_error!("tcsetwinsize, arg 2: must be a two-item sequence");
        if !sequence::is_sequence(winsize) || gopy_core::object::len(winsize)? != 2 {
            return Err(wrong());
        }
        let mut sides = [0u16; 2];
        for (index, side) in sides.iter_mut().enumerate() {
            let item = sequence::item(winsize, index as isize)?;
            let value = number::index_as_c_long(&item)?;
            *side = u16::try_from(value)
                .map_err(|_| overflow_error!("winsize value(s) out of range."))?;
        }
        let mut size = window_size(fd.0)?;
        [size.ws_row, size.ws_col] = sides;
        // SAFETY: a structure of the request's size on the stack.
        run(move || unsafe { libc::ioctl(fd.0, libc::TIOCSWINSZ, &raw const size) })
    }

    #[pyexec]
    fn exec(module: &Object) -> PyResult<()> {
        let error = new_error()?;
        state::<Error>().0.set(Some(error.clone()));
        module::add(module, "error", error)?;
        add_constants(module, header_constants::TERMIOS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_have_the_systems_codes() {
        for (speed, code) in
            [(0, 0), (9600, 0o15), (38400, 0o17), (115_200, 0o10002), (12345, BOTHER)]
        {
            assert_eq!(speed_code(speed), code, "{speed}");
        }
    }
}
