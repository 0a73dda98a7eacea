#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# demo.sh [IGDCTL] - the tour: every command is printed, then run on the machine that comes with the source.
#
# It reads files of this source tree, and an image that it makes, and nothing of the machine it runs on. Each step names the exit
# status it must end with, so a tour that goes wrong fails.
set -u
cd "$(dirname "$0")/.." || exit 1
igdctl=${1:-build/igdctl}
machine=tests/hosts/hp-elitedesk-800-g4

say() { printf '\n\n# %s\n' "$1"; }

step() { # WANTED-STATUS ARG...
	local wanted=$1 status
	shift
	printf '$ igdctl %s\n\n' "$*"
	"$igdctl" "$@"
	status=$?
	[ "$status" -eq "$wanted" ] && return
	printf 'demo: that ended with %d instead of %d\n' "$status" "$wanted" >&2
	exit 1
}

printf 'A tour of igdctl over an HP EliteDesk 800 G4 whose owner gave the GPU to a VM by hand.\n'
printf 'Its facts are pasted command output in %s/.\n' "$machine"

say 'What is this machine?'
step 0 inspect --capture "$machine"

say 'Can its GPU go to a VM, and which lines of its configuration are not needed, obsolete or harmful?'
step 3 check --capture "$machine"

say 'Its owner also wanted to give away the sound card. What would that cost? (Refused: exit status 4.)'
step 4 check --capture "$machine" 00:1f.3

say 'The VM as its owner defined it: will the GPU work in it, and what goes wrong?'
step 3 vm lint --capture "$machine" 100

say 'All that would have to change, with every reason. Nothing is changed.'
step 0 plan --capture "$machine" --vm 100

say 'The same VM for the next release of QEMU, as Proxmox keys ...'
step 0 vm render --capture "$machine" --from 100 --qemu 10.1

say '... and for libvirt, with what has no counterpart there.'
step 0 vm render --capture "$machine" --from 100 --target libvirt

say 'Its vendor gives out the firmware as a zip. (This one is made here and holds no code of any vendor.)'
download=$(mktemp -d) || exit 1
trap 'rm -rf "$download"' EXIT
python3 -B tests/images/make.py download "$download/download.zip" || exit 1
step 0 fw scan --device 8086:3e92 "$download/download.zip"

say 'The three things that a VM may need of it, as files.'
step 0 fw extract --device 8086:3e92 -o "$download/rom" "$download/download.zip"
step 0 vbt show "$download/rom/vbt.bin"

say 'Could the VBIOS go to the VM as it is? (No: exit status 3.)'
step 3 rom verify --device 8086:3e92 "$download/rom/vbios.rom"

say 'One option ROM of them and of igdctl'"'"'s own two drivers, for the GPU of a VM with OVMF.'
step 0 rom build --device 8086:3e92 --gop "$download/rom/gop.efi" --vbt "$download/rom/vbt.bin" --compress -o "$download/igd.rom"
step 0 rom verify --device 8086:3e92 "$download/igd.rom"

say 'Or the same inside OVMF itself. (This one is laid out as OVMF and holds no code; yours lies in /usr/share/OVMF.)'
python3 -B tests/images/make.py ovmf "$download/OVMF_CODE_4M.fd" || exit 1
step 0 ovmf inject --device 8086:3e92 --gop "$download/rom/gop.efi" --vbt "$download/rom/vbt.bin" -o "$download/" "$download/OVMF_CODE_4M.fd"

say 'Will it work? A VM with an emulated UHD 630 tells, before anything on a real host changes.'
# The owner's GOP driver would draw through Intel's display engine. There is none here: the ROM gets a driver of the
# tests' own, which knows no more than how to show a plane, and is good for nothing else.
build=$(dirname "$igdctl")
screen=$build/rehearsal.png
if qemu=$(python3 -B tests/partners/releases.py rehearse); then
	ninja --quiet -C "$build" tests/plane-gop.efi || exit 1
	step 0 rom build --device 8086:3e92 --vbt "$download/rom/vbt.bin" --driver "$build/tests/plane-gop.efi" -o "$download/try.rom"
	step 0 rehearse --device 8086:3e92 --rom "$download/try.rom" --machine pc --qemu "$qemu" -o "$screen" --force
	printf '\nThe screen of that VM, as its firmware drew it: %s\n' "$screen"
else
	printf 'Not shown: there is no QEMU 10.1.1 or newer here, and none could be had.\n'
fi

say 'Next, on a machine of your own:'
printf '$ sudo %s check\n$ sudo %s plan --vm ID\n$ %s fw scan VENDORS-DOWNLOAD\n' "$igdctl" "$igdctl" "$igdctl"
