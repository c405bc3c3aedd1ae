"""The native reader and writer of CSV: dialects, errors, quoting, re-entrance."""
import _csv, csv, io
def t(f,*a,**k):
    try: print(repr(f(*a,**k)))
    except BaseException as e: print(type(e), e)
t(_csv.Dialect,foo=1); t(_csv.Dialect,*range(10)); 
t(_csv.reader); t(_csv.reader,1); t(_csv.reader,[],1,2); t(_csv.reader,[],foo=1); t(_csv.reader,[],'nope'); t(_csv.reader,[],delimiter='xx'); t(_csv.reader,[],delimiter=1); t(_csv.reader,[],quotechar=b''); t(_csv.reader,[],quoting='x'); t(_csv.reader,[],quoting=100); t(_csv.reader,[],lineterminator=1); t(_csv.reader,[],quotechar=None,quoting=1)
t(_csv.reader,[],delimiter='\n');t(_csv.reader,[],delimiter=',',escapechar=',');t(_csv.reader,[],quotechar='x',lineterminator='x');t(_csv.reader,[],quoting=1<<40)
t(_csv.writer); t(_csv.writer,1); t(_csv.register_dialect); t(_csv.register_dialect,1); t(_csv.get_dialect,'x'); t(_csv.get_dialect); t(_csv.unregister_dialect,'x'); t(_csv.field_size_limit,'x'); t(_csv.field_size_limit,1,2);t(_csv.field_size_limit,1<<70); t(_csv.field_size_limit)
t(_csv.Reader); t(_csv.Dialect().__reduce__); t(_csv.list_dialects)
for l in (['a,"b"x'],['"a'],['a\rb'],[b'x'],['a,b\0c'],['"a""b",c\n','"x\n','y"\n']):
    for k in ({},{'strict':True}):
        t(lambda: list(_csv.reader(l,**k)))
class W:
    def write(self,s): print('W',repr(s)); return len(s)
for k in ({}, dict(quoting=1),dict(quoting=2),dict(quoting=3),dict(quoting=3,escapechar='\\'),dict(quoting=4),dict(quoting=5),dict(doublequote=False),dict(doublequote=False,escapechar='\\'),dict(delimiter=' ',skipinitialspace=True),dict(lineterminator='!')):
    w=_csv.writer(W(),**k)
    for row in (['a','b,c','d"e','f\ng',1,1.5,None],[None],[''],[],['x!y','\\'],['', ''],5,'abc',[b'x'],['€"']):
        t(w.writerow,row)
t(w.writerows,[[1],[2]]); t(w.writerows,5); t(w.writerows,[5]); print(w.dialect.lineterminator)
d=_csv.Dialect(); print(d.delimiter,d.doublequote,d.escapechar,repr(d.lineterminator),d.quotechar,d.quoting,d.skipinitialspace,d.strict)
r=_csv.reader(['a','b']); print(r.line_num,next(r),r.line_num, list(r)); t(next,r)
try: _csv.field_size_limit(3); list(_csv.reader(['abc,abcd']))
except _csv.Error as e: print(e)
import csv
class R:
    def __init__(self): self.reader=None; self.n=0
    def __iter__(self): return self
    def __next__(self):
        self.n+=1
        if self.n==1:
            try: print('inner', next(self.reader))
            except StopIteration: pass
            return "a,b"
        if self.n==2: return "x"
        raise StopIteration
it=R(); r=csv.reader(it); it.reader=r
try: print(next(r))
except csv.Error as e: print(e)
class R(R):
    def __next__(self):
        self.n+=1
        if self.n==1:
            try: print('inner', next(self.reader))
            except StopIteration: pass
            return "a,b"
        raise StopIteration
it=R(); r=csv.reader(it); it.reader=r
try: print(next(r))
except csv.Error as e: print(e)
