import sys
print('raises' in sys.modules)
1 / 0
