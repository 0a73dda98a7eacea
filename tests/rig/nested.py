# SPDX-License-Identifier: GPL-2.0-or-later
"""nested.py - guests of a QEMU under test, inside an emulated host that passes its GPU on.

The host is a QEMU that has vfio-user-pci, with an emulated IOMMU and Debian's kernel; its GPU at 00:02.0 is our
emulated one, in its memory lies an OpRegion. In it vfio-pci takes the GPU, and a second QEMU of any release gives it to
a guest: so QEMU's own code for Intel's GPUs, the kernel's regions for the OpRegion and the bridges, our ROM and our
predictions meet.

    rig = nested.Rig('build/tests/rig/serve', vbt)
    answers = rig.run([nested.Guest('pc', qemu, ['-M', 'pc', *nested.KVM, '-device', nested.GPU + ',addr=02.0'])])
    answers['pc'].registers['bdsm']

The host needs no disk: the file system that the test runs on is its own, read only, through 9p, and each release of
QEMU is started from where releases.py has it. What guests write lies in a tmpfs at /run, with WORK for files of the
test's. Processors are emulated, and the emulated ones know SVM: kvm_amd works in the host, and only there is KVM used.

QEMU 11.1 aborts ("cpu_interrupt: assertion failed: (bql_locked())") when a guest of an emulated SVM writes CR8 while
KVM waits to hand it an interrupt. Linux and SeaBIOS do not write CR8; OVMF does, at the end of each interrupt, and the
busier the machine the sooner it meets one. without_cr8() takes those instructions out of OVMF, which never raises the
priority that they restore.
"""
import re
import shlex
import struct
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path += [str(TESTS / d) for d in ('boot', 'partners', 'rig', 'vbt')]

import fv_edit  # noqa: E402
import host  # noqa: E402
import initrd  # noqa: E402
import kernels  # noqa: E402
import machine  # noqa: E402
import releases  # noqa: E402

HOST_QEMU = 'trixie-backports'
KERNEL = '6.12'
MODULES = ('virtio_pci', '9pnet_virtio', '9p', 'kvm_amd', 'vfio_pci', 'vfio_iommu_type1')
WORK = '/run/rig'  # in the host, as its guests' QEMU sees it
ADDRESS = '0000:00:02.0'
GPU = f'vfio-pci,host={ADDRESS}'
MEMORY = 2560  # MiB of the host; q35 has all of that below 4 GiB
OPREGION_AT, OPREGION_SIZE = 0x70000000, 8192
GGC, GMS_MIB = 0x01c1, 32  # as firmware of a Coffee Lake leaves it: 32 MiB, 8 MiB for the GTT, locked
BDSM = 0x8b800001  # of the host, locked
FUNCTION = (f'00:02.0 igd id=8086:3e92 class=030000 rev=00 subsys=103c:83e2 gen=9 bdsm=5c ggc={GGC:x} '
            f'first={BDSM:x} asls={OPREGION_AT:x} pin=1 protect=1')
KVM = ('-accel', 'kvm', '-cpu', 'host')
TCG = ('-accel', 'tcg', '-cpu', 'max')
SETUP = 60  # seconds until the host has its GPU on vfio-pci, on a machine that is not idle
GUEST = 90  # seconds of one guest
REGISTERS = {'bar0': 0x10, 'bar0_high': 0x14, 'ggc': 0x50, 'bdsm': 0x5c, 'bdsm64': 0xc0, 'asls': 0xfc}
MIRRORS = {'ggc_mirror': 0x108040, 'bdsm_mirror': 0x1080c0}  # in BAR 0, generation 9

# In the host: guest NAME SECONDS PATTERN DEVFN COMMAND... until the pattern is in what was written to port 0x402 or to
# the serial port, QEMU has ended, or the time is over. Then QEMU's monitor is asked what the guest would read.
SCRIPT = f'''
for module in {' '.join(MODULES)}; do modprobe $module || echo "no $module"; done
mkdir /r
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,ro,cache=loose root /r
for folder in dev proc sys run; do mount --bind /$folder /r/$folder; done
mkdir {WORK}
cp /rig/* {WORK} 2>/dev/null
cd {WORK}
echo vfio-pci >/sys/bus/pci/devices/{ADDRESS}/driver_override
echo {ADDRESS} >/sys/bus/pci/drivers_probe
section host sh -c 'uname -r; ls /dev/vfio /dev/kvm; readlink /sys/bus/pci/devices/{ADDRESS}/driver'

seconds() {{ cut -d. -f1 /proc/uptime; }}

value_of() {{ grep -ao 'portl.0x0cfc. = 0x[0-9a-f]*' out | sed -n "$1s/.* //p"; }}

ask() {{
    local at n=0 bar i
    echo stop >&3
    for at in {' '.join(f'{at:#x}' for at in REGISTERS.values())}; do
        printf 'o/w 0xcf8 0x%x\\ni/w 0xcfc\\n' $((0x80000000 + $1 * 256 + at)) >&3
        n=$((n + 1))
    done
    for i in $(seq 300); do
        [ -n "$(value_of $n)" ] && break
        usleep 100000
    done
    [ -n "$(value_of $n)" ] || return
    bar=$(($(value_of 1) & ~15 | $(value_of 2) << 32))
    [ $bar = 0 ] && return
    for at in {' '.join(f'{at:#x}' for at in MIRRORS.values())}; do
        printf 'xp/1wx 0x%x\\n' $((bar + at)) >&3
    done
}}

guest() {{
    local name=$1 until=$(($(seconds) + $2)) pattern=$3 devfn=$4 begin=$(seconds) said=no pid status i file
    shift 4
    for file in debug serial out; do : >$file; done
    rm -f monitor
    mkfifo monitor
    exec 3<>monitor
    chroot /r "$@" <&3 >out 2>&1 &
    pid=$!
    while kill -0 $pid 2>/dev/null && [ $(seconds) -lt $until ]; do
        grep -qaE "$pattern" debug serial && said=yes && break
        usleep 200000
    done
    [ $said = yes ] && ask $devfn
    echo quit >&3
    for i in $(seq 50); do
        kill -0 $pid 2>/dev/null || break
        usleep 100000
    done
    kill -9 $pid 2>/dev/null
    wait $pid
    status=$?
    exec 3>&-
    section $name.out cat out
    section $name.debug cat debug
    give $name.serial serial
    section $name.end echo $said $status $(($(seconds) - begin))
}}
'''


class Failed(Exception):
    """The rig itself did not work; the text is the story of it."""


def opregion(vbt):
    """OpRegion 2.0 with the table in mailbox 4: signature, size in KiB, version, mailboxes ACPI and VBT.
    Source: Intel IGD OpRegion Specification, 3.1 (header)."""
    b = bytearray(OPREGION_SIZE)
    b[0:16] = b'IntelGraphicsMem'
    struct.pack_into('<I4s', b, 16, OPREGION_SIZE // 1024, b'\0\0\0\2')
    struct.pack_into('<I', b, 0x58, 1 | 8)
    b[0x400:0x400 + len(vbt)] = vbt
    if len(b) != OPREGION_SIZE or len(vbt) > 6 * 1024:
        raise ValueError(f'a VBT of {len(vbt)} bytes does not fit into mailbox 4')
    return bytes(b)


def without_cr8(image):
    """An OVMF whose interrupt handlers do not write CR8 back: see the head of this file. What is looked for is the end
    of EDK II's handler (UefiCpuPkg CpuExceptionHandlerLib), as the bytes mov cr4,rax; pop rax; mov cr8,rax; pop."""
    code = fv_edit.Compressed(image)
    found = [m.start() + 4 for m in re.finditer(rb'\x0f\x22\xe0\x58\x44\x0f\x22\xc0\x8f\x45', bytes(code.decoded))]
    if not found:
        raise ValueError('no interrupt handler that writes CR8 is in it')
    for at in found:
        code.decoded[at:at + 4] = b'\x90' * 4
    return code.written()


def ovmf(suite='trixie'):
    """(code, variables) of another Debian's ovmf."""
    where = releases.cache() / f'ovmf-{suite}'
    if not where.is_dir():
        releases.make(where, [suite], ['ovmf'])
    return where / 'usr/share/OVMF/OVMF_CODE_4M.fd', where / 'usr/share/OVMF/OVMF_VARS_4M.fd'


def program(qemu):
    """The words that start this QEMU in the host."""
    folder = qemu.env.get('QEMU_MODULE_DIR')
    return [*(['/usr/bin/env', f'QEMU_MODULE_DIR={folder}'] if folder else []), *qemu.words]


LISTENING = ('-monitor', 'stdio', '-chardev', f'file,id=debug,path={WORK}/debug', '-device',
             'isa-debugcon,iobase=0x402,chardev=debug', '-trace', 'vfio_pci_igd*')
PLAIN = ('-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot')


@dataclass
class Guest:
    name: str  # a word
    qemu: releases.Qemu
    words: list  # machine, processor and devices; the rest is added
    until: str = 'No bootable device|Booting from|No bootable'  # SeaBIOS has come to its end
    devfn: int = 0x10  # of the GPU, in the guest
    seconds: int = GUEST
    plain: tuple = PLAIN  # () for a whole command line
    fresh: dict = field(default_factory=dict)  # files that are copied anew before it starts: {to: from}, in WORK

    def script(self):
        command = [*program(self.qemu), *self.plain, *self.words, *LISTENING]
        words = [self.name, str(int(self.seconds * machine.PATIENCE)), self.until, str(self.devfn), *command]
        copies = [f'cp {shlex.quote(f)} {shlex.quote(t)}' for t, f in self.fresh.items()]
        return '\n'.join([*copies, 'guest ' + shlex.join(words), ''])


@dataclass
class Answer:
    """What became of one guest."""
    said: bool  # the pattern was heard
    status: int  # of QEMU
    took: int  # seconds in the host
    debug: list  # lines at port 0x402
    qemu: list  # QEMU's own words, without the places that it names before them
    trace: list
    registers: dict  # as the guest would read them; {} when it did not get so far
    serial: list  # lines of WORK/serial, for a guest whose serial port goes there

    def traced(self, event):
        """The words behind the device's of an event; None: it did not happen."""
        for line in self.trace:
            words = line.split()
            if words[0] == f'vfio_pci_igd_{event}':
                return words[2:]
        return None

    @property
    def bdsm_mib(self):
        """What QEMU would have the firmware reserve; None: it does not emulate the register."""
        words = self.traced('bdsm_enabled')
        return int(re.match(r'\d+', words[0])[0]) if words else None

    def with_word(self, word):
        return [ln for ln in self.debug if word in ln]


# What QEMU says before the matter: its name, and the option that it is about.
PLACE = re.compile(r'^\S*(qemu-system-x86_64|ld-linux-x86-64\S*): (-device \S+: )?(info: |warning: )?')
NOISE = re.compile(r'^QEMU \d+\S* monitor|terminating on signal|VFIO dma-buf not supported|\x1b|^$')
MAPPINGS = re.compile(r'iommu map to non memory|dma_unmap\(|error (reply )?on async request')


def answer(name, got):
    """Of the sections of one guest; None: the host did not come so far."""
    end = got.get(f'{name}.end')
    if end is None or end.status is None:
        return None
    said, status, took = end.lines[0].split()
    # what QEMU says before its first line of the monitor's stands behind the prompt
    lines = [ln.replace('\r', '').removeprefix('(qemu) ') for ln in got[f'{name}.out'].lines]
    values = [int(v, 16) for ln in lines for v in re.findall(r'portl\[0x0cfc\] = (0x[0-9a-f]+)', ln)]
    mirrors = [int(m[1], 16) for m in (re.match(r'[0-9a-f]{8,16}: (0x[0-9a-f]+)', ln) for ln in lines) if m]
    registers = {**dict(zip(REGISTERS, values)), **dict(zip(MIRRORS, mirrors))}
    trace = [ln for ln in lines if ln.startswith('vfio_pci_igd_')]
    words = [PLACE.sub('', ln) for ln in lines if not NOISE.search(ln) and ln not in trace and
             not re.match(r'portl|[0-9a-f]{8,16}: ', ln)]
    serial = got[f'{name}.serial'].data.decode(errors='replace').splitlines()
    return Answer(said == 'yes', int(status), int(took), got[f'{name}.debug'].lines, words, trace, registers, serial)


class Rig:
    """The host. @serve: the program that answers for its GPU; @vbt: what its firmware left in the OpRegion."""

    def __init__(self, serve, vbt, series=KERNEL):
        self.serve, self.vbt = serve, vbt
        self.kernel, self.qemu = kernels.unpacked(series), releases.unpacked(HOST_QEMU)
        self.boot = None

    def args(self, folder):
        path = Path(folder, 'opregion')
        path.write_bytes(opregion(self.vbt))
        # a page table of five levels only costs time, twice so under a guest's
        return ['-cpu', 'max,la57=off', '-smp', '2',
                '-device', f'loader,file={machine.comma(path)},addr={OPREGION_AT:#x},force-raw=on',
                '-fsdev', 'local,id=root,path=/,security_model=none,readonly=on,multidevs=remap',
                '-device', 'virtio-9p-pci,fsdev=root,mount_tag=root,addr=05.0']

    def quiet(self):
        """The outer QEMU tells thousands of times of mappings that are no memory's, and of their end."""
        self.boot.lines = [ln for ln in self.boot.lines if ln.mouth != 'qemu' or not MAPPINGS.search(ln.text)]
        self.boot.ended = ' | '.join(t for t in self.boot.ended.split(' | ') if not MAPPINGS.search(t))

    def run(self, guests, files=None, deadline=None):
        """{name: Answer} of the guests, one after another in one host, as far as it came. @files: {name: bytes or a
        path} in WORK."""
        script = SCRIPT + ''.join(g.script() for g in guests)
        archive = initrd.build(self.kernel, MODULES, script,
                               files={f'/rig/{n}': f for n, f in {'.here': b'', **(files or {})}.items()})
        words = f'intel_iommu=on iommu=pt memmap=64K${OPREGION_AT:#x}'
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix='igdctl-nested-'))
            stack.enter_context(host.serving(self.serve, [FUNCTION], folder))
            gpu = ('{"driver":"vfio-user-pci","addr":"02.0","socket":{"type":"unix","path":"%s/00:02.0.sock"}}'
                   % folder)
            self.boot = machine.boot(
                initrd.Linux(self.kernel.vmlinuz, archive, words), board='q35,sata=off,smbus=off', memory=MEMORY,
                shared=True, devices=['intel-iommu,intremap=on,caching-mode=on', gpu],
                extra=self.args(folder), until=initrd.THE_END, qemu=self.qemu,
                deadline=deadline or SETUP + sum(g.seconds for g in guests))
        self.quiet()
        got = initrd.sections(self.boot)
        if 'host' not in got or 'vfio-pci' not in got['host'].text:
            raise Failed(self.boot.story(f'the GPU is not on vfio-pci in the host: {self.boot.ended}'))
        return {g.name: answer(g.name, got) for g in guests}
