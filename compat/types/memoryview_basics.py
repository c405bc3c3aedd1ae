"""memoryview: slicing, casting, writing through, release, and what is refused."""
data = bytearray(range(12))
view = memoryview(data)
print(view.format, view.itemsize, view.nbytes, view.shape, view.strides, view.ndim, view.readonly, view.contiguous)
print(view[0], view[-1], view[2:5].tolist(), bytes(view[::3]), len(view))
view[0] = 200
view[1:3] = b"zz"
print(data)
wide = view.cast("H")
print(wide.tolist(), wide.itemsize, len(wide))
grid = view.cast("B", shape=[3, 4])
print(grid.tolist(), grid[1, 2], grid.shape, grid.ndim)
print(view == data, view[1:2] == b"z", view.tobytes().hex(), view.hex("-"), view.obj is data)
for bad in (lambda: view.__setitem__(0, 256), lambda: view.__setitem__(slice(0, 2), b"abc"), lambda: data.append(1),
            lambda: memoryview(5), lambda: memoryview(b"a").__setitem__(0, 1), lambda: view.cast("Z"),
            lambda: view[100], lambda: grid[0], lambda: view["a"], lambda: hash(view), lambda: view.cast("H", shape=[5])):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
grid.release()
wide.release()
with view as inner:
    print(inner is view)
try:
    view[0]
except ValueError as exc:
    print(exc)
data.append(99)
print(len(data), hash(memoryview(b"abc")) == hash(b"abc"), memoryview(b"abc").toreadonly().readonly)
