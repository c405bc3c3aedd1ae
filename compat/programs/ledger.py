"""A double-entry ledger: parsing, dataclasses, decimals, grouping, a balance sheet and error reports."""
import dataclasses
import datetime
import io
import itertools
import re
from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal

JOURNAL = """\
2024-01-01 Opening balance
    assets:bank:checking        1,200.00 EUR
    assets:cash                    80.50 EUR
    equity:opening
2024-01-03 * Groceries ; weekly
    expenses:food                  54.35 EUR
    assets:cash                   -54.35 EUR
2024-01-05 Salary
    assets:bank:checking        2,500.00 EUR
    income:salary
2024-01-09 Books
    expenses:books                 30.00 EUR
    expenses:tax                    2.10 EUR
    assets:bank:checking
2024-02-01 Rent
    expenses:rent                 900.00 EUR
    assets:bank:checking         -900.00 EUR
2024-02-03 Dinner
    expenses:food                  45.25 EUR
    liabilities:card
2024-02-30 Impossible date
    expenses:food                   1.00 EUR
    assets:cash
2024-02-14 Unbalanced
    expenses:gifts                 25.00 EUR
    assets:cash                   -20.00 EUR
2024-02-15 Two blanks
    expenses:gifts
    assets:cash
not a transaction
2024-02-20 Card bill
    liabilities:card               45.25 EUR
    assets:bank:checking
"""


class LedgerError(Exception):
    def __init__(self, line, message):
        super().__init__(f"line {line}: {message}")
        self.line = line


@dataclasses.dataclass(frozen=True, slots=True)
class Posting:
    account: str
    amount: Decimal | None

    @property
    def root(self):
        return self.account.partition(":")[0]


@dataclasses.dataclass
class Transaction:
    line: int
    date: datetime.date
    text: str
    cleared: bool = False
    postings: list[Posting] = dataclasses.field(default_factory=list, repr=False)

    def balanced(self):
        blanks = [p for p in self.postings if p.amount is None]
        total = sum((p.amount for p in self.postings if p.amount is not None), Decimal(0))
        match len(blanks):
            case 0 if total:
                raise LedgerError(self.line, f"off by {total} in {self.text!r}")
            case 1:
                fixed = [dataclasses.replace(p, amount=-total) if p.amount is None else p for p in self.postings]
                return dataclasses.replace(self, postings=fixed)
            case n if n > 1:
                raise LedgerError(self.line, f"{n} amounts are missing in {self.text!r}")
        return self


HEAD = re.compile(r"(?P<date>\d{4}-\d\d-\d\d)\s+(?P<mark>\*\s+)?(?P<text>[^;]*?)\s*(?:;.*)?$")
LINE = re.compile(r"\s+(?P<account>[a-z:]+)(?:\s+(?P<amount>-?[\d,]+\.\d\d)\s+EUR)?\s*$")


def parse(stream, errors):
    current = None

    def finish():
        if current is not None:
            try:
                yield current.balanced()
            except LedgerError as exc:
                errors.append(exc)

    for number, line in enumerate(stream, 1):
        try:
            if head := HEAD.match(line):
                yield from finish()
                current = None
                date = datetime.date.fromisoformat(head["date"])
                current = Transaction(number, date, head["text"], bool(head["mark"]))
            elif row := LINE.match(line):
                if current is not None:
                    amount = row["amount"] and Decimal(row["amount"].replace(",", ""))
                    current.postings.append(Posting(row["account"], amount))
            else:
                raise LedgerError(number, f"cannot read {line.rstrip()!r}")
        except ValueError as exc:
            errors.append(LedgerError(number, str(exc)))
        except LedgerError as exc:
            errors.append(exc)
    yield from finish()


def tree(totals):
    sums = defaultdict(Decimal)
    for account, amount in totals.items():
        parts = account.split(":")
        for depth in range(1, len(parts) + 1):
            sums[":".join(parts[:depth])] += amount
    return sums


def report(transactions):
    totals = defaultdict(Decimal)
    for posting in itertools.chain.from_iterable(t.postings for t in transactions):
        totals[posting.account] += posting.amount
    for account, amount in sorted(tree(totals).items()):
        name = "  " * account.count(":") + account.rpartition(":")[2]
        print(f"{name:<24}{amount:>14,.2f}")
    print(f"{'total':<24}{sum(totals.values()):>14,.2f}")


def monthly(transactions):
    for month, group in itertools.groupby(transactions, key=lambda t: t.date.strftime("%Y-%m")):
        spent = defaultdict(Decimal)
        for transaction in group:
            for posting in transaction.postings:
                if posting.root == "expenses":
                    spent[posting.account.split(":")[1]] += posting.amount
        whole = sum(spent.values())
        print(month, f"{whole:.2f}")
        for name, amount in sorted(spent.items(), key=lambda item: (-item[1], item[0])):
            share = (amount * 100 / whole).quantize(Decimal("0.1"), ROUND_HALF_EVEN)
            print(f"    {name:<8}{amount:>10}  {share:>5} % {'#' * int(share / 5)}")


def main():
    errors = []
    transactions = sorted(parse(io.StringIO(JOURNAL), errors), key=lambda t: (t.date, t.line))
    for transaction in transactions:
        print(transaction)
    report(transactions)
    monthly(transactions)
    for error in errors:
        print(f"{type(error).__name__}: {error}")
    if errors:
        raise ExceptionGroup(f"{len(errors)} problems", errors)


main()
