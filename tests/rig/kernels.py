# SPDX-License-Identifier: GPL-2.0-or-later
"""kernels.py - Debian's own kernels of the releases that matter, unpacked beside the QEMUs of releases.py and started
by the emulated machines. Nothing is installed.

    kernels.unpacked('6.12').vmlinuz, .release, .modules

Which package it is follows from linux-image-amd64, which depends on the newest; so no name here grows old.
"""
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / 'partners'))

import releases  # noqa: E402
from tap import Missing  # noqa: E402

SUITES = {'6.1': 'bookworm', '6.12': 'trixie'}
PACKAGE = 'linux-image-amd64'


@dataclass(frozen=True)
class Kernel:
    series: str  # as asked for
    release: str  # what uname -r will say
    vmlinuz: Path
    config: Path
    modules: Path  # /lib/modules/RELEASE, with the lists of depmod


def found(name):
    """A program of this system; those for the administrator may not be in the PATH of a user."""
    path = shutil.which(name) or shutil.which(name, path='/sbin:/usr/sbin:/bin:/usr/bin')
    if not path:
        raise Missing(f'{name} is not installed')
    return Path(path)


def modules_of(root):
    """/lib/modules of an unpacked root; since trixie the packages have it below /usr."""
    for path in (root / 'usr/lib/modules', root / 'lib/modules'):
        if path.is_dir():
            return path
    raise Missing(f'{PACKAGE} brought no modules')


def one(folder, pattern):
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise Missing(f'{folder}: {len(found)} files are {pattern}, not one; remove the folder that it is in')
    return found[0]


def finish(root):
    """Installing the package would have run depmod."""
    tool = found('depmod')
    modules = modules_of(root)
    base = root / 'usr' if modules.parent.parent.name == 'usr' else root
    p = subprocess.run([tool, '-b', base, one(modules, '*').name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True, timeout=120, check=False)
    if p.returncode:
        raise Missing(f'depmod: {p.stdout.strip()[-200:]}')


def kernel(series, root):
    modules = one(modules_of(root), '*')
    return Kernel(series, modules.name, one(root / 'boot', 'vmlinuz-*'), one(root / 'boot', 'config-*'), modules)


def unpacked(series):
    where = releases.cache() / f'linux-{series}'
    if not where.is_dir():
        releases.make(where, [SUITES[series]], [PACKAGE], finish)
    return kernel(series, where)
