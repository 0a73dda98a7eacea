# SPDX-License-Identifier: GPL-2.0-or-later
"""machines.py - root folders of whole distributions, and what would happen if they were started.

A recipe here says what tests/hosts/mkroot.py understands, and:

    stand PATH SCRIPT            the program tests/roots/stands/SCRIPT
    kernels RELEASE...           installed ones, each with modules that depmod(8) and modprobe(8) understand
    packages none                forget those of a recipe that was included
    make ARGV...                 run once to make what the distribution's installer would have made
    root WORDS                   what the boot entries say of the root file system
    boots grub FILE              how the machine starts: by a menu of GRUB,
    boots entries FOLDER         by the entries in FOLDER/loader/entries, FOLDER being a file system of its own
    boots uki FOLDER             by the newest unified kernel image in it,
    boots limine FILE | refind FILE
    initrd PATTERN               "%K": release; where an initramfs lies that is no part of an entry's folder
    hides PATH                   what the program is not to look into (a partition that is not mounted)
    deployments PATH...          made anew with each change, so never as before byte for byte

boot() reads what was made as a boot loader would, and as a kernel and modprobe would decide: is the IOMMU on, who has
the GPU? It writes /sys and /proc accordingly.
"""
import copy
import gzip
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'hosts'))
sys.dont_write_bytecode = True
import mkroot  # noqa: E402

GPU, GPU_ID = '0000:00:02.0', '8086:3e92'
APPLETS = ('awk basename cat chmod cp cpio cut dd dirname find grep gzip head ln ls mkdir mktemp mv od printf readlink rm '
           'rmdir sed seq sh sleep sort tail touch tr truncate uname uniq wc').split()
# module, folder, what it gives to others, what it takes from others, aliases
MODULES = [
    ('drm', 'drivers/gpu/drm', ['drm_open'], [], []),
    ('i915', 'drivers/gpu/drm/i915', [], ['drm_open'], ['pci:v00008086d00003E92sv*sd*bc03sc*i*']),
    ('vfio', 'drivers/vfio', ['vfio_open'], [], []),
    ('vfio-pci-core', 'drivers/vfio/pci', ['vfio_pci_core_open'], ['vfio_open'], []),
    ('vfio-pci', 'drivers/vfio/pci', [], ['vfio_pci_core_open'], ['vfio_pci:v*d*sv*sd*bc*sc*i*']),
    ('vfio_iommu_type1', 'drivers/vfio', [], ['vfio_open'], []),
    ('snd-hda-core', 'sound/hda', ['snd_hdac_open'], [], []),
    ('snd-hda-intel', 'sound/pci/hda', [], ['snd_hdac_open'], ['pci:v00008086d0000A348sv*sd*bc04sc03i00*']),
    ('kvm', 'arch/x86/kvm', [], [], []),
]
PATH = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin'}  # of what runs in a root
mkroot.PLAIN |= {'stand', 'kernels', 'make', 'root', 'boots', 'initrd', 'hides', 'deployments'}


class Machine(mkroot.Machine):
    def __init__(self):
        super().__init__()
        self.stands, self.releases, self.makes, self.images = [], [], [], []
        self.boots, self.hidden, self.deployments, self.release = None, [], [], None

    def do_stand(self, words, _keys, _body):
        data = (HERE / 'stands' / words[1]).read_bytes()
        self.stands.append(words[0])
        self.later.append(lambda: self.t.put(words[0], data))

    def do_kernel(self, words, keys, body):
        self.release = words[0]
        self.first_words = keys['cmdline']
        super().do_kernel(words, keys, body)

    def do_kernels(self, words, _keys, _body):
        self.releases = words
        for release in words:
            self.later.append(lambda r=release: self.t.put(f'boot/vmlinuz-{r}', b'stands for a kernel\n', over=False))

    def do_make(self, words, _keys, _body):
        self.makes.append(words)

    def do_packages(self, _words, _keys, _body):
        self.packages.clear()

    def do_root(self, words, _keys, _body):
        self.later.append(lambda: self.t.text('usr/lib/stand/root', ' '.join(words)))

    def do_boots(self, words, _keys, _body):
        self.boots = words

    def do_initrd(self, words, _keys, _body):
        self.images.append(words[0])

    def do_hides(self, words, _keys, _body):
        self.hidden.append(words[0])

    def do_deployments(self, words, _keys, _body):
        self.deployments += words

    def without_iommu(self):
        self.iommus.clear()
        self.groups.clear()
        for fn in self.pci.values():
            fn.keys.pop('group', None)
            fn.keys.pop('iommu', None)


def run(*argv, **keys):
    return subprocess.run([str(a) for a in argv], text=True, errors='replace', stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, check=False, **keys)


def must(*argv, **keys):
    p = run(*argv, **keys)
    if p.returncode != 0:
        raise RuntimeError(f'{" ".join(map(str, argv))}: status {p.returncode}: {p.stderr or p.stdout}')
    return p.stdout


# ---- building -----------------------------------------------------------------------------------------------

def modules_folder(where):
    """Objects with just the tables that depmod reads: made once, used for each release."""
    for name, folder, gives, takes, aliases in MODULES:
        texts = [f'name={name.replace("-", "_")}', 'license=GPL'] + [f'alias={a}' for a in aliases]
        lines = [f'static const char t{n}[] __attribute__((section(".modinfo"), used)) = "{t}";'
                 for n, t in enumerate(texts)]
        lines += [f'static const char s{n}[] __attribute__((section("__ksymtab_strings"), used)) = "{s}"; int {s};'
                  for n, s in enumerate(gives)]
        lines += [f'extern int {s}; static int *u{n} __attribute__((used)) = &{s};' for n, s in enumerate(takes)]
        out = where / 'kernel' / folder / f'{name}.ko'
        out.parent.mkdir(parents=True, exist_ok=True)
        must('gcc', '-c', '-x', 'c', '-', '-o', out, input='\n'.join(lines) + '\n')
    (where / 'modules.builtin').write_text('kernel/drivers/iommu/intel/intel-iommu.ko\nkernel/drivers/video/fbdev/simplefb.ko\n')
    (where / 'modules.order').write_text(''.join(f'kernel/{f}/{n}.ko\n' for n, f, *_ in MODULES))


def copy_program(root, program):
    """With the libraries it asks for."""
    for path in [program] + re.findall(r'(/\S+)', must('ldd', program)):
        to = root / path.lstrip('/')
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, to)


def user_land(root):
    (root / 'bin').mkdir(exist_ok=True)
    shutil.copy(shutil.which('busybox'), root / 'bin/busybox')
    for name in APPLETS:
        if not (root / 'bin' / name).exists():
            (root / 'bin' / name).symlink_to('busybox')
    copy_program(root, '/bin/bash')


def read(name, state):
    machine = Machine()
    mkroot.read_recipe(str(HERE / f'{name}.recipe'), machine)
    if state == 'off':
        machine.without_iommu()
    elif state == 'bound':
        mkroot.read_recipe(str(HERE / 'bound.recipe'), machine)
    return machine


class Root:
    """One of the machines, in a folder."""

    def __init__(self, name, path, modules):
        self.name, self.path = name, path
        self.m = read(name, 'on')
        self.m.build().write(str(path))
        for stand in self.m.stands:
            if not stand.endswith(('lib.sh', 'hook-functions')):
                (path / stand).chmod(0o755)
        for release in self.m.releases:
            to = path / 'lib/modules' / release
            shutil.copytree(modules, to, dirs_exist_ok=True)
            must('depmod', '-b', path, release)
        user_land(path)
        for folder in ('tmp', 'var/tmp', 'var/lib/stand'):
            (path / folder).mkdir(parents=True, exist_ok=True)
        (path / 'var/lib/stand/running').write_text(self.m.first_words + '\n')
        for pattern in self.m.images:
            for release in self.m.releases:
                (path / pattern.replace('%K', release)).touch()
        for preset in ('boot/initramfs-linux-fallback.img',):
            if 'fallback' in self.text('etc/mkinitcpio.d/linux.preset'):
                (path / preset).touch()
        for argv in self.m.makes:
            must('chroot', path, *argv, env=PATH)
        self.recorded = 0
        self.record_new()
        self.boot()

    def moved(self, path):
        """The same machine, copied there."""
        other = copy.copy(self)
        other.path = path
        return other

    def text(self, path):
        path = self.path / path
        return path.read_text(errors='replace') if path.is_file() else ''

    def record_new(self):
        """What was run since the last call."""
        lines = self.text('record').splitlines()
        new, self.recorded = lines[self.recorded:], len(lines)
        return new

    def mood(self, program, word):
        (self.path / 'var/lib/stand' / program).write_text(word + '\n')

    # ---- what would happen at its next start ------------------------------------------------------------------

    def boot(self):
        """Start it: "off" (no IOMMU), "on", or "bound" (vfio-pci has the GPU)."""
        words, image = next_boot(self)
        on = iommu_on(self, words)
        state = 'bound' if on and vfio_wins(self, words, image) else 'on' if on else 'off'
        head = [w for w in self.m.first_words.split() if w.startswith(('BOOT_IMAGE=', 'initrd='))]
        fresh = read(self.name, state)
        fresh.later.append(lambda: fresh.t.text('proc/cmdline', ' '.join(head + words)))
        tree = fresh.build()
        for path in list(tree.entries):
            if path and path.split('/')[0] not in ('sys', 'proc'):
                del tree.entries[path]
        tree.mtimes.clear()
        for folder in ('sys', 'proc'):
            shutil.rmtree(self.path / folder, ignore_errors=True)
        tree.write(str(self.path))
        (self.path / 'var/lib/stand/running').write_text(' '.join(head + words) + '\n')
        self.words, self.state = words, state
        return state

    def snapshot(self):
        """Each file, link and folder with its mode, owner and content, but what a machine makes up itself."""
        leave = ['sys', 'proc', 'dev', 'run', 'tmp', 'var/tmp', 'record', 'var/lib/igdctl', 'var/lib/stand']
        leave += self.m.deployments
        found = {}
        for folder, folders, files in os.walk(self.path):
            rel = os.path.relpath(folder, self.path)
            folders[:] = [f for f in folders if os.path.normpath(os.path.join(rel, f)) not in leave]
            for name in folders + files:
                path = os.path.normpath(os.path.join(rel, name))
                full = self.path / path
                if path in leave:
                    continue
                s = full.lstat()
                what = os.readlink(full) if full.is_symlink() else full.read_bytes() if full.is_file() else None
                found[path] = (s.st_mode, s.st_uid, s.st_gid, what)
        return found


def version_key(text):
    return [int(p) if p.isdigit() else p for p in re.findall(r'\d+|[^\d]+', text)]


def newest(paths):
    return max(paths, key=lambda p: [(isinstance(k, str), k) for k in version_key(p.name)])


def find_file(root, path, *folders):
    for folder in folders:
        if (folder / path.lstrip('/')).is_file():
            return folder / path.lstrip('/')
    raise RuntimeError(f'{root.name}: the boot entry names {path}, which is not there')


def by_menu(root, path):
    menu = root.text(path)
    linux = re.search(r'^\s*linux\s+(\S+)\s+(.*)$', menu, re.M)
    initrd = re.search(r'^\s*initrd\s+(\S+)$', menu, re.M)
    return linux[2].split(), find_file(root, initrd[1], root.path, (root.path / path).parent.parent)


def by_entry(root, folder):
    where = root.path / folder / 'loader'
    conf = root.path / folder / 'loader/loader.conf'
    default = re.search(r'^default\s+(\S+)', conf.read_text(), re.M) if conf.is_file() else None
    entries = [e for e in (where / 'entries').glob('*.conf') if not re.search('rescue|fallback|igdctl', e.name)]
    entry = where / 'entries' / default[1] if default else newest(entries)
    keys = [line.split(None, 1) for line in entry.read_text().splitlines() if line.strip() and not line.startswith('#')]
    words = ' '.join(v[1] for v in keys if v[0] == 'options' and len(v) > 1).split()
    initrd = [v[1].strip() for v in keys if v[0] == 'initrd'][-1]
    return words, find_file(root, initrd, root.path / folder)


def sections(data):
    """Of a PE file: name to bytes."""
    pe = int.from_bytes(data[0x3c:0x40], 'little')
    count, optional = (int.from_bytes(data[pe + at:pe + at + 2], 'little') for at in (6, 20))
    found = {}
    for n in range(count):
        at = pe + 24 + optional + 40 * n
        size, _va, _raw, where = (int.from_bytes(data[at + 8 + 4 * k:at + 12 + 4 * k], 'little') for k in range(4))
        found[data[at:at + 8].rstrip(b'\0').decode()] = data[where:where + size]
    return found


def next_boot(root):
    if (root.path / 'usr/lib/stand/finalize').is_file():  # what the shutdown before it does
        must('chroot', root.path, '/usr/lib/stand/finalize', env={'PATH': '/usr/sbin:/usr/bin:/sbin:/bin'})
    kind, where = root.m.boots
    if kind == 'grub':
        return by_menu(root, where)
    if kind == 'entries':
        return by_entry(root, where)
    if kind == 'uki':
        parts = sections(newest(list((root.path / where).glob('*.efi'))).read_bytes())
        return parts['.cmdline'].rstrip(b'\0').decode().split(), parts['.initrd']
    pattern = {'limine': r'^\s*cmdline:\s*(.*)$', 'refind': r'^"[^"]*"\s+"([^"]*)"'}[kind]
    return re.search(pattern, root.text(where), re.M)[1].split(), root.path / 'boot/initramfs-linux.img'


def members(image):
    """Of an initramfs: name to (mode, bytes)."""
    data = image if isinstance(image, bytes) else image.read_bytes()
    if data[:2] == b'\x1f\x8b':
        data = gzip.decompress(data)
    at, found = 0, {}
    while data[at:at + 6] == b'070701':
        field = [int(data[at + 6 + 8 * n:at + 14 + 8 * n], 16) for n in range(13)]
        name = data[at + 110:at + 110 + field[11] - 1].decode()
        at += (110 + field[11] + 3) & ~3
        body, at = data[at:at + field[6]], (at + field[6] + 3) & ~3
        if name == 'TRAILER!!!':
            break
        found[name.removeprefix('./')] = (field[1], body)
    return found


def kernel_config(root):
    return root.text(f'boot/config-{root.m.release}') + root.text(f'lib/modules/{root.m.release}/config')


def iommu_on(root, words):
    said = [w.split('=', 1)[1].split(',') for w in words if w.startswith('intel_iommu=')]
    for parts in reversed(said):
        if 'on' in parts or 'off' in parts:
            return 'on' in parts
    return 'CONFIG_INTEL_IOMMU_DEFAULT_ON=y' in kernel_config(root)


def modprobe_order(tree, release, module):
    """What modprobe would load, in this order, each with its options."""
    said = must('modprobe', '-d', tree, '-C', tree / 'etc/modprobe.d', '-S', release, '-n', '--show-depends', module)
    return [line.split(None, 2)[1:] for line in said.splitlines() if line.startswith('insmod')]


def vfio_wins(root, words, image):
    """Would vfio-pci have the GPU before i915 can? modprobe decides, over the tree that i915 is loaded from."""
    tree = root.path / 'var/tmp/early'
    shutil.rmtree(tree, ignore_errors=True)
    for name, (mode, body) in members(image).items():
        path = tree / name
        if mode & 0o170000 == 0o040000:
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
    release = root.m.release
    (tree / 'etc/modprobe.d').mkdir(parents=True, exist_ok=True)
    try:
        early = list(tree.glob(f'lib/modules/{release}/kernel/**/*.ko'))
        if early:
            must('depmod', '-b', tree, release)
        has = {p.stem for p in early}
        if 'vfio-pci' in has and 'rd.driver.pre=vfio_pci' in words and any(
                w.startswith('vfio-pci.ids=') and GPU_ID in w for w in words):
            return True
        order = modprobe_order(tree if 'i915' in has else root.path, release, 'i915')
        for path, *options in order:
            name = os.path.basename(path)
            if name == 'vfio-pci.ko':
                return any(GPU_ID in o for o in options)
            if name == 'i915.ko':
                return False
        return False
    finally:
        shutil.rmtree(tree, ignore_errors=True)
