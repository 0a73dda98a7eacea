# SPDX-License-Identifier: GPL-2.0-or-later
"""fwtest.py - asking "igdctl fw", and holding what it answers against what is wanted; for scan.py and the corpus."""
import hashlib
import json
import subprocess
import sys
from pathlib import Path

TIMEOUT = 120  # seconds; a loop is a fault, not a machine that is slow
KINDS = ('gop', 'vbt', 'vbios')
KEYS = {'kind': str, 'sha256': str, 'size': int, 'path': str, 'version': (str, type(None)), 'device_ids': list,
        'carved': bool, 'partial': bool}


class Wrong(Exception):
    """The answer is not the wanted one."""


class Ran:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def objects(self):
        """One object a line; one input may be printed over several."""
        try:
            return [json.loads(self.out)]
        except ValueError:
            return [json.loads(line) for line in self.out.splitlines()]


def run(*args):
    """Exit code and output; a signal or a sanitizer's words are Wrong."""
    with subprocess.Popen([str(a) for a in args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as p:
        try:
            out, err = p.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired as e:
            p.kill()
            raise Wrong(f'no end after {TIMEOUT} s') from e
    err = err.decode(errors='replace')
    if p.returncode < 0 or 'Sanitizer' in err or 'runtime error' in err:
        raise Wrong(f'exit {p.returncode}: {err[:2000]}')
    return Ran(p.returncode, out.decode(), err)


# A child begins with the peak of the process that starts it, so a small one has to.
MEASURE = ('import os, subprocess, sys\n'
           'p = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n'
           '_, status, usage = os.wait4(p.pid, 0)\n'
           'print(os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024)\n')


def peak(*args):
    """The exit code and the peak of resident memory in bytes of one run by itself."""
    out = subprocess.run([sys.executable, '-ISc', MEASURE, *map(str, args)], stdin=subprocess.DEVNULL, check=True,
                         stdout=subprocess.PIPE, timeout=TIMEOUT, text=True).stdout
    return tuple(int(n) for n in out.split())


def instrumented(igdctl):
    """Is it built with a sanitizer, whose memory is no measure?"""
    return b'__asan_init' in Path(igdctl).read_bytes()


def artifacts(obj):
    """All artifacts of an object; Wrong when a key that stays put is not as promised."""
    if obj.get('schema') != 'igdctl/fw-scan/1' or not isinstance(obj.get('input'), str):
        raise Wrong(f'the head of the object is {dict(list(obj.items())[:4])}')
    found = [a for f in obj['files'] for a in f['artifacts']]
    for a in found:
        bad = [k for k, kind in KEYS.items() if k not in a or not isinstance(a[k], kind)]
        if bad:
            raise Wrong(f'{" ".join(bad)} of {a}')
        if len(a['sha256']) != 64 or a['size'] <= 0:
            raise Wrong(f'sha256 or size of {a}')
    return [a for a in found if a['kind'] in KINDS]


def scan(igdctl, path, *more):
    """(artifacts, exit code, stderr) of one file."""
    ran = run(igdctl, 'fw', 'scan', '--json', *more, path)
    try:
        objects = ran.objects()
    except ValueError as e:
        raise Wrong(f'exit {ran.code}, no JSON: {ran.out[:200]!r} {ran.err[:500]}') from e
    if len(objects) != 1 or objects[0].get('input') != str(path):
        raise Wrong(f'{len(objects)} objects, input {objects[0].get("input") if objects else None!r}')
    return artifacts(objects[0]), ran.code, ran.err


def digest(data):
    return hashlib.sha256(data).hexdigest()


def line(a):
    return (f'{a["kind"]} {a["sha256"][:12]} {a["size"]} {a["path"]} version={a["version"]} carved={a["carved"]} '
            f'partial={a["partial"]}')


def build_of(version):
    """The last part of "9.0.1084" or "1084"; None stays None."""
    return version.split('.')[-1] if version else None


def unlike(want, a):
    """What of artifact @a is not as wanted."""
    faults = []
    if a['size'] != len(want.data):
        faults.append(f'size {a["size"]}, not {len(want.data)}')
    for key in ('carved', 'partial'):
        if getattr(want, key) is not None and a[key] != getattr(want, key):
            faults.append(f'{key} is {a[key]}')
    if want.path and not any(word in a['path'] for word in want.path):
        faults.append(f'none of {want.path} in its path')
    if want.build and build_of(a['version']) != want.build:
        faults.append(f'build {want.build} is not in version {a["version"]}')
    if want.devices is not None:
        ids = {f'8086:{d:04x}' for d in want.devices}
        if not ids <= set(a['device_ids']):
            faults.append(f'device ids {a["device_ids"]} lack {sorted(ids - set(a["device_ids"]))}')
    return [f'{line(a)}: {f}' for f in faults]


def compare(wants, found):
    """Faults: each want is there once, and nothing else is."""
    faults, left = [], list(found)
    for want in wants:
        same = [a for a in left if a['kind'] == want.kind and a['sha256'] == digest(want.data)]
        if len(same) > 1:
            faults.append(f'{len(same)} times: {line(same[0])}')
        if not same and not want.maybe:
            faults.append(f'not found: {want.kind} {digest(want.data)[:12]} of {len(want.data)} bytes {want.path}')
        for a in same:
            left.remove(a)
        if same:
            faults += unlike(want, same[0])
    return faults + [f'not wanted: {line(a)}' for a in left]


def extract(igdctl, path, folder, *more):
    """(exit code, what lies in @folder then: name -> bytes, stderr)."""
    ran = run(igdctl, 'fw', 'extract', '--gop', '--vbt', '--vbios', '-o', folder, *more, path)
    files = {str(f.relative_to(folder)): f.read_bytes() for f in Path(folder).rglob('*') if f.is_file()}
    return ran.code, files, ran.err
