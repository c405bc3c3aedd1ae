# What the command line says and how the process ends.
import os
import subprocess
import sys
import tempfile

folder = os.path.realpath(tempfile.mkdtemp())
os.chdir(folder)


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)


def show(*args, given=b"", **variables):
    done = subprocess.run(
        [sys.executable, *args], input=given, capture_output=True, env={**os.environ, **variables}
    )
    print("==", *map(ascii, args), variables or "", done.returncode)
    for stream in done.stdout, done.stderr:
        text = stream.decode("utf-8", "backslashreplace")
        print(text.replace(sys.executable, "PROGRAM").replace(folder, "FOLDER"), end="")


for wrong in ["-Z"], ["-J"], ["--nope"], ["-c"], ["-m"], ["-W"], ["--check-hash-based-pycs", "x"]:
    show(*wrong)
for option in "-V", "--version", "-h", "-?", "--help", "--help-env", "--help-xoptions", "--help-all":
    show(option)
for option in (
    "utf8=2", "int_max_str_digits=3", "cpu_count=0", "importtime=7", "frozen_modules=zz",
    "tracemalloc=-1", "gil=0", "gil=x", "thread_inherit_context=5", "context_aware_warnings=",
):
    show("-X", option, "-c", "0")
for variable, value in {
    "PYTHONUTF8": "3", "PYTHONHASHSEED": "x", "PYTHONINTMAXSTRDIGITS": "1",
    "PYTHON_CPU_COUNT": "-3", "PYTHON_GIL": "0", "PYTHONTRACEMALLOC": "x",
    "PYTHON_THREAD_INHERIT_CONTEXT": "9",
}.items():
    show("-c", "0", **{variable: value})
show("-I", "-X", "foo=bar", "-bb", "-d", "-B", "-q", "-u", "-O", "-W", "error", "-W", "ignore", "-c",
     "import sys; print(sys.flags, sys.argv, sys.orig_argv[1:], sys.warnoptions, sys._xoptions)", "a")
show("-c", "import sys; print(sys.flags.debug)", PYTHONDEBUG="2")

write("ok.py", b"import sys\nprint(sys.argv, __file__, __cached__, sys.path[0], __name__)\n")
write("error.py", b"def f():\n    1/0\nf()\n")
write("null.py", b"print(1)\n\0\n")
write("unknown.py", b"# coding: nope\nx = 1\n")
write("first.py", b"!junk\nprint(1/0)\n")
write("interrupt.py", b"import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(9)\n")
os.makedirs("empty")
os.makedirs("program")
write("program/__main__.py", b"import sys\nprint(__file__, sys.path[0], sys.argv)\n")
for args in (
    ["ok.py", "1"], ["./ok.py"], ["error.py"], ["null.py"], ["unknown.py"], ["-x", "first.py"],
    ["interrupt.py"], ["missing.py"], ["empty"], ["."], ["program", "x"], ["-m", "ok"],
    ["-m", "missing"], ["-m", "sys"], [os.devnull],
):
    show(*args)
show("-", "x", given=b"import sys\nprint(sys.argv, __name__, __file__)\n")
show(given=b"print(1)\nprint(")
for code in (
    "import sys; sys.exit(2**40)", "import sys; sys.exit(-1)", "import sys; sys.exit('bye')",
    "import sys; sys.stdout.close()", "import os; os.close(1); print(1)", "raise KeyboardInterrupt",
    "  if 1:\n    print(3)\n", "  x = '''a\n      \n  b'''\n  print(ascii(x))", "print(__file__)", "x=\n1", "\udcff",
):
    show("-c", code)
