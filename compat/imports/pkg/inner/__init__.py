from ..sub import value as up
from . import leaf
