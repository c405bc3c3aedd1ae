"""Encodings that the environment's locale gives: UTF-8 mode and the coercion of the C locale."""
import os
import sys

ASK = """
import os, sys
with open(os.devnull) as null:
    print(sys.flags.utf8_mode, null.encoding, sys.stdout.encoding, sys.stdout.errors)
print(os.environ.get("LC_CTYPE"))
"""
KEPT = {name: os.environ[name] for name in ("GOPY_ORACLE", "PATH") if name in os.environ}
for settings in (
    "", "LANG=C", "LC_ALL=C", "LC_ALL=POSIX", "LANG=C.UTF-8", "LANG=no_such", "LC_CTYPE=C LANG=C.UTF-8",
    "LANG=C PYTHONUTF8=0", "LANG=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0", "LC_ALL=C PYTHONUTF8=0",
    "LANG=C PYTHONCOERCECLOCALE=0", "LANG=C PYTHONCOERCECLOCALE=warn",
    "LC_ALL=C PYTHONCOERCECLOCALE=warn", "LANG=C.UTF-8 PYTHONUTF8=1",
    "LANG=C PYTHONIOENCODING=latin-1", "LANG=C PYTHONIOENCODING=:replace",
):
    variables = KEPT | dict(setting.split("=") for setting in settings.split())
    print(f"[{settings}]", flush=True)
    child = os.fork()
    if child == 0:
        os.dup2(1, 2)
        os.execve(sys.executable, [sys.executable, "-c", ASK], variables)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
