"""binascii: every codec over plain and damaged input, checksums, separators."""
import binascii as b
def t(f,*a,**k):
    try: print(f.__name__,a,k,repr(f(*a,**k)))
    except BaseException as e: print(f.__name__,a,k,type(e), e)
for x in (b'',b'a',b'ab',b'abc',b'\xff'*10,'é','abc',5,None,bytearray(b'xyz'),b'a'*46):
    for n in ('a2b_base64','a2b_hex','unhexlify','a2b_qp','a2b_uu','b2a_base64','b2a_hex','hexlify','b2a_qp','b2a_uu','crc32'):
        t(getattr(b,n),x)
for x in (b'YQ==',b'YQ=',b'YQ',b'Y',b'YWI=',b'YWJj\n',b'Y W\nJj',b'=YWJj',b'YWJj=',b'YQ==YQ==',b'Y=Q=',b'YQ=Q',b'YQ==\n',b'a==',b'ab===',b'ab=c='):
    t(b.a2b_base64,x); t(b.a2b_base64,x,strict_mode=True)
t(b.b2a_base64,b'abc',newline=False)
for s in (':',b'-','',b'',None,'é','ab',5):
    t(b.b2a_hex,b'abcdef',s); t(b.hexlify,b'abcdef',s,2); t(b.hexlify,b'abcdef',s,-4)
t(b.hexlify,b'abcdef',bytes_per_sep=2); t(b.hexlify,b'',':'); t(b.hexlify,b'a',':',0); t(b.hexlify,b'a',':','x')
for x in (b'0',b'0g',b'AbCd','a b'): t(b.unhexlify,x)
t(b.crc32,b'hello',1); t(b.crc32,b'hello',-1); t(b.crc32,b'hello',1<<40); t(b.crc32,b'hello','x'); t(b.crc_hqx,b'hello',0); t(b.crc_hqx,b'hello',0xffff); t(b.crc_hqx,b'hello',-1); t(b.crc_hqx,b'hello'); t(b.crc_hqx,b'a',1.5)
for x in (b' ',b'#86)C',b'#86)C\n',b'#86)C  ',b'#86)Cx',b'"86)C',b'M',b'\x00',b'\xff',b'#\x80abc',b'#86'): t(b.a2b_uu,x)
t(b.b2a_uu,b'',backtick=True); t(b.b2a_uu,b'\0\0\0x',backtick=True); t(b.b2a_uu,b'\0\0\0x')
for x in (b'a=b',b'a=3Db',b'=',b'a=\n',b'a=\r\nb',b'a=\rb',b'a_b',b'==',b'=X=4',b'=4x'): t(b.a2b_qp,x); t(b.a2b_qp,x,header=True)
import itertools
for x in (b'a b\t c',b'hello \nworld\t\n',b'x'*80,b'x'*75+b' \n',b'.\n.a\n.',b'\r\n a\r\nb',b'=\x80_\x00',b'x'*73+b'=ab',b' ',b'\t\r\n',b'a'*100+b'\r\n'+b'b'*100, b'.'):
    for q,i,h in itertools.product((0,1),repeat=3): t(b.b2a_qp,x,quotetabs=q,istext=i,header=h)
print(b.Error.__mro__, b.Incomplete.__mro__, b.__doc__)
import random
r=random.Random(5)
for i in range(300):
    d=bytes(r.choice(b'ab =\t\n\r._\x80') for _ in range(r.randrange(120)))
    k=dict(quotetabs=r.randrange(2),istext=r.randrange(2),header=r.randrange(2))
    e=b.b2a_qp(d,**k); print(e); print(b.a2b_qp(d,header=r.randrange(2)))
    print(b.b2a_base64(d)); 
    u=b.b2a_uu(d[:45]); assert b.a2b_uu(u)==d[:45]
    print(u, b.crc32(d), b.crc_hqx(d,i)); 
    d=bytes(r.choice(b'abAZ09+/= \n') for _ in range(r.randrange(20)))
    t(b.a2b_base64,d); t(b.a2b_base64,d,strict_mode=True)
