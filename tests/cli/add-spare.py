#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""add-spare.py PLAN - put a spare boot entry into a plan's file, as somebody might who wants it to start his program."""
import hashlib
import json
import sys
from pathlib import Path

TARGET = '/boot/loader/entries/igdctl-spare.conf'
TEXT = """# Written by igdctl; igdctl revert removes it.
title Debian, without igdctl's settings
linux /vmlinuz
options root=/dev/sda1 init=/home/x/init
options module_blacklist=vfio_pci
"""

top = json.loads(Path(sys.argv[1]).read_text())
op = dict(next(op for op in top['plan']['operations'] if op['kind'] == 'write'))
op.update(target=TARGET, there=False, before_sha256=None, after=TEXT, after_base64=None, mode='0644',
          after_sha256=hashlib.sha256(TEXT.encode()).hexdigest(),
          inverse={'kind': 'remove', 'target': TARGET, 'meanwhile': None})
top['plan']['operations'].append(op)
Path(sys.argv[1]).write_text(json.dumps(top))
