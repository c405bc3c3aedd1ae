# What a process has loaded when its program begins, and how imports are told of.
import subprocess
import sys

for options in ["-I", "-S"], ["-I"], ["-I", "-X", "frozen_modules=off"]:
    code = "import sys; print(*sys.modules); print(sys.modules['codecs'].__spec__.origin is not None)"
    print(subprocess.run([sys.executable, *options, "-c", code], capture_output=True, text=True).stdout)

code = """
import _imp, marshal
for name in 'os', '__hello__', '__phello__', '__phello__.__init__', '__hello_only__', 'zipimport':
    data, package, origin = _imp.find_frozen(name, withdata=True)
    print(name, package, origin, type(marshal.loads(data)).__name__)
    print(_imp.get_frozen_object(name).co_filename, _imp.is_frozen_package(name))
import os
print(os.path.join.__code__.co_filename, os.__spec__.origin, os.__spec__.loader)
import __hello__
"""
done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
print(done.stdout, done.stderr)

done = subprocess.run(
    [sys.executable, "-I", "-S", "-X", "importtime", "-c", "import abc, abc"],
    capture_output=True, text=True,
)
for line in done.stderr.splitlines():
    own, total, name = line.split("|")
    own, total = (part.rpartition(":")[2].strip() for part in (own, total))
    print(own if not own.isdigit() else "time", total if not total.isdigit() else "time", ascii(name))
