print('sub', __name__, __spec__.parent)
value = 1
