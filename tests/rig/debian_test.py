#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""debian_test.py - igdctl changes real Debian systems (debian.py) and changes them back. Speaks TAP.

usage: debian_test.py [--rest] [--only NAME] IGDCTL SERVE

The cycle, on each root: i915 drives the GPU; inspect, plan, apply; a boot later vfio-pci has it, and verify --confirm
finds every promise kept; revert; every file is as at first, and so is who drives what at the next boot. The spare
entry starts the host as it was though our files are there. The guard: a boot that nobody confirms takes the change
back and starts the machine anew by itself, once. The power cut: a machine that stops while its initramfs is made is
wholly as before after the next boot, by the guard alone. And an initramfs that loads i915: what guides write loses
there, our plan wins. --rest: what `make check` leaves out.
"""
import io
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import debian  # noqa: E402
import kernels  # noqa: E402
import releases  # noqa: E402
from host_test import Said, equal  # noqa: E402
from tap import Missing, Tap  # noqa: E402

GUARD = 60  # seconds that a boot may go without a confirmation, where nobody gives one; the fewest there can be
LONG = 3000  # seconds, where somebody does
ROOT_LIBC = {'bookworm': (2, 36), 'trixie': (2, 41), 'forky': (2, 43)}
LIBC = re.compile(r'(ld-linux-x86-64|lib(c|m|dl|rt|pthread|resolv|util))\.so\.\d+$')

# The program with those of its libraries that the root has not: where the root has one, it is as new or newer.
INSTALL = '''install_igdctl() {
    tar -C / -xf /dev/vdb
    mkdir -p /usr/local/lib/igdctl
    known=$(ldconfig -p)
    for library in /usr/local/share/igdctl/*; do
        case $known in *"${library##*/} ("*) ;; *) mv "$library" /usr/local/lib/igdctl/ ;; esac
    done
    rm -r /usr/local/share/igdctl
    ldconfig
    igdctl --version
}
section installed install_igdctl
'''
DRIVERS = '''section igd driver 00:02.0
section audio driver 00:1f.3
'''
# More than the guard would wait; a second reboot would come within it.
UNCONFIRMED = f'''had=$(driver 00:02.0)
echo "@@ had $had"
[ "$had" != vfio-pci ] || exit 0
section guard-done guard_done
section differences differences before
section status igdctl status
sleep {GUARD + 40}
section igd-still driver 00:02.0
'''
MARK = '@@ had '
REMEMBER = 'section remember remember before\n'
GUARD_DONE = '''guard_done() {
    for second in $(seq 1200); do
        case $(systemctl show -p ActiveState --value igdctl-guard) in
        activating|active|deactivating) sleep 1 ;;
        *) return 0 ;;
        esac
    done
    return 1
}
'''
# update-initramfs has begun and is not at its end.
CUT = f'''(igdctl apply --yes --dark --guard {LONG} >/run/apply 2>&1; cat /run/apply; echo "@@ apply ended") &
until grep -qsx mkinitramfs /proc/[0-9]*/comm; do sleep 0.1; done
sleep 1
sync
echo "@@ cut here"
sleep 600
exit 0
'''
# What the kernel was started with may be half of either, so the guard starts the machine anew.
AFTER_CUT = f'''guard_done
[ "$(systemctl is-system-running)" != stopping ] || exec sleep 600
{DRIVERS}section differences differences before
section log journalctl -u igdctl-guard --no-pager
'''


def medium(igdctl):
    """The program and its libraries, as a tar archive for a disk of its own."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as tar:
        def put(path, name):
            info = tarfile.TarInfo(name)
            data = Path(path).read_bytes()
            info.size, info.mode = len(data), 0o755
            tar.addfile(info, io.BytesIO(data))

        put(igdctl, 'usr/local/bin/igdctl')
        said = subprocess.run(['ldd', igdctl], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        for name, path in re.findall(r'^\s*(\S+) => (/\S+) \(0x', said.stdout, re.M):
            if not LIBC.search(name):
                put(path, f'usr/local/share/igdctl/{name}')
    return out.getvalue()


def runs_here(root):
    """A program that was built here needs a C library that is no older."""
    mine = tuple(int(n) for n in os.confstr('CS_GNU_LIBC_VERSION').split()[-1].split('.')[:2])
    if mine > ROOT_LIBC[root.suite]:
        raise Missing(f'built with glibc {mine[0]}.{mine[1]}, which is newer than that of {root.suite}')


class Machine:
    """One root from boot to boot; what is asked of it is judged."""

    def __init__(self, tap, bench, name, case):
        runs_here(debian.ROOTS[name])
        self.tap, self.bench, self.name = tap, bench, case
        self.disk = debian.Disk(name, bench.folder)

    def boot(self, script, **options):
        return Said(self.disk.boot(script, serve=self.bench.serve, medium=self.bench.medium, **options))

    def result(self, name, *faults):
        """@faults: lists, or functions that give one and may not find what they need."""
        got = []
        for f in faults:
            try:
                got += f() if callable(f) else f
            except (ValueError, KeyError) as e:
                got.append(f'{type(e).__name__}: {e}')
        self.tap.result(f'{self.name}: {name}', got)
        return not got

    def ended(self, said, name):
        return self.result(f'{name}: the machine came to its end', said.boot.faults())


def status(said, section):
    s = said.sections.get(section)
    if not s or s.status is None:
        return [f'the script did not come to {section}']
    return [] if s.status == 0 else [f'{section} ended with {s.status}: {s.text}']


def drives(said, section, driver):
    return equal(f'{section}: the driver', driver, said.text(section))


def same(said):
    """Nothing differs from what was remembered."""
    return equal('what differs from before', '', said.text('differences'))


# ---- the cycles -----------------------------------------------------------------------------------------

def apply_words(guard):
    return f'section apply igdctl apply --yes --dark {f"--guard {guard}" if guard else "--no-guard"}\n'


# The spare entry is chosen for one boot, as a person would; the section says which it is.
CHOOSE = {
    'grub': r"""entry=$(grep -o "igdctl-simple[^']*" /boot/grub/grub.cfg | head -1)
section spare echo "$entry"
section chosen grub-reboot "$entry"
""",
    'systemd-boot': """entry=$(grep -l module_blacklist=vfio_pci /boot/efi/loader/entries/*.conf | head -1)
section spare echo "${entry##*/}"
section chosen bootctl set-oneshot "${entry##*/}"
"""}
# A login on a serial line is what --now asks for; that of the first, on which all is said, is masked.
TRY = '''systemctl --quiet enable --runtime serial-getty@ttyS1
section try igdctl apply --now --yes
section try-igd driver 00:02.0
section try-audio driver 00:1f.3
section try-verify igdctl verify
section try-revert igdctl revert --yes
section try-igd-back driver 00:02.0
section try-audio-back driver 00:1f.3
section try-differences differences before
'''
CONFIRM = DRIVERS + """section verify igdctl verify --confirm
section revert igdctl revert --yes
section differences differences before
"""


def spare_entry(m, said):
    if said.text('spare'):
        m.result('the spare entry can be chosen', status(said, 'chosen'))
        said = m.boot(DRIVERS + 'section ours ls /etc/modprobe.d/igdctl.conf\n')
        m.ended(said, 'spare entry')
        m.result('the spare entry starts the host as it was, though our files are there', drives(said, 'igd', 'i915'),
                 status(said, 'ours'))
    else:
        m.result('there is a spare entry in the boot menu', ['there is none'])


def tried(m, said):
    m.result('a try without a reboot, there and back', *(status(said, s) for s in ('try', 'try-verify', 'try-revert')),
             drives(said, 'try-igd', 'vfio-pci'), drives(said, 'try-audio', ''), drives(said, 'try-igd-back', 'i915'),
             drives(said, 'try-audio-back', 'snd_hda_intel'),
             equal('what differs after it', '', said.text('try-differences')))


def cycle(m, then='', short=False):
    """@then: what else the boot after the revert is told. @short: there and back alone."""
    said = m.boot(INSTALL + DRIVERS + REMEMBER + 'section inspect igdctl inspect\nsection plan igdctl plan\n'
                  + apply_words(LONG) + 'section status igdctl status\nsection differences differences before\n'
                  + ('' if short else CHOOSE[m.disk.root.loader]))
    m.ended(said, 'apply')
    m.result('i915 drives the GPU of a fresh host', status(said, 'installed'), drives(said, 'igd', 'i915'),
             drives(said, 'audio', 'snd_hda_intel'))
    if not m.result('inspect, plan, apply', *(status(said, s) for s in ('inspect', 'plan', 'apply', 'status'))):
        return None
    m.result('what it made is seen to differ', *(
        [] if re.search(want, said.text('differences')) else [f'"{want}" is not among what differs']
        for want in (r'/etc/modprobe\.d/igdctl\.conf', r'/vfio-pci\.ko')))
    if not short:
        spare_entry(m, said)
    said = m.boot(CONFIRM)
    m.ended(said, 'verify and revert')
    m.result('vfio-pci has the GPU, and verify finds every promise kept', drives(said, 'igd', 'vfio-pci'),
             drives(said, 'audio', 'snd_hda_intel'), status(said, 'verify'))
    m.result('revert leaves every file as at first', status(said, 'revert'), same(said))
    said = m.boot(DRIVERS + 'section differences differences before\n' + ('' if short else TRY) + then)
    m.ended(said, 'after the revert')
    m.result('i915 drives the GPU again', drives(said, 'igd', 'i915'), drives(said, 'audio', 'snd_hda_intel'),
             same(said))
    if not short:
        tried(m, said)
    return said


def unconfirmed(m, said):
    """@said applied with a guard; nobody confirms."""
    if not m.result('apply with a guard', status(said, 'apply')):
        return
    said = m.boot(GUARD_DONE + UNCONFIRMED, reboots=True, deadline=2 * debian.DEADLINE)
    m.ended(said, 'a boot that nobody confirms')
    drivers = [t.removeprefix(MARK) for t in said.boot.serial if t.startswith(MARK)]
    m.result('nobody confirms: the guard takes the change back and starts the machine anew, once',
             equal('the drivers, boot by boot', ['vfio-pci', 'i915'], drivers), drives(said, 'igd-still', 'i915'),
             same(said))


def cut(m):
    said = m.boot(INSTALL + REMEMBER + CUT, until='@@ cut here')
    m.result('the power is cut while apply makes the initramfs', said.boot.faults())
    said = m.boot(GUARD_DONE + AFTER_CUT, reboots=True, deadline=2 * debian.DEADLINE)
    m.ended(said, 'the boot after the cut')
    m.result('the guard alone makes the host wholly as before, and starts it so', drives(said, 'igd', 'i915'),
             drives(said, 'audio', 'snd_hda_intel'), same(said))


def early_i915(m):
    """An initramfs that loads i915: what guides write comes too late there. (A blacklist would help: Debian's initramfs
    asks modprobe to heed it.)"""
    said = m.boot(INSTALL + '''echo i915 >>/etc/initramfs-tools/modules
echo options vfio-pci ids=8086:3e92 >/etc/modprobe.d/vfio.conf
echo vfio-pci >>/etc/modules
section made update-initramfs -u -k all
''')
    m.ended(said, 'a configuration of the guides')
    said = m.boot(DRIVERS + '''section check igdctl check
rm /etc/modprobe.d/vfio.conf
sed -i /vfio-pci/d /etc/modules
''' + apply_words(0))
    m.ended(said, 'apply')
    m.result('ids= and /etc/modules lose to an i915 in the initramfs', drives(said, 'igd', 'i915'))
    m.result('apply with i915 in the initramfs', status(said, 'apply'))
    said = m.boot(DRIVERS + 'section verify igdctl verify\n')
    m.ended(said, 'verify')
    m.result('our plan wins, i915 in the initramfs or not', drives(said, 'igd', 'vfio-pci'), status(said, 'verify'))


def whole(m, short=False):
    """All on one disk, and the guard on what the cycle left."""
    said = cycle(m, apply_words(GUARD), short)
    if said:
        unconfirmed(m, said)


def there_and_back(m):
    whole(m, short=True)


# name: (root, what is done, in make check)
CASES = {
    'there-and-back': ('bookworm-grub', there_and_back, True),
    'bookworm-grub': ('bookworm-grub', whole, False),
    'trixie-grub': ('trixie-grub', whole, False),
    'trixie-systemd-boot': ('trixie-systemd-boot', whole, False),
    'trixie-dracut': ('trixie-dracut', whole, False),
    'forky-grub': ('forky-grub', whole, False),
    'forky-systemd-boot': ('forky-systemd-boot', whole, False),
    'power-cut': ('bookworm-grub', cut, False),
    'early-i915': ('bookworm-grub', early_i915, False),
}


class Bench:
    def __init__(self, igdctl, serve, folder):
        self.igdctl, self.serve, self.folder = igdctl, serve, folder
        self.medium = Path(folder, 'medium.tar')
        self.medium.write_bytes(medium(igdctl))


def run(tap, bench, name):
    root, work, _ = CASES[name]
    try:
        m = Machine(tap, bench, root, name)
    except Missing as e:
        tap.missing(name, str(e))
        return
    except (RuntimeError, OSError) as e:
        tap.result(name, [f'{type(e).__name__}: {e}'])
        return
    try:
        work(m)
    except (RuntimeError, OSError, subprocess.SubprocessError) as e:
        tap.result(name, [f'{type(e).__name__}: {e}'])
    finally:
        m.disk.path.unlink()


def main(argv):
    rest, only = '--rest' in argv, [n for a, n in zip(argv, argv[1:]) if a == '--only']
    igdctl, serve = argv[-2:]
    tap = Tap()
    try:
        kernels.found('mke2fs')
        releases.unpacked('trixie-backports')
    except Missing as e:
        tap.missing('Debian systems', str(e))
        return tap.end()
    with tempfile.TemporaryDirectory(prefix='igdctl-debian-') as folder:
        bench = Bench(igdctl, serve, folder)
        for name in only or [n for n, (_, _, check) in CASES.items() if check != rest]:
            run(tap, bench, name)
    return tap.end()


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
