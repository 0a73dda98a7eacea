# SPDX-License-Identifier: GPL-2.0-or-later
"""emulated.py - emulated IGDs for a machine: the server of tests/rig runs beside it, and tells what the guest wrote.

    with emulated.Served(serve, [Igd('00:02.0', '3e92', ggc=0x0200)]) as igds:
        b = machine.boot(flash, devices=igds.devices({'00:02.0': rom}), shared=True, qemu=emulated.qemu())
    igds.events            # [Event('00:02.0', 'bdsm', 0x77b00000), ...], in the order in which they were
    igds.writes            # [('00:02.0', 0x5c, 0x77b00000), ...]: to configuration space, by the guest

The server has a folder of its own with its sockets, which is gone when it is; it ends with its standard input, so that
it does not outlive whoever started it.
"""
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from machine import releases

VENDOR = '8086'
WAIT = 20  # seconds for the server to be ready or to end


@dataclass(frozen=True)
class Igd:
    """A line for the server, and where the device is put."""
    at: str  # its name: bus:device.function as the guest numbers it
    device: str
    gen: int = 9
    bdsm: str = '5c'  # or c0, none
    ggc: int = 0x0200
    display: str = '030000'  # its class
    words: tuple = ()  # further ones of the server's: ('keep=1',)
    bus: str = ''  # of QEMU, when it is not on the root's; the name's device and function are the guest's there

    def line(self):
        return ' '.join([self.at, 'igd', f'id={VENDOR}:{self.device}', f'class={self.display}', f'gen={self.gen}',
                         f'bdsm={self.bdsm}', f'ggc={self.ggc:04x}', *self.words])


@dataclass(frozen=True)
class Event:
    at: str
    kind: str
    value: int


def qemu():
    """One with vfio-user-pci."""
    return releases.unpacked(releases.BACKPORTS)


class Served:
    """A server with @igds, for as long as the block lasts."""

    def __init__(self, serve, igds):
        self.serve, self.igds = serve, list(igds)
        self.events, self.writes, self.said, self.process = [], [], '', None

    def __enter__(self):
        self.keep = tempfile.TemporaryDirectory(prefix='igdctl-igd-')
        self.folder = Path(self.keep.name)
        try:
            self.begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def begin(self):
        self.logs = [self.folder / name for name in ('events', 'trace')]
        command = [self.serve, '--until-eof', '--events', self.logs[0], '--trace', self.logs[1], self.folder]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        self.process.stdin.write(''.join(f'{i.line()}\n' for i in self.igds) + '\n')
        self.process.stdin.flush()
        said = []
        for line in self.process.stdout:
            if line.strip() == 'ready':
                return
            said.append(line)
        raise RuntimeError(f'{self.serve} ended with status {self.process.wait(WAIT)}: {"".join(said)}')

    def __exit__(self, *_):
        if self.process:
            self.process.stdin.close()
            self.said = self.process.stdout.read()
            self.process.stdout.close()
            if self.process.wait(WAIT):
                self.said += f'it ended with status {self.process.returncode}'
            self.events, self.writes = read_events(self.logs[0]), read_writes(self.logs[1])
        self.keep.cleanup()

    def devices(self, roms=None):
        """What machine.boot() takes: of each IGD its words, and its option ROM where @roms has one for its name."""
        for igd in self.igds:
            slot, function = igd.at.split(':')[1].split('.')
            words = {'driver': 'vfio-user-pci', 'addr': f'{slot}.{function}',
                     'socket': {'type': 'unix', 'path': str(self.folder / f'{igd.at}.sock')}}
            if igd.bus:
                words['bus'] = igd.bus
            yield words, (roms or {}).get(igd.at)

    def wrote(self, at, kinds=('bdsm', 'asls')):
        """(kind, value) of its events of such a kind, in their order."""
        return [(e.kind, e.value) for e in self.events if e.at == at and e.kind in kinds]

    def registers(self, at, behind=0x40):
        """(register, value) of each write to its configuration space from @behind on, in their order."""
        return [(register, value) for who, register, value in self.writes if who == at and register >= behind]


def read_events(path):
    """Those with a number: SECONDS DEVICE KIND VALUE ..."""
    words = [t.split() for t in path.read_text().splitlines()] if path.exists() else []
    return [Event(w[1], w[2], int(w[3], 16)) for w in words if len(w) > 3]


def read_writes(path):
    """SECONDS DEVICE write config REGISTER+SIZE VALUE"""
    text = path.read_text() if path.exists() else ''
    found = re.findall(r'^\S+ (\S+) write config (\w+)\+\w+ (\w+)$', text, re.M)
    return [(at, int(register, 16), int(value, 16)) for at, register, value in found]
