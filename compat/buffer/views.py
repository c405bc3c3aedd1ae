"""The buffer protocol: memoryview formats, shapes, slices, casts, release, exporters that refuse to resize."""
import array

data = bytearray(b"abcdefgh")
view = memoryview(data)
print(
    view.format, view.itemsize, view.shape, view.strides, view.nbytes, view.readonly, view.ndim, len(view))
view[0] = 65
view[2:4] = b"XY"
print(data, view[1], view[-1], bytes(view[::2]), bytes(view[::-1]), view[2:5].tolist())
for action in (lambda: data.append(1), lambda: data.clear(), lambda: view.__setitem__(0, 256), lambda: view.__setitem__(0, "a"),
               lambda: view.__setitem__(slice(0, 2), b"abc"), lambda: view[10], lambda: view["a"], lambda: memoryview("text"),
               lambda: view.cast("I").cast("H"), lambda: view.cast("?x"), lambda: view[1:4].cast("H"), lambda: hash(view)):
    try:
        print(action())
    except (BufferError, ValueError, TypeError, IndexError, NotImplementedError) as exc:
        print(type(exc).__name__, exc)
table = memoryview(bytes(range(12))).cast("B", shape=[3, 4])
print(table.shape, table.strides, table.tolist(), table[1, 2], table.c_contiguous, table.f_contiguous)
try:
    table[1]
except NotImplementedError as exc:
    print(exc)
numbers = array.array("d", [1.5, 2.5, -0.0])
doubles = memoryview(numbers)
doubles[1] = 9
print(numbers, doubles.format, doubles.tolist(), doubles == numbers, doubles.cast("B")[:8].hex())
shorts = memoryview(b"\x01\x00\xff\xff").cast("h")
print(shorts.tolist(), shorts.obj, shorts == memoryview(array.array("i", [1, -1])), shorts != [1, -1])
with memoryview(data) as inner:
    print(inner.contiguous, inner.tobytes(), inner.hex("-", 2))
try:
    inner[0]
except ValueError as exc:
    print(exc)
view.release()
data.append(33)
print(data, repr(view).split(" at ")[0], memoryview(b"") == b"", hash(memoryview(b"abc")) == hash(b"abc"))
