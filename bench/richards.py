"""Richards: an operating system's scheduler with devices, workers and handlers."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


IDLE, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = range(6)
KIND_DEVICE, KIND_WORK = 0, 1
DATA_SIZE = 4


class Packet:
    def __init__(self, link, ident, kind):
        self.link = link
        self.ident = ident
        self.kind = kind
        self.datum = 0
        self.data = [0] * DATA_SIZE

    def append_to(self, queue):
        self.link = None
        if queue is None:
            return self
        last = queue
        while last.link is not None:
            last = last.link
        last.link = self
        return queue


class Task:
    def __init__(self, system, ident, priority, queue):
        self.system = system
        self.ident = ident
        self.priority = priority
        self.queue = queue
        self.held = False
        self.waiting = queue is None
        self.ready = queue is not None
        system.add(self)

    def add_packet(self, packet, current):
        if self.queue is None:
            self.queue = packet
            self.ready = True
            if self.priority > current.priority:
                return self
        else:
            packet.append_to(self.queue)
        return current

    def is_blocked(self):
        return self.held or (self.waiting and not self.ready)

    def run(self):
        message = None
        if self.waiting and self.ready:
            message = self.queue
            self.queue = message.link
            self.waiting = False
            self.ready = self.queue is not None
        return self.step(message)

    def wait(self):
        self.waiting = True
        return self

    def step(self, packet):
        raise NotImplementedError


class Idle(Task):
    def __init__(self, system, count):
        super().__init__(system, IDLE, 0, None)
        self.waiting = False
        self.control = 1
        self.count = count

    def step(self, packet):
        self.count -= 1
        if self.count == 0:
            self.held = True
            return self.system.following(self)
        if self.control & 1 == 0:
            self.control //= 2
            return self.system.release(DEVICE_A)
        self.control = self.control // 2 ^ 0xD008
        return self.system.release(DEVICE_B)


class Worker(Task):
    def __init__(self, system, queue):
        super().__init__(system, WORKER, 1000, queue)
        self.waiting = True
        self.destination = HANDLER_A
        self.count = 0

    def step(self, packet):
        if packet is None:
            return self.wait()
        self.destination = HANDLER_B if self.destination == HANDLER_A else HANDLER_A
        packet.ident = self.destination
        packet.datum = 0
        for i in range(DATA_SIZE):
            self.count += 1
            if self.count > 26:
                self.count = 1
            packet.data[i] = 64 + self.count
        return self.system.send(packet)


class Handler(Task):
    def __init__(self, system, ident, priority, queue):
        super().__init__(system, ident, priority, queue)
        self.waiting = True
        self.work = None
        self.devices = None

    def step(self, packet):
        if packet is not None:
            if packet.kind == KIND_WORK:
                self.work = packet.append_to(self.work)
            else:
                self.devices = packet.append_to(self.devices)
        work = self.work
        if work is not None:
            if work.datum >= DATA_SIZE:
                self.work = work.link
                return self.system.send(work)
            device = self.devices
            if device is not None:
                self.devices = device.link
                device.datum = work.data[work.datum]
                work.datum += 1
                return self.system.send(device)
        return self.wait()


class Device(Task):
    def __init__(self, system, ident, priority):
        super().__init__(system, ident, priority, None)
        self.pending = None

    def step(self, packet):
        if packet is None:
            packet = self.pending
            if packet is None:
                return self.wait()
            self.pending = None
            return self.system.send(packet)
        self.pending = packet
        self.system.holds += 1
        self.held = True
        return self.system.following(self)


class System:
    def __init__(self):
        self.tasks = []
        self.table = {}
        self.current = None
        self.sent = 0
        self.holds = 0

    def add(self, task):
        self.tasks.insert(0, task)
        self.table[task.ident] = task

    def following(self, task):
        index = self.tasks.index(task) + 1
        return self.tasks[index] if index < len(self.tasks) else None

    def release(self, ident):
        task = self.table[ident]
        task.held = False
        return task if task.priority > self.current.priority else self.current

    def send(self, packet):
        target = self.table[packet.ident]
        self.sent += 1
        packet.link = None
        packet.ident = self.current.ident
        return target.add_packet(packet, self.current)

    def schedule(self):
        task = self.tasks[0]
        while task is not None:
            self.current = task
            if task.is_blocked():
                task = self.following(task)
            else:
                task = task.run()


def run(count):
    system = System()
    Idle(system, count)
    queue = Packet(None, 0, KIND_WORK)
    Worker(system, Packet(queue, 0, KIND_WORK))
    for ident, device, priority in (HANDLER_A, DEVICE_A, 2000), (HANDLER_B, DEVICE_B, 3000):
        queue = None
        for _ in range(3):
            queue = Packet(queue, device, KIND_DEVICE)
        Handler(system, ident, priority, queue)
    Device(system, DEVICE_A, 4000)
    Device(system, DEVICE_B, 5000)
    system.schedule()
    return system.sent, system.holds


print(run(4200 * SHARE))
