"""Short texts of ints and floats: fills, signs, widths, rounding of ties."""

SPECS = ["", "d", "5", "05", "<6", "^7", "=+8", "*^9d", " d", "+", "-4", "é>5", "64", "065", ",", "_d", "x", "#b", ".2f", "z.1f"]
for value in [0, 7, -7, 42, -12345, 1 << 29, -(1 << 30), 10**20, True]:
    row = []
    for spec in SPECS:
        try:
            row.append(format(value, spec))
        except ValueError as exc:
            row.append(str(exc))
    print(value, row)

FLOAT_SPECS = ["", ".0f", ".1f", ".2f", "f", "F", "010.3f", "+.2f", " .2f", "*^12.1f", "<9.2f|", ".18f", ".19f", "#.0f", "z.1f", ",.2f", "%", "12e", "65.1f"]
for value in [0.0, -0.0, 0.5, 1.5, 2.5, -0.125, 0.375, 1 / 3, 2.675, 1e15, 123456789.125, 1e17, 999999999999999999.0, 1e18, 1e22, 5e-324, -0.04, float("inf"), float("nan")]:
    row = []
    for spec in FLOAT_SPECS:
        try:
            row.append(format(value, spec))
        except ValueError as exc:
            row.append(str(exc))
    print(repr(value), row, "%.2f %5.1f %r" % (value, value, value))


class Loud(float):
    def __format__(self, spec):
        return f"<{super().__format__(spec)}>"

    def __str__(self):
        return "loud"


print(f"{Loud(2.5):.0f} {Loud(2.5)} {Loud(0.5):}", format(Loud(1), ""))
print(f"{1}{'é'}{2.0:.1f}{'€'}{'x':>3}{''}", f"{'only'}" is "only", f"{''}{'a'}", f"{''}{''}" == "")
print([repr(v) for v in (1.0, -3.0, 1e14, 999999999999999.0, 1e15, 1e16, 123456.0, -0.0)], complex(3, -4), 2.0.hex())
text = "a"
for n in range(300):
    text += "xy" if n % 3 else "\u00e9" if n == 200 else "z"
print(len(text), text[-5:], text.count("xy"), text[400:406])
