"""A JSON round trip: nested records dumped, loaded and compared."""
import sys

SHARE = int(sys.argv[1]) if len(sys.argv) > 1 else 100


import json


def record(i):
    return {
        "id": i,
        "name": f"user {i} \u00e9\u4e2d \"quoted\"",
        "score": i * 1.25,
        "active": i % 3 == 0,
        "tags": ["alpha", "beta", None, i],
        "nested": {"path": [i, i + 1, {"deep": -i}], "empty": {}, "list": []},
    }


def main(rounds):
    data = [record(i) for i in range(200)]
    total = 0
    for i in range(rounds):
        text = json.dumps(data)
        back = json.loads(text)
        total += len(text) + (back == data)
        if i % 10 == 0:
            total += len(json.dumps(back, indent=2, sort_keys=True))
    return total


print(main(max(1, SHARE * 18)))
