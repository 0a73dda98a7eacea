# SPDX-License-Identifier: GPL-2.0-or-later
# lib.sh - what the stand-ins share; at /usr/lib/stand/lib.sh of a fixture root. For busybox' sh and for bash.
#
# /record holds what was run, one command a line, an inner one two blanks to the right of the one that called it.
# /var/lib/stand/PROGRAM, where it is there, makes the program misbehave for once or for good; its first word:
#     fail          leave what is made half-written and exit 1
#     forget        make nothing, or an image without our configuration, and exit 0
# and with "-once" behind it, only the first time. With $calm set all is well.

export LC_ALL=C
running=/var/lib/stand/running # the words of the running kernel: the fixture has no /proc/cmdline once it is live

begin() { # PROGRAM ARGUMENT...: sets $mood
	echo "$depth$*" >>/record
	depth="$depth  "
	export depth
	mood=
	if [ -e "/var/lib/stand/$1" ] && [ -z "$calm" ]; then
		read -r mood <"/var/lib/stand/$1"
	fi
	case $mood in
	*-once) rm "/var/lib/stand/$1"; mood=${mood%-once} ;;
	esac
}

fails() { # OUTPUT...: does it now, if it is to
	[ "$mood" = fail ] || return 0
	for out in "$@"; do
		echo "half-written" >"$out"
	done
	echo "stand-in: no space left on device" >&2
	exit 1
}

newest_first() { # the releases of the installed kernels
	ls /lib/modules | sort -r
}

device_id() { # ROOT-WORDS: what GRUB's ids end with, the UUID or the device (grub-mkconfig_lib, grub_get_device_id())
	id=${1%% *}
	case $id in
	root=UUID=*) id=${id#root=UUID=} ;;
	*) id=${id#root=} ;;
	esac
	echo "$id"
}

# ---- images ---------------------------------------------------------------------------------------------------

put() { # FILE: into the image, where it is
	mkdir -p "$image/$(dirname "$1")"
	cp "$1" "$image/$1"
}

canon() {
	echo "$1" | tr - _
}

module() { # NAME: and what it needs, of kernel $version
	for builtin in $(cat "/lib/modules/$version/modules.builtin" 2>/dev/null); do
		builtin=${builtin##*/}
		[ "$(canon "${builtin%.ko}")" != "$(canon "$1")" ] || return 0
	done
	while read -r file needs; do
		file=${file%:}
		name=${file##*/}
		[ "$(canon "${name%.ko}")" = "$(canon "$1")" ] || continue
		for one in $file $needs; do
			put "/lib/modules/$version/$one"
		done
		return 0
	done <"/lib/modules/$version/modules.dep"
	echo "stand-in: no module $1 for $version" >&2
	return 1
}

modprobe_d() {
	for conf in /etc/modprobe.d/*.conf /lib/modprobe.d/*.conf /usr/lib/modprobe.d/*.conf; do
		[ ! -e "$conf" ] || put "$conf"
	done
}

pack() { # OUTPUT: of the folder $image, which goes; the same bytes each time
	for index in modules.order modules.builtin modules.builtin.modinfo; do
		[ ! -e "/lib/modules/$version/$index" ] || put "/lib/modules/$version/$index"
	done
	find "$image" -exec touch -h -d @0 {} +
	(cd "$image" && find . | sort | cpio -o -H newc --renumber-inodes --ignore-devno -R 0:0 2>/dev/null) |
		gzip -c >"$1.new" && mv "$1.new" "$1"
	rm -rf "$image"
}

# ---- unified kernel images --------------------------------------------------------------------------------------

le() { # BYTES NUMBER
	n=$2
	for _ in $(seq "$1"); do
		printf "\\$(printf %03o $((n & 255)))"
		n=$((n >> 8))
	done
}

zeros() {
	[ "$1" -eq 0 ] || printf "%$1s" '' | tr ' ' '\0'
}

size_of() {
	wc -c <"$1"
}

section() { # NAME FILE: a row of the section table; moves $at and $va on
	size=$(size_of "$2")
	raw=$(((size + 511) / 512 * 512))
	printf %s "$1"
	zeros $((8 - ${#1}))
	le 4 "$size"; le 4 "$va"; le 4 "$raw"; le 4 "$at"
	zeros 12
	le 4 $((0x40000040))
	at=$((at + raw))
	va=$((va + (size + 4095) / 4096 * 4096))
}

padded() {
	cat "$1"
	zeros $(((512 - $(size_of "$1") % 512) % 512))
}

# PE32+ with the sections of a unified kernel image (UAPI specification, "Unified Kernel Image"): 64 bytes of DOS
# header, then 4 + 20 + 240 + 4 * 40 bytes, which end below 512.
uki() { # OUTPUT COMMAND-LINE KERNEL INITRD
	printf '%s\0' "$2" >"$1.cmdline"
	at=512
	va=4096
	{
		printf MZ; zeros 58; le 4 64
		printf 'PE\0\0'; le 2 $((0x8664)); le 2 4; zeros 12; le 2 240; le 2 $((0x22e))
		le 2 $((0x20b)); zeros 30; le 4 4096; le 4 512; zeros 16; le 4 $((0x1000000)); le 4 512; zeros 4
		le 2 10; zeros 38; le 4 16; zeros 128
		section .osrel /etc/os-release
		section .cmdline "$1.cmdline"
		section .linux "$3"
		section .initrd "$4"
		zeros 24
		padded /etc/os-release
		padded "$1.cmdline"
		padded "$3"
		padded "$4"
	} >"$1.new" && mv "$1.new" "$1"
	rm "$1.cmdline"
}
