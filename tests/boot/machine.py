# SPDX-License-Identifier: GPL-2.0-or-later
"""machine.py - a real QEMU with a real OVMF, started until it says a wanted word, and what it said by then.

    machine.boot(machine.Flash('OVMF_CODE_4M.fd', 'OVMF_VARS_4M.fd'), board='q35',
                 devices=['VGA', ('virtio-net-pci', rom_bytes)], fw_cfg={'opt/name': b'...'}).seconds('a line')

Two mouths are listened to: the debug console at port 0x402, where firmware and our drivers write, and the first serial
port. Distributions build OVMF as RELEASE, which leaves port 0x402 silent, so that what is there is the drivers'.

A device of another process (vfio-user) is named by a dictionary, and needs @shared memory (emulated.py).

The processor is always emulated (-accel tcg): no test needs, opens or touches /dev/kvm. A machine has no disk, no
network and no display beyond what it is given, its own copy of the variables, and a folder that is gone when it is; of
what it is started from nothing is written. It is killed when the word was said, when the time is over, or when the
caller is interrupted; Meson kills a test that takes too long with all its children.

How long a slow machine may take is the caller's guess for an idle one, times $IGDCTL_BOOT_PATIENCE.
"""
import json
import os
import selectors
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / 'partners'))

import releases  # noqa: E402

DEADLINE = 60  # seconds; a boot takes 2 to 5 on an idle machine and was seen to take 15 on a busy one
PATIENCE = float(os.environ.get('IGDCTL_BOOT_PATIENCE') or 1)
LINE_MAX = 4096  # bytes; a longer line is told in pieces
TOLD = 40  # of the last lines, in a failure


@dataclass(frozen=True)
class Flash:
    """Firmware: code and variables in two files, both in one (vars None), or as it is given to -bios."""
    code: Path
    vars: Path = None
    bios: bool = False

    def args(self, folder):
        if self.bios:
            return ['-bios', str(self.code)]
        if self.vars is None:  # the variables in it are written, so it is a copy
            return ['-drive', pflash(0, copied(self.code, folder, 'flash'))]
        return ['-drive', pflash(0, self.code) + ',readonly=on',
                '-drive', pflash(1, copied(self.vars, folder, 'vars'))]


def comma(path):
    """A path as a word of QEMU's options."""
    return str(path).replace(',', ',,')


def copied(path, folder, name):
    to = Path(folder, name)
    shutil.copyfile(path, to)
    return to


def pflash(unit, path):
    return f'if=pflash,format=raw,unit={unit},file={comma(path)}'


@dataclass
class Line:
    at: float  # seconds since QEMU was started
    mouth: str  # 'debug', 'serial', 'qemu'
    text: str


@dataclass
class Boot:
    """What became of one start."""
    command: str
    wanted: str
    lines: list = field(default_factory=list)
    said: bool = False  # the wanted word
    ended: str = ''  # why it stopped without it; '' when it did not
    took: float = 0.0
    cpu: float = 0.0  # seconds of processors that QEMU used until it was stopped; 0: it ended by itself

    def of(self, mouth):
        return [ln.text for ln in self.lines if ln.mouth == mouth]

    @property
    def debug(self):
        return self.of('debug')

    @property
    def serial(self):
        return self.of('serial')

    def with_word(self, word, mouth='debug'):
        """The lines in which it is."""
        return [t for t in self.of(mouth) if word in t]

    def seconds(self, word):
        """When it was first said; None: never."""
        return next((ln.at for ln in self.lines if word in ln.text and ln.mouth != 'qemu'), None)

    def story(self, why):
        """A failure, as one text: why, the command to try by hand, and the last that was heard."""
        told = [f'{ln.at:7.2f} s {ln.mouth:6} {ln.text}' for ln in self.lines[-TOLD:]] or ['(not a word was heard)']
        return '\n'.join([why, self.command, *told])

    def faults(self):
        """[] when the wanted word was said."""
        return [] if self.said else [self.story(f'"{self.wanted}" was not said: {self.ended}')]


class Ears:
    """The ends of pipes that QEMU writes to, as lines with their times."""

    def __init__(self, begin):
        self.begin, self.selector, self.rest = begin, selectors.DefaultSelector(), {}

    def listen(self, fd, mouth):
        os.set_blocking(fd, False)
        self.selector.register(fd, selectors.EVENT_READ, mouth)
        self.rest[mouth] = b''

    def deaf(self):
        return not self.selector.get_map()

    def hear(self, patience):
        """The lines of the next @patience seconds, at the latest; as soon as there are some."""
        for key, _ in self.selector.select(max(0, patience)):
            got = os.read(key.fd, 65536)
            if not got:
                self.selector.unregister(key.fd)
            yield from self.cut(key.data, got)

    def cut(self, mouth, got):
        whole = self.rest[mouth] + got
        *lines, rest = whole.split(b'\n')
        if rest and (not got or len(rest) > LINE_MAX):
            lines, rest = [*lines, rest], b''
        self.rest[mouth] = rest
        now = time.monotonic() - self.begin
        for text in lines:
            yield Line(now, mouth, text.decode(errors='replace').strip('\r'))


def rom_file(rom, folder, n):
    if not isinstance(rom, bytes):
        return rom
    path = Path(folder, f'{n}.rom')
    path.write_bytes(rom)
    return path


def device_args(devices, folder):
    """Each is QEMU's words for a device, as a text or a dictionary, or a pair of them and an option ROM (bytes or a
    path)."""
    for n, device in enumerate(devices):
        words, rom = device if isinstance(device, tuple) else (device, None)
        file = None if rom is None else rom_file(rom, folder, n)
        yield '-device'
        if isinstance(words, dict):
            yield json.dumps(words if file is None else {**words, 'romfile': str(file)})
        else:
            yield words if file is None else f'{words},romfile={comma(file)}'


def fw_cfg_args(files, folder):
    """Files that the firmware is handed, by name: bytes, or a path."""
    for n, (name, content) in enumerate(files.items()):
        path = content
        if isinstance(content, bytes):
            path = Path(folder, f'{n}.fw_cfg')
            path.write_bytes(content)
        yield '-fw_cfg'
        yield f'name={comma(name)},file={comma(path)}'


def board_args(board, smm, memory, shared):
    """The board; with @smm as OVMF's SMM builds ask for it (OvmfPkg/README); @shared: memory that another process may
    map, which vfio-user needs."""
    words = board + (',smm=on' if smm else '') + (',memory-backend=ram' if shared else '')
    yield from ('-machine', words, '-m', f'{memory}M')
    if shared:
        yield from ('-object', f'memory-backend-memfd,id=ram,size={memory}M,share=on')
    if smm:
        yield from ('-global', 'driver=cfi.pflash01,property=secure,value=on', '-global', 'ICH9-LPC.disable_s3=1')


def mouth_args(fds):
    """QEMU writes to pipes that it inherits. Its own way for that, -add-fd, does not take a pipe as a file."""
    for mouth, fd in fds.items():
        yield from ('-chardev', f'file,id={mouth},path=/dev/fd/{fd}')
    yield from ('-device', 'isa-debugcon,iobase=0x402,chardev=debug', '-serial', 'chardev:serial')


def boot(flash, *, board='q35', smm=False, memory=1024, shared=False, devices=(), fw_cfg=None, extra=(),
         until='probe: ReadyToBoot', reboots=False, deadline=DEADLINE, qemu=None):
    """Start a machine and listen until @until is in a line of the debug console or the serial port. @flash None: QEMU's
    own SeaBIOS. @reboots: a reset is one, else it is the end."""
    qemu = qemu or releases.installed()
    with tempfile.TemporaryDirectory(prefix='igdctl-boot-') as folder:
        args = ['-accel', 'tcg', *board_args(board, smm, memory, shared), '-nodefaults', '-no-user-config',
                *([] if reboots else ['-no-reboot']), '-display', 'none', '-monitor', 'none',
                *(flash.args(folder) if flash else []), *device_args(devices, folder),
                *fw_cfg_args(fw_cfg or {}, folder), *extra]
        return run([*qemu.words, *args], qemu.env, folder, until, deadline * PATIENCE)


def cpu_seconds(pid):
    """User and system time: fields 14 and 15 of proc(5)'s stat, the second word of which may hold blanks."""
    try:
        fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def run(words, env, folder, until, deadline):
    pipes = {mouth: os.pipe() for mouth in ('debug', 'serial')}
    command = [*words, *mouth_args({mouth: w for mouth, (_, w) in pipes.items()})]
    result = Boot(shlex.join(command), until)
    begin = time.monotonic()
    try:
        p = subprocess.Popen(command, cwd=folder, env=env, pass_fds=[w for _, w in pipes.values()],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except BaseException:
        for ends in pipes.values():
            os.close(ends[0])
        raise
    finally:
        for ends in pipes.values():
            os.close(ends[1])
    try:
        ears = Ears(begin)
        for mouth, (r, _) in pipes.items():
            ears.listen(r, mouth)
        ears.listen(p.stdout.fileno(), 'qemu')
        listen(ears, p, result, begin + deadline)
    finally:
        result.cpu = cpu_seconds(p.pid)
        p.kill()
        p.wait()
        p.stdout.close()
        for r, _ in pipes.values():
            os.close(r)
        result.took = time.monotonic() - begin
    return result


def listen(ears, p, result, end):
    while not ears.deaf():
        left = end - time.monotonic()
        if left <= 0:
            result.ended = f'{end - ears.begin:.0f} seconds are over'
            return
        for line in ears.hear(left):
            result.lines.append(line)
            result.said |= line.mouth != 'qemu' and result.wanted in line.text
        if result.said:
            return
    status = p.wait(10)  # all its mouths are shut
    result.ended = f'QEMU ended with status {status}: {" | ".join(result.of("qemu")) or "it says nothing"}'
