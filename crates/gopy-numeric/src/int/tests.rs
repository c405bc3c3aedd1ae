//! Laws that hold for every value, on seeded random operands of many sizes. What CPython answers
//! is compared by `xtask/py/check_numeric.py`.
use super::*;

fn int(text: &str) -> BigInt {
    parse::parse_int(text.as_bytes(), 0, 0).expect("a literal of the test")
}

/// A small xorshift generator: the cases must be the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn int(&mut self, digits_max: u64) -> BigInt {
        let size = self.next() % (digits_max + 1);
        let digits: Digits = (0..size)
            .map(|_| match self.next() % 8 {
                0 => 0,
                1 => MASK,
                _ => (self.next() >> 20) as u32 & MASK,
            })
            .collect();
        BigInt::from_parts(self.next() & 1 == 1, digits)
    }
}

#[test]
fn division_undoes_multiplication() {
    let mut random = Random(88172645463325252);
    for round in 0..400 {
        let size = [3, 20, 120, 300][round % 4];
        let (a, b, c) = (random.int(size), random.int(size), random.int(size));
        assert_eq!(&(&a + &b) - &b, a);
        assert_eq!(&(&a * &c) + &(&b * &c), &(&a + &b) * &c);
        assert_eq!(a.square(), &a * &a);
        if !b.is_zero() {
            let (q, r) = a.divmod(&b).unwrap();
            assert_eq!(&(&q * &b) + &r, a);
            assert!(r.abs() < b.abs() && (r.is_zero() || r.is_negative() == b.is_negative()));
        }
        assert_eq!(int(&a.to_string()), a);
        assert_eq!(int(&a.to_base(16, true)), a);
        assert_eq!(int(&a.to_base(2, true)), a);
        assert_eq!(&(&a & &b) + &(&a | &b), &a + &b);
        assert_eq!(&(&a | &b) - &(&a & &b), &a ^ &b);
        let shift = random.next() % 200;
        let two = BigInt::from(2).pow_limited(shift, u64::MAX).unwrap();
        assert_eq!(a.shift_left(shift).unwrap(), &a * &two);
        assert_eq!(a.shift_right(shift), a.floor_div(&two).unwrap());
    }
}

#[test]
fn sizes_beyond_memory_are_errors() {
    let three = BigInt::from(3);
    let memory = crate::ErrorKind::Memory;
    assert_eq!(three.pow(&BigInt::from(1u64 << 55)).unwrap_err().kind, memory);
    assert_eq!(three.shift_left(u64::MAX).unwrap_err().kind, memory);
    let huge = three.shift_left(70).unwrap();
    assert_eq!(three.pow(&huge).unwrap_err().kind, memory);
    assert_eq!(three.lshift(&huge).unwrap_err().kind, crate::ErrorKind::Overflow);
    assert_eq!(three.rshift(&huge).unwrap(), BigInt::zero());
}
