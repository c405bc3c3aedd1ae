"""The character database: every function in both versions, look-ups, normal forms, arguments."""
import unicodedata as u
def t(f,*a,**k):
    try: print(ascii((getattr(f,'__name__','?'),a,k,f(*a,**k))))
    except BaseException as e: print(ascii((getattr(f,'__name__','?'),a,k,type(e).__name__, str(e))))
o=u.ucd_3_2_0
print(u.unidata_version,o.unidata_version, type(o), u.UCD)
chars=['a','5','\xb2','\u0660','\xbd','\u4e00','\uac00','\u0301','\U0001f600','\ud800','\u212b','\u2f00','\ufb01','\u0378','\u09be','\U0001f1e6','\x00','\u3402','\uf900','\U00020000','(', '\u037a','\u2167', '\uabcd','\u20bf','\u0221','\U00010a00']
for n in ('decimal','digit','numeric','category','bidirectional','combining','mirrored','east_asian_width','decomposition','name'):
    for c in chars:
        for m in (u,o):
            t(getattr(m,n),c)
            if n in ('decimal','digit','numeric','name'): t(getattr(m,n),c,None)
    for m in (u,o): t(getattr(m,n)); t(getattr(m,n),'ab'); t(getattr(m,n),1); t(getattr(m,n),'a',1,2); t(getattr(m,n),'')
for n in ('LATIN SMALL LETTER A','latin small letter a','HANGUL SYLLABLE GA','CJK UNIFIED IDEOGRAPH-4E00','nope','LATIN SMALL LETTER R WITH TILDE','KEYCAP DIGIT ONE','NULL','LATIN CAPITAL LETTER GHA','','a'*300,'\u20ac',b'SPACE',1,'EURO SIGN','BITCOIN SIGN','x'*256,'x'*257):
    for m in (u,o): t(m.lookup,n)
for f in ('NFC','NFD','NFKC','NFKD','nfc','',1):
    for s in ('','abc','\xe9','e\u0301','\u212b','\ufb01','\uac00','\u1100\u1161\u11a8','a\u0328\u0301','\u0958','\U0001d15e','\u2f868','\u0344','q\u0307\u0323',1,b'a'):
        for m in (u,o): t(m.normalize,f,s); t(m.is_normalized,f,s)
t(u.normalize,'NFC'); t(u.lookup); t(u.UCD); t(o.is_normalized,'NFC','a','b')
print(u._ucnhash_CAPI.__class__, u.category.__self__.__name__ if hasattr(u.category.__self__,'__name__') else u.category.__self__, o.category.__self__ is o)

for m in (u,o):
    h=[]
    for n in ('category','bidirectional','combining','mirrored','east_asian_width','decomposition'):
        f=getattr(m,n); h.append(hash(tuple(map(hash,[])))); x=0
        for i in range(0,0x110000,7): 
            v=f(chr(i)); x=(x*31+sum(map(ord,str(v))))%1000000007
        print(n,x)
    for n in ('decimal','digit','numeric','name'):
        f=getattr(m,n); x=0
        for i in range(0,0x110000,7):
            v=f(chr(i),None); x=(x*31+sum(map(ord,str(v))))%1000000007
        print(n,x)
s='e\u0301x'; r=u.normalize('NFC','abc'); q='abc'; print(u.normalize('NFC',q) is q)
class S(str): pass
print(type(u.normalize('NFC',S('abc'))), type(u.normalize('NFC',S('e\u0301'))))
