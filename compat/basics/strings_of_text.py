"""A report of a text: words, frequencies, wrapping, alignment; with nothing but built-ins."""
TEXT = """\
The north wind and the sun disputed which was the stronger, when a traveller came along
wrapped in a warm cloak. They agreed that the one who first succeeded in making the traveller
take his cloak off should be considered stronger than the other."""


def words(text):
    return [w.strip(".,;!?").lower() for w in text.split()]


def wrap(text, width):
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}".lstrip()
    if line:
        yield line


def justify(line, width):
    parts = line.split(" ")
    gaps, room = len(parts) - 1, width - sum(map(len, parts))
    if not gaps:
        return line.ljust(width)
    each, extra = divmod(room, gaps)
    return "".join(p + " " * (each + (i < extra)) if i < gaps else p for i, p in enumerate(parts))


counts = {}
for word in words(TEXT):
    counts[word] = counts.get(word, 0) + 1
for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:8]:
    print(f"{word:>10} {count:2d} {'*' * count}")
for line in wrap(TEXT, 34):
    print("|" + justify(line, 34) + "|", "|" + line.center(34, ".") + "|")
print(sum(map(len, counts)) / len(counts), max(counts, key=len), min(counts))
print(" ".join(w[::-1] for w in words(TEXT)[:6]).title(), TEXT.count("the"), TEXT.find("sun"), TEXT.rindex("the"))
print(TEXT.splitlines()[1].partition("cloak"), TEXT[:20].swapcase(), TEXT.translate({ord("e"): "3", ord(" "): None})[:30])
vowels = {v: TEXT.lower().count(v) for v in "aeiou"}
print(vowels, "".join(sorted(set(TEXT.lower()) - set("abcdefghijklmnopqrstuvwxyz"))).__repr__())
caesar = "".join(chr((ord(c) - 97 + 13) % 26 + 97) if c.isalpha() and c.islower() else c for c in TEXT[:40])
print(caesar)
longest = ""
for i in range(len(TEXT)):
    for j in range(i + len(longest) + 1, len(TEXT) + 1):
        if TEXT.find(TEXT[i:j], i + 1) == -1:
            break
        longest = TEXT[i:j]
print(repr(longest))
