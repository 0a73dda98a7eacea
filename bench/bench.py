#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench.py BUILD - how fast and how large, as a table; ratios where a peer exists.

Nothing here is a test: times depend on the machine, so the numbers are for eyes. What is promised
(inspect within 1.5 times lspci -vvnn and under 20 MiB, 1,000 captures a second and 10,000 definitions of VMs in two
seconds on two cores, 658 VBTs in half a second) stands beside what was measured.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
EXAMPLE = TOP / 'tests' / 'hosts' / 'hp-elitedesk-800-g4'
ROUNDS = 15
CAPTURES = 1000
BUNDLE_BYTES = 32 << 20
DEFINITIONS = 10000
IMAGES = 100
TABLES = 658  # as many as there are different public ones
ARGUMENT_BYTES = 1 << 20  # of one command line; Linux takes 2 MiB with the environment


def start(*args):
    return subprocess.Popen([str(a) for a in args], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def once(*args):
    """(seconds, peak resident bytes, exit status) of one run."""
    begin = time.perf_counter()
    p = start(*args)
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - begin, usage.ru_maxrss * 1024, p.returncode


def best(*args):
    """The least time of several runs (the others were disturbed), the largest memory."""
    runs = [once(*args) for _ in range(ROUNDS)]
    return min(r[0] for r in runs), max(r[1] for r in runs), runs[0][2]


def ms(seconds):
    return f'{seconds * 1000:.1f} ms'


def mib(n):
    return f'{n / (1 << 20):.1f} MiB'


def row(what, measured, peer='', promise=''):
    print(f'{what:<44} {measured:<22} {peer:<28} {promise}'.rstrip())


def inspect(igdctl):
    took, rss, status = best(igdctl, 'inspect')
    if not shutil.which('lspci'):
        row('inspect, this machine', f'{ms(took)}, exit {status}', 'lspci is not installed')
        return
    peer, peer_rss, peer_status = best('lspci', '-vvnn')
    note = '' if peer_status == 0 else f', exit {peer_status}'
    row('inspect, this machine', ms(took), f'{took / peer:.2f} x lspci -vvnn ({ms(peer)}{note})', 'at most 1.5 x')
    row('inspect, peak memory', mib(rss), f'{rss / peer_rss:.2f} x lspci -vvnn', 'under 20 MiB')


def many(igdctl, what, capture):
    """Two workers, half of the captures each."""
    half = [str(capture)] * (CAPTURES // 2)
    begin = time.perf_counter()
    workers = [start(igdctl, 'check', '--json', *half) for _ in range(2)]
    codes = {w.wait() for w in workers}
    rate = CAPTURES / (time.perf_counter() - begin)
    row(f'check, {CAPTURES} {what}, 2 workers', f'{rate:.0f} a second', f'exit {", ".join(map(str, sorted(codes)))}',
        'at least 1,000 a second')


def bundle(igdctl, tmp):
    """A kernel log as long as people paste it, many times over: cost must stay linear in bytes."""
    line = ''.join(f'[ {n:11.6f}] usb 1-14: reset full-speed USB device number {n % 100} using xhci_hcd\n'
                   for n in range(20000))
    took = {}
    for share in (1, 4):
        path = tmp / f'bundle-{share}'
        shutil.copytree(EXAMPLE, path)
        size = BUNDLE_BYTES * share // 4
        n = 0
        with open(path / 'dmesg-long.txt', 'w') as f:
            while n < size:
                n += f.write(line)
                if n >= 15 << 20:  # one file has a limit; go on in another
                    break
        took[share] = (n, *once(igdctl, 'inspect', '--capture', path))
    for n, seconds, rss, status in took.values():
        row(f'inspect, text bundle of {n >> 20} MiB', f'{n / seconds / 1e6:.0f} MB/s', f'{mib(rss)}, exit {status}')


PVE = '''agent: 1
args: -set device.hostpci0.x-igd-opregion=on -set device.hostpci0.x-igd-gms=0x{gms:x}
balloon: 0
bios: ovmf
boot: order=scsi0;net0
cores: {cores}
cpu: host
efidisk0: local-lvm:vm-{n}-disk-0,efitype=4m,pre-enrolled-keys=1,size=4M
hostpci0: 0000:00:02.0,legacy-igd=1,romfile=igd.rom
hostpci1: 0000:00:1f.3
machine: pc-i440fx-{qemu}
memory: {memory}
meta: creation-qemu={qemu}.0,ctime=1748871264
name: vm{n}
net0: virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=1
numa: 0
ostype: win11
scsi0: local-lvm:vm-{n}-disk-1,cache=writeback,iothread=1,size=64G
scsihw: virtio-scsi-single
smbios1: uuid=0b5d690c-5894-4a17-ace7-52f48840fc71
sockets: 1
tpmstate0: local-lvm:vm-{n}-disk-2,size=4M,version=v2.0
usb0: host=046d:c52b
vga: none
vmgenid: 8e593b84-b894-4461-8d7e-0bf05929a9a6
'''
DOMAIN = '''<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>vm{n}</name>
  <memory unit='MiB'>{memory}</memory>
  <vcpu placement='static'>{cores}</vcpu>
  <os>
    <type arch='x86_64' machine='pc-q35-{qemu}'>hvm</type>
    <loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>
    <nvram>/var/lib/libvirt/qemu/nvram/vm{n}_VARS.fd</nvram>
  </os>
  <features><acpi/><apic/><hyperv mode='custom'><relaxed state='on'/><vapic state='on'/></hyperv></features>
  <cpu mode='host-passthrough' check='none'><topology sockets='1' cores='{cores}' threads='1'/></cpu>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='/var/lib/libvirt/images/vm{n}.qcow2'/>
      <target dev='vda' bus='virtio'/>
      <address type='pci' domain='0x0000' bus='0x04' slot='0x00' function='0x0'/>
    </disk>
    {ports}
    <interface type='network'>
      <mac address='52:54:00:a8:ae:39'/>
      <source network='default'/>
      <model type='virtio'/>
      <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>
    </interface>
    <graphics type='spice' port='-1'/>
    <video><model type='none'/></video>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <source><address domain='0x0000' bus='0x00' slot='0x02' function='0x0'/></source>
      <rom file='/usr/share/igd.rom'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>
    </hostdev>
    <memballoon model='none'/>
  </devices>
  <qemu:override>
    <qemu:device alias='hostdev0'>
      <qemu:frontend>
        <qemu:property name='x-igd-opregion' type='bool' value='true'/>
        <qemu:property name='x-igd-gms' type='unsigned' value='{gms}'/>
      </qemu:frontend>
    </qemu:device>
  </qemu:override>
</domain>
'''
PORT = """<controller type='pci' index='{n}' model='pcie-root-port'>
      <target chassis='{n}' port='0x{n}'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x{fn}'/>
    </controller>"""


def definitions_make(folder):
    """Half of Proxmox, half of libvirt, no two alike."""
    ports = '\n    '.join(PORT.format(n=n, fn=n - 1) for n in range(1, 9))
    names = []
    for n in range(DEFINITIONS):
        path = folder / f'{n}.{"xml" if n % 2 else "conf"}'
        qemu = ('7.2', '8.2', '9.0', '9.2', '10.0', '10.1')[n % 6]
        path.write_text((DOMAIN if n % 2 else PVE).format(n=100 + n, qemu=qemu, gms=n % 16 + 1, cores=n % 8 + 1,
                                                         memory=4096 + n, ports=ports))
        names.append(str(path))
    return names


def definitions(igdctl, tmp):
    """As many as a command line holds at a time, on two processors."""
    names, groups, room = definitions_make(tmp), [[]], ARGUMENT_BYTES
    for name in names:
        room -= len(name) + 1 + 8  # the pointer counts too
        if room < 0:
            groups.append([])
            room = ARGUMENT_BYTES
        groups[-1].append(name)
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(mine)[:2]))
    for how, promise in (([], 'under 2 s'), (['--json'], '')):
        runs = [once(igdctl, 'vm', 'lint', *how, *g) for g in groups]
        row(f'vm lint{" --json" if how else ""}, {DEFINITIONS} definitions, {min(2, len(mine))} cores',
            f'{sum(r[0] for r in runs):.2f} s', f'{len(runs)} runs, exit {max(r[2] for r in runs)}', promise)
    os.sched_setaffinity(0, mine)


def example(igdctl):
    took, rss, status = best(igdctl, 'vm', 'lint', '--capture', EXAMPLE, '100')
    row('vm lint, the example with its host', ms(took), f'{mib(rss)}, exit {status}', 'under 20 ms')
    took, rss, status = best(igdctl, 'vm', 'lint', EXAMPLE / '100.conf')
    row('vm lint, the example by itself', ms(took), f'{mib(rss)}, exit {status}', 'under 20 ms')


def plan(igdctl):
    took, rss, status = best(igdctl, 'plan', '--capture', EXAMPLE, '--vm', '100')
    row('plan, the example and its VM', ms(took), f'{mib(rss)}, exit {status}', 'under 20 ms')


def vbts(igdctl, tmp):
    """Real tables where there are some, else one that is built, as often."""
    real = Path(os.environ.get('IGDCTL_SHARED') or TOP / '..' / 'shared') / 'corpus' / 'fw' / 'vbt'
    sources = sorted(f for f in real.iterdir() if f.is_file()) if real.is_dir() else []
    if not sources:
        sources = [tmp / 'laptop.vbt']
        subprocess.run([sys.executable, TOP / 'tests' / 'vbt' / 'mkvbt.py', TOP / 'tests' / 'vbt' / 'laptop.recipe',
                        sources[0]], check=True)
    (tmp / 'vbts').mkdir()
    for n in range(TABLES):
        shutil.copy(sources[n % len(sources)], tmp / 'vbts' / f'{n:03}.vbt')
    what = f'{TABLES} tables, {min(len(sources), TABLES)} different'
    for how, promise in (([], 'under 0.5 s'), (['--json'], ''), (['--json', '--all'], '')):
        took, rss, status = best(igdctl, 'vbt', 'show', *how, tmp / 'vbts')
        row(f'vbt show{"".join(" " + h for h in how)}, {what}', f'{took:.2f} s', f'{mib(rss)}, exit {status}', promise)


def image(tmp):
    """A firmware image to measure with: Debian's OVMF where it is installed, else the download of the tour."""
    ovmf = Path('/usr/share/OVMF/OVMF_CODE_4M.fd')
    if ovmf.exists():
        return ovmf
    made = tmp / 'download.zip'
    subprocess.run([sys.executable, '-B', TOP / 'tests' / 'images' / 'make.py', 'download', made], check=True)
    return made


def firmware(igdctl, tmp):
    """One image beside a read of its bytes and beside its decompression alone; a folder of them on one core and all."""
    one = image(tmp)
    took, rss, _ = best(igdctl, 'fw', 'scan', one)
    floor, _, _ = best('cat', one)
    row(f'fw scan {one.name}, {mib(one.stat().st_size)}', ms(took), f'{took / floor:.0f} x a read of it by cat')
    row('fw scan, peak memory of a process', mib(rss), '', 'at most 64 MiB or 2.5 x the image')
    (tmp / 'images').mkdir()
    for n in range(IMAGES):
        shutil.copy(one, tmp / 'images' / f'{n:03}.bin')
    alone, _, _ = once('taskset', '-c', '0', igdctl, 'fw', 'scan', tmp / 'images')
    all_cores, _, _ = once(igdctl, 'fw', 'scan', tmp / 'images')
    row(f'fw scan, a folder of {IMAGES}', f'{all_cores:.2f} s', f'{alone / all_cores:.1f} x as fast as on one core',
        f'scales with {os.cpu_count()} cores')


def peers(igdctl, tmp):
    """UEFITool's programs, where they are installed (Debian: uefitool-cli)."""
    subprocess.run([sys.executable, '-B', TOP / 'bench' / 'fw-peers.py', igdctl, image(tmp)], check=False)


def ovmf(igdctl):
    """Over Debian's OVMF images, beside fiano's utk where it is installed."""
    subprocess.run([sys.executable, '-B', TOP / 'bench' / 'ovmf-inject.py', igdctl], check=False)


def parse(build):
    p = subprocess.run([build / 'bench' / 'bench-parse'], text=True, stdout=subprocess.PIPE, check=True)
    for line in p.stdout.splitlines():
        name, size, ns = line.split()
        row(f'{name}, {size} bytes', f'{float(ns):.0f} ns a call', f'{float(size) / float(ns) * 1000:.0f} MB/s')


def codec(build):
    """Over what Debian's ovmf package brings, and over the program itself."""
    files = [build / 'igdctl', *sorted(Path('/usr/share/OVMF').glob('OVMF_CODE*.fd'))]
    p = subprocess.run([build / 'bench' / 'bench-codec', *files], text=True, stdout=subprocess.PIPE, check=True)
    floors = {'lzma': ('decode', 'liblzma alone', 'at most 1.3 x'), 'tiano': ('decode', 'one read of what it makes', ''),
              'efi11': ('encode', 'zlib at its best', 'at most 1.3 x')}
    for line in p.stdout.splitlines():
        name, size, ns, floor = line.split()
        way, what, promise = floors[name]
        row(f'{way} {name}, {mib(int(size))}', f'{float(size) / float(ns) * 1000:.0f} MB/s',
            f'{float(ns) / float(floor):.2f} x {what}', promise)


def main():
    build = Path(sys.argv[1] if len(sys.argv) > 1 else 'build').resolve()
    igdctl = build / 'igdctl'
    with tempfile.TemporaryDirectory(prefix='igdctl-bench-') as tmp:
        tmp = Path(tmp)
        inspect(igdctl)
        many(igdctl, 'text bundles', EXAMPLE)
        capture = tmp / 'this-machine.tar.gz'
        if once(igdctl, 'capture', '-o', capture)[2] == 0:
            many(igdctl, 'captures', capture)
        bundle(igdctl, tmp)
        example(igdctl)
        plan(igdctl)
        (tmp / 'vms').mkdir()
        definitions(igdctl, tmp / 'vms')
        vbts(igdctl, tmp)
        firmware(igdctl, tmp)
        sys.stdout.flush()
        peers(igdctl, tmp)
        ovmf(igdctl)
    parse(build)
    codec(build)
    return 0


if __name__ == '__main__':
    sys.exit(main())
