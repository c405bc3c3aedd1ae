"""Mazes: generation by depth-first search, shortest paths by A*, drawing, and statistics over seeds."""
import heapq
import math
from collections import Counter, deque
from enum import Enum


class Direction(Enum):
    NORTH = (0, -1)
    EAST = (1, 0)
    SOUTH = (0, 1)
    WEST = (-1, 0)

    @property
    def opposite(self):
        dx, dy = self.value
        return Direction((-dx, -dy))

    def step(self, cell):
        return cell[0] + self.value[0], cell[1] + self.value[1]


class Random:
    """xorshift: the same on every machine."""

    def __init__(self, seed):
        self.state = seed or 1

    def next(self):
        x = self.state
        x ^= x << 13 & 0xFFFFFFFF
        x ^= x >> 17
        x ^= x << 5 & 0xFFFFFFFF
        self.state = x
        return x

    def shuffle(self, items):
        for i in range(len(items) - 1, 0, -1):
            j = self.next() % (i + 1)
            items[i], items[j] = items[j], items[i]
        return items


class Maze:
    def __init__(self, width, height, seed, braid=0):
        self.width, self.height = width, height
        self.open = {(x, y): set() for y in range(height) for x in range(width)}
        self.random = Random(seed)
        self._carve()
        for _ in range(braid):
            self._knock()

    def __contains__(self, cell):
        return cell in self.open

    def __iter__(self):
        return iter(self.open)

    def __len__(self):
        return len(self.open)

    def connect(self, cell, direction):
        self.open[cell].add(direction)
        self.open[direction.step(cell)].add(direction.opposite)

    def neighbours(self, cell):
        for direction in Direction:
            if direction in self.open[cell]:
                yield direction.step(cell)

    def _carve(self):
        stack, seen = [(0, 0)], {(0, 0)}
        while stack:
            cell = stack[-1]
            choices = [d for d in Direction if d.step(cell) in self and d.step(cell) not in seen]
            if not choices:
                stack.pop()
                continue
            direction = self.random.shuffle(choices)[0]
            self.connect(cell, direction)
            seen.add(direction.step(cell))
            stack.append(direction.step(cell))

    def _knock(self):
        cell = self.random.next() % self.width, self.random.next() % self.height
        for direction in Direction:
            if direction not in self.open[cell] and direction.step(cell) in self:
                self.connect(cell, direction)
                break

    def draw(self, path=()):
        marks = {cell: "*" for cell in path}
        lines = ["+" + "--+" * self.width]
        for y in range(self.height):
            row, below = "|", "+"
            for x in range(self.width):
                open_ = self.open[x, y]
                row += f"{marks.get((x, y), ' ')} " + (" " if Direction.EAST in open_ else "|")
                below += ("  " if Direction.SOUTH in open_ else "--") + "+"
            lines += [row, below]
        return "\n".join(lines)


def breadth_first(maze, start):
    distance, queue = {start: 0}, deque([start])
    while queue:
        cell = queue.popleft()
        for other in maze.neighbours(cell):
            if other not in distance:
                distance[other] = distance[cell] + 1
                queue.append(other)
    return distance


def a_star(maze, start, goal):
    def estimate(cell):
        return math.dist(cell, goal)

    heap, best, came, expanded = [(estimate(start), 0, start)], {start: 0}, {}, 0
    while heap:
        _, cost, cell = heapq.heappop(heap)
        if cell == goal:
            path = [cell]
            while path[-1] != start:
                path.append(came[path[-1]])
            return path[::-1], expanded
        if cost > best[cell]:
            continue
        expanded += 1
        for other in maze.neighbours(cell):
            if (new := cost + 1) < best.get(other, math.inf):
                best[other], came[other] = new, cell
                heapq.heappush(heap, (new + estimate(other), new, other))
    raise LookupError(f"no way from {start} to {goal}")


def main():
    maze = Maze(12, 8, seed=2024, braid=6)
    goal = (11, 7)
    path, expanded = a_star(maze, (0, 0), goal)
    print(maze.draw(path))
    distance = breadth_first(maze, (0, 0))
    print(f"{len(path) - 1} steps, {expanded} cells expanded, farthest {max(distance.values())}")
    assert distance[goal] == len(path) - 1
    degrees = Counter(len(set(maze.neighbours(cell))) for cell in maze)
    print(sorted(degrees.items()), sum(degrees.values()) == len(maze))
    for seed in range(1, 6):
        small = Maze(20, 20, seed)
        way, cost = a_star(small, (0, 0), (19, 19))
        dead_ends = sum(len(small.open[cell]) == 1 for cell in small)
        print(f"seed {seed}: {len(way):>3} cells, {cost:>3} expanded, {dead_ends} dead ends, {dead_ends / len(small):.1%}")
    small.open[19, 19].clear()
    small.open[19, 18].discard(Direction.SOUTH)
    small.open[18, 19].discard(Direction.EAST)
    try:
        a_star(small, (0, 0), (19, 19))
    except LookupError as exc:
        print(exc)
    print(Direction.NORTH.opposite, Direction((1, 0)), [d.name for d in Direction])
    try:
        Direction((2, 2))
    except ValueError as exc:
        print(exc)


main()
