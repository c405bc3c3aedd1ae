# The prompt of a program without a terminal (`-i`).
import os
import subprocess
import sys
import tempfile

os.chdir(os.path.realpath(tempfile.mkdtemp()))
folder = os.getcwd()


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)


def show(*args, given, **variables):
    done = subprocess.run(
        [sys.executable, *args], input=given, capture_output=True, env={**os.environ, **variables}
    )
    print("==", args, variables, done.returncode)
    for stream in done.stdout, done.stderr:
        print(stream.decode().replace(folder, "FOLDER"))


write("fine.py", b"x = 1\n")
write("error.py", b"y = 2\n1/0\n")
write("leaves.py", b"raise SystemExit(3)\n")
show("-iq", "fine.py", given=b"x + 1\nmissing\nx\n")
show("-iq", "error.py", given=b"y\n")
show("-iq", "leaves.py", given=b"2\n")
show("-iq", "-c", "z = 3", given=b"z\ndef f():\n    return z\n\nf()\nif 1\nexit(4)\n")
show("-iq", given=b"import sys\nsys.ps1 = 'p1 '\nsys.ps2 = 'p2 '\nfor i in 1, 2:\n  i\n\nraise SystemExit(7)\n")
show("-iq", given=b"x = (1,\n2)\nx\n_\n'''a\nb'''\n")
show("-iq", given=b"def g():\n  1/0\n\ng()\nimport sys; sys.last_value\nif 1: 5\n\n6\n")
show("-q", "-c", "print(1)", given=b"2\n", PYTHONINSPECT="1")
show("-iq", given=b"loaded\n", PYTHONSTARTUP="startup.py")
write("startup.py", b"loaded = 'yes'\nprint(__name__)\n")
show("-iq", given=b"loaded\n", PYTHONSTARTUP="startup.py")
