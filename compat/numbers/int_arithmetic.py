"""Integer arithmetic at the edges: signs, shifts, big values, division and messages."""
values = [0, 1, -1, 7, -7, 2**29, 2**30, -2**30, 2**31 - 1, 2**62, 2**63, -2**63, 2**64, 10**25, -10**25]
for a in values:
    print(a, -a, ~a, abs(a), a.bit_length(), a.bit_count(), hash(a))
for a in values[3:]:
    for b in (1, -1, 7, -7, 2**30, 10**20):
        print(a // b, a % b, divmod(a, b), a & b, a | b, a ^ b, sep=" ")
print(2**100 + 1 - 2**100, 3**50, (-3)**51, 2**-2, 0**0, pow(3, 200, 1000), pow(3, -1, 11), pow(-5, 3, -7))
print(1 << 70, (1 << 70) >> 68, -1 >> 5, -5 >> 1, 5 << 0, 0 << 10**18 if False else 0)
print(7 / 2, -7 / 2, 10**400 / 10**399, 2**53 + 1 == float(2**53 + 1), 1 / 3)
print(int.from_bytes(b"\x01\x02", "big"), (258).to_bytes(2, "little"), (-2).to_bytes(3, "big", signed=True), int.from_bytes(b"\xff\xfe", signed=True))
print((5).as_integer_ratio(), (5).real, (5).imag, (5).numerator, (6).denominator, (5).conjugate(), (7).is_integer())
print(hex(-255), oct(8), bin(-5), f"{10**20:,}", f"{255:#x} {255:08b} {-5:+d} {5: d} {1234567:_d}")
print(round(12345, -2), round(15, -1), round(25, -1), round(-15, -1), round(5))
print(str(10**50), repr(-10**30), int(str(10**50)) == 10**50, 12345678901234567890 % 97)
for bad in (lambda: 1 // 0, lambda: 1 % 0, lambda: 1 / 0, lambda: divmod(1, 0), lambda: 0**-1, lambda: 1 << -1, lambda: 1 >> -1,
            lambda: pow(2, -1, 4), lambda: pow(1, 2, 0), lambda: (256).to_bytes(1), lambda: (-1).to_bytes(1), lambda: 1 + "a",
            lambda: "a" + 1, lambda: 10**400 / 3, lambda: 1 < "a", lambda: str(10**5000), lambda: 2.0 ** 5000, lambda: ~1.0, lambda: 1 & 1.0):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
