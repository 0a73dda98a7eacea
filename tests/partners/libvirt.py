#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""libvirt.py [--native] IGDCTL - libvirt judges the domains that "vm render" prints, as TAP.

Without --native: each against the schema of the libvirt that is here, by xmllint, which is what virt-xml-validate
runs, on all of them at once. With it: libvirt's qemu driver turns those that differ in kind
into command lines (virsh domxml-to-native, in one session of the driver embedded in virsh, as an ordinary user, who
needs no user libvirt-qemu and does not wait 40 s for the services of a system), and what the GPU's element and its
overrides say must arrive. The driver cannot do that without the host, so a copy is asked:
type qemu for kvm and another CPU model than the host's, the driver of a hostdev named, machines that this QEMU has,
no network cards (the driver makes a tap device for each), no USB devices of the host, no TPM emulator, files of
firmware by name for a choice by libvirt.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import matrix
from tap import Missing, Tap

SCHEMA = Path('/usr/share/libvirt/schemas/domain.rng')
QEMU_URI = 'http://libvirt.org/schemas/domain/qemu/1.0'
QEMU_NS = '{' + QEMU_URI + '}'
CODE, VARS = '/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd'
KIND = re.compile(r"0x[0-9a-f]+|\d+")


def need(name, package):
    path = shutil.which(name)
    if not path:
        raise Missing(f'{package} is not installed')
    return path


def domains(igdctl, tmp):
    asked = [*matrix.new_vms(['libvirt'], matrix.FEW_CHIPS), *matrix.host_vms(tmp, ['libvirt']),
             *matrix.mended_vms(['libvirt'])]
    return matrix.rendered(igdctl, asked)


def point(c):
    if '--from' in c.args:
        return c.name.split(',')[0] + ' corrected or translated'
    return c.name if not c.mode else f'new VMs, {c.mode}'


# ---- the schema -------------------------------------------------------------------------------------

def invalid(files):
    """What the schema has against each of them."""
    if not SCHEMA.exists():
        raise Missing('libvirt0 is not installed')
    p = subprocess.run([need('xmllint', 'libxml2-utils'), '--noout', '--relaxng', SCHEMA, *files], text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    said = {str(f): [] for f in files}
    for line in p.stdout.splitlines():
        m = re.match(r'(\S+?)(?::\d+:| fails | validates)', line)
        if m and m[1] in said and not line.endswith(' validates'):
            said[m[1]].append(line)
    if p.stdout.count(' validates\n') + sum(1 for v in said.values() if v) != len(files):
        raise RuntimeError(f'xmllint: {p.stdout[-500:]}')
    return said


def validate(tap, igdctl, tmp):
    cases = domains(igdctl, tmp)
    texts = {}
    for c in cases:
        texts.setdefault(c.text, tmp / f'{len(texts)}.xml')
    for text, path in texts.items():
        path.write_text(text)
    bad = tmp / 'bad.xml'
    bad.write_text(cases[0].text.replace('<hostdev mode=', '<hostdev mod='))
    said = invalid([*texts.values(), bad, *[p for p in matrix.fixtures() if p.suffix == '.xml']])
    tap.result('the schema can say no', [] if said[str(bad)] else ['<hostdev mod=> is taken'])
    for p in matrix.fixtures():
        if p.suffix == '.xml':
            tap.result(f'{p.name} is valid itself', said[str(p)])
    groups = {}
    for c in cases:
        groups.setdefault(point(c), {}).update({t: c for t in said[str(texts[c.text])]})
    for name, faults in groups.items():
        tap.result(name, [f'{f}\n  igdctl {" ".join(map(str, c.command()))}' for f, c in faults.items()])
    print(f'# {len(cases)} domains, {len(texts)} different ones')


# ---- the driver -------------------------------------------------------------------------------------

def remove(top, path, when=lambda e: True):
    """Elements below @top at "a/b/c"."""
    parent, _, name = path.rpartition('/')
    for p in ([top] if not parent else top.findall(parent)):
        for e in [e for e in p.findall(name) if when(e)]:
            p.remove(e)


def machine_here(name):
    """An older machine of the kind: the installed QEMU's newest is 7.2."""
    m = re.fullmatch(r'(pc-(?:i440fx|q35))-(\d+)\.(\d+)', name)
    return f'{m[1]}-7.2' if m and (int(m[2]), int(m[3])) > (7, 2) else name


def firmware_here(top):
    os_ = top.find('os')
    if os_.get('firmware') == 'efi':
        del os_.attrib['firmware']
        remove(os_, 'firmware')
        ET.SubElement(os_, 'loader', readonly='yes', type='pflash').text = CODE
        ET.SubElement(os_, 'nvram', template=VARS).text = '/var/lib/libvirt/qemu/nvram/vm.fd'


def copy_for_driver(text, name):
    ET.register_namespace('qemu', QEMU_URI)
    top = ET.fromstring(text)
    top.set('type', 'qemu')
    top.find('name').text = name
    for cpu in top.findall('cpu'):
        top.remove(cpu)
    remove(top, 'features/hyperv')
    remove(top, 'memoryBacking')
    remove(top, 'metadata')
    remove(top, 'cputune')
    remove(top, 'devices/tpm')
    remove(top, 'devices/hostdev', lambda h: h.get('type') == 'usb')
    for e in top.findall('os/type'):
        e.set('machine', machine_here(e.get('machine')))
    firmware_here(top)
    remove(top, 'devices/interface')
    for h in top.findall('devices/hostdev'):
        if h.get('type') == 'pci' and h.find('driver') is None:
            h.insert(0, ET.Element('driver', name='vfio'))
    return ET.tostring(top, encoding='unicode'), top


def kinds(cases):
    """One domain of each kind: numbers apart, they are the same."""
    seen = {}
    for c in cases:
        text, top = copy_for_driver(c.text, 'vm')
        seen.setdefault(re.sub(r'pc-(i440fx|q35)-\d+\.\d+', r'pc-\1', KIND.sub('N', text)), (c, c.text))
    return list(seen.values())


def device_lines(said):
    """-device words, JSON ones as dictionaries."""
    for m in re.finditer(r"-device (?:'(\{.*?\})'|(\S+))", said):
        if m[1]:
            yield json.loads(m[1])
        else:
            driver, *rest = m[2].split(',')
            yield {'driver': driver, **dict(p.partition('=')[::2] for p in rest)}


def wanted_of(top):
    """What the line must hold of each device that is passed: by the id that libvirt gives it."""
    for n, h in enumerate(top.findall('devices/hostdev')):
        want, guest, rom = {}, h.find('address'), h.find('rom')
        if guest is not None and guest.get('bus') in ('0x00', None) and guest.get('slot'):
            want['addr'] = int(guest.get('slot'), 0)
        if rom is not None and rom.get('file'):
            want['romfile'] = rom.get('file')
        for d in top.iter(f'{QEMU_NS}device'):
            if d.get('alias') == f'hostdev{n}':
                for p in d.iter(f'{QEMU_NS}property'):
                    value = p.get('value')
                    want[p.get('name')] = {'bool': lambda: value == 'true', 'unsigned': lambda: int(value),
                                           'signed': lambda: int(value)}.get(p.get('type'), lambda: value)()
        yield f'hostdev{n}', want


def same(key, have, want):
    if key == 'addr':
        return have is not None and int(str(have).split('.')[0], 0) == want
    return have == want or str(have) == {True: 'on', False: 'off'}.get(want, str(want))


def arrived(top, said):
    devices = {d.get('id'): d for d in device_lines(said)}
    for name, want in wanted_of(top):
        for key, value in want.items():
            if not same(key, devices.get(name, {}).get(key), value):
                yield f'{name}: {key} should be {value}: {devices.get(name)}'


def nobody(tmp):
    """Words for subprocess that make root an ordinary user whose home is @tmp."""
    home = tmp / 'home'
    home.mkdir()
    env = {**os.environ, 'LC_ALL': 'C', 'HOME': str(home), 'XDG_RUNTIME_DIR': str(home)}
    if os.getuid() != 0:
        return {'env': env}
    os.chown(home, 65534, 65534)
    tmp.chmod(0o755)
    return {'env': env, 'user': 65534, 'group': 65534, 'extra_groups': []}


def session(files, tmp):
    """What virsh says to each, in one session of the embedded driver."""
    script = '; '.join(f'echo --- {n}; domxml-to-native qemu-argv --xml {f}' for n, f in enumerate(files))
    p = subprocess.run([need('virsh', 'libvirt-clients'), '-q', '-c', f'qemu:///embed?root={tmp}/home/root', script],
                       stdin=subprocess.DEVNULL, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       timeout=600, check=False, cwd='/', **nobody(tmp))
    answers = re.split(r'--- (\d+)\n?', p.stdout)
    if len(answers) != 2 * len(files) + 1:
        raise Missing('the driver does not start (package libvirt-daemon-driver-qemu): '
                      f'{p.stdout.strip()[-400:]}')
    return {int(n): a for n, a in zip(answers[1::2], answers[2::2])}


def native(tap, igdctl, tmp):
    some = kinds(domains(igdctl, tmp))
    double = next(c.text for c, _ in some).replace('<memballoon', "<controller type='scsi' index='7'><address "
                                                   "type='pci' domain='0' bus='0' slot='0x02' function='0'/>"
                                                   '</controller><memballoon')
    copies = [copy_for_driver(text, f'vm{n}') for n, (_, text) in enumerate([*some, (None, double)])]
    files = [tmp / f'native-{n}.xml' for n in range(len(copies))]
    for f, (text, _) in zip(files, copies):
        f.write_text(text)
    said = session(files, tmp)
    last = said.pop(len(some))
    tap.result('the driver can say no', [] if 'double use of PCI' in last else [last])
    wrong = copy_for_driver(some[0][1].replace("name='x-igd-opregion'", "name='x-igd-oprgion'"), 'wrong')[1]
    tap.result('what does not arrive is missed', [] if list(arrived(wrong, said[0])) else ['it is not'])
    for n, (c, _) in enumerate(some):
        faults = [said[n].strip()[-600:]] if '-device' not in said[n] else list(arrived(copies[n][1], said[n]))
        tap.result(f'{n}: {point(c)}, {c.name}, QEMU {c.release}',
                   [f'{t}\n  igdctl {" ".join(map(str, c.command()))}' for t in faults])


def main():
    args = sys.argv[1:]
    asked = native if args[0] == '--native' else validate
    igdctl = str(Path(args[-1]).resolve())
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix='igdctl-libvirt-') as tmp:
        try:
            asked(tap, igdctl, Path(tmp))
        except Missing as e:
            tap.missing('libvirt', str(e))
    return tap.end()


if __name__ == '__main__':
    sys.exit(main())
