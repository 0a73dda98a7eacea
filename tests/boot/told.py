# SPDX-License-Identifier: GPL-2.0-or-later
"""told.py - what probe.c wrote, as fields, and what the tests of this folder share: the probe on a device of its own,
firmware by name, and tests two at a time."""
import hashlib
import os
import re
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import machine
import option_rom
from tap import Missing, Tap  # machine.py has said where it is

AT_ONCE = 2  # machines: each keeps one processor busy
OVMF = Path('/usr/share/OVMF')
SHARED = Path(os.environ.get('IGDCTL_SHARED') or Path(__file__).resolve().parents[3] / 'shared')


class Told:
    """The records of one boot, or of those @lines of it."""

    def __init__(self, boot, lines=None):
        lines = boot.with_word('probe: ') if lines is None else lines
        self.entries = lines.count('probe: entry')
        self.ready = lines.count('probe: ReadyToBoot')
        flags = fields(lines, 'SecureBoot=')
        self.secure_boot, self.setup_mode = flags.get('SecureBoot'), flags.get('SetupMode')
        self.devices = [ln.split()[2:5] for ln in lines if ln.startswith('probe: pci ')]
        self.igd = fields(lines, 'igd ')
        self.igds, self.opregions, self.stolen = (placed(lines, r) for r in ('igd', 'opregion', 'stolen'))
        self.policies = int(fields(lines, 'policies=').get('policies', -1))
        self.lid = fields(lines, 'lid ')
        self.vbt = fields(lines, 'vbt ')
        self.memory = [tuple(re.split(r'[ +]', ln)[2:]) for ln in lines if ln.startswith('probe: memory ')]


def fields(lines, first):
    """{name: value} of the first record that begins so."""
    line = next((ln for ln in lines if ln.startswith('probe: ' + first)), '')
    return dict(w.split('=', 1) for w in line.split() if '=' in w)


def placed(lines, record):
    """{device: {name: value}} of the records that are called so."""
    words = [ln.split() for ln in lines if ln.startswith(f'probe: {record} ')]
    return {w[2]: dict(x.split('=', 1) for x in w[3:]) for w in words}


class Absent(Exception):
    """An input that is not part of the project."""


def corpus(*names):
    path = SHARED.joinpath('corpus', *names)
    if not path.exists():
        raise Absent('no corpus of firmware beside the source (IGDCTL_SHARED)')
    return path


def digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


class Bench:
    """The probe, and the boots of one test program."""

    def __init__(self, probe):
        self.probe = Path(probe).read_bytes()
        self.rom = option_rom.efi_rom(self.probe)

    def boot(self, flash, *, devices=(), beside='pci-testdev', **words):
        """A machine that has the probe, on a device that no driver is for."""
        return machine.boot(flash, devices=[*devices, (beside, self.rom)], **words)


def told_faults(boot):
    """[] when the probe ran once and to its end."""
    told = Told(boot)
    return boot.faults() or [boot.story(f'the probe ran {told.entries} times and ended {told.ready} times')
                             for _ in (0,) if (told.entries, told.ready) != (1, 1)]


def wrong(boot, *claims):
    """Of (what, is, wanted) those that are not so, with the story of the boot behind the first."""
    faults = [f'{what}: {found!r} in place of {wanted!r}' for what, found, wanted in claims if found != wanted]
    return [boot.story('\n'.join(faults))] if faults else []


def answer(job):
    try:
        return list(job[1]() or [])
    except (Missing, Absent) as e:
        return e
    except Exception:  # a fault of the test's own is one of this test alone
        return [traceback.format_exc()]


def report(tap, name, got):
    if isinstance(got, Missing):
        tap.missing(name, str(got))
    elif isinstance(got, Absent):
        tap.skip(name, str(got))
    else:
        tap.result(name, got)


def in_order(jobs, alone=()):
    """Run (name, function)s two at a time, those of @alone one by one behind them, and print them in their order as
    TAP. A function answers with its faults."""
    tap = Tap()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for (name, _), got in zip(jobs, pool.map(answer, jobs)):
            report(tap, name, got)
    for job in alone:
        report(tap, job[0], answer(job))
    return tap.end()


def chosen(jobs, words):
    """Of all the jobs those whose names have one of the words; without words all."""
    return [j for j in jobs if not words or any(w in j[0] for w in words)]


def main(make, make_alone=lambda *args: []):
    """@make(bench, further arguments) gives the jobs. Usage of each program: PROBE [ARGUMENT...] [-- WORD...]."""
    args, words = sys.argv[1:], []
    if '--' in args:
        args, words = args[:args.index('--')], args[args.index('--') + 1:]
    bench = Bench(args[0])
    return in_order(chosen(make(bench, *args[1:]), words), chosen(make_alone(bench, *args[1:]), words))
