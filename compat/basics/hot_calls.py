"""Hot calls with defaults, constructors and short ints: division, shifts, items that nobody keeps."""
import random
def t():
    random.seed(5)
    acc=0
    for _ in range(20000):
        a=random.randint(-2**30+1,2**30-1); b=random.randint(-50,50)
        if b:
            q,r=a//b,a%b
            assert q*b+r==a and (r==0 or (r<0)==(b<0)), (a,b,q,r)
            assert (q,r)==divmod(a,b)
        s=abs(b)
        assert a<<s == a*2**s and a>>s == a//2**s
        acc^= (a<<s)
    print(acc)
    l=[i*i for i in range(-5,400)]; print(sum(l), l[:8], l[-2:])
    l=[i for i in [object() for _ in range(3)]]; print(len(l))
    k=[x for x in range(1000,1010) if x%3]; print(k)
    print([(x,y) for x in range(300,303) for y in [x,x+1]])
    f=[(lambda v: lambda: v)(x) for x in range(1000,1005)]; print([g() for g in f])
    d={x:x+1 for x in range(500,505)}; print(d, {x for x in range(600,603)})
t();t()
class A:
    def __init__(self, x, y=5, z=6): self.x=(x,y,z)
class B:
    def __init__(self, *a, **k): self.x=(a,k)
class C:
    def __init__(self): return 3
for _ in range(100):
    for a in ((1,),(1,2),(1,2,3)): v=A(*a).x; w=A(1).x; u=A(1,2).x; p=B(1,2).x
print(v,w,u,p)
for args in ((),(1,2,3,4)):
    for _ in range(3):
        try: A(*args)
        except TypeError as e: m=e
    print(m)
for _ in range(100):
    try: C()
    except TypeError as e: m=e
print(m)
def r(n): return A(n) if n==0 else r(n-1)
print(r(500).x)
def inf(n=0): return inf(n+1)
try: inf()
except RecursionError as e: print(e)
class D:
    def __init__(self): D()
try: D()
except RecursionError as e: print(e)
