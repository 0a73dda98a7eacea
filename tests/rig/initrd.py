# SPDX-License-Identifier: GPL-2.0-or-later
"""initrd.py - a small Linux userland in one file for a kernel that QEMU starts: busybox, kmod, lspci, the modules that
a test names with all they need, programs under test with their libraries, and a script whose answers come back in
sections over the first serial port.

    data = initrd.build(kernel, ['i915', 'vfio-pci'], 'section groups ls /sys/kernel/iommu_groups',
                        programs={'/bin/igdctl': 'build/igdctl'})
    boot = machine.boot(initrd.Linux(kernel.vmlinuz, data), until=initrd.THE_END, ...)
    initrd.sections(boot)['groups'].text

The archive is not compressed, and modules that are lie in it unpacked: an emulated processor would take longer to
unpack them than QEMU takes to hand them over.

What the script may say beside sh, where busybox has the usual small programs:
    section NAME COMMAND...   the command's output, standard error with it, and its exit status as a section
    give NAME FILE            the file's bytes as a section (.data)
    modprobe, rmmod, lsmod    kmod's; busybox would take its own, which know no softdep and no install

Format: Documentation/driver-api/early-userspace/buffer-format.rst of Linux ("newc").
"""
import base64
import lzma
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from kernels import found
from tap import Missing

THE_END = '@@ the end'

INIT = '''#!/bin/sh
export PATH=/sbin:/bin:/usr/sbin:/usr/bin HOME=/root
mount -t devtmpfs dev /dev
mkdir -p /dev/pts
mount -t devpts pts /dev/pts
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t debugfs debug /sys/kernel/debug
mount -t securityfs security /sys/kernel/security
mount -t tmpfs run /run
exec </dev/console >/dev/console 2>&1
dmesg -n 1
. /lib/rig.sh
. /script
echo '@@ the end'
poweroff -f
'''

# The trailing newline before "@@ end" keeps the mark at the begin of a line; the reader takes it away again.
RIG_SH = '''modprobe() { /sbin/modprobe "$@"; }
rmmod() { /sbin/rmmod "$@"; }
lsmod() { /sbin/lsmod "$@"; }
section() {
    local name=$1 status
    shift
    echo "@@ begin $name"
    "$@" 2>&1
    status=$?
    echo
    echo "@@ end $name $status"
    return $status
}
give() {
    echo "@@ data $1"
    base64 "$2" 2>&1
    echo
    echo "@@ end $1 $?"
}
'''

SHADOWED = {'busybox', 'modprobe', 'insmod', 'rmmod', 'lsmod', 'depmod', 'modinfo', 'lspci'}
KMOD = ('modprobe', 'insmod', 'rmmod', 'lsmod', 'depmod', 'modinfo')
FOLDERS = ('dev', 'proc', 'sys', 'run', 'tmp', 'root', 'etc', 'etc/modprobe.d', 'bin', 'sbin', 'lib', 'lib64',
           'usr/bin', 'usr/lib', 'usr/sbin', 'var')


class Archive:
    """A tree of files, written as newc."""

    def __init__(self):
        self.entries = {}  # path without leading slash: (mode, bytes, major, minor)

    def above(self, path):
        for folder in reversed(Path(path).parents):
            if str(folder) != '.':
                self.entries.setdefault(str(folder), (stat.S_IFDIR | 0o755, b'', 0, 0))

    def put(self, path, mode, data=b'', major=0, minor=0):
        path = str(path).strip('/')
        self.above(path)
        self.entries[path] = (mode, data, major, minor)

    def folder(self, path):
        self.put(path, stat.S_IFDIR | 0o755)

    def file(self, path, data, mode=0o644):
        """@data: bytes, text, or the Path of what is copied."""
        if isinstance(data, Path):
            mode, data = mode | (data.stat().st_mode & 0o111), data.read_bytes()
        self.put(path, stat.S_IFREG | mode, data.encode() if isinstance(data, str) else data)

    def link(self, path, target):
        self.put(path, stat.S_IFLNK | 0o777, str(target).encode())

    def tree(self, root, at=''):
        """All that is below the folder @root, links as links."""
        for path in sorted(Path(root).rglob('*')):
            to = Path(at, path.relative_to(root))
            if path.is_symlink():
                self.link(to, path.readlink())
            elif path.is_dir():
                self.above(to / 'x')
            else:
                self.file(to, path)

    def program(self, path, at):
        """With its loader and libraries where the loader looks for them."""
        self.file(at, Path(path), 0o755)
        said = subprocess.run(['ldd', path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        for library in re.findall(r'(?:=> |^\s+)(/\S+) \(0x', said.stdout, re.M):
            self.file(library, Path(library))
        lost = re.search(r'(\S+) => not found', said.stdout)
        if lost:
            raise Missing(f'{path}: {lost[1]} is not here')

    def bytes(self):
        out = bytearray()
        for n, (path, (mode, data, major, minor)) in enumerate(sorted(self.entries.items())):
            out += member(path, mode, data, major, minor, n + 1)
        return bytes(out + member('TRAILER!!!', 0, b'', 0, 0, 0))


def member(path, mode, data, major, minor, number):
    name = path.encode() + b'\0'
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, major, minor, len(name), 0)
    head = b'070701' + b''.join(b'%08X' % f for f in fields) + name
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


# ---- modules ------------------------------------------------------------------------------------------

def plain(name):
    return re.sub(r'\.ko(\.\w+)?$', '', name.rsplit('/', 1)[-1]).replace('-', '_')


def dependencies(kernel):
    """{name: (file, [files it needs])} of depmod's list."""
    got = {}
    for line in (kernel.modules / 'modules.dep').read_text().splitlines():
        path, _, needs = line.partition(':')
        got[plain(path)] = (path, needs.split())
    return got


def softdeps(kernel):
    got = {}
    for line in (kernel.modules / 'modules.softdep').read_text().splitlines():
        words = line.split()
        if words[:1] == ['softdep']:
            got.setdefault(plain(words[1]), []).extend(plain(w) for w in words[2:] if not w.endswith(':'))
    return got


def closure(kernel, names):
    """The files, below the kernel's folder, of these modules and of all that modprobe would load before them. What is
    compiled in needs no file; what this kernel has in neither way is refused."""
    deps, soft = dependencies(kernel), softdeps(kernel)
    builtin = {plain(t) for t in (kernel.modules / 'modules.builtin').read_text().splitlines()}
    files, done, todo = set(), set(), [(plain(n), True) for n in names]
    while todo:
        name, wanted = todo.pop()
        if name in done:
            continue
        done.add(name)
        if name in deps:
            path, needs = deps[name]
            files |= {path, *needs}
            todo += [(plain(p), True) for p in needs] + [(n, False) for n in soft.get(name, [])]
        elif wanted and name not in builtin:
            raise ValueError(f'Linux {kernel.release} has no module {name}')
    return sorted(files)


def module_bytes(path):
    data = path.read_bytes()
    return lzma.decompress(data) if path.suffix == '.xz' else data


def add_modules(archive, kernel, names):
    """The modules, with lists that name no others."""
    with tempfile.TemporaryDirectory(prefix='igdctl-modules-') as tmp:
        here = Path(tmp, 'lib/modules', kernel.release)
        for path in closure(kernel, names):
            to = here / re.sub(r'\.ko\.xz$', '.ko', path)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(module_bytes(kernel.modules / path))
        here.mkdir(parents=True, exist_ok=True)
        for name in ('modules.order', 'modules.builtin', 'modules.builtin.modinfo'):
            shutil.copyfile(kernel.modules / name, here / name)
        subprocess.run([found('depmod'), '-b', tmp, kernel.release], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=60)
        archive.tree(tmp)


# ---- the whole ----------------------------------------------------------------------------------------

def userland(archive):
    busybox = found('busybox')  # Debian's busybox-static; the other one has its libraries brought along
    for folder in FOLDERS:
        archive.folder(folder)
    archive.program(busybox, '/bin/busybox')
    applets = subprocess.run([busybox, '--list'], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    for name in set(applets) - SHADOWED:
        archive.link(f'/bin/{name}', 'busybox')
    archive.program(found('kmod'), '/bin/kmod')
    for name in KMOD:
        archive.link(f'/sbin/{name}', '../bin/kmod')
    archive.program(found('lspci'), '/bin/lspci')


def build(kernel, modules, script, programs=None, files=None, links=None):
    """The archive's bytes. @programs: {where: the program}, with their libraries; @files: {where: bytes, text or a
    Path}; @links: {where: target}. What is named here is there, though the userland may have it too."""
    archive = Archive()
    userland(archive)
    add_modules(archive, kernel, modules)
    for at, program in (programs or {}).items():
        archive.program(program, at)
    for at, data in (files or {}).items():
        archive.file(at, data)
    for at, target in (links or {}).items():
        archive.link(at, target)
    archive.file('/init', INIT, 0o755)
    archive.file('/lib/rig.sh', RIG_SH)
    archive.file('/script', script)
    return archive.bytes()


@dataclass(frozen=True)
class Linux:
    """What machine.boot() is given in place of a firmware's flash: a kernel that QEMU loads itself, which SeaBIOS
    starts. @words are added to the command line. no_timer_check: a busy machine emulates too unevenly for the kernel's
    test of its timer, after which it panics (arch/x86/kernel/apic/io_apic.c timer_irq_works()). mitigations=off: there
    is nobody to keep apart, and an emulated processor pays much for it."""
    vmlinuz: Path
    initrd: bytes
    words: str = ''

    def args(self, folder):
        path = Path(folder, 'initrd')
        path.write_bytes(self.initrd)
        return ['-kernel', str(self.vmlinuz), '-initrd', str(path),
                '-append', f'console=ttyS0 quiet panic=-1 mitigations=off no_timer_check {self.words}'.strip()]


@dataclass
class Section:
    lines: list = field(default_factory=list)
    is_data: bool = False
    status: int = None  # None: it did not come to its end
    at: float = 0.0  # seconds since QEMU was started

    @property
    def text(self):
        return '\n'.join(self.lines)

    @property
    def data(self):
        return base64.b64decode(''.join(self.lines))


def sections(boot):
    """{name: Section} of what the script said; a name said twice is the last one."""
    got, now = {}, None
    for line in boot.lines:
        if line.mouth != 'serial':
            continue
        m = re.fullmatch(r'@@ (begin|data|end) (\S+)(?: (\d+))?', line.text)
        if not m:
            if now:
                now.lines.append(line.text)
        elif m[1] != 'end':
            now = got[m[2]] = Section(is_data=m[1] == 'data', at=line.at)
        elif now:
            now.status = int(m[3])
            if now.lines and not now.lines[-1]:
                now.lines.pop()
            now = None
    return got
