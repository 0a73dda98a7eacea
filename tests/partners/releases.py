# SPDX-License-Identifier: GPL-2.0-or-later
"""releases.py - QEMU of the releases that matter: the installed one, and those of later Debians in folders of
their own, unpacked by mmdebstrap and run through their own loader, so that nothing is installed and no root is needed.

    releases.py NAME          a program that is QEMU of that folder, made when it is missing; its path is printed
    releases.py rehearse      the installed one when it can be a vfio-user client, else that of trixie-backports

The folders are kept in ${XDG_CACHE_HOME:-/var/cache or /tmp}/igdctl-partners and made anew when they are missing.
They come from the mirror that this system's own apt takes its packages from; IGDCTL_MIRROR names another.
"""
import os
import re
import shutil
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from tap import Missing

LIB = 'usr/lib/x86_64-linux-gnu'
TIMEOUT = 300

# All four packages must be asked from the backports, or apt keeps the stable ones of their common source.
BACKPORTS = 'trixie-backports'
FOLDERS = {
    'trixie': (['trixie'], ['qemu-system-x86']),
    'trixie-backports': (['trixie', BACKPORTS],
                         [f'{p}/{BACKPORTS}' for p in
                          ('qemu-system-x86', 'qemu-system-common', 'qemu-system-data', 'seabios')]),
}


class Qemu:
    """A binary and the words to run it with; .release is (major, minor)."""

    def __init__(self, *words, env=None):
        self.words, self.env = [str(w) for w in words], {**os.environ, **(env or {})}
        said = self.run(['--version']).stdout
        m = re.search(r'version (\d+)\.(\d+)(?:\.(\d+))?', said)
        if not m:
            raise RuntimeError(f'{self.words[0]}: no version in "{said.strip()[:200]}"')
        self.version = tuple(int(n or 0) for n in m.groups())
        self.release = self.version[:2]

    def run(self, args, stdin=''):
        return subprocess.run([*self.words, *args], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, errors='replace', env=self.env, timeout=60, check=False)

    def __str__(self):
        return f'QEMU {self.release[0]}.{self.release[1]}'


def installed():
    path = shutil.which('qemu-system-x86_64')
    if not path:
        raise Missing('qemu-system-x86 is not installed')
    return Qemu(path)


def cache():
    base = os.environ.get('XDG_CACHE_HOME')
    if not base:
        base = '/var/cache' if os.access('/var/cache', os.W_OK) else tempfile.gettempdir()
    path = Path(base, 'igdctl-partners')
    path.mkdir(mode=0o755, parents=True, exist_ok=True)
    if path.stat().st_uid != os.getuid():
        raise Missing(f'{path} belongs to somebody else; set XDG_CACHE_HOME')
    return path


def mirror():
    if os.environ.get('IGDCTL_MIRROR'):
        return os.environ['IGDCTL_MIRROR']
    apt = shutil.which('apt-get')
    p = subprocess.run([apt, 'indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'], text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False) if apt else None
    for uri in p.stdout.split() if p else []:
        if not uri.rstrip('/').endswith('-security'):
            return uri
    raise Missing('apt knows no mirror to take later releases from; IGDCTL_MIRROR names one')


def make(where, suites, packages, finish=None):
    """Unpack @packages of @suites to @where, all of it or nothing; finish(root) is asked for what they lack."""
    tool = shutil.which('mmdebstrap')
    if not tool:
        raise Missing('mmdebstrap is not installed')
    source = mirror()
    with tempfile.TemporaryDirectory(prefix='making-', dir=where.parent) as tmp:
        args = [tool, '--quiet', '--variant=extract', '--aptopt=APT::Install-Recommends "false"',
                '--aptopt=Acquire::Retries "2"', '--aptopt=Acquire::http::Timeout "20"',
                f'--include={",".join(packages)}', suites[0], f'{tmp}/root',
                *(f'deb {source} {s} main' for s in suites)]
        try:
            p = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace',
                               timeout=TIMEOUT, check=False)
        except subprocess.TimeoutExpired:
            raise Missing(f'{source} did not answer within {TIMEOUT} s')
        if p.returncode:
            last = [t for t in p.stdout.splitlines() if t.startswith('E:')] or p.stdout.splitlines()[-1:]
            raise Missing(f'no {where.name} from {source}: {" ".join(last)[:300]}')
        if finish:
            finish(Path(tmp, 'root'))
        try:
            os.rename(f'{tmp}/root', where)
        except OSError:
            if not where.is_dir():  # or another run was faster
                raise


def keep_to(modules):
    """QEMU looks for a module in @modules, then in the system's folder, whose modules are of another build: of those
    it refuses the first and asserts at the second (util/module.c of 10.0: what the first registered stays listed).
    An empty file of the same name ends the search."""
    for other in Path('/', LIB, 'qemu').glob('*.so'):
        (modules / other.name).touch()


def unpacked(name):
    where = cache() / name
    if not (where / 'usr/bin/qemu-system-x86_64').exists():
        shutil.rmtree(where, ignore_errors=True)
        make(where, *FOLDERS[name])
    keep_to(where / LIB / 'qemu')
    loader = where / LIB / 'ld-linux-x86-64.so.2'
    return Qemu(loader, '--library-path', where / LIB, where / 'usr/bin/qemu-system-x86_64', '-L',
                where / 'usr/share/qemu', '-L', where / 'usr/share/seabios',
                env={'QEMU_MODULE_DIR': str(where / LIB / 'qemu')})


def program(name):
    """The path of a program that runs QEMU of that folder with whatever words it is given."""
    qemu = unpacked(name)
    where = cache() / f'qemu-{name}'
    env = [f'QEMU_MODULE_DIR={qemu.env["QEMU_MODULE_DIR"]}']
    text = f'#!/bin/sh\nexec env {shlex.join([*env, *qemu.words])} "$@"\n'
    if not where.exists() or where.read_text() != text:
        new = where.with_suffix(f'.{os.getpid()}')
        new.write_text(text)
        new.chmod(0o755)
        new.rename(where)
    return where


def rehearser():
    """One that has vfio-user-pci in order: 10.1.1 or newer (QEMU commit 1b50621881)."""
    here = shutil.which('qemu-system-x86_64')
    return here if here and Qemu(here).version >= (10, 1, 1) else program(BACKPORTS)


if __name__ == '__main__':
    try:
        if len(sys.argv) != 2 or sys.argv[1] not in [*FOLDERS, 'rehearse']:
            sys.exit(f'usage: releases.py {"|".join([*FOLDERS, "rehearse"])}')
        print(rehearser() if sys.argv[1] == 'rehearse' else program(sys.argv[1]))
    except Missing as e:
        sys.exit(f'releases.py: {e}')
