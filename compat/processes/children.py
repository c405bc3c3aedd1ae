"""Child processes: options, exit codes, stdin, pipes, environment, `-c`, `-m`, `-`, signals."""
import os
import signal
import subprocess
import sys


def run(*args, stdin=None, **kw):
    r = subprocess.run([sys.executable, *args], input=stdin, capture_output=True, text=True, **kw)
    print(args[:3], "->", r.returncode, repr(r.stdout), repr(r.stderr.replace(sys.executable, "EXE")))


run("-c", "print('hi'); import sys; sys.exit(3)")
run("-c", "import sys; sys.exit('message')")
run("-c", "raise SystemExit")
run("-c", "1/0")
run("-c", "print(input())", stdin="from stdin\n")
run("-c", "print(input())", stdin="")
run("-", "arg", stdin="import sys; print(sys.argv, __name__)")
run("-c", "import sys; print(sys.argv, sys.flags.optimize, __debug__); assert False", "a", "-b")
run("-O", "-c", "import sys; print(sys.flags.optimize, __debug__); assert False")
run("-OO", "-c", "def f(): 'doc'\nprint(f.__doc__)")
run("-I", "-c", "import sys; print(sys.flags.isolated, sys.flags.no_user_site, '' in sys.path)")
run("-W", "error", "-c", "import warnings; warnings.warn('x')")
run("-W", "ignore", "-c", "import warnings; warnings.warn('x'); print('quiet')")
run("-b", "-c", "print(b'a' == 'a')")
run("-bb", "-c", "str(b'a')")
run("-X", "utf8=1", "-X", "custom=5", "-c", "import sys; print(sys._xoptions)")
run("-m", "no_such_module_at_all")
run("-m", "json.tool", stdin='{"a":[1]}')
run("no_such_file.py")
run("-Z")
run("-c")
run("-c", "x = ")
run("-c", "import os; os.abort() if 0 else os.kill(os.getpid(), 9)")
run("-c", "import signal, os; os.kill(os.getpid(), signal.SIGINT); import time; time.sleep(5)")
run("-c", "import sys; print(sys.stdin is None)", stdin=None, close_fds=True)
run("-u", "-c", "import sys; print(sys.stdout.write_through, sys.stdin.encoding, sys.stderr.errors)")
run("-i", "-c", "x = 5", stdin="print(x)\n")
run("-q", "-i", stdin="1 + 1\n'a'\ndef f():\n    return 3\n\nf()\n1/0\n")
run("-V")
run("-s", "-E", "-c", "import sys; print(sys.flags.no_user_site, sys.flags.ignore_environment)", env={"PYTHONOPTIMIZE": "2"})
run("-c", "import sys, os; print(sys.flags.optimize, os.environ['K'])", env={"PYTHONOPTIMIZE": "2", "K": "v"})
p = subprocess.Popen([sys.executable, "-c", "import sys\nfor line in sys.stdin: print(line.strip().upper(), flush=True)"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
p.stdin.write("one\n"); p.stdin.flush()
print(p.stdout.readline(), end="")
print(p.communicate("two\n"), p.returncode)
p = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])
p.terminate()
print(p.wait() == -signal.SIGTERM)
try:
    subprocess.run([sys.executable, "-c", "import time; time.sleep(30)"], timeout=0.2)
except subprocess.TimeoutExpired as exc:
    print(type(exc).__name__, exc.timeout)
try:
    subprocess.check_output(["/no/such/program"])
except FileNotFoundError as exc:
    print(exc)
