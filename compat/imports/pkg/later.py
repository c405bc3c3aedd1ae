print('later')
from .sub import value
from .. import beyond
