#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The spare entries of GRUB, written by our script out of the real 10_linux and read by the real grub-script-check.

usage: grub_spare.py TEST_PLAN_SPARE

The unit test leaves the script as the plan writes it. Its folders are replaced by ours, with a 10_linux of the same
form as GNU GRUB's, in which all that 10_linux takes from the environment can be seen; where grub-script-check is
installed, it reads the result.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

# What util/grub.d/10_linux.in prints, by the variables it prints it from: a title with a quote, an entry, a submenu.
LINUX = r"""#!/bin/sh
entry() {
	echo "menuentry '$1' --class gnu-linux --class os \$menuentry_id_option 'gnulinux-$2-abcd' {"
	[ "x$GRUB_SAVEDEFAULT" != xtrue ] || echo "	savedefault"
	echo "	linux /vmlinuz root=/dev/sda1 ro $3"
	echo "}"
}
entry "O'\\''s GNU/Linux" simple "$GRUB_CMDLINE_LINUX $GRUB_CMDLINE_LINUX_DEFAULT"
echo "submenu 'Advanced options for O'\\''s GNU/Linux' \$menuentry_id_option 'gnulinux-advanced-abcd' {"
entry "O'\\''s GNU/Linux, with Linux 6.1" 6.1-advanced "$GRUB_CMDLINE_LINUX $GRUB_CMDLINE_LINUX_DEFAULT"
[ "x$GRUB_DISABLE_RECOVERY" = xtrue ] || entry "O'\\''s (recovery mode)" 6.1-recovery "single $GRUB_CMDLINE_LINUX"
echo "}"
"""
OURS = 'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT intel_iommu=on vfio-pci.ids=8086:3e92"\n'
WORDS = {'GRUB_CMDLINE_LINUX': 'module_blacklist=nouveau', 'GRUB_SAVEDEFAULT': 'true',
         'GRUB_CMDLINE_LINUX_DEFAULT': 'quiet intel_iommu=on vfio-pci.ids=8086:3e92 a=* splash'}

# How it learns the name of the device in ids: all that this prints (proxmox-kernel-helper 8.1.0, set_grub_default()).
PROXMOX_PIN = r"s/.*gnulinux-advanced-(.+)['] \{$/\1/p"

wrong = 0
count = 0


def check(what, good):
    global wrong, count
    count += 1
    wrong += not good
    print(f'{"ok" if good else "not ok"} {count} - {what}')


def write(path, text, mode=0o644):
    with open(path, 'w') as f:
        f.write(text)
    os.chmod(path, mode)


def run(folder, script):
    return subprocess.run(['/bin/sh', script], cwd=folder, env={**os.environ, **WORDS}, text=True,
                          stdout=subprocess.PIPE, check=False)


with tempfile.TemporaryDirectory() as d:
    script = os.path.join(d, '42_igdctl')
    subprocess.run([sys.argv[1]], env={**os.environ, 'IGDCTL_SPARE_OUT': script}, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(script) as f:
        text = f.read()
    write(script, text.replace('/etc/grub.d/', d + '/').replace('/etc/default/grub.d/', d + '/'), 0o755)
    write(d + '/10_linux', LINUX, 0o755)
    write(d + '/90-igdctl.cfg', OURS)
    usual, spare = run(d, d + '/10_linux').stdout, run(d, script).stdout
    lines = [l.strip() for l in spare.splitlines()]
    kernel = [l for l in lines if l.startswith('linux ')]
    check('two kernels are started', len(kernel) == 2)
    check('without our words, with vfio_pci and what the owner keeps out refused',
          all(l == 'linux /vmlinuz root=/dev/sda1 ro module_blacklist=nouveau quiet a=* splash '
              'module_blacklist=vfio_pci,nouveau' for l in kernel))
    titles = [l for l in lines if l.startswith(('menuentry', 'submenu'))]
    check('each title says so', len(titles) == 3 and all("without igdctl'\\''s settings' " in l for l in titles))
    ids = [re.search(r"\$menuentry_id_option '([^']*)' \{$", l)[1] for l in titles]
    check('each id is another', ids == ['igdctl-simple-abcd', 'igdctl-advanced-abcd', 'igdctl-6.1-advanced-abcd'])
    check('never the saved default, and no recovery', 'savedefault' not in spare and 'recovery' not in spare)
    check('the usual entries are as they were', 'savedefault' in usual and 'igdctl' not in usual.replace(OURS, ''))
    write(d + '/menu', usual + spare)
    pin = subprocess.run(['sed', '-rn', PROXMOX_PIN, d + '/menu'], text=True, stdout=subprocess.PIPE, check=True).stdout
    check('proxmox-boot-tool kernel pin finds one menu of kernels', pin == 'abcd\n')
    if shutil.which('grub-script-check'):
        check('grub-script-check reads it', subprocess.run(['grub-script-check', d + '/menu'], check=False).returncode == 0)
    else:
        count += 1
        print(f'ok {count} - grub-script-check reads it # SKIP grub-script-check is not installed')
    write(d + '/10_linux', '#!/bin/sh\necho "menuentry x {"; echo "}"\n', 0o755)
    odd = run(d, script)
    check('no spare entry of a script of another form', odd.stdout == '' and odd.returncode == 0)
    write(d + '/10_linux', '#!/bin/sh\nexit 1\n', 0o755)
    odd = run(d, script)
    check('nor of one that fails, and the menu is still made', odd.stdout == '' and odd.returncode == 0)
print(f'1..{count}')
sys.exit(wrong != 0)
