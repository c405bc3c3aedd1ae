"""The register of `sys.monitoring`: tools, callbacks, checks of event sets; tracing that is off."""
import sys
import types

M = sys.monitoring


def attempt(name, *args):
    try:
        print(name, args[0] if args else "", "->", getattr(M, name)(*args))
    except Exception as exc:
        print(name, args[0] if args else "", type(exc).__name__, exc)


print(M, type(M.events) is types.SimpleNamespace, M.events)
print(sorted(name for name in dir(M) if not name.startswith("__")))
print(type(M.DISABLE), type(M.MISSING), M.DISABLE is not M.MISSING)
for tool in -1, 0, 5, 6:
    attempt("use_tool_id", tool, "name")
    attempt("use_tool_id", tool, "again")
    attempt("get_tool", tool)
    attempt("get_events", tool)
attempt("use_tool_id", 1, 1)
attempt("use_tool_id", "1", "x")

def first(*args): pass
def second(*args): pass

def show(*args):
    try:
        result = M.register_callback(*args)
    except Exception as exc:
        result = f"{type(exc).__name__}: {exc}"
    print("register", args[0], args[1], getattr(result, "__name__", result))

for event in 0, 3, 1 << 19, -(1 << 31), M.events.LINE, M.events.C_RAISE:
    show(0, event, first)
    show(0, event, second)
show(0, M.events.LINE, None)
show(0, M.events.LINE, None)
show(0, M.events.BRANCH, first)
show(0, M.events.BRANCH_LEFT, second)
show(0, M.events.BRANCH, None)
show(0, M.events.BRANCH_RIGHT, None)
show(9, 1, None)
attempt("clear_tool_id", 0)
show(0, M.events.C_RAISE, None)
attempt("get_tool", 0)
attempt("free_tool_id", 0)
attempt("get_tool", 0)
for events in -1, 1 << 19, M.events.C_RETURN, M.events.C_RAISE | M.events.LINE, 0:
    attempt("set_events", 5, events)
    attempt("set_events", 4, events)
    attempt("set_local_events", 5, first.__code__, events)
    attempt("set_local_events", 4, first.__code__, events)
    attempt("set_local_events", 5, first, events)
attempt("get_local_events", 5, first.__code__)
attempt("get_local_events", 5, first)
attempt("get_local_events", 7, first.__code__)
attempt("free_tool_id", 5)
attempt("restart_events")
print(M._all_events())

print(sys.settrace(None), sys.setprofile(None), sys.gettrace(), sys.getprofile())
print(sys._settraceallthreads(None), sys._setprofileallthreads(None))
print(sys.call_tracing(divmod, (7, 2)))
for args in (len, [1]), (len, (1,)), (len,):
    try:
        sys.call_tracing(*args)
    except TypeError as exc:
        print(exc)
frame = sys._getframe()
for line in "x", 1.0, True, 5, 1 << 70:
    try:
        frame.f_lineno = line
    except ValueError as exc:
        print(exc)
for name in "f_lineno", "f_trace_opcodes":
    try:
        delattr(frame, name)
    except AttributeError as exc:
        print(exc)
del frame.f_trace
print(frame.f_trace)
