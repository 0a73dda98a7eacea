# SPDX-License-Identifier: GPL-2.0-or-later
"""host.py - a captured machine brought up: its functions, its name and its processor's, its firmware's tables where
they matter, in a QEMU machine with an emulated IOMMU, under a real kernel.

    host = host.Host('tests/hosts/hp-elitedesk-800-g4.recipe')
    boot = host.boot(kernel, script, serve='build/tests/rig/serve', modules=['i915', 'vfio-pci'],
                     programs={'/bin/igdctl': 'build/igdctl'})
    initrd.sections(boot)

What is there comes from the recipe (tests/hosts/mkroot.py). Each function of bus 0 that q35 does not have itself is
a vfio-user device: its configuration space is answered by the server program @serve, which this starts and ends.
The OpRegion lies in memory where ASLS says, stolen memory where BDSM says. The files of the recipe that are not the
kernel's are those of the guest, so that its boot loader and its VMs are there too. What stays the emulator's own is
told in docs/test-rigs.md.

It needs a QEMU that has vfio-user-pci: 10.1 and later.

To look around in such a host, and to be there when it hangs, run this file: see the end.
"""
import argparse
import re
import shlex
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path += [str(TESTS / d) for d in ('boot', 'hosts', 'partners', 'rig')]

import initrd  # noqa: E402
import kernels  # noqa: E402
import machine  # noqa: E402
import mkroot  # noqa: E402
import releases  # noqa: E402

QEMU = 'trixie-backports'
Q35_OWN = {'0000:00:00.0', '0000:00:1f.0'}  # its host bridge and its LPC bridge; the other functions of 1f can go
IGD = '0000:00:02.0'
# MiB, all of it below the hole of q35, which begins at 2816 when there is no more: so the OpRegion and stolen memory of
# a machine whose own hole begins at 2.25 GiB are where they are there, and the emulator's tables are above them.
MEMORY = 2560
PAGE = 0x1000
OPREGION_SIZE = 0x2000
CPUS = 2
START = 10  # seconds; the server needs a fraction of one
# VT-d as QEMU's q35 has it, hw/i386/acpi-build.c: one unit, and the I/O APIC at this invented place.
DRHD = {'base': 'fed90000', 'all': '1', 'scope': 'ioapic:00@ff:00.0'}


class Bad(Exception):
    """This machine cannot be brought up."""


class Recipe(mkroot.Machine):
    """With what becomes words for QEMU kept."""

    def __init__(self):
        super().__init__()
        self.cpu, self.rmrrs = {}, []

    def do_cpu(self, words, keys, body):
        self.cpu.update(keys)
        super().do_cpu(words, keys, body)

    def do_rmrr(self, words, keys, body):
        self.rmrrs.append(keys)
        super().do_rmrr(words, keys, body)

    def text(self, path):
        """The first line of a file of the tree that was built; '': there is none."""
        data = self.t.entries.get(self.t.resolve(path))
        return data.decode().split('\n')[0] if isinstance(data, bytes) else ''


# ---- the functions, as lines for the server -----------------------------------------------------------

def plain_words(fn):
    """The keys of a function that does nothing."""
    if fn.type == 'rciep':
        yield 'pcie=rciep'
    elif fn.type != 'conventional':
        raise Bad(f'{fn.addr}: there is no {fn.type} on the root bus of this rig')
    if fn.get('flr'):
        yield 'flr=1'
    if fn.get('msi', '1') == '1':
        yield 'msi=1'
    yield 'pm=1'
    if fn.get('irq', '0') != '0':
        yield 'pin=1'
    for n, bar in fn.bars().items():
        if n < 6:
            kind = ':io' if bar.low & 1 else (':64' if bar.wide else ':32') + (':pref' if bar.low & 8 else '')
            yield f'bar{n}={bar.end - bar.base + 1:x}{kind}'


def igd_words(fn, generation):
    wide = 'bdsm64' in fn.keys
    yield f'gen={generation}'
    yield f'bdsm={"c0" if wide else "5c"}'
    for key, name in (('ggc', 'ggc'), ('bdsm64' if wide else 'bdsm', 'first'), ('asls', 'asls')):
        if key in fn.keys:
            yield f'{name}={fn.get(key)}'


@dataclass
class Server:
    process: subprocess.Popen
    folder: Path
    log: Path

    def socket(self, addr):
        return self.folder / f'{addr[5:]}.sock'

    def said(self):
        return self.log.read_text(errors='replace')


@contextmanager
def serving(program, lines, folder):
    """The server, answering on one socket a line, until the block is left."""
    log = Path(folder, 'serve.log')
    with log.open('wb') as out:
        p = subprocess.Popen([str(program), '--until-eof', str(folder)], stdin=subprocess.PIPE, stdout=out,
                             stderr=subprocess.STDOUT)
    server = Server(p, Path(folder), log)
    try:
        p.stdin.write('\n'.join([*lines, '', '']).encode())
        p.stdin.flush()  # and it stays open: when this process is gone, so is the server
        end = time.monotonic() + START * machine.PATIENCE
        while 'ready' not in server.said():
            if p.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f'{program}: not ready: {server.said().strip() or "it says nothing"}')
            time.sleep(0.02)
        yield server
    finally:
        p.kill()
        p.wait()
        p.stdin.close()


# ---- the machine --------------------------------------------------------------------------------------

class Host:
    def __init__(self, recipe, generation=9):
        self.recipe, self.generation = Path(recipe), generation
        self.machine = Recipe()
        mkroot.read_recipe(str(recipe), self.machine)
        self.tree = self.machine.build()

    def functions(self):
        """Those that are served, in the order of their addresses."""
        for addr, fn in sorted(self.machine.pci.items()):
            if addr in Q35_OWN:
                continue
            if not addr.startswith('0000:00:') or fn.is_bridge:
                raise Bad(f'{addr}: only functions of bus 0 that are no bridges can be brought up')
            yield fn

    def lines(self):
        """For the server: one a function."""
        functions = list(self.functions())
        slots = [fn.addr[:-1] for fn in functions] + ['0000:00:1f.']
        for fn in functions:
            head = [fn.addr[5:], 'igd' if fn.addr == IGD else 'plain', 'id=%04x:%04x' % fn.id, f'class={fn.cls:06x}',
                    f'rev={fn.get("rev", "00")}', f'subsys={fn.get("subsys", "0000:0000")}']
            if slots.count(fn.addr[:-1]) > 1 or fn.get('multi'):
                head.append('multi=1')
            yield ' '.join([*head, *(igd_words(fn, self.generation) if fn.addr == IGD else plain_words(fn))])

    def register(self, key):
        fn = self.machine.pci.get(IGD)
        return int(fn.get(key, '0'), 16) if fn else 0

    def files(self):
        """What is on its disk: all of the recipe that the kernel does not make."""
        for path, value in self.tree.entries.items():
            if path.split('/')[0] not in ('', 'proc', 'sys', 'dev') and value is not None:
                yield path, value

    def dmar(self):
        """The machine's own table, its units replaced by the emulator's one; None: it has none."""
        head = self.machine.dmar_head
        if head is None:
            return None
        body = mkroot.struct.pack('<BB10x', int(head['width']) - 1, mkroot.hexint(head.get('flags', '1')))
        body += mkroot.drhd(DRHD, mkroot.scope(DRHD['scope']))
        for keys in self.machine.rmrrs:
            body += mkroot.rmrr(keys, b''.join(mkroot.scope(s) for s in keys.get('scope', '').split()))
        return mkroot.acpi_table('DMAR', 1, *self.oem(), body)

    def oem(self):
        """The kernel replaces a table only by one of the same maker, byte by byte: all of QEMU's get this name."""
        head = self.machine.dmar_head or {}
        return head.get('oem', 'TEST').ljust(6), head.get('table', 'TEST').ljust(8)

    def opregion(self):
        """(its bytes, where they go), or (None, 0)."""
        made = [v for p, v in self.tree.entries.items() if p.endswith('/i915_opregion')]
        asls = self.register('asls')
        if not made or not asls or asls + OPREGION_SIZE > MEMORY << 20:
            return None, 0
        return made[0], asls

    def smbios(self):
        text = {k: machine.comma(self.machine.text(f'sys/class/dmi/id/{k}')) for k in (
            'bios_vendor', 'bios_version', 'bios_date', 'sys_vendor', 'product_name', 'board_vendor', 'board_name')}
        return ['-smbios', 'type=0,vendor={bios_vendor},version={bios_version},date={bios_date}'.format(**text),
                '-smbios', 'type=1,manufacturer={sys_vendor},product={product_name}'.format(**text),
                '-smbios', 'type=2,manufacturer={board_vendor},product={board_name}'.format(**text)]

    def processor(self):
        cpu = self.machine.cpu
        return ('max,hypervisor=off,vendor={vendor},family={family},model={number},stepping={stepping}'.format(**cpu)
                + ',model-id=' + machine.comma(cpu['model']))

    def devices(self, server, iommu):
        """The IOMMU first: it must be there before what it serves."""
        if iommu:
            yield iommu
        served = list(self.functions())
        for fn in served:
            several = sum(o.addr[:-1] == fn.addr[:-1] for o in served) > 1 or fn.addr.startswith('0000:00:1f.')
            yield ('{"driver":"vfio-user-pci","addr":"%s","multifunction":%s,"socket":{"type":"unix","path":"%s"}}'
                   % (fn.addr[8:], 'true' if several else 'false', server.socket(fn.addr)))

    def iommu(self, remapping=True):
        width = (self.machine.dmar_head or {}).get('width', '39')
        return f'intel-iommu,intremap={"on" if remapping else "off"},caching-mode=on,aw-bits={width}'

    def reserved(self):
        """(first byte, last) of memory that the firmware keeps: where the OpRegion is, and what the DMAR names."""
        _, at = self.opregion()
        if at:
            yield at & -PAGE, at + OPREGION_SIZE - 1 | PAGE - 1
        for keys in self.machine.rmrrs:
            yield mkroot.hexint(keys['base']), mkroot.hexint(keys['end'])

    def words(self):
        """For the kernel's command line: the machine's own, and what its firmware would have reserved."""
        keep = [f'memmap={end - base + 1:#x}${base:#x}' for base, end in self.reserved()]
        return ' '.join([self.machine.text('proc/cmdline'), *keep])

    def archive(self, kernel, modules, script, programs, files):
        extra = {f'/boot/config-{kernel.release}': kernel.config, **(files or {})}
        extra.update({f'/{p}': v for p, v in self.files() if isinstance(v, bytes)})
        if self.dmar():
            extra['/kernel/firmware/acpi/dmar.aml'] = self.dmar()
        links = {f'/{p}': v for p, v in self.files() if isinstance(v, str)}
        return initrd.build(kernel, modules, script, programs, extra, links)

    def boot(self, kernel, script, *, serve, modules=(), programs=None, files=None, words='', iommu=True, extra=(),
             deadline=120, until=initrd.THE_END, qemu=None):
        """Start it with the script and wait for @until. @iommu: words for QEMU in place of True, or None for none."""
        with tempfile.TemporaryDirectory(prefix='igdctl-host-') as folder, \
                serving(serve, self.lines(), folder) as server:
            args = ['-cpu', self.processor(), '-smp', str(CPUS), *self.smbios(), *extra]
            data, at = self.opregion()
            if data:
                path = Path(folder, 'opregion')
                path.write_bytes(data)
                args += ['-device', f'loader,file={path},addr={at:#x},force-raw=on']
            oem, table = self.oem()
            boot = machine.boot(
                initrd.Linux(kernel.vmlinuz, self.archive(kernel, modules, script, programs, files),
                             f'{self.words()} {words}'.strip()),
                board=f'q35,sata=off,smbus=off,x-oem-id={oem},x-oem-table-id={table}', memory=MEMORY, shared=True,
                devices=list(self.devices(server, self.iommu() if iommu is True else iommu)), extra=args, until=until,
                deadline=deadline, qemu=qemu or releases.unpacked(QEMU))
            if not boot.said and server.process.poll() is not None:
                boot.ended += f'; the server ended with status {server.process.returncode}: {server.said()[-500:]}'
            return boot


def main(argv):
    """By hand: what a script says in the host, as it says it; or the command lines alone."""
    parser = argparse.ArgumentParser(description='Bring a captured machine up and run a script in it.')
    parser.add_argument('--recipe', default=TESTS / 'hosts/hp-elitedesk-800-g4.recipe')
    parser.add_argument('--serve', required=True, help='the server program')
    parser.add_argument('--igdctl', help='goes to /bin/igdctl')
    parser.add_argument('--kernel', default='6.12', choices=kernels.SUITES)
    parser.add_argument('--modules', default='i915,vfio-pci')
    parser.add_argument('--words', default='', help='added to the kernel\'s command line')
    parser.add_argument('--seconds', type=float, default=300)
    parser.add_argument('--lines', action='store_true', help='print what the server is told, and end')
    parser.add_argument('script', nargs='?', default='section lspci lspci -nnk')
    args = parser.parse_args(argv)
    host = Host(args.recipe)
    if args.lines:
        print('\n'.join(host.lines()))
        return 0
    boot = host.boot(kernels.unpacked(args.kernel), args.script, serve=args.serve, modules=args.modules.split(','),
                     programs={'/bin/igdctl': args.igdctl} if args.igdctl else None, words=args.words,
                     deadline=args.seconds)
    for line in boot.lines:
        print(f'{line.at:7.2f} {line.mouth:6} {line.text}')
    print(boot.command)
    print(f'{boot.took:.1f} s, {boot.cpu:.1f} s of processors; {"the end was reached" if boot.said else boot.ended}')
    return 0 if boot.said else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
