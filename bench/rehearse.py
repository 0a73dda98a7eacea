#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""rehearse.py [--rounds N] [--probe EFI] [--strict] IGDCTL SERVE - what the emulated IGD costs.

- The boot: the same guest up to its first ReadyToBoot, without the device and with an idle one (no ROM), by turns, so
  that a slow moment of the machine meets both. Compared are the medians of two times: seconds of the processor (with
  the device QEMU's and the server's), which hardly change with what else the machine does, and seconds on the wall,
  which do. QEMU emulates the processor (tests/boot/machine.py), so the seconds are no user's; the ratio is.
- The server's memory, while the guest has our drivers in its ROM: all that is resident but the guest's own.
- A whole "igdctl rehearse", where this program has it: of a ROM with both drivers.

Promised: at most 1.05 x, of the processor; 16 MiB; 10 s. Nothing here is a test, but with --strict a broken promise is
exit 1. EFI is tests/boot's probe.efi and SERVE tests/rig's server, built in a build with -Dtests=enabled; sanitizers in
it would be measured too.
"""
import argparse
import re
import resource
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.append(str(TOP / 'tests' / 'boot'))

import emulated  # noqa: E402
import igd  # noqa: E402
import machine  # noqa: E402
import parts  # noqa: E402
import told  # noqa: E402

RATIO, SERVER_MIB, REHEARSAL = 1.05, 16, 10
READY = 'probe: ReadyToBoot'
DEVICE = emulated.Igd(igd.FIRST, igd.CFL)


def good(boot):
    if told.told_faults(boot):
        sys.exit(told.told_faults(boot)[0])
    return boot


def without(bench, qemu):
    b = good(bench.boot(igd.STOCK, shared=True, qemu=qemu))
    return b.cpu, b.seconds(READY)


def with_device(bench, qemu, serve):
    """The server is asked for its time before it is ended."""
    with emulated.Served(serve, [DEVICE]) as served:
        b = good(bench.boot(igd.STOCK, devices=list(served.devices()), shared=True, qemu=qemu))
        of_server = machine.cpu_seconds(served.process.pid)
    return b.cpu + of_server, b.seconds(READY)


def told_ratio(what, a, b):
    ratio = statistics.median(b) / statistics.median(a)
    cells = [f'{statistics.median(t):6.2f} s ({min(t):.2f} to {max(t):.2f})' for t in (a, b)]
    print(f'{what:<12}{"  ".join(cells)}  {ratio:.3f} x', flush=True)
    return ratio


def boots(bench, qemu, serve, rounds):
    """Is the promise of the boot kept?"""
    times = [], []
    for n in range(rounds + 1):
        got = without(bench, qemu), with_device(bench, qemu, serve)
        for before, took in zip(times, got):
            if n:  # the first warms the cache
                before.append(took)
    print(f'time to ReadyToBoot, without and with an idle device, medians of {rounds} by turns; at most {RATIO} x')
    ratios = [told_ratio(what, a, b) for what, a, b in zip(('processor', 'wall'), *(zip(*t) for t in times))]
    return ratios[0] <= RATIO


def resident(pid):
    """(anonymous KiB, all KiB that are not the guest's memory), of a process's mappings: proc(5), smaps."""
    anonymous = rest = 0
    guests = False
    for line in Path(f'/proc/{pid}/smaps').read_text().splitlines():
        if re.match(r'[0-9a-f]+-[0-9a-f]+ ', line):
            guests = 'memory-backend' in line
        elif line.startswith('Rss:') and not guests:
            rest += int(line.split()[1])
        elif line.startswith('Anonymous:') and not guests:
            anonymous += int(line.split()[1])
    return anonymous, rest


class Watch(threading.Thread):
    """The most that a process has had, looked at ten times a second."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.most, self.over = pid, (0, 0), threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(0.1):
            self.most = max(self.most, resident(self.pid), key=lambda m: m[1])


def memory(bench, qemu, serve, rom):
    with emulated.Served(serve, [DEVICE]) as served:
        watch = Watch(served.process.pid)
        good(bench.boot(igd.STOCK, devices=list(served.devices({DEVICE.at: rom})), shared=True, qemu=qemu,
                        fw_cfg={igd.OPREGION_FILE: igd.OPREGION}))
        watch.over.set()
        watch.join()
    anonymous, rest = watch.most
    print(f"the server's memory: {rest / 1024:.1f} MiB, {anonymous / 1024:.1f} of them anonymous; "
          f'below {SERVER_MIB} MiB')
    return 0 < rest < SERVER_MIB * 1024


def rehearsal(program, rom, rounds):
    """None: this program has no such command."""
    if subprocess.run([program.path, 'rehearse', '--help'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                      check=False).returncode:
        print('igdctl rehearse: left out, this igdctl has no such command')
        return None
    qemu, took, used = machine.releases.rehearser(), [], []
    for _ in range(rounds):
        begin, before = time.monotonic(), of_children()
        program.run('rehearse', '--rom', rom, '--qemu', qemu)
        took.append(time.monotonic() - begin)
        used.append(of_children() - before)
    print(f'igdctl rehearse: {statistics.median(took):.2f} s ({min(took):.2f} to {max(took):.2f}), '
          f'{statistics.median(used):.2f} s of the processor; below {REHEARSAL} s')
    return statistics.median(took) < REHEARSAL


def of_children():
    """Seconds of the processor that those that have ended used, with their own."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--rounds', type=int, default=7)
    ap.add_argument('--probe', type=Path)
    ap.add_argument('--strict', action='store_true', help='exit 1 when a promise is broken')
    ap.add_argument('igdctl', type=Path)
    ap.add_argument('serve', type=Path)
    args = ap.parse_args()
    probe = args.probe or args.igdctl.resolve().parent / 'tests' / 'boot' / 'probe.efi'
    if not probe.exists():
        sys.exit(f'{probe} is not there: meson setup -Dtests=enabled, or --probe')
    bench, program, qemu = told.Bench(probe), parts.Program(args.igdctl), emulated.qemu()
    rom = program.folder / 'igd.rom'
    program.run('rom', 'build', '--device', f'{emulated.VENDOR}:{DEVICE.device}', '-o', rom)
    kept = [boots(bench, qemu, args.serve, args.rounds), memory(bench, qemu, args.serve, rom),
            rehearsal(program, rom, args.rounds)]
    print(f'{kept.count(False)} promises broken')
    return 1 if args.strict and False in kept else 0


if __name__ == '__main__':
    sys.exit(main())
