#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""traps_test.py - what owners wrote into modprobe.d in vain, under real kernels, beside what igdctl plan writes.
Speaks TAP.

usage: traps_test.py [--rest] IGDCTL SERVE

In one boot of an emulated host (host.py) each configuration gets its turn: the modules are loaded as udev loads them,
by what each function is, and the kernel says who has the GPU. Then it is given back and the modules are unloaded. First
comes the file that igdctl plan makes for this host, which must win; each of the others must lose, and igdctl check must
say why. --rest: the kernel that `make check` leaves out.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import host as hosts  # noqa: E402
import kernels  # noqa: E402
import mkroot  # noqa: E402
import releases  # noqa: E402
from host_test import DEADLINE, PLAIN, PRELUDE, RECIPES, Said, equal, verdict  # noqa: E402
from tap import Missing, Tap  # noqa: E402

MODULES = ('i915', 'vfio-pci', 'snd_hda_intel')
OURS = '/etc/modprobe.d/igdctl.conf'
SERIES = ('6.1', '6.12')  # the first one is in make check

# give_back: i915 goes only when it has no device. The audio driver holds it too.
TURNS = PRELUDE + '''give_back() {
    [ ! -e $gpu/driver ] || echo 0000:00:02.0 >$gpu/driver/unbind
    modprobe -r snd_hda_intel
    modprobe -r i915
    modprobe -r vfio-pci
    rm -f /etc/modprobe.d/*.conf
}
# What a driver asks for while it starts comes later; what a VM's start asks for, later still.
turn() {
    give_back >/dev/null 2>&1
    cat >/etc/modprobe.d/igd.conf
    coldplug
    for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do [ -e $gpu/driver ] || sleep 1; done
    section $1-load modprobe vfio-pci
    section $1-driver driver
    ask $1-check igdctl check --json
}
'''

NAIVE = {
    'ids': 'options vfio-pci ids=8086:3e92',
    'blacklist': 'blacklist i915\noptions vfio-pci ids=8086:3e92',
    'malformed': 'options vfio-pci ids=8086-3e92\nsoftdep i915 pre: vfio-pci',
}


def script(ours):
    turns = ''.join(f"turn {name} <<'END'\n{text.strip()}\nEND\n" for name, text in {'ours': ours, **NAIVE}.items())
    return TURNS + turns + 'section log dmesg\n'


def planned(igdctl):
    """What igdctl would write into modprobe.d on this host."""
    with tempfile.TemporaryDirectory(prefix='igdctl-traps-') as folder:
        made = mkroot.Machine()
        mkroot.read_recipe(str(RECIPES / PLAIN), made)
        made.build().write(Path(folder))
        p = subprocess.run([igdctl, 'plan', '--json', '--root', folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           text=True, check=False, timeout=120)
    for op in json.loads(p.stdout)['plan']['operations'] if p.stdout else []:
        if op['target'] == OURS:
            return op['after']
    raise ValueError(f'igdctl plan writes no {OURS}: {p.stderr}')


def has(said, name, driver):
    return equal(f'{name}: the driver of the GPU', driver, said.text(f'{name}-driver'))


def judge(tap, series, said):
    def result(name, faults):
        try:
            got = faults()
        except (ValueError, KeyError) as e:
            got = [f'{type(e).__name__}: {e}']
        tap.result(f'Linux {series}: {name}', got)

    old = series == '6.1'
    result('the script came to its end', said.boot.faults)
    result('the file of igdctl plan gives the GPU to vfio-pci', lambda: [
        *has(said, 'ours', 'vfio-pci'),
        *verdict(said, 'ours-check', driver__vfio_lost='pass', conf__no_softdep='pass')])
    result('ids= without a softdep loses to i915', lambda: [
        *has(said, 'ids', 'i915'), *verdict(said, 'ids-check', driver__vfio_lost='fail', conf__no_softdep='fail')])
    result('a blacklist of i915 alone ' + ('loses: snd_hda_intel asks for i915 by its name' if old else 'holds'),
           lambda: has(said, 'blacklist', 'i915' if old else 'vfio-pci'))
    result('a malformed ids= is taken without a word and binds nothing; check names it', lambda: [
        *equal('what modprobe says', '', said.text('malformed-load')),
        *equal('it succeeded', True, said.succeeded('malformed-load')), *has(said, 'malformed', 'i915'),
        *verdict(said, 'malformed-check', conf__ids_no_device='fail')])


def run(tap, igdctl, serve, series):
    try:
        boot = hosts.Host(RECIPES / PLAIN).boot(
            kernels.unpacked(series), script(planned(igdctl)), serve=serve, modules=MODULES,
            programs={'/bin/igdctl': igdctl}, deadline=DEADLINE)
    except Missing as e:
        tap.missing(f'Linux {series}', str(e))
    except (RuntimeError, OSError, ValueError) as e:
        tap.result(f'Linux {series}', [f'{type(e).__name__}: {e}'])
    else:
        judge(tap, series, Said(boot))


def main(argv):
    rest = argv[:1] == ['--rest']
    igdctl, serve = argv[1:] if rest else argv
    tap = Tap()
    try:
        releases.unpacked(hosts.QEMU)
    except Missing as e:
        tap.missing('traps', str(e))
        return tap.end()
    run(tap, igdctl, serve, SERIES[1] if rest else SERIES[0])
    return tap.end()


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
