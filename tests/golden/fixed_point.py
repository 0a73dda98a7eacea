#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fixed_point.py IGDCTL - what "vm render" prints needs no more correction, as TAP.

Each definition of tests/partners/matrix.py, new, corrected or translated, is given back to "vm render --from": nothing
must change, not a byte. And "vm lint" must find nothing in it that keeps the VM from working.
"""
import difflib
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'partners'))

import matrix  # noqa: E402
from tap import Tap  # noqa: E402

SUFFIX = {'pve': '.conf', 'libvirt': '.xml', 'qemu': '.sh'}


def device(c):
    return c.args[c.args.index('--device') + 1]


def blocks(igdctl, release, path):
    """What "vm lint" finds that keeps the VM from working."""
    p = subprocess.run([igdctl, 'vm', 'lint', '--json', '--qemu', release, path], stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, text=True, timeout=60, check=False, env=matrix.ENV)
    for f in json.loads(p.stdout)['findings']:
        if f['severity'] == 'block' and f['verdict'] == 'fail':
            yield f'vm lint: {f["id"]}: {f["evidence"]}'


def faults(igdctl, c, path):
    path.write_text(c.text)
    again = matrix.Case(c.name, c.target, c.release, c.mode, '--from', path, '--device', device(c)).render(igdctl)
    if again.text is None:
        yield f'refused: {again.refused}'
    elif again.text != c.text:
        yield '\n'.join(difflib.unified_diff(c.text.splitlines(), again.text.splitlines(), 'once', 'twice',
                                             lineterm='', n=0))
    yield from blocks(igdctl, c.release, path)


def point(c):
    kind = c.args[1].name if '--from' in c.args else f'new VMs, {c.mode}'
    return f'{c.target}: {kind}'


def main():
    igdctl, tap = str(Path(sys.argv[1]).resolve()), Tap()
    with tempfile.TemporaryDirectory(prefix='igdctl-fixed-') as tmp:
        cases = matrix.rendered(igdctl, [*matrix.new_vms(chips=matrix.FEW_CHIPS), *matrix.mended_vms()])
        once = {}
        for c in cases:
            once.setdefault((c.text, c.release, c.mode), c)
        paths = [Path(tmp, f'{n}{SUFFIX[c.target]}') for n, c in enumerate(once.values())]
        with ThreadPoolExecutor() as pool:
            found = list(pool.map(lambda a: list(faults(igdctl, *a)), zip(once.values(), paths)))
    bad = [p.name for p in matrix.fixtures() if list(blocks(igdctl, '10.1', p))]
    tap.result('definitions that need it are among them', [] if len(bad) > 2 else [f'only {bad}'])
    points = {}
    for c, fs in zip(once.values(), found):
        points.setdefault(point(c), {}).update({f: c for f in fs})
    for name, fs in points.items():
        tap.result(name, [f'{f}\n  igdctl {" ".join(map(str, c.command()))}' for f, c in fs.items()])
    print(f'# {len(cases)} definitions, {len(once)} different ones')
    return tap.end()


if __name__ == '__main__':
    sys.exit(main())
