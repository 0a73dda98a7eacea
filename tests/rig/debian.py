# SPDX-License-Identifier: GPL-2.0-or-later
"""debian.py - real Debian systems on disks of their own, started as a computer starts them: OVMF, then GRUB or
systemd-boot from the EFI system partition, their own kernel, initramfs, systemd and udev, with an emulated IGD at
00:02.0 and an HDA function at 00:1f.3 (serve.c), behind an emulated VT-d.

    disk = debian.Disk('bookworm-grub', folder)       a copy, which may be written to
    said = disk.boot(script, serve='build/tests/rig/serve')
    said.text('driver')

The roots are made from packages by mmdebstrap, which runs their installation scripts and therefore wants root or
user namespaces. What needs a running machine (grub-install, bootctl, the first initramfs by a kernel that sees its
disk) is done by a first boot straight into kernel and initramfs. The disk that comes of it is kept beside the other
folders of releases.py, named after its root and what it was made by.

At each start a unit of the root runs the script, which QEMU hands over (fw_cfg), and whose answers come over the
serial port as those of initrd.py do. It may say beside sh and what Debian has:
    section NAME COMMAND...   the command's output and exit status as a section
    give NAME FILE            the file's bytes as a section
    remember NAME             what each file is now: kind, mode, owner, size, content
    differences NAME          what is not as it was then, a line each; nothing when all is
"""
import hashlib
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import uuid
import zlib
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent))

import host as hosts  # noqa: E402
import initrd  # noqa: E402
import kernels  # noqa: E402
import machine  # noqa: E402
import releases  # noqa: E402
from tap import Missing  # noqa: E402

RECIPE = hosts.TESTS / 'hosts/hp-elitedesk-800-g4.recipe'
OVMF = Path('/usr/share/OVMF')
SERVED = ('0000:00:02.0', '0000:00:1f.3')
OFF, RESET = 'reboot: Power down', 'reboot: Restarting system'  # the kernel's last words

NOISE = 'iommu map to non memory area'  # QEMU's, thousands of times, while the firmware sizes BARs

SECTOR = 512
MIB = 1 << 20
ESP_AT, ESP_SIZE = MIB, 192 * MIB
ROOT_AT, ROOT_SIZE = ESP_AT + ESP_SIZE, 1792 * MIB
ROOT_UUID = '1a7e0d1c-0000-4000-8000-000000000001'
ESP_TYPE, LINUX_TYPE = 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b', '0fc63daf-8483-4772-8e79-3d69d8477de4'

MAKING = 900  # seconds for the packages; 90 on an idle machine
FIRST_BOOT = 900
DEADLINE = 900  # of one boot; the longest took 340 on a very busy machine

PACKAGES = ['linux-image-amd64', 'systemd-sysv', 'udev', 'kmod', 'pciutils', 'e2fsprogs', 'dosfstools', 'zstd',
            'cpio']
LOADERS = {'grub': ['grub-efi-amd64'], 'systemd-boot': ['systemd-boot']}
INITRAMFS = {'initramfs-tools': ['initramfs-tools'], 'dracut': ['dracut']}
# What no test looks at, of what is large.
LEFT_OUT = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*', '/usr/share/i18n/*', '/usr/share/grub/*.pf2',
            *(f'{lib}/modules/*/kernel/{d}/*' for lib in ('/lib', '/usr/lib') for d in (
                'drivers/net', 'drivers/media/[!cr]*', 'drivers/infiniband', 'drivers/staging', 'drivers/iio',
                'drivers/isdn', 'drivers/gpu/drm/[anr]*', 'drivers/scsi', 'drivers/mtd', 'drivers/hwmon', 'net',
                'sound/soc', 'sound/usb', 'drivers/soundwire'))]
# no_timer_check, mitigations=off: see initrd.Linux. The console is for the answers alone.
WORDS = 'console=ttyS0 quiet panic=-1 mitigations=off no_timer_check systemd.show_status=no'
MASKED = ['getty@tty1.service', 'serial-getty@ttyS0.service', 'apt-daily.timer', 'apt-daily-upgrade.timer',
          'dpkg-db-backup.timer', 'e2scrub_all.timer', 'e2scrub_reap.service', 'fstrim.timer',
          'systemd-tmpfiles-clean.timer', 'systemd-logind.service', 'dev-hugepages.mount', 'dev-mqueue.mount',
          'sys-kernel-tracing.mount', 'modprobe@.service', 'systemd-pcrphase.service']

UNIT = '''[Unit]
Description=What a test asks
After=systemd-udev-settle.service local-fs.target sysinit.target
Wants=systemd-udev-settle.service
DefaultDependencies=no
[Service]
Type=simple
KillMode=process
ExecStart=/usr/local/lib/rig/run
[Install]
WantedBy=multi-user.target
'''

GRUB = f'''GRUB_TIMEOUT=0
GRUB_TERMINAL=console
GRUB_CMDLINE_LINUX="{WORDS}"
GRUB_DISABLE_OS_PROBER=true
'''

# With MODULES=list, which the emulated processor likes: all that this machine's disk needs.
HOOK = '''#!/bin/sh
[ "$1" = prereqs ] && exit 0
. /usr/share/initramfs-tools/hook-functions
manual_add_modules virtio_pci virtio_blk ext4
'''

# A boot without orders is one that a test does not ask anything of.
RUN = '''#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C
exec </dev/null >/dev/ttyS0 2>&1
dmesg -n 1
modprobe qemu_fw_cfg
orders=/sys/firmware/qemu_fw_cfg/by_name/opt/rig/script/raw
[ -e $orders ] || exit 0
cat $orders >/run/rig-script
. /run/rig-script
systemctl --no-block poweroff
'''

# What lives from boot to boot is not compared: logs, caches, seeds, clocks, the journal of igdctl and the test's own.
# Files below /usr and /var are many: their change times stand for their content, which cannot change without them; but
# kernel-install has depmod write its lists anew.
RIG_SH = initrd.RIG_SH + r'''
export NO_COLOR=1
# By way of a file: the kernel speaks on the same line, and programs say other things to a terminal.
section() {
    local name=$1 status
    shift
    "$@" >/run/rig-said 2>&1
    status=$?
    echo "@@ begin $name"
    cat /run/rig-said
    echo
    echo "@@ end $name $status"
    return $status
}
kept=/var/lib/rig
files() {
    find / /boot/efi -xdev \( -path /var/log -o -path /var/cache -o -path /var/lib/igdctl \
        -o -path $kept -o -path /var/tmp -o -path /tmp -o -path /run -o -path /proc -o -path /sys -o -path /dev \
        -o -path /var/lib/systemd -o -path /var/lib/initramfs-tools -o -path /root \
        -o -path /boot/efi/loader/random-seed -o -path /boot/grub/grubenv -o -path /etc/machine-id \) -prune -o "$@"
}
images() {
    ls /boot/initrd.img-* /boot/efi/*/*/initrd* /boot/efi/*/*/initrd.img* 2>/dev/null | sort -u
}
# names, modes and sizes; an initramfs holds the times at which it was made
image() {
    echo "image $1"
    if command -v lsinitramfs >/dev/null; then lsinitramfs -l "$1"; else lsinitrd "$1"; fi |
        awk '$1 ~ /^[cb][-rwxsStT]+$/ { print $1, $3, $4, $5, $6, $10 }
            $1 ~ /^[-dlps][-rwxsStT]+$/ { print $1, $3, $4, ($1 ~ /^-/ ? $5 : ""), $9, $10, $11 }' | sort
}
everything() {
    files -type d -printf '%p %y %m %u %g\n' -o -name 'initrd*' -printf '%p %y %m %u %g\n' \
        -o -path '/usr/lib/modules/*/modules.*' -printf '%p %y %m %u %g %s\n' \
        -o \( -path '/usr/*' -o -path '/var/*' \) -printf '%p %y %m %u %g %s %C@ %l\n' \
        -o -printf '%p %y %m %u %g %s %l\n' | sort
    files -path '/usr/lib/modules/*/modules.*' -type f -print0 -o -path '/usr/*' -o -path '/var/*' -o -name 'initrd*' \
        -o -type f -print0 | sort -z | xargs -0 sha256sum
    for i in $(images); do image $i; done
}
# The first boot was without UEFI, for which GRUB's menu has an entry more, and dracut modules; each image is made by its
# name then, as Debian's /etc/kernel/postinst.d/dracut has it made (106-6), and before update-grub, which loads dm-mod:
# dracut takes what is loaded for what this host needs. Since 112 there is update-initramfs, whose hook for systemd-boot
# gives kernel-install that image; by itself kernel-install has dracut make another, of another name.
remember() {
    mkdir -p $kept
    if ! command -v update-initramfs >/dev/null; then
        for k in /lib/modules/*; do dracut -f /boot/initrd.img-${k##*/} ${k##*/} 2>/dev/null; done
    elif command -v dracut >/dev/null; then
        update-initramfs -u -k all 2>/dev/null
    fi
    if command -v update-grub >/dev/null; then update-grub 2>/dev/null; fi
    everything >$kept/$1
    wc -l <$kept/$1
}
differences() {
    everything >$kept/now
    diff $kept/$1 $kept/now | grep '^[<>]' | head -60
}
driver() {
    readlink /sys/bus/pci/devices/0000:$1/driver | sed 's,.*/,,'
}
'''

# Before and after the packages: what a person would have set when installing.
FILES = '''#!/bin/sh
exec cp -r --preserve=mode {files}/. "$1"
'''
CUSTOMIZE = '''#!/bin/sh
set -eu
root=$1 out={out}
for unit in {masked}; do ln -sf /dev/null "$root/etc/systemd/system/$unit"; done
chroot "$root" systemctl enable rig.service
rm -f "$root"/var/cache/apt/*.bin "$root"/var/lib/apt/lists/*_* "$root"/var/cache/apt/archives/*.deb
cp -L "$root"/boot/vmlinuz-* "$out/vmlinuz"
cp -L "$root"/boot/initrd.img-* "$out/initrd"
chmod 644 "$out/initrd"
# the root without what is mounted in it meanwhile
mkdir "$out/bare"
mount --bind "$root" "$out/bare"
trap 'umount "$out/bare"; rmdir "$out/bare"' EXIT
mke2fs -q -F -t ext4 -U {uuid} -L root -E offset={at},root_owner=0:0,lazy_itable_init=1,nodiscard \\
    -d "$out/bare" "$out/disk" {size}k
'''

FIRST = {
    'grub': '''grub-install --target=x86_64-efi --efi-directory=/boot/efi --removable --no-nvram --no-uefi-secure-boot
update-grub
''',
    'systemd-boot': '''bootctl --no-variables install
kernel-install add $(uname -r) /boot/vmlinuz-$(uname -r)
'''}

LOOK = {'grub': 'ls -l /boot/efi/EFI/BOOT/BOOTX64.EFI /boot/grub/grub.cfg',
        'systemd-boot': 'sh -c "ls -l /boot/efi/EFI/BOOT/BOOTX64.EFI /boot/efi/loader/entries/*.conf"'}


@dataclass(frozen=True)
class Root:
    """What is installed where."""
    name: str
    suite: str
    loader: str = 'grub'
    initramfs: str = 'initramfs-tools'
    packages: tuple = ()

    def included(self):
        return [*PACKAGES, *LOADERS[self.loader], *INITRAMFS[self.initramfs], *self.packages]

    def files(self):
        """Of the administrator: {path: text}; those that are programs begin with #!."""
        lines = [f'UUID={ROOT_UUID} / ext4 errors=remount-ro 0 1', 'LABEL=ESP /boot/efi vfat umask=0077,nofail 0 0']
        files = {'etc/fstab': '\n'.join([*lines, '']), 'etc/hostname': 'rig\n',
                 'etc/systemd/system/rig.service': UNIT, 'usr/local/lib/rig/run': RUN,
                 'etc/ld.so.conf.d/igdctl.conf': '/usr/local/lib/igdctl\n'}
        if self.loader == 'grub':
            files['etc/default/grub.d/10-rig.cfg'] = GRUB
        else:
            files['etc/kernel/cmdline'] = f'root=UUID={ROOT_UUID} ro {WORDS}\n'
            files['etc/kernel/install.conf'] = 'layout=bls\n'
        if self.initramfs == 'initramfs-tools':
            files['etc/initramfs-tools/conf.d/rig'] = 'MODULES=list\nCOMPRESS=zstd\nCOMPRESSLEVEL=1\n'
            files['etc/initramfs-tools/hooks/rig'] = HOOK
        else:
            files['etc/dracut.conf.d/10-rig.conf'] = ('hostonly="yes"\ncompress="zstd -1"\n'
                                                      'add_drivers+=" virtio_blk virtio_pci ext4 "\n')
        return files

    def first(self):
        """The script of the first boot."""
        make = 'dracut -f --regenerate-all\n' if self.initramfs == 'dracut' else 'update-initramfs -u -k all\n'
        return ('mkfs.vfat -n ESP /dev/vda1 && mkdir -p /boot/efi && mount /dev/vda1 /boot/efi\n'
                f'{make}{FIRST[self.loader]}section made {LOOK[self.loader]}\n')

    def digest(self):
        """Of all that it is made by."""
        text = [self, self.files(), self.included(), LEFT_OUT, MASKED, FILES, CUSTOMIZE, self.first(), ROOT_SIZE,
                ESP_SIZE]
        return hashlib.sha256(repr(text).encode()).hexdigest()[:12]


ROOTS = {r.name: r for r in (
    Root('bookworm-grub', 'bookworm'),
    Root('trixie-grub', 'trixie'),
    Root('trixie-systemd-boot', 'trixie', loader='systemd-boot'),
    Root('trixie-dracut', 'trixie', initramfs='dracut'),
    # Debian's testing until 2027: what these find may be its fault of the day
    Root('forky-grub', 'forky', initramfs='dracut'),
    Root('forky-systemd-boot', 'forky', loader='systemd-boot', initramfs='dracut'),
)}


# ---- the disk -----------------------------------------------------------------------------------------

def gpt(parts, size):
    """(the first sectors, the last ones) of a disk of @size bytes; @parts: (type, name, first byte, bytes). UEFI 2.10,
    5.3."""
    entries = bytearray(128 * 128)
    for n, (kind, name, at, length) in enumerate(parts):
        entries[n * 128:n * 128 + 128] = struct.pack(
            '<16s16sQQQ72s', uuid.UUID(kind).bytes_le, uuid.UUID(int=n + 1).bytes_le, at // SECTOR,
            (at + length) // SECTOR - 1, 0, name.encode('utf-16-le'))
    last = size // SECTOR - 1

    def head(here, other, table):
        h = struct.pack('<8sIIIIQQQQ16sQIII', b'EFI PART', 0x10000, 92, 0, 0, here, other, 34, last - 33,
                        uuid.UUID(int=0x1a7e).bytes_le, table, 128, 128, zlib.crc32(entries))
        return (h[:16] + struct.pack('<I', zlib.crc32(h)) + h[20:]).ljust(SECTOR, b'\0')

    protective = bytes(446) + struct.pack('<BBBBBBBBII', 0, 0, 2, 0, 0xee, 255, 255, 255, 1, last)
    return (protective.ljust(510, b'\0') + b'\x55\xaa' + head(1, last, 2) + entries, entries + head(last, 1, last - 32))


def blank(path):
    size = ROOT_AT + ROOT_SIZE + MIB
    front, back = gpt([(ESP_TYPE, 'esp', ESP_AT, ESP_SIZE), (LINUX_TYPE, 'root', ROOT_AT, ROOT_SIZE)], size)
    with path.open('wb') as f:
        f.truncate(size)
        f.write(front)
        f.seek(size - len(back))
        f.write(back)


def packages(root, folder):
    """The root file system, on a disk; and in folders of their own its kernel and the installed initramfs."""
    tool = kernels.found('mmdebstrap')
    files = folder / 'files'
    for path, text in root.files().items():
        to = files / path
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(text)
        to.chmod(0o755 if text.startswith('#!') else 0o644)
    for name, text in (('before', FILES), ('after', CUSTOMIZE)):
        hook = folder / name
        hook.write_text(text.format(out=folder, files=files, masked=' '.join(MASKED), uuid=ROOT_UUID, at=ROOT_AT,
                                    size=ROOT_SIZE // 1024))
        hook.chmod(0o755)
    folder.chmod(0o777)  # the hook may be another user by then
    blank(folder / 'disk')
    (folder / 'disk').chmod(0o666)
    args = [tool, '--quiet', '--variant=minbase', '--format=null', '--aptopt=APT::Install-Recommends "false"',
            '--aptopt=Acquire::Retries "2"', '--aptopt=Acquire::http::Timeout "20"',
            '--aptopt=Acquire::Check-Valid-Until "false"',  # a mirror of Debian's testing may be some weeks old
            *(f'--dpkgopt=path-exclude={p}' for p in LEFT_OUT), f'--include={",".join(root.included())}',
            f'--essential-hook={folder}/before', f'--customize-hook={folder}/after', root.suite, '-',
            f'deb {releases.mirror()} {root.suite} main']
    try:
        p = subprocess.run(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                           errors='replace', timeout=MAKING * machine.PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise Missing(f'{root.name} was not unpacked and installed within {MAKING * machine.PATIENCE:.0f} s')
    if p.returncode:
        raise Missing(f'no {root.name}: {" | ".join(p.stdout.splitlines()[-4:])[:600]}')


def first_boot(root, folder):
    boot = machine.boot(
        DirectLinux(folder / 'vmlinuz', folder / 'initrd', f'root=UUID={ROOT_UUID} ro {WORDS}'),
        board='q35', memory=2048, devices=[], fw_cfg=orders(root.first()),
        extra=['-cpu', 'max', '-smp', '2', *drive(folder / 'disk')], until=OFF, deadline=FIRST_BOOT)
    made = initrd.sections(boot).get('made')
    if not boot.said or not made or made.status:
        raise RuntimeError(boot.story(f'{root.name}: its first boot failed'))


@dataclass(frozen=True)
class DirectLinux:
    """For machine.boot(): kernel and initramfs from files."""
    vmlinuz: Path
    initrd: Path
    words: str

    def args(self, folder):
        return ['-kernel', str(self.vmlinuz), '-initrd', str(self.initrd), '-append', self.words]


def orders(script):
    return {'opt/rig/script': (RIG_SH + script).encode()}


def drive(path, words=''):
    """Writes are not flushed to the medium of this machine: when it fails the test has failed too."""
    return ['-drive', f'if=none,id=disk,format=raw,cache=unsafe,discard=unmap,file={machine.comma(path)}',
            '-device', f'virtio-blk-pci,drive=disk,addr=05.0{words}']


def second_drive(path):
    return ['-drive', f'if=none,id=medium,format=raw,readonly=on,file={machine.comma(path)}',
            '-device', 'virtio-blk-pci,drive=medium,addr=06.0']


def made(name):
    """The disk of the root @name, which nobody may write to."""
    root = ROOTS[name]
    where = releases.cache() / f'debian-{name}-{root.digest()}.disk'
    if not where.exists():
        with tempfile.TemporaryDirectory(prefix='making-', dir=where.parent) as tmp:
            folder = Path(tmp)
            packages(root, folder)
            first_boot(root, folder)
            (folder / 'disk').chmod(0o644)
            os.rename(folder / 'disk', where)
        for old in where.parent.glob(f'debian-{name}-*.disk'):
            if old != where:
                old.unlink()
    return where


def copy(path, to):
    """With its holes."""
    subprocess.run(['cp', '--sparse=always', '--reflink=auto', str(path), str(to)], check=True)


class Disk:
    """A copy of a root's disk and the variables of its firmware, from boot to boot."""

    def __init__(self, name, folder):
        self.root, self.path, self.vars = ROOTS[name], Path(folder, f'{name}.disk'), Path(folder, f'{name}.vars')
        copy(made(name), self.path)
        shutil.copyfile(OVMF / 'OVMF_VARS_4M.fd', self.vars)

    def args(self, folder):
        """As machine.Flash's, but what is written to the variables stays."""
        return ['-drive', machine.pflash(0, OVMF / 'OVMF_CODE_4M.fd') + ',readonly=on',
                '-drive', machine.pflash(1, self.vars)]

    def boot(self, script, *, serve, until=OFF, reboots=False, deadline=DEADLINE, medium=None):
        """Start it and listen until @until. @medium: a file that is the second disk, read only."""
        host = Machine(RECIPE)
        with tempfile.TemporaryDirectory(prefix='igdctl-debian-') as folder, \
                hosts.serving(serve, host.lines(), folder) as server:
            disks = drive(self.path, ',bootindex=0') + (second_drive(medium) if medium else [])
            boot = machine.boot(
                self, board='q35,sata=off,smbus=off', memory=hosts.MEMORY, shared=True, reboots=reboots,
                devices=list(host.devices(server, host.iommu())), fw_cfg=orders(script), until=until, deadline=deadline,
                extra=['-cpu', host.processor(), '-smp', str(hosts.CPUS), *host.smbios(), *disks],
                qemu=releases.unpacked(hosts.QEMU))
            if not boot.said and server.process.poll() is not None:
                boot.ended += f'; the server ended with status {server.process.returncode}: {server.said()[-500:]}'
        boot.lines = [ln for ln in boot.lines if NOISE not in ln.text]
        return boot


class Machine(hosts.Host):
    """The functions that matter; each costs round trips whenever firmware changes the map of memory."""

    def functions(self):
        return [fn for fn in super().functions() if fn.addr in SERVED]
