#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench.py BUILD - how fast and how large, as a table; ratios where a peer exists.

Nothing here is a test: times depend on the machine, so the numbers are for eyes. What is promised
(inspect within 1.5 times lspci -vvnn and under 20 MiB, 1,000 captures a second on two cores) stands
beside what was measured.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
EXAMPLE = TOP / 'tests' / 'hosts' / 'hp-elitedesk-800-g4'
ROUNDS = 15
CAPTURES = 1000
BUNDLE_BYTES = 32 << 20


def start(*args):
    return subprocess.Popen([str(a) for a in args], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def once(*args):
    """(seconds, peak resident bytes, exit status) of one run."""
    begin = time.perf_counter()
    p = start(*args)
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - begin, usage.ru_maxrss * 1024, p.returncode


def best(*args):
    """The least time of several runs (the others were disturbed), the largest memory."""
    runs = [once(*args) for _ in range(ROUNDS)]
    return min(r[0] for r in runs), max(r[1] for r in runs), runs[0][2]


def ms(seconds):
    return f'{seconds * 1000:.1f} ms'


def mib(n):
    return f'{n / (1 << 20):.1f} MiB'


def row(what, measured, peer='', promise=''):
    print(f'{what:<44} {measured:<22} {peer:<28} {promise}'.rstrip())


def inspect(igdctl):
    took, rss, status = best(igdctl, 'inspect')
    if not shutil.which('lspci'):
        row('inspect, this machine', f'{ms(took)}, exit {status}', 'lspci is not installed')
        return
    peer, peer_rss, peer_status = best('lspci', '-vvnn')
    note = '' if peer_status == 0 else f', exit {peer_status}'
    row('inspect, this machine', ms(took), f'{took / peer:.2f} x lspci -vvnn ({ms(peer)}{note})', 'at most 1.5 x')
    row('inspect, peak memory', mib(rss), f'{rss / peer_rss:.2f} x lspci -vvnn', 'under 20 MiB')


def many(igdctl, what, capture):
    """Two workers, half of the captures each."""
    half = [str(capture)] * (CAPTURES // 2)
    begin = time.perf_counter()
    workers = [start(igdctl, 'check', '--json', *half) for _ in range(2)]
    codes = {w.wait() for w in workers}
    rate = CAPTURES / (time.perf_counter() - begin)
    row(f'check, {CAPTURES} {what}, 2 workers', f'{rate:.0f} a second', f'exit {", ".join(map(str, sorted(codes)))}',
        'at least 1,000 a second')


def bundle(igdctl, tmp):
    """A kernel log as long as people paste it, many times over: cost must stay linear in bytes."""
    line = ''.join(f'[ {n:11.6f}] usb 1-14: reset full-speed USB device number {n % 100} using xhci_hcd\n'
                   for n in range(20000))
    took = {}
    for share in (1, 4):
        path = tmp / f'bundle-{share}'
        shutil.copytree(EXAMPLE, path)
        size = BUNDLE_BYTES * share // 4
        n = 0
        with open(path / 'dmesg-long.txt', 'w') as f:
            while n < size:
                n += f.write(line)
                if n >= 15 << 20:  # one file has a limit; go on in another
                    break
        took[share] = (n, *once(igdctl, 'inspect', '--capture', path))
    for n, seconds, rss, status in took.values():
        row(f'inspect, text bundle of {n >> 20} MiB', f'{n / seconds / 1e6:.0f} MB/s', f'{mib(rss)}, exit {status}')


def parse(build):
    p = subprocess.run([build / 'bench' / 'bench-parse'], text=True, stdout=subprocess.PIPE, check=True)
    for line in p.stdout.splitlines():
        name, size, ns = line.split()
        row(f'{name}, {size} bytes', f'{float(ns):.0f} ns a call', f'{float(size) / float(ns) * 1000:.0f} MB/s')


def main():
    build = Path(sys.argv[1] if len(sys.argv) > 1 else 'build').resolve()
    igdctl = build / 'igdctl'
    with tempfile.TemporaryDirectory(prefix='igdctl-bench-') as tmp:
        tmp = Path(tmp)
        inspect(igdctl)
        many(igdctl, 'text bundles', EXAMPLE)
        capture = tmp / 'this-machine.tar.gz'
        if once(igdctl, 'capture', '-o', capture)[2] == 0:
            many(igdctl, 'captures', capture)
        bundle(igdctl, tmp)
    parse(build)
    return 0


if __name__ == '__main__':
    sys.exit(main())
