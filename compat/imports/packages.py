"""Import machinery on packages made on the spot: relative, circular, namespace, reload, hooks, errors."""
import importlib
import os
import sys

FILES = {
    "pkg/__init__.py": "print('pkg init', __name__, __package__, bool(__path__))\nfrom . import sub\nfrom .sub import value as renamed\n__all__ = ['sub', 'later']\ndef __getattr__(name):\n    if name == 'dynamic': return 'made up'\n    raise AttributeError(f'no {name} here')\n",
    "pkg/sub.py": "print('sub', __name__, __spec__.parent)\nvalue = 1\n",
    "pkg/later.py": "print('later')\nfrom .sub import value\nfrom .. import beyond\n",
    "pkg/inner/__init__.py": "from ..sub import value as up\nfrom . import leaf\n",
    "pkg/inner/leaf.py": "from ..sub import value\nname = __name__\n",
    "circ_a.py": "import circ_b\nx = 1\n",
    "circ_b.py": "import circ_a\nprint('partially', hasattr(circ_a, 'x'))\nfrom circ_a import x\n",
    "broken.py": "def f(:\n",
    "raises.py": "import sys\nprint('raises' in sys.modules)\n1 / 0\n",
    "replaces.py": "import sys\nsys.modules[__name__] = 'replaced'\n",
    "space1/ns/one.py": "v = 'one'\n",
    "space2/ns/two.py": "v = 'two'\n",
    "mainmod/__main__.py": "print('main of', __name__, __package__)\n",
    "stars.py": "_hidden = 1\nshown = 2\n",
}
for path, text in FILES.items():
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
sys.path[:0] = [os.getcwd(), os.path.join(os.getcwd(), "space1"), os.path.join(os.getcwd(), "space2")]
import pkg
print(pkg.renamed, pkg.dynamic, pkg.sub is sys.modules["pkg.sub"], pkg.__spec__.submodule_search_locations == pkg.__path__, pkg.__file__.endswith("pkg/__init__.py"), os.path.basename(pkg.sub.__cached__))
import pkg.inner.leaf as leaf
print(leaf.name, pkg.inner.up, leaf.__spec__.origin.endswith("leaf.py"))
import ns.one, ns.two
print(ns.one.v, ns.two.v, len(list(ns.__path__)), ns.__spec__.origin, hasattr(ns, "__file__") and ns.__file__)
for statement in ("import circ_a", "import broken", "import raises", "import replaces; print(replaces)", "from pkg import nothing", "from pkg.sub import nothing", "import pkg.missing", "import missing.x", "import pkg.sub.deeper", "from pkg import later", "from . import x", "from pkg import *", "from stars import *; print(shown); _hidden", "import sys.path", "from importlib import reload as r; print(r(pkg.sub).value)", "pkg.other", "__import__('')", "importlib.import_module('.sub', 'pkg') and importlib.import_module('.sub')", "import circ_b"):
    try:
        exec(statement, {"pkg": pkg, "importlib": importlib, "__name__": "tester"})
    except (Exception, SyntaxError) as exc:
        print(statement, "->", type(exc).__name__, str(exc).replace(os.getcwd(), "CWD"), getattr(exc, "name", None))
print("raises" in sys.modules, "broken" in sys.modules, sys.modules["replaces"])


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.startswith("virtual"):
            return importlib.util.spec_from_loader(name, Loader())
class Loader:
    def create_module(self, spec): return None
    def exec_module(self, module): module.answer = 42


import importlib.util
sys.meta_path.insert(0, Finder)
import virtual_thing
print(virtual_thing.answer, virtual_thing.__loader__.__class__.__name__, repr(virtual_thing)[:24])
sys.modules["blocked"] = None
try:
    import blocked
except ImportError as exc:
    print(type(exc).__name__, exc)
import runpy
runpy.run_module("mainmod", run_name="__main__")
print(sorted(runpy.run_path("stars.py").keys() & {"_hidden", "shown"}))
