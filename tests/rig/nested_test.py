#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""nested_test.py [--all] IGDCTL SERVE PROBE [-- WORD...] - QEMU's own code for Intel's GPUs, the kernel's vfio-pci and
our ROM, on an emulated GPU in an emulated host (nested.py), as TAP.

Without --all what a run of every test can afford: QEMU 11.1 with SeaBIOS, two guests in one host. With it:

- the table below, with each of three releases of QEMU: what it says and does, to the word, and what "vm lint" foretells
  of the same command line, to the finding;
- OVMF with our ROM, on both machine types: what our drivers log is what QEMU says that the guest reads;
- the command line that "vm render" prints, as it is but for paths.
"""
import json
import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import nested  # says where the others are
import initrd
import kernels
import lines
import machine
import option_rom
import parts
import releases
import told
from nested import GMS_MIB, GPU, KVM, TESTS, WORK, Guest
from tap import Missing

RECIPE = TESTS / 'hosts/hp-elitedesk-800-g4-vfio.recipe'  # its GPU has the id of ours
VBT = parts.recipe('laptop')
DEVICE = '8086:3e92'
QEMUS = {'7.2': releases.installed, '10.0': lambda: releases.unpacked('trixie'),
         '11.1': lambda: releases.unpacked('trixie-backports')}

# ---- what each QEMU is known to do ---------------------------------------------------------------------

ADVICE = ('Device option ROM contents are probably invalid (check dmesg).',
          'Skip option ROM probe with rombar=0, or load from file with romfile=')
UNREAD = ('vfio-pci: Cannot read device rom at 0000:00:02.0', *ADVICE)
EMPTY = ('vfio-pci: Device ROM size is zero at 0000:00:02.0', *ADVICE)
LEGACY = 'IGD legacy mode enabled, use x-igd-legacy-mode=off to disable it if unwanted.'
NO_ROM = ('Device has no ROM', 'IGD legacy mode disabled')
DETECTED = 'OpRegion detected on Intel display 3e92.'


@dataclass(frozen=True)
class Known:
    """Of one QEMU with one line."""
    says: tuple = ()
    opregion: bool = False  # is handed to the firmware
    bdsm: int = None  # MiB that the firmware is to reserve; None: the register is the host's, or the device's own
    gms: int = GMS_MIB  # MiB, as the guest reads them from GGC
    lpc: bool = False  # the bridge has the host's ids
    ends: bool = False  # QEMU does
    mirrored: bool = True  # BAR 0 of the guest has what its configuration space has; else what the host's has


@dataclass(frozen=True)
class Case:
    name: str
    words: str
    known: dict  # {release: Known}
    devfn: int = 0x10


ROM = f'romfile={WORK}/igd.rom'
CASES = (
    Case('pc, a ROM, x-igd-gms=2', f'-M pc -device {GPU},addr=02.0,{ROM},x-igd-gms=2', {
        '7.2': Known(opregion=True, bdsm=72, gms=64, lpc=True, mirrored=False),
        '10.0': Known((LEGACY,), opregion=True, bdsm=64, gms=64, lpc=True),
        '11.1': Known((DETECTED, LEGACY), opregion=True, bdsm=64, gms=64, lpc=True)}),
    Case('pc, a ROM', f'-M pc -device {GPU},addr=02.0,{ROM}', {
        '7.2': Known(opregion=True, bdsm=8, gms=0, lpc=True, mirrored=False),
        '10.0': Known((LEGACY,), opregion=True, bdsm=32, lpc=True),
        '11.1': Known((DETECTED, LEGACY), opregion=True, bdsm=32, lpc=True)}),
    Case('pc, no ROM', f'-M pc -device {GPU},addr=02.0', {
        '7.2': Known(('IGD device 0000:00:02.0 has no ROM, legacy mode disabled', *UNREAD)),
        '10.0': Known((LEGACY, *NO_ROM, *UNREAD)),
        '11.1': Known((DETECTED, LEGACY, *NO_ROM, *EMPTY))}),
    Case('q35, x-igd-opregion=on', f'-M q35 -device {GPU},addr=02.0,x-igd-opregion=on', {
        '7.2': Known(('IGD device 0000:00:02.0 cannot support legacy mode due to existing devices at address 1f.0',
                      *UNREAD), opregion=True),
        '10.0': Known(UNREAD, opregion=True, bdsm=32),
        '11.1': Known((DETECTED, *EMPTY), opregion=True, bdsm=32)}),
    Case('q35, nothing said', f'-M q35 -device {GPU},addr=02.0', {
        '7.2': Known(('IGD device 0000:00:02.0 cannot support legacy mode due to existing devices at address 1f.0',
                      *UNREAD)),
        '10.0': Known(UNREAD, bdsm=32),
        '11.1': Known((DETECTED, *EMPTY), opregion=True, bdsm=32)}),
    Case('q35, x-igd-legacy-mode=on', f'-M q35 -device {GPU},addr=02.0,x-igd-legacy-mode=on', {
        '7.2': Known(("Property 'vfio-pci.x-igd-legacy-mode' not found",), ends=True),
        '10.0': Known(('vfio 0000:00:02.0: Machine is not i440fx or assigned BDF is not 00:02.0',), ends=True),
        '11.1': Known((DETECTED, 'vfio 0000:00:02.0: Machine is not i440fx, assigned BDF is not 00:02.0, or device '
                                 "3e92 (gen 9) doesn't support legacy mode"), ends=True)}),
    Case('pc, 03.0 beside a VGA', f'-M pc -device VGA,addr=02.0 -device {GPU},addr=03.0,{ROM},x-igd-opregion=on', {
        '7.2': Known(opregion=True),
        '10.0': Known(opregion=True, bdsm=32),
        '11.1': Known((DETECTED,), opregion=True, bdsm=32)}, devfn=0x18),
)
QUICK = ('pc, a ROM, x-igd-gms=2', 'q35, x-igd-opregion=on')


def gms_of(ggc):
    """MiB, of generation 8 and later: Linux arch/x86/kernel/early-quirks.c, gen9_stolen_size()."""
    field = ggc >> 8 & 0xff
    return (field - 0xef) * 4 if field >= 0xf0 else field * 32


def table_faults(case, known, got):
    """What QEMU said and did against what is known of it."""
    claims = [('it says', tuple(got.qemu), known.says), ('it ends by itself', got.status != 0, known.ends)]
    if not known.ends:
        at2 = case.devfn == 0x10
        asls, bdsm = got.registers.get('asls', -1), got.registers.get('bdsm', -1)
        claims += [
            ('the guest came to its end', got.said, True),
            ('OpRegion', got.traced('opregion_enabled') is not None, known.opregion),
            ('SeaBIOS sets ASLS to', asls, seabios_says(got, 'OpRegion') if known.opregion else nested.OPREGION_AT),
            ('BDSM, MiB', got.bdsm_mib, known.bdsm),
            # SeaBIOS looks for it at 00:02.0 alone
            ('SeaBIOS sets BDSM to', bdsm, nested.BDSM if known.bdsm is None else
             seabios_says(got, 'BDSM') if at2 else 0),
            ('GMS, MiB', gms_of(got.registers.get('ggc', 0)), known.gms),
            ('ids of the LPC bridge', got.traced('host_bridge_enabled') is not None, known.lpc),
            ('BDSM in BAR 0', got.registers.get('bdsm_mirror'), bdsm if known.mirrored else nested.BDSM),
            ('GMS in BAR 0, MiB', gms_of(got.registers.get('ggc_mirror', 0)), known.gms if known.mirrored else GMS_MIB)]
    return told.wrong(Story(got), *claims)


def other_faults(got):
    """The comparisons are able to say no: to what 10.0 says, to what 7.2 does, and to findings that are not there."""
    case = CASES[0]
    blind = [v for v in ('7.2', '10.0') if not table_faults(case, case.known[v], got)]
    blind += ['vm lint'] * (not lint_faults(case.known['11.1'], set()))
    return [f'no fault was found with {n}' for n in blind]


def seabios_says(got, what):
    for line in got.with_word(f'Intel IGD {what} enabled at'):
        return int(re.search(r' at (0x[0-9a-f]+),', line)[1], 16)
    return None


@dataclass
class Story:
    """An answer as told.wrong() wants to tell it."""
    got: nested.Answer

    @property
    def lines(self):
        return [machine.Line(0, 'serial', t.rstrip('\r')) for t in self.got.serial]

    def story(self, why):
        return '\n'.join([why, f'status {self.got.status} after {self.got.took} s in the host', *self.got.qemu,
                          *self.got.trace, str({k: f'{v:#x}' for k, v in self.got.registers.items()}),
                          *self.got.debug[-30:], *self.got.serial[-10:]])


# ---- what "vm lint" foretells of it --------------------------------------------------------------------

# Findings that say that QEMU ends.
ENDS = {'vm.property-new', 'vm.legacy-forced', 'vm.gms-fatal', 'vm.root-bus', 'vm.q35-lpc', 'vm.fwcfg-twice'}


def foretold(known):
    """(what, the finding that says it, whether it is so)."""
    if known.ends:
        return []
    return [('the guest gets no OpRegion', 'vm.opregion-off', not known.opregion),
            ('what is written to BDSM is lost', 'vm.bdsm-lost', known.bdsm is None),
            ('the guest reads no stolen memory', 'vm.gms-zero', known.gms == 0),
            ("another size than the host's", 'vm.gms-host', known.gms not in (0, GMS_MIB)),
            ('legacy mode is tried by itself', 'vm.legacy-mode-unsaid', LEGACY in known.says)]


def lint_faults(known, found):
    wrong = [f'"{what}" is {so}, vm lint {"does not say" if so else "says"} {i}'
             for what, i, so in foretold(known) if so != (i in found)]
    if known.ends != bool(ENDS & found):
        wrong.append(f'QEMU {"ends" if known.ends else "starts"}, vm lint says {sorted(ENDS & found)}')
    if any('no ROM' in t.replace('has no ROM', 'no ROM') for t in known.says) and 'vm.rom-none' not in found:
        wrong.append('QEMU finds no ROM, vm lint does not say vm.rom-none')
    return wrong and ['\n'.join([*wrong, f'vm lint says {sorted(found)}'])]


# ---- OVMF with our ROM ---------------------------------------------------------------------------------

OURS = re.compile(r'igdctl: IgdAssignment: 00:02\.0 8086:3e92: (OpRegion of (\d+) bytes|stolen memory of (\d+) MiB) at '
                  r'(0x[0-9a-f]+)$')
PFLASH = (f'-drive if=pflash,unit=0,format=raw,readonly=on,file={WORK}/code.fd '
          f'-drive if=pflash,unit=1,format=raw,file={WORK}/vars.fd')
PROBE = ['-device', f'pci-testdev,romfile={WORK}/probe.rom']


def ovmf_faults(got, bdsm=True):
    """Our drivers' lines, the registers as QEMU shows them to the guest, and the probe's, who looks from inside."""
    logged = {m[1].split(' of')[0]: m for m in map(OURS.match, got.debug) if m}
    asls, stolen = logged.get('OpRegion'), logged.get('stolen memory')
    probe = told.Told(got)
    lost = [t for t in got.debug if 'BDSM write lost' in t]
    claims = [('ReadyToBoot', got.said, True),
              ('OpRegion, bytes', asls and int(asls[2]), nested.OPREGION_SIZE),
              ('ASLS', got.registers.get('asls'), asls and int(asls[4], 16)),
              ('ASLS, for the probe', probe.igd.get('asls'), asls and f'{int(asls[4], 16):x}'),
              ('its memory is ACPI NVS', probe.igd.get('memory'), '10'),
              ('its signature', probe.igd.get('signature'), 'IntelGraphicsMem'),
              ('VBT', {k: v for k, v in probe.vbt.items() if k != 'at'}, parts.sum_of(VBT)),
              ('BDSM', got.registers.get('bdsm'), int(stolen[4], 16) if stolen and bdsm else nested.BDSM),
              ('BDSM, for the probe', probe.igd.get('bdsm'), f'{got.registers.get("bdsm", 0):x}'),
              ('stolen memory, MiB', int(stolen[3]) if stolen else None,
               gms_of(got.registers.get('ggc', 0)) if bdsm else None),
              ('BDSM write lost', bool(lost), not bdsm)]
    return told.wrong(Story(got), *claims)


def rendered(igdctl, version, rom):
    """The command line of a new VM for this QEMU; of it only what would need a disk and where its flash lies change."""
    text = subprocess.run([igdctl, 'vm', 'render', '--target', 'qemu', '--device', DEVICE, '--qemu', version, '--guest',
                           'linux', '--memory', '512', '--cores', '1', '--rom', str(rom)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60, check=True).stdout
    words = lines.of_qemu(text)
    for n, word in enumerate(words):
        if 'if=pflash,unit=0' in word:
            words[n] = re.sub(r'file=[^,]*', f'file={WORK}/code.fd', word)
        elif 'if=pflash,unit=1' in word:
            words[n] = re.sub(r'file=[^,]*', f'file={WORK}/vars.fd', word)
        elif words[n - 1] == '-drive':
            words[n] = re.sub(r'format=[^,]*', 'format=raw', re.sub(r'file=[^,]*', 'file=null-co://', word))
    return words


# ---- Linux in the guest --------------------------------------------------------------------------------

LINUX = '''
modprobe i915
section driver readlink /sys/bus/pci/devices/0000:00:02.0/driver
section kernel dmesg
give vbt $(ls /sys/kernel/debug/dri/*/i915_vbt | head -n 1)
'''


def linux_guest(qemu, folder):
    """With SeaBIOS, which sets both registers, and i915 on what they say."""
    kernel = kernels.unpacked(nested.KERNEL)
    linux = initrd.Linux(kernel.vmlinuz, initrd.build(kernel, ['i915'], LINUX))
    return Guest('linux', qemu, ['-M', 'pc', '-m', '768', *KVM, *linux.args(folder), '-serial', f'file:{WORK}/serial',
                                 '-device', f'{GPU},addr=02.0,{ROM}'], until=initrd.THE_END, seconds=240)


def linux_faults(got):
    """i915 is bound, has the VBT of the host's OpRegion, and the kernel kept the memory that BDSM names."""
    said = initrd.sections(Story(got))
    bdsm = got.registers.get('bdsm', 0)
    kept = [t for t in said['kernel'].lines if 'Reserving Intel graphics memory' in t] if 'kernel' in said else []
    end = bdsm + (GMS_MIB << 20) - 1
    return told.wrong(Story(got), ('it came to its end', got.said, True),
                      ('driver', said['driver'].text.rpartition('/')[2] if 'driver' in said else None, 'i915'),
                      # all of mailbox 4
                      ('VBT', said['vbt'].data[:len(VBT)] == VBT if 'vbt' in said else None, True),
                      ('ASLS', got.registers.get('asls'), seabios_says(got, 'OpRegion')),
                      ('BDSM', bdsm, seabios_says(got, 'BDSM')),
                      ('kept', [f'[mem {bdsm:#010x}-{end:#010x}]' in t for t in kept], [True]))


# ---- all of it -----------------------------------------------------------------------------------------

class Bench:
    """One host for each release of QEMU, with all its guests, brought up when the first of them is asked for."""

    def __init__(self, everything, igdctl, serve, probe):
        self.program = parts.Program(igdctl)
        self.serve, self.all = Path(serve).resolve(), everything
        self.probe = option_rom.efi_rom(Path(probe).read_bytes())
        self.locks, self.answers = {v: threading.Lock() for v in QEMUS}, {}
        self.lock, self.made = threading.Lock(), {}

    def once(self, name, make):
        with self.lock:
            if name not in self.made:
                self.made[name] = make()
            return self.made[name]

    def rom(self):
        """Both drivers, and a VBIOS that does nothing for SeaBIOS."""
        def make():
            vbios = self.program.file('vbios.rom', option_rom.legacy_image(last=True, device=int(DEVICE[5:], 16)))
            path = self.program.folder / 'igd.rom'
            self.program.run('rom', 'build', '--device', DEVICE, '--vbios', vbios, '-o', path)
            return path
        return self.once('rom', make)

    def flash(self):
        """(code, variables), the code with its handlers changed for KVM's sake."""
        def make():
            code, variables = nested.ovmf()
            return nested.without_cr8(code.read_bytes()), variables.read_bytes()
        return self.once('flash', make)

    def root(self):
        """A captured host whose GPU has the same id, for vm lint."""
        def make():
            path = self.program.folder / 'root'
            subprocess.run([sys.executable, '-B', TESTS / 'hosts/mkroot.py', RECIPE, path], check=True, timeout=60)
            return path
        return self.once('root', make)

    def guests(self, version, qemu):
        for n, case in enumerate(CASES):
            if self.all or case.name in QUICK:
                yield Guest(f'case{n}', qemu, ['-m', '256', *KVM, *case.words.split()], devfn=case.devfn)
        if self.all:
            how = {'until': 'probe: ReadyToBoot', 'seconds': 180, 'fresh': {'vars.fd': 'new-vars.fd'}}
            yield Guest('q35', qemu, ['-M', 'q35', '-m', '512', *KVM, *PFLASH.split(), '-device',
                                      f'{GPU},addr=02.0,{ROM},x-igd-opregion=on', *PROBE], **how)
            if version == '11.1':
                yield linux_guest(qemu, self.program.folder)
            yield Guest('rendered', qemu, [*rendered(self.program.path, version, self.rom()), *PROBE], plain=(), **how)

    def files(self):
        yield 'igd.rom', self.rom()
        yield 'probe.rom', self.probe
        if self.all:
            yield from zip(('code.fd', 'new-vars.fd'), self.flash())

    def host(self, version):
        """{name: Answer} of this QEMU's guests; what was raised when there is none."""
        with self.locks[version]:
            if version not in self.answers:
                try:
                    qemu = QEMUS[version]()
                    if f'{qemu.release[0]}.{qemu.release[1]}' != version:
                        raise Missing(f'this is {qemu}, not {version}')
                    rig = nested.Rig(self.serve, VBT)
                    self.answers[version] = rig.run(list(self.guests(version, qemu)), dict(self.files())), rig.boot
                except (Missing, nested.Failed) as e:
                    self.answers[version] = e, None
        got, boot = self.answers[version]
        if boot is None:
            raise got
        return got, boot

    def guest(self, version, name, look):
        got, boot = self.host(version)
        if got[name] is None:
            return [boot.story(f'the host did not come to the end of this guest: {boot.ended}')]
        return look(got[name])

    def lint(self, version, case):
        path = self.program.file(f'{version}-{CASES.index(case)}.args',
                                 f'qemu-system-x86_64 -nodefaults -accel kvm -cpu host -m 256 {case.words}\n'.encode())
        text = subprocess.run([self.program.path, 'vm', 'lint', '--root', self.root(), '--host', '--qemu', version,
                               '--json', path], stdout=subprocess.PIPE, text=True, timeout=60, check=False).stdout
        found = {f['id'] for f in json.loads(text)['findings'] if f['verdict'] == 'fail'}
        return lint_faults(case.known[version], found)


def jobs(bench):
    versions = QEMUS if bench.all else ['11.1']
    for n, case in enumerate(CASES):
        for v in versions:
            yield f'vm lint foretells QEMU {v}: {case.name}', lambda v=v, c=case: bench.lint(v, c)
    for n, case in enumerate(CASES):
        for v in versions:
            if bench.all or case.name in QUICK:
                yield (f'QEMU {v}: {case.name}',
                       lambda v=v, n=n, c=case: bench.guest(v, f'case{n}', lambda g: table_faults(c, c.known[v], g)))
    yield 'what fits another QEMU is a fault', lambda: bench.guest('11.1', 'case0', other_faults)
    for v in versions if bench.all else ():
        yield f'QEMU {v}, OVMF on q35', lambda v=v: bench.guest(v, 'q35', lambda g: ovmf_faults(g, v != '7.2'))
        yield f'QEMU {v}, what vm render prints', lambda v=v: bench.guest(v, 'rendered', ovmf_faults)
    if bench.all:
        yield 'QEMU 11.1, Linux with i915', lambda: bench.guest('11.1', 'linux', linux_faults)


def main():
    args, words = sys.argv[1:], []
    if '--' in args:
        args, words = args[:args.index('--')], args[args.index('--') + 1:]
    everything = args[:1] == ['--all']
    return told.in_order(told.chosen(list(jobs(Bench(everything, *args[everything:]))), words))


if __name__ == '__main__':
    sys.exit(main())
