"""The native scanner and encoder of JSON: arguments, errors with their notes, escapes, numbers, hooks."""

import _json
E=_json.make_encoder; S=_json.make_scanner
def t(f,*a,**k):
    try: print(repr(f(*a,**k)))
    except BaseException as e: print(type(e).__name__, e, getattr(e,'__notes__',None))
t(E); t(E,1,2); t(E,1,*[0]*8); t(E,None,0,0,0,1,'',1,1,1); t(E,None,0,0,0,'','',1,1,1,1); t(E,None,0,0,0,'',item_separator='',sort_keys=1,skipkeys=1,allow_nan=1,z=1)
t(E,None,0,0,0,'','',1,1)
t(S); t(S,1); t(S,1,2); t(S,context=1); t(S,foo=1); t(S,1,foo=1)
import json
c=json.JSONDecoder(); s=S(c)
t(s); t(s,'1'); t(s,'1',0,0); t(s,1,0); t(s,'1','0'); t(s,'1',-1); t(s,'1',5); t(s,string='1',idx=0); t(s,'1',foo=1)
t(_json.scanstring,1); t(_json.scanstring,1,2); t(_json.scanstring,'a"',-1);t(_json.scanstring,'a"',0,0,0);t(_json.scanstring,'a"','s')
t(_json.encode_basestring,1); t(_json.encode_basestring_ascii,None)
e=E({},None,None,None,':',',',1,1,1)
t(e,1); t(e,1,2,3); t(e,object(),0); t(e,'x',0)
e=E({},lambda o:1,lambda o:1,None,':',',',1,1,1); t(e,'x',0); t(e,object(),0); print(e.markers)
class F(float): 
  def __repr__(self): return 'F'
class I(int): 
  def __repr__(self): return 'I'
print(json.dumps([F(1.5),I(3),{F(2.5):1,I(4):2,None:3,True:4}]))
t(json.dumps,[1,{'a':object()}]); t(json.dumps,{(1,2):3}); l=[]; l.append(l); t(json.dumps,l); t(json.dumps,float('nan'),allow_nan=False); t(json.dumps,[float('inf'),-float('inf'),float('nan')])
for x in ['','[','[1','[1,','[1,]','{','{"a"','{"a":','{"a":1','{"a":1,','{"a":1,}','{1','"\\','"\\x"','"\\u12"','"\\u123x"','"\\ud800\\u12"','"\\ud800\\udc00"','"\\ud800x"','"\x01"','-','-x','01','1.','1e','1e+','-Infinity','NaN','nul','"abc','1.5e5','-0','-0.0','12345678901234567890','[1 2]','{"a" 1}','1'*5000]:
    t(json.loads,x); 
for x in ['"\\u','"\\u1','"\\u12','"\\u123','"\\u1234','"\\ud800','"\\ud800\\','"\\ud800\\u','"\\ud800\\u1', '"\\ud800\\u1234','"\\ud800\\udc00','"\\ud800\\udc00"','"\\ud800\\u12"', '"\\ud800\\u12345"','"\\u１２３４"']:
  try: print(ascii(x),ascii(json.loads(x)))
  except Exception as e: print(ascii(x),e)

text = '{"a": [1, 2.5, {"b": null}], "a": true, "\u20ac": "\ud83d\ude00", "c": -0, "d": 1E400}'
print(ascii(json.loads(text)))
print(ascii(json.loads(text, object_pairs_hook=list)))
print(json.loads('[{"k": 1}, {"k": 2}]', object_hook=lambda d: sorted(d.items())))
print(json.loads('[1, 1.5, NaN]', parse_int=str, parse_float=lambda s: 'f' + s, parse_constant=str.lower))
first, second = json.loads('[{"key": 1}, {"key": 2}]')
print([a is b for a, b in zip(first, second)])
for options in ({}, {'indent': 2}, {'indent': '\t', 'sort_keys': True}, {'separators': (',', ':')}, {'ensure_ascii': False}):
    print(ascii(json.dumps({'b': [], 'a': {}, 'z\x7f\u20ac\U0001f600"\\\n\x01': [1, [2, (3,)], {'x': {}}]}, **options)))
print(json.dumps({1: 2, (3,): 4, None: 5}, skipkeys=True), json.dumps(10 ** 30), json.dumps(1e22), json.dumps([1e16, 1e-7]))


def broken():
    yield 'a'
    raise TypeError('from the iteration')


for join in (''.join, b''.join):
    for items in (broken(), 5):
        try:
            join(items)
        except TypeError as error:
            print(error)
