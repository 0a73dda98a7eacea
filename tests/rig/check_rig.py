#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""check_rig.py - what the rigs are made with, without a machine: the archive as another program reads it, sections out
of a boot's lines, a recipe as lines for the server, and the comparison that has to notice. Speaks TAP."""
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import compare  # noqa: E402
import debian  # noqa: E402
import host as hosts  # noqa: E402
import initrd  # noqa: E402
import kernels  # noqa: E402
import machine  # noqa: E402
from tap import Missing, Tap  # noqa: E402

RECIPES = Path(__file__).resolve().parent.parent / 'hosts'


def equal(what, wanted, got):
    return [] if wanted == got else [f'{what}: {got!r}, not {wanted!r}']


def archive():
    a = initrd.Archive()
    a.file('/a/b', 'text\n', 0o640)
    a.link('/a/c', '../x')
    a.file('/odd', b'123')  # three bytes and a name that both want padding
    a.folder('/empty')
    busybox = kernels.found('busybox')
    with tempfile.TemporaryDirectory() as tmp:
        said = subprocess.run([busybox, 'cpio', '-idm'], input=a.bytes(), cwd=tmp, stderr=subprocess.PIPE, check=False)
        top = Path(tmp)
        return [*equal('status', 0, said.returncode), *equal('file', 'text\n', (top / 'a/b').read_text()),
                *equal('mode', 0o640, (top / 'a/b').stat().st_mode & 0o777),
                *equal('link', '../x', str((top / 'a/c').readlink())),
                *equal('bytes', b'123', (top / 'odd').read_bytes()), *equal('folder', True, (top / 'empty').is_dir())]


def sections():
    told = ['noise', '@@ begin a', 'one', '', 'two', '', '@@ end a 3', 'noise', '@@ data b', 'MTIz', '@@ end b 0',
            '@@ begin cut', 'some']
    boot = machine.Boot('', '', [machine.Line(0, 'serial', t) for t in told] + [machine.Line(0, 'qemu', '@@ begin x')])
    got = initrd.sections(boot)
    return [*equal('names', ['a', 'b', 'cut'], list(got)), *equal('text', 'one\n\ntwo', got['a'].text),
            *equal('status', 3, got['a'].status), *equal('data', b'123', got['b'].data),
            *equal('a section without its end', None, got['cut'].status)]


def closure():
    """Made up: a needs b by name, wants c first, and d is compiled in."""
    with tempfile.TemporaryDirectory() as tmp:
        folder = Path(tmp)
        (folder / 'modules.dep').write_text('k/a-1.ko.xz: k/b.ko.xz\nk/b.ko.xz:\nk/c.ko:\nk/z.ko:\n')
        (folder / 'modules.softdep').write_text('# says depmod\nsoftdep a_1 pre: c nowhere\n')
        (folder / 'modules.builtin').write_text('kernel/d.ko\n')
        kernel = kernels.Kernel('0', '0-test', folder, folder, folder)
        faults = equal('files', ['k/a-1.ko.xz', 'k/b.ko.xz', 'k/c.ko'], initrd.closure(kernel, ['a-1', 'd']))
        try:
            return [*faults, f'a module that is not there: {initrd.closure(kernel, ["e"])}']
        except ValueError:
            return faults


def recipe():
    host = hosts.Host(RECIPES / 'hp-elitedesk-800-g4.recipe')
    lines = list(host.lines())
    return [*equal('functions', 12, len(lines)),  # fourteen, and two are q35's
            *equal('the GPU', '00:02.0 igd id=8086:3e92 class=030000 rev=00 subsys=103c:83e2 gen=9 bdsm=5c ggc=01c1 '
                   'first=8e000001 asls=8a5e4018', lines[0]),
            *equal('a function', '00:14.3 plain id=8086:a370 class=028000 rev=10 subsys=8086:0034 multi=1 pcie=rciep '
                   'flr=1 msi=1 pm=1 bar0=4000:64', next(t for t in lines if t.startswith('00:14.3'))),
            *equal('a table that sums to 0', 0, sum(host.dmar()) & 0xff),
            *equal('its OpRegion is in memory', 0x8a5e4018, host.opregion()[1]),
            *equal('no file of the kernel\'s', [], [p for p, _ in host.files() if p.split('/')[0] in ('sys', 'proc')])]


def comparison():
    there = {'host': {'n': 1, 'gone': None, 'pci': [{'address': 'a', 'x': 1}, {'address': 'b', 'x': 2}], 'usb': []}}
    here = {'host': {'n': 2, 'gone': 5, 'pci': [{'address': 'c', 'x': 1}, {'address': 'b', 'x': 2}],
                     'usb': [{'path': 'p'}]}}
    found = compare.differences(compare.facts(there), compare.facts(here))
    wanted = {'host/n': (1, 2), 'host/pci/a': ('there', None), 'host/pci/c': (None, 'there')}
    faults = equal('differences', wanted, found)
    verdicts = {'finding/a': 'unknown', 'finding/b': 'pass', 'finding/c': 'unknown'}
    found = compare.differences(verdicts, {'finding/a': 'fail', 'finding/b': 'unknown', 'finding/c': 'pass'})
    return faults + equal('verdicts', ['finding/a', 'finding/b'], sorted(found))


def known():
    with tempfile.TemporaryDirectory() as tmp:
        path = Path(tmp, 'known')
        path.write_text('# why\n\none,two host/* : a reason\none@6.1 never : a reason\n')
        k = compare.Known(path)
        faults = equal('explained', [], k.unknown(['one', 'one@6.12'], {'host/a': (1, 2)}))
        faults += equal('not explained', 1, len(k.unknown(['one'], {'guest': (1, 2)})))
        faults += equal('all is needed that was looked for', [], k.unused({'one'}))
        faults += equal('what nothing needed', 2, len(k.unused({'two', 'one@6.1'})))
        path.write_text('one host/a\n')
        try:
            compare.Known(path)
        except ValueError:
            return faults
        return [*faults, 'a line without a reason was taken']


def partitions():
    """As util-linux reads them, which checks the sums."""
    with tempfile.TemporaryDirectory() as tmp:
        disk = Path(tmp, 'disk')
        debian.blank(disk)
        said = subprocess.run([kernels.found('partx'), '-g', '-r', '-o', 'START,SECTORS,NAME,TYPE', disk], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False).stdout
        wanted = [f'{at // 512} {size // 512} {name} {kind}' for at, size, name, kind in (
            (debian.ESP_AT, debian.ESP_SIZE, 'esp', debian.ESP_TYPE),
            (debian.ROOT_AT, debian.ROOT_SIZE, 'root', debian.LINUX_TYPE))]
        return equal('partitions', wanted, said.splitlines())


def main():
    tap = Tap()
    for name, test in (('an archive is what cpio reads', archive), ('sections', sections), ('modules', closure),
                       ('a recipe as lines for the server', recipe), ('a comparison notices', comparison),
                       ('a list of differences that can only shrink', known), ('partitions of a disk', partitions)):
        try:
            tap.result(name, test())
        except Missing as e:
            tap.missing(name, str(e))
    return tap.end()


if __name__ == '__main__':
    sys.exit(main())
