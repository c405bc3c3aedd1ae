"""Graphs: Dijkstra, Bellman-Ford, Floyd-Warshall, Kruskal, Tarjan, topological order, flow, colouring."""
import heapq
from collections import defaultdict, deque

INFINITY = float("inf")


class Graph:
    def __init__(self, edges=(), directed=True):
        self.adjacent = defaultdict(dict)
        self.directed = directed
        for edge in edges:
            self.add(*edge)

    def add(self, a, b, weight=1):
        self.adjacent[a][b] = weight
        self.adjacent[b]
        if not self.directed:
            self.adjacent[b][a] = weight

    def __len__(self):
        return len(self.adjacent)

    def __iter__(self):
        return iter(sorted(self.adjacent))

    def edges(self):
        for a in self:
            for b, weight in sorted(self.adjacent[a].items()):
                if self.directed or a < b:
                    yield a, b, weight


def dijkstra(graph, start):
    distance, before, queue = {start: 0}, {}, [(0, start)]
    while queue:
        d, node = heapq.heappop(queue)
        if d > distance[node]:
            continue
        for other, weight in graph.adjacent[node].items():
            if d + weight < distance.get(other, INFINITY):
                distance[other], before[other] = d + weight, node
                heapq.heappush(queue, (d + weight, other))
    return distance, before


def path(before, start, goal):
    found = [goal]
    while found[-1] != start:
        found.append(before[found[-1]])
    return found[::-1]


def bellman_ford(graph, start):
    distance = dict.fromkeys(graph, INFINITY)
    distance[start] = 0
    for round_ in range(len(graph)):
        changed = False
        for a, b, weight in graph.edges():
            if distance[a] + weight < distance[b]:
                distance[b], changed = distance[a] + weight, True
        if not changed:
            return distance, round_
    raise ValueError("negative cycle")


def floyd_warshall(graph):
    table = {a: {b: 0 if a == b else graph.adjacent[a].get(b, INFINITY) for b in graph} for a in graph}
    for k in graph:
        for i in graph:
            for j in graph:
                table[i][j] = min(table[i][j], table[i][k] + table[k][j])
    return table


def kruskal(graph):
    parent = {node: node for node in graph}

    def root(node):
        while parent[node] != node:
            parent[node] = node = parent[parent[node]]
        return node

    for weight, a, b in sorted((w, a, b) for a, b, w in graph.edges()):
        if (x := root(a)) != (y := root(b)):
            parent[x] = y
            yield a, b, weight


def strong_components(graph):
    index, low, stack, on_stack, found = {}, {}, [], set(), []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        on_stack.add(node)
        for other in sorted(graph.adjacent[node]):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in on_stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            component = []
            while True:
                component.append(stack.pop())
                on_stack.discard(component[-1])
                if component[-1] == node:
                    break
            found.append(sorted(component))

    for node in graph:
        if node not in index:
            visit(node)
    return found


def topological(graph):
    missing = {node: 0 for node in graph}
    for _, b, _ in graph.edges():
        missing[b] += 1
    ready = deque(sorted(n for n, count in missing.items() if not count))
    while ready:
        node = ready.popleft()
        yield node
        for other in sorted(graph.adjacent[node]):
            missing[other] -= 1
            if not missing[other]:
                ready.append(other)
    if left := sorted(n for n, count in missing.items() if count):
        raise ValueError(f"cycle among {left}")


def maximum_flow(graph, source, sink):
    capacity = {a: dict(graph.adjacent[a]) for a in graph}
    total = 0
    while True:
        before, queue = {source: None}, deque([source])
        while queue and sink not in before:
            node = queue.popleft()
            for other, room in sorted(capacity[node].items()):
                if room > 0 and other not in before:
                    before[other] = node
                    queue.append(other)
        if sink not in before:
            return total
        walk, node = [], sink
        while before[node] is not None:
            walk.append((before[node], node))
            node = before[node]
        amount = min(capacity[a][b] for a, b in walk)
        for a, b in walk:
            capacity[a][b] -= amount
            capacity[b][a] = capacity[b].get(a, 0) + amount
        total += amount


def colouring(graph):
    colours = {}
    for node in sorted(graph, key=lambda n: (-len(graph.adjacent[n]), n)):
        used = {colours.get(other) for other in graph.adjacent[node]}
        colours[node] = next(c for c in range(len(graph)) if c not in used)
    return dict(sorted(colours.items()))


roads = Graph([("A", "B", 7), ("A", "C", 9), ("A", "F", 14), ("B", "C", 10), ("B", "D", 15),
               ("C", "D", 11), ("C", "F", 2), ("D", "E", 6), ("E", "F", 9)], directed=False)
distance, before = dijkstra(roads, "A")
print(dict(sorted(distance.items())), "->".join(path(before, "A", "E")))
print(list(kruskal(roads)), sum(w for *_, w in kruskal(roads)))
print(colouring(roads))
table = floyd_warshall(roads)
for row in table:
    print(row, *(f"{table[row][column]:>3}" for column in table))
signed = Graph([(1, 2, 4), (1, 3, 5), (2, 4, 3), (3, 2, -6), (4, 5, 2)])
print(bellman_ford(signed, 1))
signed.add(5, 3, -1)
try:
    bellman_ford(signed, 1)
except ValueError as exc:
    print("ValueError:", exc)
print(strong_components(signed))
tasks = Graph([("wake", "wash"), ("wake", "cook"), ("cook", "eat"), ("wash", "leave"), ("eat", "leave")])
print(list(topological(tasks)))
tasks.add("leave", "cook")
try:
    for task in topological(tasks):
        print("do", task)
except ValueError as exc:
    print("ValueError:", exc)
pipes = Graph([("s", "a", 16), ("s", "c", 13), ("a", "b", 12), ("b", "c", 9), ("b", "t", 20),
               ("c", "a", 4), ("c", "d", 14), ("d", "b", 7), ("d", "t", 4)])
print(maximum_flow(pipes, "s", "t"), len(pipes), list(pipes))
