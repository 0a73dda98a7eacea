// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * guard_text.c - the two files that start the guard, made and known again.
 *
 * The unit is started at each boot as soon as the filesystems are there, on its own: not ordered behind anything that
 * a dark console or a dead network could hold up, and not stopped when the system falls back to its emergency shell
 * (systemd.unit(5), DefaultDependencies=, IgnoreOnIsolate=; bootup(7)). A file in multi-user.target.d asks for it, so
 * nothing has to be enabled: a file that is removed leaves no link behind (systemd.unit(5), "unit.d/").
 */
#include <string.h>

#include "base/text.h"
#include "plan/host.h"

#define PROGRAM_MAX 255 /* bytes of its path */

/* Its journal and itself must be mounted; where one is no mount of its own, its parent counts (RequiresMountsFor=).
 * Where boot entries lie is waited for, but a partition that fails to mount does not keep the guard from the rest
 * (Wants=, which forgives units that are not there). A reboot while it takes back waits for it; what is then killed
 * is finished later. */
#define UNIT_HEAD                                                             \
	HOST_HEAD                                                             \
	"[Unit]\n"                                                            \
	"Description=Take the change by igdctl back unless it is confirmed\n" \
	"Documentation=man:igdctl-guard(1)\n"                                 \
	"DefaultDependencies=no\n"                                            \
	"IgnoreOnIsolate=yes\n"                                               \
	"ConditionPathExists=/var/lib/igdctl/journal\n"                       \
	"Wants=boot.mount boot-efi.mount efi.mount\n"                         \
	"RequiresMountsFor=/var/lib/igdctl "
#define UNIT_SERVICE                                         \
	"\n"                                                 \
	"After=local-fs.target systemd-remount-fs.service\n" \
	"After=boot.mount boot-efi.mount efi.mount\n"        \
	"Conflicts=shutdown.target\n"                        \
	"Before=shutdown.target\n"                           \
	"\n"                                                 \
	"[Service]\n"                                        \
	"Type=exec\n"                                        \
	"TimeoutStartSec=infinity\n"                         \
	"TimeoutStopSec=10min\n"                             \
	"KillMode=mixed\n"                                   \
	"Restart=no\n"                                       \
	"ExecStart="
#define UNIT_TAIL " guard\n"

const char guard_wants[] = (HOST_HEAD "[Unit]\nWants=igdctl-guard.service\n");

/* A path that means itself in a unit: no blanks, no quotes, none of its '%' and '$' (systemd.service(5), "Command
 * lines"; systemd.unit(5), "Specifiers"). */
bool guard_program_is_plain(struct span path)
{
	struct span rest = path;
	uint8_t c;

	if (path.n < 2 || path.n > PROGRAM_MAX || !text_starts(path, "/") || text_has(path, "/.."))
		return false;
	for (size_t i = 0; span_u8(rest, i, &c); i++)
		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    !memchr("/._+-", c, 5))
			return false;
	return true;
}

const char *guard_unit(struct arena *a, struct span program)
{
	return arena_printf(a, UNIT_HEAD "%.*s" UNIT_SERVICE "%.*s" UNIT_TAIL, (int)program.n,
			    (const char *)program.p, (int)program.n, (const char *)program.p);
}

bool guard_unit_text(struct span text)
{
	struct span mounts, program;

	return text_skip(&text, UNIT_HEAD) && text_until(&text, UNIT_SERVICE, &mounts) &&
	       text_until(&text, UNIT_TAIL, &program) && text.n == 0 && guard_program_is_plain(program) &&
	       mounts.n == program.n && memcmp(mounts.p, program.p, program.n) == 0;
}

bool guard_wants_text(struct span text)
{
	return text_eq(text, guard_wants);
}
