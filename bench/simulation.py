"""A class-heavy simulation: a market of agents with events, orders and a heap."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


import heapq


class Event:
    counter = 0

    def __init__(self, time, agent, action):
        Event.counter += 1
        self.time = time
        self.order = Event.counter
        self.agent = agent
        self.action = action

    def __lt__(self, other):
        return (self.time, self.order) < (other.time, other.order)


class Random:
    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (self.state >> 33) % n


class Account:
    def __init__(self, cash):
        self._cash = cash
        self.stock = {}

    @property
    def cash(self):
        return self._cash

    @cash.setter
    def cash(self, value):
        if value < 0:
            raise ValueError("overdrawn")
        self._cash = value


class Agent:
    def __init__(self, name, world):
        self.name = name
        self.world = world
        self.account = Account(1000)

    def act(self):
        raise NotImplementedError

    def delay(self):
        return 1 + self.world.random.below(9)


class Buyer(Agent):
    def act(self):
        good = self.world.random.below(5)
        price = self.world.prices[good]
        try:
            self.account.cash -= price
        except ValueError:
            self.account.cash += 500
            self.world.credits += 1
            return
        self.account.stock[good] = self.account.stock.get(good, 0) + 1
        self.world.trade(good, +1)


class Seller(Agent):
    def act(self):
        stock = self.account.stock
        if not stock:
            stock.update({g: 3 for g in range(5)})
        good = min(stock, key=lambda g: (-self.world.prices[g], g))
        stock[good] -= 1
        if not stock[good]:
            del stock[good]
        self.account.cash += self.world.prices[good]
        self.world.trade(good, -1)


class World:
    def __init__(self, seed):
        self.random = Random(seed)
        self.prices = [20, 30, 40, 50, 60]
        self.queue = []
        self.trades = 0
        self.credits = 0
        self.agents = [(Buyer if i % 2 else Seller)(f"agent{i}", self) for i in range(40)]

    def trade(self, good, direction):
        self.trades += 1
        self.prices[good] = max(5, min(200, self.prices[good] + direction))

    def run(self, until):
        for agent in self.agents:
            heapq.heappush(self.queue, Event(agent.delay(), agent, agent.act))
        while self.queue[0].time < until:
            event = heapq.heappop(self.queue)
            event.action()
            heapq.heappush(self.queue, Event(event.time + event.agent.delay(), event.agent, event.agent.act))
        return self.trades, self.credits, self.prices, sum(a.account.cash for a in self.agents)


print(World(42).run(480 * SHARE))
