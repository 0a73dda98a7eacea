#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""rehearse.py RUN - how a rehearsal ends, and what it leaves: nothing. As TAP.

RUN is run.c. In the place of QEMU stands stand-in.py, so that each way to end is there at will; boot.py has the real
one. All processes of a test carry a mark in their environment, by which those that are left are found in /proc, and
TMPDIR is a folder of the test's own that must be empty at its end.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / 'partners'))

import tap  # noqa: E402

STAND_IN = HERE / 'stand-in.py'
PATIENCE = float(os.environ.get('IGDCTL_BOOT_PATIENCE') or 1)
MARK = 'IGDCTL_TEST_MARK'
MOMENTS = 30  # kills of each kind
SEAL, SHRINK, GROW, WRITE = 1, 2, 4, 8  # F_SEAL_*


def words_of(pid):
    try:
        return Path(f'/proc/{pid}/cmdline').read_bytes().split(b'\0')
    except OSError:
        return []


class Rehearsal:
    """One run of RUN, started; its processes, and what it leaves."""

    def __init__(self, run, how, *options, qemu=STAND_IN, **env):
        self.folder = tempfile.TemporaryDirectory(prefix='igdctl-test-')
        self.mark = uuid.uuid4().hex
        env = {**os.environ, 'TMPDIR': self.folder.name, MARK: self.mark, 'STAND_IN': how, **env}
        self.p = subprocess.Popen([run, '-q', qemu, '-s', '60', *map(str, options)], env=env,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace',
                                  preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, []))
        self.out, self.status = '', None

    def marked(self):
        """Processes of this run, without RUN itself: their ids."""
        found, wanted = [], f'{MARK}={self.mark}'.encode()
        for d in Path('/proc').iterdir():
            if not d.name.isdigit() or int(d.name) == self.p.pid:
                continue
            try:
                if wanted in (d / 'environ').read_bytes().split(b'\0') and '\nState:\tZ' not in (d / 'status').read_text():
                    found.append(int(d.name))
            except OSError:
                pass  # it is gone, or somebody else's
        return found

    def started(self, n=1, seconds=20):
        """Wait until there are @n that were started as a QEMU: their ids."""
        found, end = [], time.monotonic() + seconds * PATIENCE
        while len(found) < n and time.monotonic() < end and self.p.poll() is None:
            time.sleep(0.005)
            found = [pid for pid in self.marked() if b'-nodefaults' in words_of(pid)]
        return found

    def end(self, seconds=30):
        """Its answer, as a dict of the lines "key: value"; the lines themselves in .out."""
        try:
            self.out, _ = self.p.communicate(timeout=seconds * PATIENCE)
        except subprocess.TimeoutExpired:
            self.p.kill()
            self.out, _ = self.p.communicate()
            self.out += f'\n(it did not end within {seconds} s)'
        self.status = self.p.returncode
        return dict(ln.split(': ', 1) for ln in self.out.splitlines() if ': ' in ln)

    def left(self):
        """What it left, as faults."""
        end = time.monotonic() + 10 * PATIENCE
        while self.marked() and time.monotonic() < end:
            time.sleep(0.02)
        faults = [f'process {pid} is left' for pid in self.marked()]
        faults += [f'{name} is left in TMPDIR' for name in os.listdir(self.folder.name)]
        for pid in self.marked():
            os.kill(pid, signal.SIGKILL)
        self.folder.cleanup()
        return faults

    def heard(self, who):
        return [ln.split(' ', 2)[2] for ln in self.out.splitlines() if ln.count(' ') > 1 and ln.split(' ')[1] == who]


def wrong(r, *pairs):
    """Faults of (what, got, wanted), with all that was said."""
    faults = [f'{what}: {got!r}, not {wanted!r}' for what, got, wanted in pairs if got != wanted]
    return [*faults, r.out] if faults else []


def ended(run, how, end, *options, lines=(), status='0', **env):
    """It ends as @end by itself, with @lines (who, text) in its record, and leaves nothing."""
    r = Rehearsal(run, how, *options, **env)
    said = r.end()
    faults = wrong(r, ('exit', r.status, 0), ('end', said.get('end'), end), ('status', said.get('status'), status),
                   ('left', said.get('left'), '0 descriptors, no child'),
                   *((f'{who} said {text}', text in r.heard(who), True) for who, text in lines))
    return faults + r.left()


def without_sandbox(run):
    r = Rehearsal(run, 'without-sandbox')
    said = r.end()
    return wrong(r, ('end', said.get('end'), 'ready'), ('-sandbox', '-sandbox' in said.get('command', ''), False),
                 ('noted', 'igdctl: this QEMU has no -sandbox, so it is started again without' in r.heard('qemu'), True),
                 ('left', said.get('left'), '0 descriptors, no child')) + r.left()


def flood(run):
    """A guest that never stops: the time ends it, and what is kept of it is bounded."""
    r = Rehearsal(run, 'flood', '-s', '2')
    said = r.end()
    lines = len(r.heard('guest'))
    return wrong(r, ('end', said.get('end'), 'over')) + r.left() + [f'{lines} lines'] * (not 100 < lines <= 4096)


def given(run):
    """What QEMU gets: its files with their bytes and seals, nothing else, and a clean slate."""
    faults = []
    with tempfile.TemporaryDirectory() as tmp:
        def file(name, content):
            path = Path(tmp, name)
            path.write_bytes(content)
            return path

        code, vars_, rom, witness = (file(n, n.encode() * 1000) for n in ('code', 'vars', 'rom', 'witness'))
        vbt = file('vbt', b'$VBT TEST           ' + bytes([100, 0, 48, 0, 48, 0]) + bytes(22))
        r = Rehearsal(run, 'facts', '-c', code, '-v', vars_, '-r', rom, '-w', witness, '-V', vbt)
        said = r.end()
        guest = r.heard('guest')
        facts = next((json.loads(ln[6:]) for ln in guest if ln.startswith('facts ')), {})
        files = {ln.split(' ', 2)[1]: json.loads(ln.split(' ', 2)[2]) for ln in guest if ln.startswith('file ')}
        faults += wrong(r, ('end', said.get('end'), 'ready'), ('facts', facts,
                        {'more': [], 'stdin': '/dev/null', 'blocked': 0, 'ignored': 0, 'leader': True, 'core': 0}))
        closed = SEAL | SHRINK | GROW
        for name, seals, head in (('code', closed | WRITE, b'code'), ('vars', closed, b'vars'),
                                  ('rom', closed | WRITE, b'rom'), ('witness', closed | WRITE, b'witness'),
                                  ('opregion', closed | WRITE, b'IntelGraphicsMem'),
                                  ('stolen', closed | WRITE, (64 << 20).to_bytes(8, 'little'))):
            got = files.get(name, {'seals': None, 'bytes': ''})
            faults += wrong(r, (f'seals of {name}', got['seals'] and got['seals'] & 15, seals),
                            (f'bytes of {name}', got['bytes'].startswith(head.hex()), True))
        return faults + r.left()


def stopped(run, sig, how='silent', n=1):
    r = Rehearsal(run, how)
    r.started(n)
    time.sleep(0.2)
    r.p.send_signal(sig)
    said = r.end()
    return wrong(r, ('exit', r.status, 0), ('end', said.get('end'), 'stopped'),
                 ('left', said.get('left'), '0 descriptors, no child')) + r.left()


def hangup_ignored(run):
    """As under nohup: SIGHUP stays ignored, and SIGTERM ends it."""
    was = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        r = Rehearsal(run, 'silent')
    finally:
        signal.signal(signal.SIGHUP, was)
    r.started()
    time.sleep(0.2)
    r.p.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    alive = r.p.poll() is None
    r.p.send_signal(signal.SIGTERM)
    return wrong(r, ('alive', alive, True), ('end', r.end().get('end'), 'stopped')) + r.left()


def killed_ourselves(run):
    """SIGKILL to us at many moments: after our start, and after QEMU's."""
    faults, living = [], 0
    for n in range(MOMENTS):
        r = Rehearsal(run, ('silent', 'flood')[n // 2 % 2])
        if n % 2:
            r.started()
        time.sleep(0.01 * n)
        living += bool(r.marked())
        r.p.kill()
        r.p.communicate()
        faults += [f'moment {n}: {f}' for f in r.left()]
        if faults:  # the others would be the same, and each takes its time
            break
    return faults or (['QEMU did not live at half of the moments'] if living < MOMENTS // 2 else [])


def killed_qemu(run):
    """SIGKILL to QEMU at many moments: that is how it ended, and nothing else is wrong."""
    faults = []
    for n in range(MOMENTS // 2):
        r = Rehearsal(run, 'silent')
        pids = r.started()
        time.sleep(0.01 * n)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        said = r.end()
        faults += wrong(r, ('end', said.get('end'), 'ended'), ('status', said.get('status'), '9'),
                        ('left', said.get('left'), '0 descriptors, no child')) + r.left()
    return faults


TESTS = [
    ('OVMF is ready', lambda run: ended(run, 'ready', 'ready', lines=[('guest', 'igdctl: Witness: ready')])),
    ('SeaBIOS is ready', lambda run: ended(run, 'seabios', 'ready', '-b', lines=[('guest', 'SeaBIOS (version x)')])),
    ('what ends one firmware does not end the other', lambda run: ended(run, 'seabios', 'over', '-s', '1')),
    ('the time is over', lambda run: ended(run, 'silent', 'over', '-s', '1')),
    ('QEMU ends with a word', lambda run: ended(run, 'ended', 'ended', status='768', lines=[
        ('qemu', 'qemu: it is broken'), ('guest', 'last word')])),
    ('QEMU crashes', lambda run: ended(run, 'crashed', 'ended', status='11')),
    ('a QEMU without -sandbox', without_sandbox),
    ('a guest that never stops', flood),
    ('a client that talks garbage', lambda run: ended(run, 'garbage', 'cut')),
    ('a client that goes while QEMU stays', lambda run: ended(run, 'parted', 'cut')),
    ('QEMU ends: what the guest wrote is known', lambda run: ended(run, 'asls', 'ended', lines=[
        ('device', 'OpRegion address written: 0x1234000, where the guest has no memory')])),
    ('what QEMU is given', given),
    ('SIGINT', lambda run: stopped(run, signal.SIGINT)),
    ('SIGTERM', lambda run: stopped(run, signal.SIGTERM)),
    ('SIGHUP', lambda run: stopped(run, signal.SIGHUP)),
    ('SIGHUP under nohup', hangup_ignored),
    ('SIGTERM, and QEMU behind a wrapper', lambda run: stopped(run, signal.SIGTERM, 'wrapper', 2)),
    ('we are killed', killed_ourselves),
    ('QEMU is killed', killed_qemu),
]


def main():
    run = sys.argv[1]
    for s in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(s, signal.SIG_DFL)  # whoever started us may ignore some, and so would what is tested
    out = tap.Tap()
    for name, test in TESTS:
        out.result(name, test(run))
    return out.end()


if __name__ == '__main__':
    sys.exit(main())
