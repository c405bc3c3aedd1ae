"""sys.settrace, setprofile and sys.monitoring: the stream of events, line jumps, f_locals."""
import sys


def sample(n):
    total = 0
    for i in range(n):
        if i % 2:
            total += i
    try:
        raise ValueError
    except ValueError:
        pass
    return [total for _ in range(1)]


def gen():
    yield 1
    yield 2


def tracer(frame, event, arg):
    if frame.f_code.co_filename == __file__:
        events.append((event, frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno, type(arg).__name__))
    return tracer


events = []
sys.settrace(tracer)
sample(3)
list(gen())
sys.settrace(None)
for e in events: print(*e)
events.clear()
sys.setprofile(lambda frame, event, arg: events.append((event, frame.f_code.co_name, getattr(arg, "__name__", type(arg).__name__))))
sample(1)
len("x")
sys.setprofile(None)
print(events)


def jumper(frame, event, arg):
    if event == "line" and frame.f_lineno == target[0]:
        frame.f_lineno = target[1]
    return jumper


def jumps():
    x = 1
    x = 2
    x += 10
    return x


first = jumps.__code__.co_firstlineno
target = (first + 2, first + 3)
sys.settrace(jumper)
print(jumps())
sys.settrace(None)


def writes(frame, event, arg):
    if event == "return" and "secret" in frame.f_locals: seen.append(dict(frame.f_locals))
    if event == "line" and frame.f_code.co_name == "victim": frame.f_locals["secret"] = "changed"
    return writes


def victim():
    secret = "original"
    return secret


seen = []
sys.settrace(writes)
print(victim())
sys.settrace(None)
print(seen)
M, E = sys.monitoring, sys.monitoring.events
M.use_tool_id(3, "tool")
log = []
for name in ("PY_START", "PY_RETURN", "LINE", "JUMP", "BRANCH_LEFT", "BRANCH_RIGHT", "CALL", "RAISE", "EXCEPTION_HANDLED", "PY_YIELD", "PY_RESUME", "STOP_ITERATION"):
    def callback(code, *args, name=name):
        if code.co_name in ("sample", "gen"): log.append((name, code.co_name, *(a if isinstance(a, int) else getattr(a, "__name__", type(a).__name__) for a in args)))
    M.register_callback(3, getattr(E, name), callback)
M.set_local_events(3, sample.__code__, E.PY_START | E.PY_RETURN | E.LINE | E.JUMP | E.CALL)
M.set_events(3, E.RAISE | E.EXCEPTION_HANDLED | E.PY_YIELD | E.PY_RESUME)
sample(2)
list(gen())
M.set_events(3, 0)
M.set_local_events(3, sample.__code__, 0)
M.free_tool_id(3)
for entry in log: print(*entry)
for bad in (lambda: M.use_tool_id(9, "x"), lambda: M.set_events(3, 1), lambda: sys.settrace(), lambda: M.register_callback(1, 3, None), lambda: setattr(sys._getframe(), "f_lineno", 1)):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)
