from ..sub import value
name = __name__
