import circ_a
print('partially', hasattr(circ_a, 'x'))
from circ_a import x
