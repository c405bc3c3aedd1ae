print('pkg init', __name__, __package__, bool(__path__))
from . import sub
from .sub import value as renamed
__all__ = ['sub', 'later']
def __getattr__(name):
    if name == 'dynamic': return 'made up'
    raise AttributeError(f'no {name} here')
