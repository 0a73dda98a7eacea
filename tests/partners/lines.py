# SPDX-License-Identifier: GPL-2.0-or-later
"""lines.py - the command line of QEMU that a definition becomes.

For Proxmox the part that concerns the GPU, as qemu-server's PCI.pm and QemuServer.pm print it: root bus, bridges,
display, hostpci devices at the addresses of their table, and "args" as the last words. For libvirt machine, hostdevs
and their overrides, as its qemu driver hands them on. Files, disks and cards are left out: they are not what is judged.
"""
import re
import shlex
import xml.etree.ElementTree as ET

QEMU_NS = '{http://libvirt.org/schemas/domain/qemu/1.0}'


def of_qemu(text):
    words = shlex.split(text.replace('\\\n', ' '))
    while not words[0].split('/')[-1].startswith('qemu-system'):
        words = words[1:]
    return words[1:]


# ---- Proxmox ----------------------------------------------------------------------------------------

def pve_keys(text):
    keys = {}
    for line in text.splitlines():
        if line.startswith('['):
            break
        if line and not line.startswith('#'):
            key, _, value = line.partition(':')
            keys[key] = value.strip()
    return keys


def pve_parts(value, default):
    parts = {}
    for p in value.split(','):
        key, eq, rest = p.partition('=')
        parts[key if eq else default] = rest if eq else key
    return parts


def pve_address(n, q35, parts):
    """PVE::QemuServer::PCI.pm: the addresses of hostpci devices, and legacy-igd's."""
    if parts.get('legacy-igd') == '1':
        if q35:
            raise ValueError('legacy IGD assignment is not compatible with q35')
        return 'bus=pci.0,addr=0x2'
    if parts.get('pcie') == '1':
        if not q35:
            raise ValueError('q35 machine model is not enabled')
        return f'bus=ich9-pcie-port-{n + 1},addr=0x0'
    first = {0: 0x10, 1: 0x11, 2: 0x1b, 3: 0x1c}
    if n in first:
        return f'bus=pci.0,addr={first[n]:#x}'
    return f'bus=pci.2,addr={13 + n - 4:#x}'


def pve_hostpci(n, value, q35, ovmf):
    p = pve_parts(value, 'host')
    where = f'host={p["host"]}' if 'host' in p else 'host=0000:00:02.0'
    if p.get('mdev'):
        where = f'sysfsdev=/sys/bus/mdev/devices/0000000{n}-0000-0000-0000-000000000100'
    line = f'vfio-pci,{where},id=hostpci{n},{pve_address(n, q35, p)}'
    if p.get('rombar') == '0':
        line += ',rombar=0'
    if p.get('x-vga') == '1' and not ovmf:
        line += ',x-vga=on'
    if p.get('romfile'):
        line += f',romfile=/usr/share/kvm/{p["romfile"]}'
    return ['-device', line]


def pve_buses(q35, legacy):
    if q35:
        words = ['-device', 'i82801b11-bridge,id=pcidmi,bus=pcie.0,addr=1e.0']
        for n in range(3):
            words += ['-device', f'pci-bridge,id=pci.{n},bus=pcidmi,addr={n + 1}.0,chassis_nr={n + 1}']
        for n in range(4):
            words += ['-device', f'ioh3420,id=ich9-pcie-port-{n + 1},bus=pcie.0,addr=1c.{n},multifunction=on,'
                      f'port={n + 1},chassis={n + 1}']
        return words
    second = 'bus=pci.1,addr=0x1e' if legacy else 'bus=pci.0,addr=0x1f'
    return ['-device', 'pci-bridge,id=pci.1,chassis_nr=1,bus=pci.0,addr=0x1e',
            '-device', f'pci-bridge,id=pci.2,chassis_nr=2,{second}']


def of_pve(text):
    keys = pve_keys(text)
    machine = pve_parts(keys.get('machine', 'pc'), 'type')['type'].split('+')[0]
    q35, vga = 'q35' in machine, pve_parts(keys.get('vga', 'std'), 'type')['type']
    hostpcis = {int(k[7:]): v for k, v in keys.items() if re.fullmatch(r'hostpci\d+', k)}
    legacy = any('legacy-igd=1' in v.split(',') for v in hostpcis.values())
    words = ['-nodefaults', '-machine', f'type={machine},accel=kvm', '-cpu', 'host', *pve_buses(q35, legacy)]
    if legacy and keys.get('vga') != 'none':
        raise ValueError('legacy IGD assignment requires VGA mode to be none')
    if vga == 'none':
        words += ['-vga', 'none', '-nographic']
    else:
        card = {'std': 'VGA', 'virtio': 'virtio-vga'}.get(vga, 'VGA')
        words += ['-display', 'none', '-device', f'{card},id=vga,' + ('bus=pcie.0,addr=0x1' if q35 else
                                                                      'bus=pci.0,addr=0x2')]
    if keys.get('balloon') != '0':
        words += ['-device', 'virtio-balloon-pci,id=balloon0,bus=pci.0,addr=0x3']
    for n in sorted(hostpcis):
        words += pve_hostpci(n, hostpcis[n], q35, keys.get('bios') == 'ovmf')
    return words + shlex.split(keys.get('args', ''))


# ---- libvirt ----------------------------------------------------------------------------------------

def libvirt_overrides(top):
    found = {}
    for device in top.iter(f'{QEMU_NS}device'):
        words = found.setdefault(device.get('alias'), '')
        for p in device.iter(f'{QEMU_NS}property'):
            value = {'true': 'on', 'false': 'off'}[p.get('value')] if p.get('type') == 'bool' else p.get('value')
            if p.get('type') == 'unsigned':
                value = str(int(value, 10))
            words += f',{p.get("name")}={value}'
        found[device.get('alias')] = words
    return found


def libvirt_hostdev(n, h, root):
    source, guest, rom = h.find('source/address'), h.find('address'), h.find('rom')
    if source.get('uuid'):
        line = f'vfio-pci,sysfsdev=/sys/bus/mdev/devices/{source.get("uuid")},id=hostdev{n}'
    else:
        a = [int(source.get(k, '0'), 0) for k in ('domain', 'bus', 'slot', 'function')]
        line = 'vfio-pci,host=%04x:%02x:%02x.%x' % tuple(a) + f',id=hostdev{n}'
    if guest is not None and int(guest.get('bus', '0'), 0) == 0:
        line += f',bus={root},addr={int(guest.get("slot"), 0):#x}.{int(guest.get("function", "0"), 0):#x}'
    if rom is not None and rom.get('bar') == 'off':
        line += ',rombar=0'
    if rom is not None and rom.get('file'):
        line += f',romfile={rom.get("file")}'
    return line


def of_libvirt(text):
    top = ET.fromstring(text)
    machine = top.find('os/type').get('machine')
    root = 'pcie.0' if 'q35' in machine else 'pci.0'
    words = ['-nodefaults', '-machine', f'type={machine},accel=kvm', '-cpu', 'host', '-display', 'none']
    model = top.find('devices/video/model')
    # without an element libvirt adds none for type "none", and else one at slot 2 of i440fx or 1 of q35
    if model is not None and model.get('type') != 'none':
        words += ['-device', f'VGA,id=video0,bus={root},addr={"0x1" if "q35" in machine else "0x2"}']
    overrides = libvirt_overrides(top)
    names = {f'hostdev{n}' for n in range(len(top.findall('devices/hostdev')))}
    if set(overrides) - names:
        raise ValueError(f'an override for {", ".join(sorted(set(overrides) - names))}, which is no device')
    # libvirt places those without an address around those with one
    for n, h in sorted(enumerate(top.findall('devices/hostdev')), key=lambda i: i[1].find('address') is None):
        if h.get('type') != 'usb':
            words += ['-device', libvirt_hostdev(n, h, root) + overrides.get(f'hostdev{n}', '')]
    for arg in top.iter(f'{QEMU_NS}arg'):
        words.append(arg.get('value'))
    return words


OF = {'pve': of_pve, 'libvirt': of_libvirt, 'qemu': of_qemu}
