"""String building: concatenation, join, f-strings, methods, slicing."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


def main(count):
    size = 0
    for i in range(count):
        text = ""
        for j in range(10):
            text += "ab" if j & 1 else "c"
        label = f"{i:06d}-{text}-{i * 0.5:.2f} {label_of(i)!r}"
        parts = label.split("-")
        size += len("/".join(parts).upper().replace("AB", "x"))
        size += label.find("c", 3) + (text[2:5] == "cab")
    return size


def label_of(i):
    return "even" if i % 2 == 0 else "odd"


print(main(8000 * SHARE))
