#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Decode real VBTs and compare with intel_vbt_decode (intel-gpu-tools).

The tables are not part of this project: IGDCTL_SHARED names the folder that holds corpus/fw/vbt and corpus/fw/vbios.
Display devices (handle, type, port, DDC pin, AUX channel), all panels with timings, maker and product, and backlights
must agree in each table. vbt-known.txt names the differences that are known, and why; one that is no more must be
taken out of it. Speaks TAP.

usage: vbt.py IGDCTL
"""
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent


SINCE = {'level': (162, 233), 'control': (191, 999), 'controller': (191, 999)}  # versions that have these


def shared():
    return Path(os.environ.get('IGDCTL_SHARED') or HERE / '..' / '..' / '..' / 'shared')


def number(text):
    return int(text.split()[0].strip('()'), 0)


def hexed(text):
    return int(re.search(r'0x([0-9a-f]+)', text)[1], 16)


# ---- what the other program says ------------------------------------------------------------------------------------

class Peer:
    """The facts that are compared, out of its text."""

    def __init__(self, text):
        self.version, self.children, self.panels, self.backlight = 0, [], {}, {}
        self.selected = None
        block, panel = 0, None
        for line in text.splitlines():
            if m := re.match(r'BDB block (\d+) ', line):
                block, panel = int(m[1]), None
            elif m := re.match(r'\tBDB version:\s+(\d+)', line):
                self.version = int(m[1])
            elif m := re.match(r'\tPanel (\d+)', line):
                panel = int(m[1])
            elif block == 2:
                self.child(line.strip())
            elif block == 40 and line.startswith('\tPanel type:'):
                self.selected = number(line.split(':')[1])
            elif block == 42 and panel is not None:
                self.panel(self.panels.setdefault(panel, {}), line.strip())
            elif block == 43 and panel is not None:
                self.light(self.backlight.setdefault(panel, {}), line.strip())

    def child(self, line):
        if line == 'Child device info:':
            self.children.append({})
        keys = {'Device handle': 'handle', 'Device type': 'device_type', 'DVO Port': 'dvo_port', 'DDC pin': 'ddc_pin',
                'Aux channel': 'aux_channel', 'HPD sense invert': 'hpd_invert', 'Lane reversal': 'lane_reversal'}
        name, _, value = line.partition(':')
        if name in keys and self.children:
            self.children[-1][keys[name]] = value.strip() == 'yes' if value.strip() in ('yes', 'no') else hexed(value)

    @staticmethod
    def panel(p, line):
        if m := re.match(r'timings: (.*) ([\d.]+) \(', line):
            p['timing'] = [*map(int, m[1].split()), round(float(m[2]))]
        for key, name in (('hsync', 'h'), ('vsync', 'v')):
            if m := re.match(rf'{key} \[(\d+), (\d+)\]', line):
                p[name] = [int(m[1]), int(m[2])]
        for key in ('hdisplay', 'htotal', 'vdisplay', 'vtotal', 'clock'):
            if m := re.match(rf'{key}: (\d+)$', line):
                p[key] = int(m[1])
        if 'vtotal' in p and 'clock' in p:
            p['timing'] = [p['hdisplay'], *p['h'], p['htotal'], p['vdisplay'], *p['v'], p['vtotal'], p['clock']]
        if m := re.match(r'Mfg name: (\S*) ', line):
            p['maker'] = re.sub('[^A-Z]', '?', m[1])
        if m := re.match(r'Product code: (\d+)', line):
            p['product'] = int(m[1])
        if m := re.match(r'Panel name: (.*)', line):
            p['name'] = m[1].strip()

    @staticmethod
    def light(p, line):
        keys = {'Inverter type': 'type', 'Active low': 'active_low', 'PWM freq': 'pwm_hz', 'Minimum brightness': 'min',
                'Control type': 'control', 'Controller': 'controller', 'Level': 'level'}
        name, _, value = line.partition(':')
        if name in keys:
            value = value.strip()
            value = {'yes': 1, 'no': 0}.get(value, value)
            m = re.search(r'\((\d+)\)', str(value))
            p[keys[name]] = int(m[1]) if m else int(str(value).split()[0])


# ---- what igdctl says -------------------------------------------------------------------------------------------------

def plain(value):
    return value['value'] if isinstance(value, dict) and 'value' in value else value


def fields(answer, block_id):
    """The first such block that drivers see."""
    for b in answer['blocks']:
        if b['id'] == block_id and not b['beyond']:
            return b['fields']
    return {}


def rows(block, key):
    return {r['index']: {k: plain(v) for k, v in r.items()} for r in block.get(key, [])}


def compare(answer, peer):
    """Each difference as a line."""
    if answer['vbt']['bdb_version'] != peer.version:
        yield f'bdb_version {answer["vbt"]["bdb_version"]} {peer.version}'
    ours = list(rows(fields(answer, 2), 'child').values())
    if len(ours) != len(peer.children):
        yield f'children {len(ours)} {len(peer.children)}'
    for i, (a, b) in enumerate(zip(ours, peer.children)):
        for key, value in b.items():
            if a.get(key, 0 if key == 'aux_channel' else None) != value:
                yield f'child[{i}]/{key} {a.get(key)} {value}'
    for a, b in zip(answer['ports'], peer.children):
        if (a['handle'], a['device_type'], a['ddc_pin'], a['dvo_port']) != tuple(
                b[k] for k in ('handle', 'device_type', 'ddc_pin', 'dvo_port')):
            yield f'port {a} {b}'
    selected = plain(fields(answer, 40).get('panel_type'))
    if peer.selected is not None and selected != peer.selected:
        yield f'panel_type {selected} {peer.selected}'
    yield from compare_panels(answer, peer)
    lights = rows(fields(answer, 43), 'panel')
    for i, b in peer.backlight.items():
        a = lights.get(i, {})
        a['min'] = a.get('min_brightness') if peer.version < 234 else b.get('min')
        for key, value in b.items():
            begin, end = SINCE.get(key, (0, 999))
            if not begin <= peer.version <= end:
                continue  # it prints them of every version
            if a.get(key) is None or int(a[key]) != value:
                yield f'backlight[{i}]/{key} {a.get(key)} {value}'


def compare_panels(answer, peer):
    panels = {p['index']: p for p in answer['panels']}
    if peer.panels and not panels:
        yield 'no panels'
    if panels and not peer.panels:
        yield 'panels where the other has none'
    for i, b in peer.panels.items():
        if i not in panels:
            yield f'panel[{i}] not there'
            continue
        a = panels[i]
        t = a['timing']
        mine = [*t['h'], *t['v'], t['clock_khz']] if t else [0] * 9
        if b.get('timing', mine) != mine and not (t is None and b['timing'][8] == 0):
            yield f'panel[{i}]/timing {mine} {b["timing"]}'
        if (a['maker'] or '???') != b.get('maker', '???'):
            yield f'panel[{i}]/maker {a["maker"]} {b.get("maker")}'
        if a['product'] != b.get('product', a['product']):
            yield f'panel[{i}]/product {a["product"]} {b["product"]}'
        if (a['name'] or '') != b.get('name', a['name'] or ''):
            yield f'panel[{i}]/name {a["name"]} {b["name"]}'


# ---- one by one --------------------------------------------------------------------------------------------------------

def answers(igdctl, folder):
    run = subprocess.run([igdctl, 'vbt', 'show', '--json', '--all', str(folder)], capture_output=True, text=True,
                         check=False)
    return {Path(a['input']).name: a for a in map(json.loads, run.stdout.splitlines())}


def peer_of(path):
    run = subprocess.run(['intel_vbt_decode', f'--file={path}', '--all-panels'], capture_output=True, text=True,
                         errors='replace', check=False)
    return Peer(run.stdout)


def known():
    """file -> the begins of the lines that may differ."""
    table = {}
    for line in (HERE / 'vbt-known.txt').read_text().splitlines():
        if line and not line.startswith('#'):
            name, what = line.split(None, 1)
            table.setdefault(name, []).append(what)
    return table


def judge(path, answer, allowed):
    """What is wrong with one table."""
    if answer is None or 'error' in answer:
        return [f'not decoded: {answer}']
    found = list(compare(answer, peer_of(path)))
    new = [d for d in found if not any(d.startswith(k) for k in allowed)]
    gone = [f'no more: "{path.name} {k}" of vbt-known.txt' for k in allowed if not any(d.startswith(k) for d in found)]
    return new + gone


def main():
    igdctl, root, table = sys.argv[1], shared() / 'corpus' / 'fw', known()
    folders = [root / d for d in ('vbt', 'vbios') if (root / d).is_dir()]
    if not folders:
        print('1..0 # SKIP no corpus of VBTs beside the source (IGDCTL_SHARED)')
        return 0
    if not shutil.which('intel_vbt_decode'):
        print('1..0 # SKIP intel_vbt_decode is not installed (intel-gpu-tools)')
        return 0
    jobs = [(f, said.get(f.name)) for d in folders for said in [answers(igdctl, d)]
            for f in sorted(d.rglob('*')) if f.is_file()]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        wrong = list(pool.map(lambda j: judge(*j, table.get(j[0].name, [])), jobs))
    print(f'1..{len(jobs)}')
    for n, ((path, _), faults) in enumerate(zip(jobs, wrong), 1):
        print(''.join(f'# {f}\n' for f in faults) + f'{"not ok" if faults else "ok"} {n} - {path.parent.name}/{path.name}')
    return 1 if any(wrong) or not jobs else 0


if __name__ == '__main__':
    sys.exit(main())
