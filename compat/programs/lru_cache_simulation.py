"""Caches compared on synthetic traces: LRU by linked list, LFU, FIFO, clock, and the best possible one."""


class Node:
    __slots__ = "key", "value", "before", "after"

    def __init__(self, key=None, value=None):
        self.key, self.value = key, value
        self.before = self.after = self


class Cache:
    name = "abstract"

    def __init__(self, capacity):
        self.capacity = capacity
        self.hits = self.misses = 0
        self.evicted = []

    def access(self, key):
        if self.lookup(key):
            self.hits += 1
        else:
            self.misses += 1
            self.insert(key)

    @property
    def ratio(self):
        return self.hits / ((self.hits + self.misses) or 1)


class Lru(Cache):
    name = "lru"

    def __init__(self, capacity):
        super().__init__(capacity)
        self.root = Node()
        self.nodes = {}

    def _unlink(self, node):
        node.before.after, node.after.before = node.after, node.before

    def _push(self, node):
        node.before, node.after = self.root.before, self.root
        self.root.before.after = node
        self.root.before = node

    def lookup(self, key):
        node = self.nodes.get(key)
        if node is None:
            return False
        self._unlink(node)
        self._push(node)
        return True

    def insert(self, key):
        if len(self.nodes) >= self.capacity:
            oldest = self.root.after
            self._unlink(oldest)
            del self.nodes[oldest.key]
            self.evicted.append(oldest.key)
        node = self.nodes[key] = Node(key)
        self._push(node)

    def __iter__(self):
        node = self.root.after
        while node is not self.root:
            yield node.key
            node = node.after


class Fifo(Cache):
    name = "fifo"

    def __init__(self, capacity):
        super().__init__(capacity)
        self.order = {}

    def lookup(self, key):
        return key in self.order

    def insert(self, key):
        if len(self.order) >= self.capacity:
            oldest = next(iter(self.order))
            self.evicted.append(oldest)
            del self.order[oldest]
        self.order[key] = None


class Lfu(Cache):
    name = "lfu"

    def __init__(self, capacity):
        super().__init__(capacity)
        self.counts, self.stamp, self.clock = {}, {}, 0

    def lookup(self, key):
        self.clock += 1
        if key not in self.counts:
            return False
        self.counts[key] += 1
        self.stamp[key] = self.clock
        return True

    def insert(self, key):
        if len(self.counts) >= self.capacity:
            victim = min(self.counts, key=lambda k: (self.counts[k], self.stamp[k]))
            self.evicted.append(victim)
            del self.counts[victim], self.stamp[victim]
        self.counts[key] = 1
        self.stamp[key] = self.clock


class Clock(Cache):
    name = "clock"

    def __init__(self, capacity):
        super().__init__(capacity)
        self.slots, self.marks, self.hand = [], {}, 0

    def lookup(self, key):
        if key in self.marks:
            self.marks[key] = True
            return True
        return False

    def insert(self, key):
        if len(self.slots) < self.capacity:
            self.slots.append(key)
        else:
            while self.marks[self.slots[self.hand]]:
                self.marks[self.slots[self.hand]] = False
                self.hand = (self.hand + 1) % self.capacity
            victim, self.slots[self.hand] = self.slots[self.hand], key
            self.evicted.append(victim)
            del self.marks[victim]
            self.hand = (self.hand + 1) % self.capacity
        self.marks[key] = False


def best_possible(trace, capacity):
    """Belady: evict what is needed latest."""
    uses = {}
    for index in range(len(trace) - 1, -1, -1):
        uses.setdefault(trace[index], []).append(index)
    cached, hits = set(), 0
    for key in trace:
        uses[key].pop()
        if key in cached:
            hits += 1
            continue
        if len(cached) >= capacity:
            cached.remove(max(sorted(cached), key=lambda k: uses[k][-1] if uses[k] else float("inf")))
        cached.add(key)
    return hits / len(trace)


def random_numbers(seed):
    while True:
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        yield seed >> 8


def traces(length):
    numbers = random_numbers(7)
    yield "uniform", [next(numbers) % 60 for _ in range(length)]
    yield "skewed", [min(next(numbers) % 60, next(numbers) % 60, next(numbers) % 60) for _ in range(length)]
    yield "loop", [i % 25 for i in range(length)]
    yield "phases", [(i // 250) * 10 + next(numbers) % 15 for i in range(length)]


for name, trace in traces(2000):
    print(f"{name}: {len(set(trace))} keys, begins {trace[:8]}")
    for kind in (Lru, Fifo, Lfu, Clock):
        cache = kind(20)
        for key in trace:
            cache.access(key)
        assert cache.hits + cache.misses == len(trace)
        print(f"   {cache.name:<6}{cache.ratio:8.2%} {len(cache.evicted):5} evicted, last {cache.evicted[-4:]}")
    print(f"   best  {best_possible(trace, 20):8.2%}")
small = Lru(3)
for key in "abcabdeafff":
    small.access(key)
print(list(small), small.hits, small.misses, small.evicted)
