"""PEP 688: classes that export buffers by __buffer__ and __release_buffer__, and who consumes them."""
import inspect
from collections.abc import Buffer


class Exporter:
    def __init__(self, data):
        self.data, self.exports = bytearray(data), []

    def __buffer__(self, flags):
        self.exports.append(inspect.BufferFlags(flags))
        return memoryview(self.data)

    def __release_buffer__(self, view):
        print("release", bytes(view), view.obj is self.data)
        view.release()


exporter = Exporter(b"hello")
print(bytes(exporter), exporter.exports)
with memoryview(exporter) as view:
    view[0] = ord("J")
    print(view.tobytes(), view.obj is exporter)
print(exporter.data, bytearray(exporter), b"".join([exporter, b"!"]), b"x" + bytes(exporter))
print(isinstance(exporter, Buffer), isinstance(5, Buffer), issubclass(bytearray, Buffer), issubclass(str, Buffer))
print(int.from_bytes(exporter, "big"), b"ell" in bytes(exporter), bytes.fromhex("4a") in exporter.data)


class Wrong:
    def __buffer__(self, flags):
        return b"not a view"


class Raises:
    def __buffer__(self, flags):
        raise OSError("no buffer today")


class ReadOnly:
    def __buffer__(self, flags):
        return memoryview(b"fixed")


for thing in (Wrong(), Raises(), object(), None, "text"):
    try:
        memoryview(thing)
    except Exception as exc:
        print(type(exc).__name__, exc)
view = memoryview(ReadOnly())
try:
    view[0] = 1
except TypeError as exc:
    print(exc)
print(view.readonly, view.tobytes(), bytes(bytes.__buffer__(b"ab", 0)), bytearray(b"c").__buffer__(inspect.BufferFlags.WRITABLE)[0])
try:
    b"ab".__buffer__(inspect.BufferFlags.WRITABLE)
except BufferError as exc:
    print(exc)


class Child(bytearray):
    def __buffer__(self, flags):
        print("child", len(self))
        return super().__buffer__(flags)


print(bytes(memoryview(Child(b"xyz"))[1:]))
