#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""host_test.py - igdctl in an emulated host (host.py), under real kernels: does the host behave as its owner's did,
and does igdctl say of it what it says of what the owner wrote down? Speaks TAP.

usage: host_test.py [--rest] IGDCTL SERVE

What is told to differ is in known-differences.txt. --rest: the boots that `make check` leaves out; they are the same
questions under the other kernel.
"""
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import compare  # noqa: E402
import host as hosts  # noqa: E402
import initrd  # noqa: E402
import kernels  # noqa: E402
import mkroot  # noqa: E402
import releases  # noqa: E402
from tap import Missing, Tap  # noqa: E402

HERE = Path(__file__).resolve().parent
RECIPES = HERE.parent / 'hosts'
PLAIN, CONFIGURED = 'hp-elitedesk-800-g4.recipe', 'hp-elitedesk-800-g4-vfio.recipe'
GUIDE = 'hp-elitedesk-800-g4'
GROUPS = ['00.0', '02.0', '12.0', '14.0 14.2', '14.3', '16.0 16.3', '17.0', '1f.0 1f.3 1f.4 1f.5 1f.6']
AT_A_TIME = 2  # each has two processors, of which it mostly uses one
REFUSED = 4
DEADLINE = 400  # seconds; the longest takes 45 on an idle machine and was seen to take 200 on a very busy one

# ask: what a program prints, without what it says beside that; bind: as the kernel's documentation of sysfs has it.
PRELUDE = '''gpu=/sys/bus/pci/devices/0000:00:02.0
ask() {
    local name=$1 status
    shift
    "$@" >/tmp/answer 2>/tmp/talk
    status=$?
    section "$name-talk" sh -c "cat /tmp/talk; exit $status"
    give "$name" /tmp/answer
}
coldplug() {
    for name in $(cat /sys/bus/pci/devices/*/modalias); do modprobe -b "$name" 2>/dev/null; done
}
driver() {
    readlink $gpu/driver | sed 's,.*/,,'
}
bind() {
    echo "$1" >$gpu/driver_override
    [ ! -e $gpu/driver ] || echo 0000:00:02.0 >$gpu/driver/unbind
    echo 0000:00:02.0 >/sys/bus/pci/drivers_probe
    driver
}
node() {
    [ -c "/dev/vfio/$(readlink $gpu/iommu_group | sed 's,.*/,,')" ]
}
members() {
    for group in /sys/kernel/iommu_groups/*; do
        [ ! -d $group ] || ls $group/devices | sed 's/0000:00://' | xargs echo
    done
}
section groups members
'''

# In the order of an owner: the module options without the softdep, in vain; the host as it was; the GPU away and back.
OWNER = PRELUDE + '''mkdir -p /etc/modprobe.d
echo 'options vfio-pci ids=8086:3e92' >/etc/modprobe.d/igd.conf
coldplug
modprobe vfio-pci
section driver-lost driver
ask check-lost igdctl check --json
modprobe -r vfio-pci
rm /etc/modprobe.d/igd.conf
section driver driver
ask inspect igdctl inspect --json
ask check igdctl check --json
ask capture igdctl capture -o /tmp/host.tar.gz
give archive /tmp/host.tar.gz
modprobe vfio-pci
section driver-vfio bind vfio-pci
section node node
ask inspect-vfio igdctl inspect --json
section driver-back bind
section no-node node
ask inspect-back igdctl inspect --json
section try-dark igdctl apply --now --yes
mkdir -p /run/systemd/generator/getty.target.wants
: >/run/systemd/generator/getty.target.wants/serial-getty@ttyS0.service
sleep 600 </dev/dri/card0 &
section try-held igdctl apply --now --yes
kill $!
section driver-untried driver
ask try igdctl apply --now --yes --json
section driver-tried driver
section try-verify igdctl verify
ask try-back igdctl revert --json --yes
section driver-untried-again driver
section log dmesg
'''

CONFIGURED_SCRIPT = PRELUDE + '''coldplug
xargs -n 1 /sbin/modprobe -b </etc/modules 2>/dev/null
section driver driver
section node node
ask inspect igdctl inspect --json
ask check igdctl check --json
section log dmesg
'''

CHECK = PRELUDE + '''modprobe vfio-pci
section driver-vfio bind vfio-pci
section node node
ask check igdctl check --json
section log dmesg
'''

SOFTDEP = PRELUDE + '''cat >/etc/modprobe.d/igd.conf <<END
options vfio-pci ids=8086:3e92
softdep i915 pre: vfio-pci
END
coldplug
section driver driver
section node node
ask check igdctl check --json
section log dmesg
'''


class Said:
    """What a boot's script said."""

    def __init__(self, boot):
        self.boot, self.sections = boot, initrd.sections(boot)

    def text(self, name):
        s = self.sections.get(name)
        return s.text.strip() if s else f'(the script did not come to {name})'

    def succeeded(self, name):
        return name in self.sections and self.sections[name].status == 0

    def data(self, name):
        s = self.sections.get(name)
        if not s or s.status is None:
            raise ValueError(self.boot.story(f'the script did not come to {name}'))
        return s.data

    def answer(self, name):
        """JSON that igdctl printed; a run that failed has said why."""
        try:
            return json.loads(self.data(name))
        except json.JSONDecodeError:
            raise ValueError(f'{name}: no JSON, and igdctl says: {self.text(name + "-talk")}') from None

    def verdict(self, name, finding):
        return compare.verdicts(self.answer(name)).get(f'finding/{finding}')


class Reference:
    """What igdctl says outside of a folder, a bundle or a capture."""

    def __init__(self, igdctl):
        self.igdctl, self.tmp, self.kept = igdctl, tempfile.TemporaryDirectory(prefix='igdctl-reference-'), {}

    def ask(self, command, *where):
        key = (command, *where)
        if key not in self.kept:
            p = subprocess.run([self.igdctl, command, '--json', *where], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, check=False, timeout=120)
            if not p.stdout:
                raise ValueError(f'igdctl {" ".join(key)}: {p.stderr}')
            self.kept[key] = json.loads(p.stdout)
        return self.kept[key]

    def root(self, recipe):
        root = Path(self.tmp.name, recipe)
        if not root.exists():
            machine = mkroot.Machine()
            mkroot.read_recipe(str(RECIPES / recipe), machine)
            machine.build().write(root)
        return ('--root', str(root))

    def capture(self, data, name):
        path = Path(self.tmp.name, name)
        path.write_bytes(data)
        return ('--capture', str(path))


# ---- what is judged -----------------------------------------------------------------------------------

class Judge:
    def __init__(self, tap, igdctl):
        self.tap, self.reference = tap, Reference(igdctl)
        self.known, self.compared = compare.Known(HERE / 'known-differences.txt'), set()

    def result(self, case, name, faults):
        """@faults: a list, or a function that gives it and may not find what it needs."""
        try:
            got = faults() if callable(faults) else faults
        except (ValueError, KeyError) as e:
            got = [f'{type(e).__name__}: {e}']
        self.tap.result(f'{case}: {name}', got)

    def alike(self, said, series, name, where):
        """Both answers against those of @where, which is called @name in the list."""
        found = compare.differences(compare.facts(self.reference.ask('inspect', *where)),
                                    compare.facts(said.answer('inspect')))
        found.update(compare.differences(compare.verdicts(self.reference.ask('check', *where)),
                                         compare.verdicts(said.answer('check'))))
        self.compared |= {name, f'{name}@{series}'}
        return self.known.unknown([name, f'{name}@{series}'], found)


def equal(what, wanted, got):
    return [] if wanted == got else [f'{what} is {got!r}, not {wanted!r}']


def groups(said):
    return equal('groups', GROUPS, sorted(said.text('groups').splitlines()))


def driven(said, section, driver, answer=None):
    """The driver that the kernel names, and igdctl with it."""
    faults = equal(f'{section}: the kernel\'s driver', driver, said.text(section))
    if answer:
        faults += equal(f'{answer}: igdctl\'s driver', driver, said.answer(answer)['host']['igd']['driver'])
    return faults


def verdict(said, answer, **wanted):
    """A finding's verdict; "__" stands for "." and "_" for "-"."""
    faults = []
    for name, value in wanted.items():
        name = name.replace('__', '.').replace('_', '-')
        faults += equal(f'{answer}: {name}', value, said.verdict(answer, name))
    return faults


def same_outside(judge, said):
    """A capture is worth what the machine is: nothing that was known inside is lost or differs."""
    where = judge.reference.capture(said.data('archive'), 'host.tar.gz')
    faults = []
    for command, view in (('inspect', compare.facts), ('check', compare.verdicts)):
        found = compare.differences(view(said.answer(command)), view(judge.reference.ask(command, *where)))
        judge.reference.kept.clear()
        faults += [f'{command} {p}: {there!r} inside, {here!r} outside' for p, (there, here) in sorted(found.items())]
    return faults


def owner(judge, case, said):
    series = case.series
    judge.result(case, "IOMMU groups are the guide's", lambda: groups(said))
    judge.result(case, 'ids= without softdep leaves the GPU to i915, and check says so', lambda: [
        *driven(said, 'driver-lost', 'i915'),
        *verdict(said, 'check-lost', conf__no_softdep='fail', driver__vfio_lost='fail')])
    judge.result(case, 'i915 binds', lambda: driven(said, 'driver', 'i915', 'inspect'))
    judge.result(case, 'inspect and check say what they say of the recipe',
                 lambda: judge.alike(said, series, 'plain', judge.reference.root(PLAIN)))
    judge.result(case, 'a capture from inside says outside what was said inside', lambda: same_outside(judge, said))
    judge.result(case, 'i915 gives way to vfio-pci', lambda: [
        *driven(said, 'driver-vfio', 'vfio-pci', 'inspect-vfio'),
        *equal('its node is in /dev/vfio', True, said.succeeded('node'))])
    judge.result(case, 'i915 comes back', lambda: [
        *driven(said, 'driver-back', 'i915', 'inspect-back'),
        *equal('its node is in /dev/vfio', False, said.succeeded('no-node'))])
    judge.result(case, 'a try without a reboot, and what refuses it', lambda: tries(said))


def tries(said):
    """From i915 to vfio-pci and back by apply --now; not unseen, and not from under whoever uses it."""
    faults = []
    for name, why in (('try-dark', 'no other way in is proven'), ('try-held', 'sleep')):
        s = said.sections.get(name)
        if not s or s.status != REFUSED or why not in s.text:
            faults.append(f'{name} is not refused because of "{why}": {said.text(name)}')
    faults += driven(said, 'driver-untried', 'i915') + equal('apply', 'done', said.answer('try')['outcome'])
    faults += driven(said, 'driver-tried', 'vfio-pci')
    faults += [] if said.succeeded('try-verify') else [f'verify says: {said.text("try-verify")}']
    faults += equal('revert', 'done', said.answer('try-back')['outcome'])
    return faults + driven(said, 'driver-untried-again', 'i915')


def configured(judge, case, said):
    series = case.series
    judge.result(case, "IOMMU groups are the guide's", lambda: groups(said))
    judge.result(case, "the guide's files give the GPU to vfio-pci", lambda: [
        *driven(said, 'driver', 'vfio-pci', 'inspect'),
        *equal('its node is in /dev/vfio', True, said.succeeded('node'))])
    judge.result(case, 'inspect and check say what they say of the recipe',
                 lambda: judge.alike(said, series, 'configured', judge.reference.root(CONFIGURED)))
    judge.result(case, 'inspect and check say what they say of the guide',
                 lambda: judge.alike(said, series, 'guide', ('--capture', str(RECIPES / GUIDE))))


def no_iommu(judge, case, said):
    judge.result(case, 'no groups, no driver for the GPU, and check says why', lambda: [
        *equal('groups', '', said.text('groups')),
        *driven(said, 'driver-vfio', ''),
        *verdict(said, 'check', iommu__disabled='fail', vtd__no_dmar='pass')])


def no_remapping(judge, case, said):
    judge.result(case, 'vfio-pci has the GPU, and check says why no VM can', lambda: [
        *driven(said, 'driver-vfio', 'vfio-pci'),
        *verdict(said, 'check', irq_remap__missing='fail', iommu__off='pass')])


def softdep(judge, case, said):
    judge.result(case, 'a softdep gives the GPU to vfio-pci before i915, and check has nothing to add', lambda: [
        *driven(said, 'driver', 'vfio-pci'), *equal('its node is in /dev/vfio', True, said.succeeded('node')),
        *verdict(said, 'check', conf__no_softdep='pass', driver__vfio_lost='pass', driver__host_owns='pass')])


# ---- the boots ----------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Case:
    name: str
    series: str
    script: str
    judged: object
    recipe: str = PLAIN
    modules: tuple = ('vfio-pci',)
    options: dict = field(default_factory=dict)  # of Host.boot()
    in_check: bool = False  # make check has it; else make check-rigs

    def __str__(self):
        return f'{self.name}, Linux {self.series}'

    def boot(self, igdctl, serve):
        host = hosts.Host(RECIPES / self.recipe)
        options = dict(self.options)
        if options.pop('no_remapping', False):
            options['iommu'] = host.iommu(remapping=False)
        return host.boot(kernels.unpacked(self.series), self.script, serve=serve, modules=self.modules,
                         programs={'/bin/igdctl': igdctl}, deadline=DEADLINE, **options)


BOTH = ('i915', 'vfio-pci')


def cases():
    """The long ones first."""
    for series in ('6.1', '6.12'):
        yield Case('host', series, OWNER, owner, modules=BOTH, in_check=True)
    for series in ('6.12', '6.1'):
        new = series == '6.12'
        yield Case('configured host', series, CONFIGURED_SCRIPT, configured, recipe=CONFIGURED, modules=BOTH,
                   in_check=new)
        yield Case('softdep', series, SOFTDEP, softdep, modules=BOTH, in_check=new)
        yield Case('intel_iommu=off', series, CHECK, no_iommu, options={'words': 'intel_iommu=off'}, in_check=new)
        yield Case('no interrupt remapping', series, CHECK, no_remapping, options={'no_remapping': True},
                   in_check=not new)


def run(tap, igdctl, serve, chosen):
    judge = Judge(tap, igdctl)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for case, boot in [(c, pool.submit(c.boot, igdctl, serve)) for c in chosen]:
            try:
                said = Said(boot.result())
            except Missing as e:
                tap.missing(str(case), str(e))
                continue
            except (RuntimeError, OSError) as e:
                tap.result(str(case), [f'{type(e).__name__}: {e}'])
                continue
            judge.result(case, 'the script came to its end', said.boot.faults())
            case.judged(judge, case, said)
    if judge.compared:
        tap.result('each known difference is one', judge.known.unused(judge.compared))


def main(argv):
    rest = argv[:1] == ['--rest']
    igdctl, serve = argv[1:] if rest else argv
    tap = Tap()
    try:
        releases.unpacked(hosts.QEMU)
        for series in kernels.SUITES:
            kernels.unpacked(series)
    except Missing as e:
        tap.missing('emulated hosts', str(e))
        return tap.end()
    run(tap, igdctl, serve, [c for c in cases() if c.in_check != rest])
    return tap.end()


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
