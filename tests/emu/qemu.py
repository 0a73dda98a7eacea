#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""qemu.py SERVE - a real QEMU (11.1) with the dummy device in a slot, as TAP: the program SERVE is the device (serve.c).

Nothing has a name in the file system while QEMU runs: the socket's is gone as soon as it is opened, and QEMU reaches it
through a descriptor that it inherits. What the guest's processor would do is done by QEMU's qtest, command by command,
with the processor stopped; where firmware is to run it is SeaBIOS.
"""
import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / 'partners'))

import releases  # noqa: E402
from tap import Missing, Tap  # noqa: E402

PATIENCE = float(os.environ.get('IGDCTL_BOOT_PATIENCE') or 1)
SECONDS = 60 * PATIENCE
MEMORY = 256  # MiB
LOG = '/dev/null'
SLOT = 2
BAR0, BAR2 = 0xe0000000, 0xe0100000
MAPPED = 0x8000  # of BAR 0, from here on it is mapped and no access is seen


@contextlib.contextmanager
def listening():
    """(the listening socket, a descriptor that stands for its name)"""
    with socket.socket(socket.AF_UNIX) as s:
        with tempfile.TemporaryDirectory(prefix='igdctl-emu-') as folder:
            s.bind(f'{folder}/s')
            s.listen(1)
            name = os.open(f'{folder}/s', os.O_PATH)
        try:
            yield s, name
        finally:
            os.close(name)


class Rig:
    """A device and a QEMU; .said is what the device printed, .warned what QEMU did, when both are gone."""

    def __init__(self, qemu, serve, args, quiet=False):
        with listening() as (s, name):
            self.serve = subprocess.Popen([serve, *(['-q'] if quiet else []), str(s.fileno())], pass_fds=[s.fileno()],
                                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            device = f'{{"driver":"vfio-user-pci","addr":"{SLOT}","id":"dummy",' \
                     f'"socket":{{"type":"unix","path":"/proc/self/fd/{name}"}}}}'
            words = ['-accel', 'tcg', '-nodefaults', '-no-user-config', '-display', 'none', '-monitor', 'none',
                     '-m', f'{MEMORY}M', '-object', f'memory-backend-memfd,id=ram,size={MEMORY}M,share=on',
                     '-device', device, *args]
            self.errors = tempfile.TemporaryFile('w+')  # a pipe could be full
            self.qemu = subprocess.Popen([*qemu.words, *words], env=qemu.env, pass_fds=[name], text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for p in (self.qemu, self.serve):
            if p.poll() is None:
                p.kill()
            p.wait()
            for f in (p.stdin, p.stdout):
                if f:
                    f.close()
        self.errors.close()

    def end(self):
        self.qemu.kill()
        self.qemu.wait()
        self.warned = self.errors_told()
        self.said = self.serve.communicate(timeout=SECONDS)[0]

    def errors_told(self):
        self.errors.seek(0)
        return self.errors.read()

    # ---- qtest, on QEMU's standard input and output ----

    def ask(self, line):
        self.qemu.stdin.write(line + '\n')
        self.qemu.stdin.flush()
        while True:
            got = self.qemu.stdout.readline()
            if not got:
                raise EOFError(self.errors_told())
            if got.startswith('OK'):
                return int(got.split()[1], 0) if len(got.split()) > 1 else None
            if not got.startswith('IRQ'):
                raise ValueError(f'{line}: {got}')

    def config(self, at, value=None, size='l', slot=SLOT):
        self.ask(f'outl 0xcf8 {0x80000000 | slot << 11 | at & ~3:#x}')
        port = 0xcfc + (at & 3)
        return self.ask(f'in{size} {port:#x}') if value is None else self.ask(f'out{size} {port:#x} {value:#x}')

    def hears_interrupt(self):
        """Ask this and that until a line of it comes between."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            self.qemu.stdin.write('inb 0x80\n')
            self.qemu.stdin.flush()
            for _ in range(2):
                got = self.qemu.stdout.readline()
                if got.startswith('IRQ raise'):
                    return True
                if got.startswith('OK'):
                    break
            time.sleep(0.01)
        return False


def wrong(*rows):
    return [f'{name}: {is_!r}, expected {wanted!r}' for name, is_, wanted in rows if is_ != wanted]


def counted(said):
    m = re.search(r'resets (\d+), reads (\d+), writes (\d+)', said)
    return [int(n) for n in m.groups()] if m else None


def ended_well(rig):
    """What holds after each of them."""
    memory = re.search(r'memory (\w+) known, (\w+) mapped', rig.said)
    return wrong(('status', rig.serve.returncode, 0), ('why it is gone', 'gone by itself' in rig.said, True),
                 ('QEMU warned', rig.warned, ''),
                 ('nearly all is mapped', bool(memory) and int(memory[2], 16) >= (MEMORY - 1) << 20, True))


def is_driven(qemu, serve, board):
    """Configuration, BARs that are seen and that are mapped, and an interrupt."""
    with Rig(qemu, serve, ['-M', f'{board},memory-backend=ram', '-S', '-qtest', 'stdio', '-qtest-log', LOG]) as r:
        ids = r.config(0)
        r.ask('irq_intercept_in ioapic')
        if board == 'pc':
            r.config(0x60, 0x0b0b0b0b, slot=1)  # the PIIX3 leads no PCI interrupt anywhere after a reset
        r.config(0x10, 0xffffffff)
        size = r.config(0x10)
        r.config(0x10, BAR0)
        r.config(0x18, BAR2)
        r.config(4, 6, 'w')
        r.ask(f'writel {BAR0 + 0x40:#x} 0x12345678')
        seen = r.ask(f'readl {BAR0 + 0x40:#x}')
        for i in range(64):
            r.ask(f'writel {BAR0 + MAPPED + 4 * i:#x} {i:#x}')
        mapped = r.ask(f'readl {BAR0 + MAPPED + 4 * 63:#x}')
        r.ask(f'writeq {BAR2 + 8:#x} 0x1122334455667788')
        wide = r.ask(f'readl {BAR2 + 12:#x}')
        r.ask(f'writeb {BAR2:#x} 1')
        interrupt = r.hears_interrupt()
        r.end()
    return wrong(('ids', ids, 0x12348086), ('sized', size, 0xffff0000), ('read back', seen, 0x12345678),
                 ('read back where it is mapped', mapped, 63), ('half of what was written', wide, 0x11223344),
                 ('interrupt', interrupt, True),
                 ('the write was seen', 'write 0 40+4 0x12345678' in r.said, True),
                 ('the read was seen', 'read 0 40+4 0x12345678' in r.said, True),
                 ('a mapped one was seen', bool(re.search(r'^(read|write) 0 8', r.said, re.M)), False),
                 ) + ended_well(r)


def boots(qemu, serve, board, *more):
    """SeaBIOS looks for something to start until it gives up: the device was found, and placed."""
    with tempfile.NamedTemporaryFile(prefix='igdctl-emu-') as log:
        with Rig(qemu, serve, ['-M', f'{board},memory-backend=ram', '-chardev', f'file,id=log,path={log.name}',
                               '-device', 'isa-debugcon,iobase=0x402,chardev=log', *more]) as r:
            end = time.monotonic() + SECONDS
            while b'No bootable device' not in Path(log.name).read_bytes() and time.monotonic() < end and \
                    r.qemu.poll() is None:
                time.sleep(0.1)
            said = Path(log.name).read_text(errors='replace')
            r.end()
    return wrong(('SeaBIOS got to its end', 'No bootable device' in said, True),
                 ('it placed a BAR', bool(re.search(r'^write 7 10\+4 0xf\w{7}', r.said, re.M)), True),
                 ) + ended_well(r)


def is_killed(qemu, serve, seconds):
    """QEMU is gone after so long, wherever it was; the device is not held up, and does not complain."""
    with Rig(qemu, serve, ['-M', 'q35,memory-backend=ram'], quiet=True) as r:
        time.sleep(seconds)
        r.qemu.kill()
        r.qemu.wait()
        try:
            said = r.serve.communicate(timeout=5)[0]
        except subprocess.TimeoutExpired:
            return []  # it had not come to open the socket
    return wrong(('status', r.serve.returncode, 0), ('why it is gone', 'gone by itself' in said, True))


def main():
    serve, tap = sys.argv[1], Tap()
    try:
        qemu = releases.unpacked(releases.BACKPORTS)
    except Missing as e:
        tap.missing('QEMU 11.1', str(e))
        return tap.end()
    for board in ('q35', 'pc'):
        tap.result(f'{board}: driven access by access', is_driven(qemu, serve, board))
        tap.result(f'{board}: SeaBIOS', boots(qemu, serve, board))
    tap.result('q35 with an IOMMU: SeaBIOS',
               boots(qemu, serve, 'q35', '-device', 'intel-iommu,intremap=on,caching-mode=on'))
    for n in range(1, 13):
        tap.result(f'killed after {n * 0.05:.2f} s', is_killed(qemu, serve, n * 0.05))
    return tap.end()


if __name__ == '__main__':
    sys.exit(main())
