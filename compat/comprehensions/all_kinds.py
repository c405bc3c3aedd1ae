"""Comprehensions of every kind: nesting, conditions, walrus, scope, exceptions, async ones."""
import asyncio

print([x * y for x in range(3) for y in range(x) if y % 2 == 0 if x], {x: x**2 for x in range(4)}, {c for c in "hello"} == set("helo"))
print([[i * j for j in range(3)] for i in range(3)], {k: [v for v in range(k)] for k in range(3)})
matrix = [[1, 2, 3], [4, 5, 6]]
print([list(row) for row in zip(*matrix)], [x for row in matrix for x in row], dict(zip("ab", matrix)))
print([last := i for i in range(3)], last, [y for i in range(5) if (y := i * 2) > 3], [a for a, *b in ["xyz", "pq"]])
x = "outside"
print([x for x in range(2)], x, [x for _ in range(2)])


def locals_inside():
    a = 1
    print([sorted(locals()) for b in range(1)])
    return [lambda: (a, b) for b in range(2)]


print([f() for f in locals_inside()])
calls = []


def see(value):
    calls.append(value)
    return value


{see(k): see(v) for k, v in [(1, 2), (3, 4)]}
print(calls)
for bad in (lambda: [1 / x for x in (1, 0)], lambda: {[]: 1 for _ in range(1)}, lambda: {[] for _ in range(1)}, lambda: [a for a, b in [(1,)]], lambda: [x for x in 5], lambda: [nope for _ in [1]]):
    try:
        print(bad())
    except Exception as exc:
        print(type(exc).__name__, exc)


async def numbers(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i


async def main():
    print([i async for i in numbers(3)], {i: i async for i in numbers(2) if i}, {i async for i in numbers(2)})
    print([await asyncio.sleep(0, i) for i in range(3)], [x async for x in (i * 2 async for i in numbers(3))])
    gen = (await asyncio.sleep(0, i) for i in range(2))
    print(type(gen).__name__, [g async for g in gen])


asyncio.run(main())
print(sum(1 for _ in range(10)), next((x for x in "abc" if x > "a"), None), all(x for x in []), sorted({len(w) for w in "a bb cc".split()}))
