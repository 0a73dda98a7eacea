#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""stand-in.py - what rehearse.py starts in the place of QEMU. $STAND_IN says what it does; everything it is given it
finds as QEMU does, in its words."""
import fcntl
import json
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import time

HOW = os.environ.get('STAND_IN', 'ready')
WORDS = sys.argv[1:]


def after(option, pattern):
    """The number in the first word behind @option that has @pattern."""
    for name, value in zip(WORDS, WORDS[1:]):
        m = re.search(pattern, value) if name == option else None
        if m:
            return int(m[1])
    return None


def mouth(name):
    n = after('-chardev', rf'id={name},path=/dev/fd/(\d+)')
    return open(f'/dev/fd/{n}', 'wb', buffering=0)


def say(text, name='debug'):
    with mouth(name) as m:
        m.write(text.encode(errors='surrogateescape'))


def connected():
    s = socket.socket(socket.AF_UNIX)
    s.connect(f'/proc/self/fd/{after("-device", r"/proc/self/fd/(.*?)[^0-9]")}')
    return s


def greet(s):
    """VERSION, and the answer to it: docs/interop/vfio-user.rst of QEMU."""
    data = struct.pack('<HH', 0, 1) + json.dumps({'capabilities': {}}).encode() + b'\0'
    s.sendall(struct.pack('<HHIII', 1, 1, 16 + len(data), 0, 0) + data)
    s.recv(4096)


def write_config(s, at, value):
    """REGION_WRITE of 4 bytes in configuration space, which is region 7."""
    s.sendall(struct.pack('<HHIII', 2, 10, 16 + 16 + 4, 0, 0) + struct.pack('<QIII', at, 7, 4, value))
    s.recv(4096)


def ready():
    say('Booting\nigdctl: Witness: ready\n')
    time.sleep(1000)


def silent():
    say('I say something else\n')
    time.sleep(1000)


def seabios():
    say('SeaBIOS (version x)\nenter handle_19:\n  NULL\nBooting from Hard Disk...\n')
    time.sleep(1000)


def ended():
    say('last word')
    print('qemu: it is broken', file=sys.stderr)
    sys.exit(3)


def crashed():
    os.kill(os.getpid(), signal.SIGSEGV)


def without_sandbox():
    if '-sandbox' in WORDS:
        print('qemu: -sandbox support is not enabled in this QEMU binary')
        sys.exit(1)
    ready()


def flood():
    with mouth('debug') as m:
        while True:
            m.write(b'noise\n' * 1000)


def garbage():
    connected().sendall(b'\xff' * 4096)
    time.sleep(1000)


def parted():
    s = connected()
    greet(s)
    s.close()
    time.sleep(1000)


def asls():
    """A guest that writes the OpRegion's address, and a QEMU that then ends: what was written is known."""
    s = connected()
    greet(s)
    write_config(s, 0xfc, 0x1234000)
    s.close()
    sys.exit(0)


def facts():
    """What it has: descriptors, signals, limits, group, and its files."""
    fds = sorted(int(n) for n in os.listdir('/proc/self/fd'))
    fds = [n for n in fds if os.path.exists(f'/proc/self/fd/{n}') or n < 3]
    status = dict(ln.split(':', 1) for ln in open('/proc/self/status').read().splitlines())
    files = {}
    for name, option, pattern in (('code', '-drive', r'unit=0,file=/dev/fd/(\d+)'),
                                  ('vars', '-drive', r'unit=1,file=/dev/fd/(\d+)'),
                                  ('rom', '-device', r'"romfile":"/dev/fd/(\d+)"'),
                                  ('witness', '-device', r'rng-pci,.*romfile=/dev/fd/(\d+)'),
                                  ('opregion', '-fw_cfg', r'igd-opregion,file=/dev/fd/(\d+)'),
                                  ('stolen', '-fw_cfg', r'bdsm-size,file=/dev/fd/(\d+)')):
        n = after(option, pattern)
        if n is None:
            continue
        with open(f'/dev/fd/{n}', 'rb') as f:
            files[name] = {'bytes': f.read().hex()[:64], 'seals': fcntl.fcntl(f, fcntl.F_GET_SEALS)}
    used = {int(n) for w in WORDS for n in re.findall(r'/fd/(\d+)', w)}
    say('facts ' + json.dumps({
        'more': [n for n in fds if n > 2 and n not in used and not os.readlink(f'/proc/self/fd/{n}').endswith('/fd')],
        'stdin': os.readlink('/proc/self/fd/0'), 'blocked': int(status['SigBlk'], 16),
        'ignored': int(status['SigIgn'], 16) & ~(1 << 12 | 1 << 24  # Python's own: SIGPIPE, SIGXFSZ
                                                        | 3 << 31),  # and 32, 33, which glibc lets nobody change
        'leader': os.getpgid(0) == os.getpid(), 'core': resource.getrlimit(resource.RLIMIT_CORE)[0]}) + '\n')
    for name, what in files.items():
        say(f'file {name} {json.dumps(what)}\n')
    ready()


def wrapper():
    """One that starts QEMU as a child of its own."""
    subprocess.run([sys.executable, *sys.argv], env={**os.environ, 'STAND_IN': 'silent'}, check=False,
                   close_fds=False)


if __name__ == '__main__':
    if '--version' in WORDS:
        print('QEMU emulator version 11.1.3 (stand-in)')
    elif 'vfio-user-pci,help' in WORDS:
        print('  socket=<SocketAddress>')
    else:
        globals()[HOW.replace('-', '_')]()
