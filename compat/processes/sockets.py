"""Sockets of the system: pairs, time-outs, addresses, ancillary data, errors."""
import _socket
import array
import os
import select


def show(function, *args, **keywords):
    try:
        print(function.__name__, args, repr(function(*args, **keywords)))
    except Exception as error:
        print(function.__name__, args, type(error).__name__, error)


left, right = _socket.socketpair()
print(left.family, left.type, left.proto, left.gettimeout(), left.getblocking())
print(left.send(b"hello"), right.recv(3), right.recv(100, _socket.MSG_PEEK))
target = bytearray(8)
print(right.recv_into(target), target)
left.settimeout(0.05)
show(left.recv, 1)
left.setblocking(False)
show(left.recv, 1)
left.settimeout(None)
left.sendall(memoryview(b"x" * 1000))
print(sum(len(right.recv(300)) for _ in range(4)))

# Descriptors travel as ancillary data.
reader, writer = os.pipe()
rights = array.array("i", [writer])
left.sendmsg([b"take ", b"this"], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)])
data, controls, flags, address = right.recvmsg(100, _socket.CMSG_SPACE(4))
print(data, [(level, kind, len(item)) for level, kind, item in controls], address)
received = int.from_bytes(controls[0][2], "little")
os.write(received, b"through the pipe")
print(os.read(reader, 100), received != writer)
parts = [bytearray(2), bytearray(4)]
left.sendmsg([b"ab", memoryview(b"cdef")])
print(right.recvmsg_into(parts)[0], parts)
for descriptor in (reader, writer, received):
    os.close(descriptor)

server = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
server.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 0))
server.listen()
client = _socket.socket()
client.settimeout(5)
client.connect(server.getsockname())
descriptor, address = server._accept()
print(address == client.getsockname(), client.getpeername() == server.getsockname())
accepted = _socket.socket(fileno=descriptor)
print(accepted.family, accepted.type, accepted.proto)
client.sendall(b"over tcp")
client.shutdown(_socket.SHUT_WR)
print(accepted.recv(100), accepted.recv(100))
poller = select.poll()
poller.register(client, select.POLLIN)
accepted.send(b"!")
print([(fd == client.fileno(), event) for fd, event in poller.poll(5000)])
for one in (accepted, client, server, left, right):
    one.close()
show(client.recv, 1)
print(client, client.fileno())

datagrams = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
datagrams.bind(("127.0.0.1", 0))
print(datagrams.sendto(b"to myself", datagrams.getsockname()))
data, source = datagrams.recvfrom(100)
print(data, source == datagrams.getsockname())
show(datagrams.sendto, b"x", ("127.0.0.1", 70000))
show(datagrams.sendto, b"x", 5)
show(datagrams.sendto)
datagrams.close()

show(_socket.inet_pton, _socket.AF_INET6, "::1")
show(_socket.inet_ntop, _socket.AF_INET, b"\x7f\0\0\1")
show(_socket.inet_aton, "no address")
show(_socket.htons, 70000)
show(_socket.htonl, -1)
show(_socket.ntohl, 1)
show(_socket.CMSG_LEN, -1)
show(_socket.getaddrinfo, b"127.0.0.1", b"80", 0, _socket.SOCK_STREAM)
show(_socket.getaddrinfo, 5, 5)
show(_socket.getnameinfo, ("127.0.0.1", 80), _socket.NI_NUMERICHOST | _socket.NI_NUMERICSERV)
show(_socket.socket, 99)
show(_socket.setdefaulttimeout, -1)
