"""A word index: a trie with counts, completion, fuzzy search, patterns, removal; compared with plain lists."""

TEXT = """
the quick brown fox jumps over the lazy dog while the other dogs sleep and the foxes run
a quicker brown bear quietly quits the quarrel about quarters and quartz in the quiet quarry
bearing bears bear bare burdens and beards beat the heat by the heath near the heather
"""


class Trie:
    __slots__ = ("children", "count", "below")

    def __init__(self, words=()):
        self.children, self.count, self.below = {}, 0, 0
        for word in words:
            self.add(word)

    def add(self, word, times=1):
        if times < 1:
            raise ValueError("times must be positive")
        node = self
        node.below += times
        for letter in word:
            node = node.children.setdefault(letter, Trie())
            node.below += times
        node.count += times

    def find(self, prefix):
        node = self
        for letter in prefix:
            node = node.children.get(letter)
            if node is None:
                return None
        return node

    def __contains__(self, word):
        node = self.find(word)
        return node is not None and node.count > 0

    def __getitem__(self, word):
        if (node := self.find(word)) is None or not node.count:
            raise KeyError(word)
        return node.count

    def __delitem__(self, word):
        times, path, node = self[word], [self], self
        for letter in word:
            node = node.children[letter]
            path.append(node)
        node.count = 0
        for node in path:
            node.below -= times
        for parent, letter, child in zip(reversed(path[:-1]), reversed(word), reversed(path)):
            if not child.below:
                del parent.children[letter]

    def __iter__(self):
        return self.walk("")

    def __len__(self):
        return sum(1 for _ in self)

    def walk(self, prefix):
        if self.count:
            yield prefix, self.count
        for letter in sorted(self.children):
            yield from self.children[letter].walk(prefix + letter)

    def complete(self, prefix, limit=4):
        node = self.find(prefix)
        if node is None:
            return []
        return [word for word, _ in sorted(node.walk(prefix), key=lambda item: (-item[1], item[0]))[:limit]]

    def fuzzy(self, word, distance):
        """Words within an edit distance, by one row of the table for each node."""
        def visit(node, prefix, row):
            if node.count and row[-1] <= distance:
                yield row[-1], prefix
            if min(row) <= distance:
                for letter, child in sorted(node.children.items()):
                    following = [row[0] + 1]
                    for i, wanted in enumerate(word, 1):
                        following.append(min(following[-1] + 1, row[i] + 1, row[i - 1] + (wanted != letter)))
                    yield from visit(child, prefix + letter, following)
        return sorted(visit(self, "", list(range(len(word) + 1))))

    def glob(self, pattern, prefix=""):
        """`?` is a letter, `*` any number of them."""
        if not pattern:
            if self.count:
                yield prefix
            return
        first, rest = pattern[0], pattern[1:]
        if first == "*":
            yield from self.glob(rest, prefix)
            for letter, child in sorted(self.children.items()):
                yield from child.glob(pattern, prefix + letter)
        else:
            for letter, child in sorted(self.children.items()):
                if first in ("?", letter):
                    yield from child.glob(rest, prefix + letter)

    def nodes(self):
        return 1 + sum(child.nodes() for child in self.children.values())

    def draw(self, prefix="", mark=""):
        label = f"{mark}{'' if not self.count else f' ({self.count})'}"
        yield prefix + label
        for letter, child in sorted(self.children.items()):
            while not child.count and len(child.children) == 1:
                (more, grandchild), = child.children.items()
                letter, child = letter + more, grandchild
            yield from child.draw(prefix + "  ", letter)


def edit_distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


words = TEXT.split()
trie = Trie(words)
print(len(words), len(trie), trie.below, trie.nodes())
for prefix in ("qu", "be", "the", "x", ""):
    print(repr(prefix), trie.complete(prefix), getattr(trie.find(prefix), "below", 0))
print(trie["the"], "dog" in trie, "do" in trie, dict(trie)["the"])
for word, distance in (("quiet", 2), ("beer", 1), ("heeth", 1), ("dog", 0)):
    found = trie.fuzzy(word, distance)
    plain = sorted((edit_distance(word, w), w) for w in set(words) if edit_distance(word, w) <= distance)
    print(word, distance, found, found == plain)
for pattern in ("qu*t*", "b?a?", "*th*", "????????", "dog?"):
    print(pattern, list(trie.glob(pattern)))
del trie["the"]
print("the" in trie, "other" in trie, trie.complete("the"), len(trie))
for action in (lambda: trie["the"], lambda: trie.__delitem__("zebra"), lambda: trie.add("x", 0)):
    try:
        action()
    except (KeyError, ValueError) as exc:
        print(type(exc).__name__, exc)
print(*trie.find("be").draw("", "be"), sep="\n")
for word, _ in list(trie):
    del trie[word]
print(trie.below, trie.children, trie.nodes())
