"""Runs one module of CPython's test suite and streams what becomes of each case.

`run_tests.py STREAM MODULE`: STREAM gets one JSON line when a case starts and one with its outcome,
written at once, so that a crash loses only what follows; a line `{"end": ...}` says that all was
run. Uses as little of the library as it can, since it also runs under an interpreter in the making.
"""
import os
import sys
import unittest


class Stream:
    def __init__(self, path):
        self.fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self.pid = os.getpid()

    def write(self, **fields):
        if os.getpid() != self.pid:
            return  # the child of a test's fork() is no witness
        pairs = ", ".join(f"{quote(k)}: {quote(v)}" for k, v in fields.items())
        os.write(self.fd, f"{{{pairs}}}\n".encode("ascii"))


def quote(text):
    """A JSON string of ASCII characters."""
    out = []
    for char in str(text):
        code = ord(char)
        if char in '"\\':
            out.append("\\" + char)
        elif 32 <= code < 127:
            out.append(char)
        elif code < 0x10000:
            out.append(f"\\u{code:04x}")
        else:
            out.append("\\ufffd")
    return '"' + "".join(out) + '"'


class Result(unittest.TestResult):
    """Reports every case; one with sub-tests once per part."""

    def __init__(self, stream):
        super().__init__()
        self.stream = stream

    def report(self, test, outcome, err=None):
        fields = {"id": test.id(), "outcome": outcome}
        if err is not None:
            fields["detail"] = describe(err)
        self.stream.write(**fields)

    def startTest(self, test):
        super().startTest(test)
        self.report(test, "started")

    def addSuccess(self, test):
        self.report(test, "pass")

    def addFailure(self, test, err):
        self.report(test, "fail", err)

    def addError(self, test, err):
        self.report(test, "error", err)

    def addSkip(self, test, reason):
        self.report(getattr(test, "test_case", test), "skip", reason)

    def addExpectedFailure(self, test, err):
        self.report(test, "xfail")

    def addUnexpectedSuccess(self, test):
        self.report(test, "xpass")

    def addSubTest(self, test, subtest, err):
        if err is not None:
            failure = issubclass(err[0], test.failureException)
            self.report(test, "fail" if failure else "error", err)


def describe(err):
    if isinstance(err, str):
        return err[:300]
    kind, value, traceback = err
    place = ""
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if os.sep + "unittest" + os.sep not in code.co_filename:
            place = f"{code.co_filename.rpartition(os.sep)[2]}:{traceback.tb_lineno}: "
        traceback = traceback.tb_next
    try:
        text = str(value)
    except Exception:
        text = "<no text>"
    return f"{place}{kind.__name__}: {text}"[:600]


def main():
    path, module = sys.argv[1:]
    # `-m test` has the working folder on the path, and so must the children that tests start.
    sys.argv = [f"{module}.py"]
    sys.path[0] = os.getcwd()
    stream = Stream(path)
    from test import support

    support.use_resources = []
    support.verbose = 0
    support.max_memuse = 0
    support.real_max_memuse = 0
    name = f"test.{module}"
    result = Result(stream)
    try:
        __import__(name)
    except unittest.SkipTest as skip:
        stream.write(end=f"skipped: {skip}")
        return
    suite = unittest.defaultTestLoader.loadTestsFromName(name)
    suite.run(result)
    stream.write(end="done")
    # Threads or atexit handlers that a test left behind have nothing more to tell.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
