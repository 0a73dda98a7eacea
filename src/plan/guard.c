// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * guard.c - the way back when nobody can see the screen: a unit that takes the plan back, and a spare boot entry.
 *
 * The unit is started at each boot as soon as the filesystems are there, on its own: not ordered behind anything that
 * a dark console or a dead network could hold up, and not stopped when the system falls back to its emergency shell
 * (systemd.unit(5), DefaultDependencies=, IgnoreOnIsolate=; bootup(7)). A file in multi-user.target.d asks for it, so
 * nothing has to be enabled: a file that is removed leaves no link behind (systemd.unit(5), "unit.d/").
 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "plan/plan.h"
#include "store/edit.h"

#define REASON	    "console.last"
#define PROGRAM_MAX 255 /* bytes of its path */

/* All that it needs to take files and boot entries back must be mounted; where one is no mount of its own, its parent
 * counts (RequiresMountsFor=). A reboot while it takes back waits for it; what is then killed is finished later. */
#define UNIT_HEAD                                                                           \
	EDIT_OWN_HEAD "\n"                                                                  \
		      "[Unit]\n"                                                            \
		      "Description=Take the change by igdctl back unless it is confirmed\n" \
		      "Documentation=man:igdctl-guard(1)\n"                                 \
		      "DefaultDependencies=no\n"                                            \
		      "IgnoreOnIsolate=yes\n"                                               \
		      "ConditionPathExists=/var/lib/igdctl/journal\n"                       \
		      "RequiresMountsFor=/var/lib/igdctl /boot /boot/efi /efi "
#define UNIT_SERVICE                                         \
	"\n"                                                 \
	"After=local-fs.target systemd-remount-fs.service\n" \
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

static const char wants[] = (EDIT_OWN_HEAD "\n[Unit]\nWants=igdctl-guard.service\n");

/* A path that means itself in a unit: no blanks, no quotes, none of its '%' and '$' (systemd.service(5), "Command
 * lines"; systemd.unit(5), "Specifiers"). */
static bool is_plain_path(struct span path)
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

static const char *unit_text(struct arena *a, struct span program)
{
	return arena_printf(a, UNIT_HEAD "%.*s" UNIT_SERVICE "%.*s" UNIT_TAIL, (int)program.n,
			    (const char *)program.p, (int)program.n, (const char *)program.p);
}

bool plan_guard_admits(const char *path, struct span bytes, struct arena *a)
{
	struct span rest = bytes, before, program;

	if (strcmp(path, PLAN_GUARD_WANTS) == 0)
		return text_eq(bytes, wants);
	if (strcmp(path, PLAN_GUARD_UNIT) != 0 || !text_until(&rest, "\nExecStart=", &before) ||
	    !text_until(&rest, UNIT_TAIL, &program) || rest.n || !is_plain_path(program))
		return false;
	return text_eq(bytes, unit_text(a, program));
}

/* Is there a systemd? Of pasted text, where programs are not known, it is taken for granted. */
static bool has_systemd(const struct facts *f)
{
	return !f->tools.v || facts_word_in(f->tools.v, "systemctl");
}

static bool file(const struct facts *f, const char *path, const char *text, const char *says, struct plan *p)
{
	const struct text_file *t = facts_text(f, path);
	const struct operation op = { .kind = OP_WRITE,
				      .target = path,
				      .there = t ? t->there.v : TRI_UNKNOWN,
				      .before = t ? t->bytes : (struct span) { 0 },
				      .after = span_str(text),
				      .mode = t && t->there.v == TRI_YES ? 0 : 0644,
				      .reason = REASON,
				      .says = says };

	if (t && t->there.v == TRI_YES && text_eq(t->bytes, text))
		return true;
	return plan_add(p, &op);
}

/* The operations from @n on come first; each part keeps its order. */
static bool move_to_front(struct plan *p, size_t n)
{
	size_t added = p->n_ops - n;
	struct operation *copy = arena_alloc(p->arena, (added + 1) * sizeof(*copy));

	if (!copy)
		return false;
	memcpy(copy, p->ops + n, added * sizeof(*copy));
	memmove(p->ops + added, p->ops, n * sizeof(*copy));
	memcpy(p->ops, copy, added * sizeof(*copy));
	return true;
}

static const char *minutes(struct arena *a, unsigned seconds)
{
	return seconds % 60 ? arena_printf(a, "%u seconds", seconds)
			    : arena_printf(a, "%u minute%s", seconds / 60, seconds == 60 ? "" : "s");
}

int plan_guard(const struct facts *f, const char *program, unsigned seconds, struct plan *p)
{
	size_t n = p->n_ops;
	int r;

	if (p->refused || n == 0 || seconds == 0)
		return 0;
	if (!has_systemd(f) || !is_plain_path(span_str(program))) {
		plan_tell(p, PLAN_WARNING, REASON,
			  has_systemd(f)
				  ? "No guard: a unit of systemd cannot name the program %s. Install igdctl in "
				    "/usr, then apply again."
				  : "No guard: this host has no systemd to run %s at boot. Nothing takes the "
				    "change back by itself; be sure of another way in.",
			  program);
		return p->arena->full ? -IGD_ENOMEM : 0;
	}
	if (!file(f, PLAN_GUARD_UNIT, unit_text(p->arena, span_str(program)),
		  "At each boot it takes back what was not confirmed.", p) ||
	    !file(f, PLAN_GUARD_WANTS, wants, "It has the guard started at boot.", p))
		return -IGD_ENOMEM;
	r = plan_spare(f, p); /* spare.c: the entry to choose by hand when not even the guard runs */
	if (r < 0)
		return r;
	if (!move_to_front(p, n))
		return -IGD_ENOMEM;
	p->guard_seconds = seconds;
	plan_tell(
		p, PLAN_WARNING, REASON,
		"After the reboot you have %s to log in and run igdctl verify --confirm; else the guard takes all of "
		"this back and reboots once more.",
		minutes(p->arena, seconds));
	return p->arena->full ? -IGD_ENOMEM : 0;
}
