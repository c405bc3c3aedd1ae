"""for, while, else, break, continue, nested; what the loop variable is afterwards."""
for i in range(3):
    print(i, end=" ")
else:
    print("finished", i)
for i in range(10):
    if i == 4:
        break
else:
    print("never")
print("broke at", i)
n = 27
steps = 0
while n != 1:
    n = n // 2 if n % 2 == 0 else 3 * n + 1
    steps += 1
    if steps > 1000:
        break
else:
    print("collatz", steps)
for a in range(4):
    for b in range(4):
        if b > a:
            break
        if (a + b) % 2:
            continue
        print(a, b, end="; ")
    else:
        print("row", a, "complete", end="; ")
print()
for x in []:
    pass
else:
    print("empty loops finish")
try:
    print(x)
except NameError as exc:
    print(exc)
items = [1, 2, 3]
for item in items:
    if item < 5:
        items.append(item + 2)
print(items)
numbers = {1: "a", 2: "b"}
try:
    for key in numbers:
        numbers[key + 10] = "c"
except RuntimeError as exc:
    print(exc, list(numbers))
for numbers[5], *rest in [(1, 2, 3), "xyz"]:
    print(numbers[5], rest)
while True:
    try:
        break
    finally:
        print("finally after break")
for i in range(2):
    try:
        continue
    finally:
        print("finally after continue", i)
print([i for i in range(3)], i)
