"""Compression: Huffman codes (canonical), LZ77 tokens, run lengths, move to front; all undone again."""
import heapq
from collections import Counter
from itertools import count, groupby


class BitWriter:
    def __init__(self):
        self.data, self.bits, self.used = bytearray(), 0, 0

    def write(self, value, width):
        for shift in range(width - 1, -1, -1):
            self.bits = self.bits << 1 | value >> shift & 1
            self.used += 1
            if self.used == 8:
                self.data.append(self.bits)
                self.bits = self.used = 0

    def finish(self):
        if self.used:
            self.data.append(self.bits << 8 - self.used)
        return bytes(self.data)


class BitReader:
    def __init__(self, data):
        self.data, self.at = memoryview(data), 0

    def read(self, width):
        value = 0
        for _ in range(width):
            byte, bit = divmod(self.at, 8)
            if byte >= len(self.data):
                raise EOFError(f"no bit {self.at}")
            value = value << 1 | self.data[byte] >> 7 - bit & 1
            self.at += 1
        return value


def code_lengths(frequencies):
    """symbol -> length, by the tree that the two rarest are joined into."""
    if len(frequencies) == 1:
        return dict.fromkeys(frequencies, 1)
    number = count()
    heap = [(weight, next(number), [symbol]) for symbol, weight in sorted(frequencies.items())]
    heapq.heapify(heap)
    lengths = Counter()
    while len(heap) > 1:
        a, _, left = heapq.heappop(heap)
        b, _, right = heapq.heappop(heap)
        lengths.update(left + right)
        heapq.heappush(heap, (a + b, next(number), left + right))
    return dict(lengths)


def canonical(lengths):
    """symbol -> (code, length), codes in order of length, then symbol."""
    codes, code, before = {}, 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in lengths.items()):
        code <<= length - before
        codes[symbol] = code, length
        code += 1
        before = length
    return codes


def compress(data):
    lengths = code_lengths(Counter(data))
    codes = canonical(lengths)
    out = BitWriter()
    out.write(len(data), 32)
    out.write(len(lengths) - 1, 8)
    for symbol, length in sorted(lengths.items()):
        out.write(symbol, 8)
        out.write(length, 5)
    for byte in data:
        out.write(*codes[byte])
    return out.finish()


def decompress(data):
    reader = BitReader(data)
    size = reader.read(32)
    lengths = {}
    for _ in range(reader.read(8) + 1):
        symbol = reader.read(8)
        lengths[symbol] = reader.read(5)
    symbols = {(code, length): symbol for symbol, (code, length) in canonical(lengths).items()}
    out = bytearray()
    while len(out) < size:
        code = length = 0
        while (code, length) not in symbols:
            code, length = code << 1 | reader.read(1), length + 1
        out.append(symbols[code, length])
    return bytes(out)


def lz77(data, window=255, longest=15):
    """(distance, length, next byte) triples."""
    at = 0
    while at < len(data):
        best = 0, 0
        for start in range(max(0, at - window), at):
            length = 0
            while length < longest and at + length < len(data) - 1 and data[start + length] == data[at + length]:
                length += 1
            if length > best[1]:
                best = at - start, length
        at += best[1] + 1
        yield *best, data[at - 1]


def unlz77(triples):
    out = bytearray()
    for distance, length, byte in triples:
        for _ in range(length):
            out.append(out[-distance])
        out.append(byte)
    return bytes(out)


def move_to_front(data):
    table, out = list(range(256)), []
    for byte in data:
        index = table.index(byte)
        out.append(index)
        table.insert(0, table.pop(index))
    return bytes(out)


def back_from_front(data):
    table, out = list(range(256)), bytearray()
    for index in data:
        table.insert(0, table.pop(index))
        out.append(table[0])
    return bytes(out)


def runs(data):
    return [(byte, sum(1 for _ in group)) for byte, group in groupby(data)]


TEXTS = {
    "abra": b"abracadabra" * 5,
    "one": b"zzzzzzzzz",
    "english": b"it was the best of times, it was the worst of times, it was the age of wisdom, " * 3,
    "bytes": bytes(i * i % 251 for i in range(400)),
    "utf-8": "żółć gęślą jaźń ".encode() * 6,
}
for name, data in TEXTS.items():
    packed = compress(data)
    assert decompress(packed) == data, name
    triples = list(lz77(data))
    assert unlz77(triples) == data, name
    front = move_to_front(data)
    assert back_from_front(front) == data, name
    print(f"{name:<8} {len(data):4} -> huffman {len(packed):4}, lz77 {len(triples):3} triples, "
          f"{len(set(front)):3} distinct after move to front, {len(runs(data)):3} runs")
    print("   ", packed[:16].hex(" ", 4), triples[:4])
for symbol, (code, length) in sorted(canonical(code_lengths(Counter("mississippi river"))).items()):
    print(f"{symbol!r} {code:0{length}b}")
try:
    decompress(compress(b"hello")[:8])
except EOFError as exc:
    print("EOFError", exc)
print(runs(b"aaabccd"), move_to_front(b"\x01\x01\x02")[:3])
