#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""rehearse.py IGDCTL PLANE_GOP STRANGE_GOP TWICE [-- WORD...] - "rehearse" with a real QEMU (of trixie-backports, run
from a folder of its own) and real firmware: what it says of what works, and of each thing that does not. As TAP.

There is no GOP driver of Intel's here: plane_gop.c lights the emulated display, strange_gop.c is one for another GPU.
The accelerator is always TCG, which is what the command takes by itself.
"""
import json
import os
import struct
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import fv_edit
import machine
import parts
import releases
import told
from tap import Missing

CODE, VARS = told.OVMF / 'OVMF_CODE_4M.fd', told.OVMF / 'OVMF_VARS_4M.fd'
SECURE = told.OVMF / 'OVMF_CODE_4M.secboot.fd'
DEVICE = '8086:3e92'
SECONDS = int(120 * machine.PATIENCE)  # 2 to 5 on an idle machine; it ends when the firmware is ready
EVERYTHING = {'ovmf.sound', 'qemu.started', 'device.connected', 'firmware.alive', 'drivers.ran', 'opregion.address',
              'opregion.valid', 'opregion.memory', 'stolen.address', 'stolen.once', 'stolen.aligned',
              'stolen.inside-ram', 'stolen.reserved', 'stolen.size', 'boot.ready'}
PICTURE = {'gop.found', 'gop.started', 'mode.set', 'picture'}
VBT = {'vbt.sound', 'vbt.readable', 'policy.found', 'policy.vbt'}


class Stage:
    """The program, a QEMU that can rehearse, and the files that go in."""

    def __init__(self, igdctl, plane, strange, twice):
        self.program = parts.Program(igdctl)
        self.plane, self.strange, self.twice = plane, strange, twice
        self.folder, self.made, self.lock = self.program.folder, {}, threading.Lock()
        self.tmp = self.folder / 'tmp'
        self.tmp.mkdir()
        self.program_of_qemu = None

    def qemu(self):
        """One word that starts it."""
        self.program_of_qemu = self.program_of_qemu or releases.program(releases.BACKPORTS)
        return self.program_of_qemu

    def make(self, name, *words):
        """A file that igdctl makes, once."""
        with self.lock:
            if name not in self.made:
                self.program.run(*words, '-o', self.folder / name)
                self.made[name] = self.folder / name
        return self.made[name]

    def rom(self, *drivers, name='igd.rom', vbt=True, device=DEVICE):
        words = [w for d in drivers for w in ('--driver', d)] + ['--vbt', self.program.vbt] * vbt
        return self.make(name, 'rom', 'build', '--device', device, *words)

    def ovmf(self, code, *drivers, name):
        words = [w for d in drivers for w in ('--driver', d)]
        return self.make(name, 'ovmf', 'inject', '--device', DEVICE, '--vbt', self.program.vbt, *words, code)


class Rehearsal:
    def __init__(self, stage, *words, picture=None):
        words = [*words, '--device', DEVICE] if '--device' not in words else list(words)
        words += ['-o', picture] if picture else []
        words += ['--timeout', SECONDS] if '--timeout' not in words else []
        p = subprocess.run([stage.program.path, 'rehearse', '--json', '--qemu', str(stage.qemu()), *map(str, words)],
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                           env={**os.environ, 'TMPDIR': str(stage.tmp)}, timeout=2 * SECONDS + 60, check=False)
        self.status, self.err = p.returncode, p.stderr
        self.answer = json.loads(p.stdout) if p.stdout else {}
        self.steps = {s['id']: s for s in self.answer.get('steps', [])}

    def of(self, verdict):
        return {i for i, s in self.steps.items() if s['verdict'] == verdict}

    def story(self, why):
        told_lines = [f'{h["at"]:7.2f} s {h["who"]:6} {h["text"]}' for h in (self.answer.get('run') or {}).get('heard', [])]
        steps = [f'{s["verdict"]:8} {i}: {s["why"] or s["evidence"]}' for i, s in self.steps.items()]
        return '\n'.join([why, f'status {self.status}', self.err, *steps, *told_lines[-machine.TOLD:]])

    def faults(self, passes=frozenset(), fails=None, status=None):
        """That these steps passed, and these alone failed: {step: a word of its cause}."""
        fails = fails or {}
        wrong = [f'{i} is {self.steps.get(i, {}).get("verdict")}, not pass' for i in sorted(passes - self.of('pass'))]
        wrong += [f'{i} failed' for i in sorted(self.of('fail') - set(fails))]
        wrong += [f'{i} did not fail for "{w}"' for i, w in fails.items()
                  if i not in self.of('fail') or w not in self.steps[i]['why']]
        wanted = status if status is not None else 3 if fails else 0
        wrong += [f'status {self.status}, not {wanted}'] * (self.status != wanted)
        return [self.story('\n'.join(wrong))] if wrong else []


def pixels(path):
    """Width, height and the set of colours of a PNG with 8 bits a channel, RGB (PNG Specification, second edition)."""
    data, at, packed, width, height = Path(path).read_bytes(), 8, b'', 0, 0
    while at < len(data):
        n, kind = struct.unpack_from('>I4s', data, at)
        body = data[at + 8:at + 8 + n]
        if kind == b'IHDR':
            width, height, depth, colour = struct.unpack_from('>IIBB', body)
            assert (depth, colour) == (8, 2)
        packed += body if kind == b'IDAT' else b''
        at += 12 + n
    raw, row, seen, before = zlib.decompress(packed), 3 * width + 1, set(), bytes(3 * width)
    for y in range(height):
        kind, line = raw[y * row], bytearray(raw[y * row + 1:(y + 1) * row])
        for i in range(len(line) if kind else 0):
            left, up = line[i - 3] if i > 2 else 0, before[i]
            corner = before[i - 3] if i > 2 else 0
            p = left + up - corner
            near = min((left, up, corner), key=lambda v: abs(p - v))  # the first of equals, which is the rule
            line[i] = (line[i] + (0, left, up, (left + up) // 2, near)[kind]) & 0xff
        seen |= {bytes(line[i:i + 3]) for i in range(0, len(line), 3)}
        before = bytes(line)
    return width, height, seen


def good_rom(stage, board):
    """All steps pass, and OVMF's logo is on the screen."""
    png = stage.folder / f'{board}.png'
    r = Rehearsal(stage, '--rom', stage.rom(stage.plane), '--machine', board, picture=png)
    faults = r.faults(EVERYTHING | PICTURE | VBT - {'policy.found'} | {'rom.sound', 'rom.dispatched'})
    if not faults:
        width, height, colours = pixels(png)
        shown = r.answer['picture']
        if (width, height) != (shown['width'], shown['height']) or not 16 < len(colours) or b'\0\0\0' not in colours:
            faults = [f'{width} x {height}, {len(colours)} colours; told were {shown}']
    return faults


def injected(stage, board):
    image = stage.ovmf(CODE, stage.plane, name='injected.fd')
    r = Rehearsal(stage, '--ovmf', image, '--ovmf-vars', VARS, '--machine', board)
    return r.faults(EVERYTHING | PICTURE | {'vbt.sound', 'vbt.readable', 'policy.vbt'})


def with_smm(stage):
    if not SECURE.exists():
        raise told.Absent('this OVMF has no build with SMM')
    r = Rehearsal(stage, '--ovmf', stage.ovmf(SECURE, name='smm.fd'), '--ovmf-vars', VARS)
    return r.faults(EVERYTHING)


def both_carriers(stage):
    """In the ROM and in OVMF: one of each does the work."""
    r = Rehearsal(stage, '--ovmf', stage.ovmf(CODE, stage.plane, name='injected.fd'), '--ovmf-vars', VARS, '--rom',
                  stage.rom(name='two.rom'))
    return r.faults(EVERYTHING | {'rom.dispatched', 'stolen.once'})


def generation(stage, device, board):
    r = Rehearsal(stage, '--rom', stage.rom(stage.plane, name=f'{device[5:]}.rom', device=device), '--machine', board,
                  '--device', device)
    return r.faults(EVERYTHING | {'mode.set', 'picture'})


def seabios(stage, device=DEVICE, fails=None):
    vm = stage.program.file('seabios.conf', b'bios: seabios\nmachine: pc-i440fx-9.2\n')
    r = Rehearsal(stage, '--vm', vm, '--device', device)
    passes = {'firmware.alive', 'opregion.address', 'opregion.valid', 'opregion.memory', 'boot.ready'}
    return r.faults(passes | (set() if fails else {'stolen.address', 'stolen.reserved', 'stolen.size'}), fails)


def stock(stage):
    """OVMF by itself does nothing for an IGD."""
    r = Rehearsal(stage, '--ovmf', CODE)
    return r.faults({'firmware.alive', 'boot.ready'},
                    {'opregion.address': 'OVMF by itself', 'stolen.address': 'OVMF by itself'})


def broken_rom(stage):
    """The signature of a PCIR is gone: firmware passes over it, and rom.sound says why."""
    rom = bytearray(stage.rom(stage.plane).read_bytes())
    rom[rom.index(b'PCIR')] ^= 0xff
    r = Rehearsal(stage, '--rom', stage.program.file('broken.rom', bytes(rom)))
    return r.faults({'firmware.alive', 'boot.ready'},
                    {'rom.sound': 'Something stands before the first image',
                     'rom.dispatched': 'the firmware passed over it', 'drivers.ran': 'did not start',
                     'opregion.address': 'nobody did', 'stolen.address': 'nobody did', 'policy.found': 'did not start'})


def other_generation(stage):
    rom = stage.make('strange.rom', 'rom', 'build', '--force', '--gop', stage.strange, '--vbt', stage.program.vbt,
                     '--device', DEVICE)
    r = Rehearsal(stage, '--rom', rom)
    return r.faults(EVERYTHING | {'gop.found', 'policy.vbt'},
                    {'rom.sound': 'does not know this GPU', 'gop.started': 'not in its table of devices'})


def wrong_checksum(stage):
    """In the header of a driver of the compressed volume: the DXE core goes no further."""
    c = fv_edit.Compressed(stage.ovmf(CODE, name='plain.fd').read_bytes())
    _, first = c.dxe()
    c.decoded[first + 16] ^= 0x55  # PI Specification 1.8, volume 3, 3.2.3: the header's checksum
    image = stage.program.file('sum.fd', c.written())
    r = Rehearsal(stage, '--ovmf', image, '--ovmf-vars', VARS, '--timeout', int(15 * machine.PATIENCE))
    return r.faults({'qemu.started', 'device.connected'},
                    {'ovmf.sound': 'checksum', 'firmware.alive': 'not a word', 'boot.ready': 'it was not there'})


def bdsm_twice(stage):
    r = Rehearsal(stage, '--rom', stage.rom(stage.twice, name='twice.rom'))
    return r.faults(EVERYTHING - {'stolen.once'}, {'stolen.once': 'two drivers gave the GPU stolen memory'})


def vbt_cut(stage):
    cut = stage.program.file('cut.vbt', parts.VBT[:len(parts.VBT) // 2])
    r = Rehearsal(stage, '--rom', stage.rom(stage.plane), '--vbt', cut)
    return r.faults(EVERYTHING, {'vbt.sound': 'does not fit'})


def too_old(stage):
    """The installed QEMU, where it is one that cannot."""
    q = releases.installed()
    if q.release >= (10, 1):
        raise told.Absent(f'the installed {q} can rehearse')
    p = subprocess.run([stage.program.path, 'rehearse', '--rom', str(stage.rom(stage.plane)), '--qemu', q.words[0],
                        '--device', DEVICE], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                       check=False)
    good = p.returncode == 1 and 'has no vfio-user-pci: install 10.1.1 or newer' in p.stderr
    return [] if good else [f'status {p.returncode}: {p.stdout}{p.stderr}']


def trace(stage):
    """Each access is in the file, and the address of the OpRegion among them."""
    path = stage.folder / 'trace'
    r = Rehearsal(stage, '--rom', stage.rom(stage.plane), '--trace', path)
    asls = r.answer['run']['asls']
    faults = r.faults(EVERYTHING)
    hit = [ln for ln in path.read_text().splitlines() if 'write config+0xfc 4' in ln and ln.endswith(asls)]
    return faults + [f'no write of {asls} to ASLS in {path.stat().st_size} bytes of trace'] * (not hit)


def jobs(stage):
    for board in ('q35', 'pc'):
        yield f'a ROM on {board}: every step, and a picture', lambda b=board: good_rom(stage, b)
        yield f'an injected OVMF on {board}', lambda b=board: injected(stage, b)
    yield 'an injected OVMF with SMM', lambda: with_smm(stage)
    yield 'in the ROM and in OVMF', lambda: both_carriers(stage)
    for device, board in (('8086:0412', 'pc'), ('8086:9bc8', 'q35'), ('8086:4680', 'q35')):
        yield f'a GPU of another generation, {device} on {board}', lambda d=device, b=board: generation(stage, d, b)
    yield 'SeaBIOS', lambda: seabios(stage)
    yield ('SeaBIOS, and a GPU whose register it does not know',
           lambda: seabios(stage, '8086:4680', {'stolen.address': 'no such register'}))
    yield 'OVMF as the distribution has it', lambda: stock(stage)
    yield 'a broken ROM', lambda: broken_rom(stage)
    yield 'a ROM for another generation', lambda: other_generation(stage)
    yield 'an injected image with a wrong checksum', lambda: wrong_checksum(stage)
    yield 'a driver that writes BDSM twice', lambda: bdsm_twice(stage)
    yield 'a VBT that is cut short', lambda: vbt_cut(stage)
    yield 'a QEMU that is too old', lambda: too_old(stage)
    yield 'a trace', lambda: trace(stage)


def main():
    args, words = sys.argv[1:], []
    if '--' in args:
        args, words = args[:args.index('--')], args[args.index('--') + 1:]
    stage = Stage(*args)
    todo = told.chosen(jobs(stage), words)
    try:
        stage.qemu()
    except Missing as e:
        why = e
        todo = [(name, lambda: (_ for _ in ()).throw(why)) for name, _ in todo]
    left = ('nothing is left in TMPDIR', lambda: [str(p) for p in stage.tmp.iterdir()])
    return told.in_order(todo, [left])


if __name__ == '__main__':
    sys.exit(main())
