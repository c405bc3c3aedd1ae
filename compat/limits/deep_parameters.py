"""Parameters of generics whose arguments nest deeper than the stack."""

import types


def nested(kind, depth):
    value = kind()
    for _ in range(depth):
        value = kind([value])
    return value


for kind in (tuple, list):
    shallow = types.GenericAlias(list, (nested(kind, 50),))
    print(kind.__name__, shallow.__parameters__)
    deep = types.GenericAlias(list, (nested(kind, 200_000),))
    try:
        deep.__parameters__
    except RecursionError as error:
        print(str(error).endswith("in __parameter__ calculation"))
    else:
        print("no error")
