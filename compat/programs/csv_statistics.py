"""Statistics of a CSV file: reading, grouping, percentiles, correlation, a histogram, a pivot table."""
import csv
import io
import statistics
from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from operator import attrgetter
from typing import NamedTuple


def make(rows):
    """The data, as text with quoting of every kind."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL)
    writer.writerow(["day", "city", "product", "units", "price", "comment"])
    seed = 2024
    cities = ["Oslo", "São Paulo", "Kyoto", 'Winston "W" Salem']
    products = ["tea", "coffee, ground", "cocoa"]
    for _ in range(rows):
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        bits = seed >> 33
        day = date.fromordinal(date(2024, 1, 1).toordinal() + bits % 366)
        writer.writerow([day, cities[bits // 7 % 4], products[bits // 31 % 3], bits % 19,
                         f"{bits % 997 / 100:.2f}", "multi\nline" if bits % 29 == 0 else ""])
    out.write("2024-13-01,Oslo,tea,1,1.00,\n2024-05-05,Oslo,tea,many,1.00,\n")
    return out.getvalue()


class Sale(NamedTuple):
    day: date
    city: str
    product: str
    units: int
    price: Decimal

    @property
    def total(self):
        return self.units * self.price

    @property
    def quarter(self):
        return f"Q{(self.day.month + 2) // 3}"


def read(text):
    good, bad = [], []
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
        try:
            good.append(Sale(date.fromisoformat(row["day"]), row["city"], row["product"],
                             int(row["units"]), Decimal(row["price"])))
        except ValueError as exc:
            bad.append((number, str(exc)))
    return good, bad


def grouped(items, key):
    groups = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return dict(sorted(groups.items()))


def percentile(values, share):
    values = sorted(values)
    position = (len(values) - 1) * share
    low = int(position)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * Decimal(str(position - low))


def histogram(values, bins, width=40):
    low, high = min(values), max(values)
    step = (high - low) / bins
    counts = [0] * bins
    for value in values:
        counts[min(int((value - low) / step), bins - 1)] += 1
    most = max(counts)
    for index, count in enumerate(counts):
        yield f"{low + index * step:8.2f} {'#' * round(count / most * width)} {count}"


def table(rows, header):
    widths = [max(len(str(row[i])) for row in [header, *rows]) for i in range(len(header))]
    yield " | ".join(str(h).ljust(w) for h, w in zip(header, widths))
    yield "-+-".join("-" * w for w in widths)
    for row in rows:
        yield " | ".join(str(c).ljust(w) if i == 0 else str(c).rjust(w)
                         for i, (c, w) in enumerate(zip(row, widths)))


text = make(400)
print(len(text.splitlines()), repr(text[:120]))
sales, errors = read(text)
print(len(sales), errors)
print(max(sales, key=attrgetter("total")))
rows = []
for city, group in grouped(sales, attrgetter("city")).items():
    totals = [sale.total for sale in group]
    rows.append([city, len(group), sum(totals), round(statistics.mean(totals), 2), percentile(totals, 0.5),
                 percentile(totals, 0.9).quantize(Decimal("0.01"), ROUND_HALF_UP)])
print("\n".join(table(rows, ["city", "n", "sum", "mean", "median", "90 %"])))
pivot = grouped(sales, lambda s: s.product)
quarters = ["Q1", "Q2", "Q3", "Q4"]
rows = [[product, *(sum(s.units for s in group if s.quarter == q) for q in quarters), sum(s.units for s in group)]
        for product, group in pivot.items()]
rows.append(["all", *(sum(column) for column in list(zip(*rows))[1:])])
print("\n".join(table(rows, ["product", *quarters, "year"])))
print("\n".join(histogram([float(s.total) for s in sales], 8)))
units, prices = [s.units for s in sales], [float(s.price) for s in sales]
print(f"{statistics.correlation(units, prices):.6f} {statistics.pstdev(units):.6f} {statistics.mode(units)}")
print(statistics.quantiles(units, n=4), statistics.multimode(s.day.strftime("%A") for s in sales))
print(statistics.linear_regression(range(len(units)), units))
best = sorted(sales, key=lambda s: (-s.total, s.day))[:3]
out = io.StringIO()
csv.DictWriter(out, Sale._fields, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(s._asdict() for s in best)
print(out.getvalue(), end="")
