// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * status.c - what is ours on this machine, what no longer is as it was left, and what waits.
 *
 * Everything is a row: what it is about, a sentence, what to do. Some rows are drift, which the exit status tells;
 * the others say what still has to happen.
 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/applied.h"
#include "cli/definition.h"
#include "cli/deliver.h"
#include "cli/json.h"
#include "cli/making.h"
#include "cli/ovmf.h"
#include "cli/view.h"
#include "verify/drift.h"
#include "verify/verify.h"

enum about {
	ABOUT_TRANSACTION, /* stopped on the way, or not to be read */
	ABOUT_FILE,	   /* edited, removed */
	ABOUT_MADE,	   /* boot entries and images that lack something: also a kernel that came later */
	ABOUT_PACKAGE,	   /* a package brought its own version of a file that was edited */
	ABOUT_ROM,	   /* a VM names a ROM that is not there */
	ABOUT_FIRMWARE,	   /* a VM's OVMF was made from an image that the package has replaced */
	ABOUT_KERNEL,	   /* the running kernel does not do what was promised */
	ABOUT_GUARD,
	ABOUT_REBOOT,
	ABOUT_BUSY, /* a change is under way now */
};

static const struct {
	const char *name;
	bool drift;
} abouts[] = {
	[ABOUT_TRANSACTION] = { "transaction", true },
	[ABOUT_FILE] = { "file", true },
	[ABOUT_MADE] = { "made", true },
	[ABOUT_PACKAGE] = { "package", true },
	[ABOUT_ROM] = { "rom", true },
	[ABOUT_FIRMWARE] = { "firmware", true },
	[ABOUT_KERNEL] = { "kernel", true },
	[ABOUT_GUARD] = { "guard", false },
	[ABOUT_REBOOT] = { "reboot", false },
	[ABOUT_BUSY] = { "busy", false },
};

struct row {
	enum about about;
	unsigned id;	  /* transaction; 0: of none */
	const char *path; /* file; NULL: of none */
	const char *says, *next;
};

struct status {
	const struct cli *cli;
	struct applied s;
	struct verified all;
	struct row *rows;
	size_t n_rows, n_drift;
	unsigned stopped; /* the last transaction that was; 0: none */
	size_t n_files;	  /* of ours that were looked at */
	bool full;
};

static void row_add(struct status *st, struct row r)
{
	struct row *slot = arena_push(&st->s.a, st->rows, st->n_rows);

	st->full |= !slot;
	if (!slot)
		return;
	*slot = r;
	st->n_drift += abouts[r.about].drift;
}

static bool is_on(const struct transaction *t)
{
	return t->state == TRANSACTION_APPLIED && !t->broken;
}

/* ---- transactions ------------------------------------------------------------------------------------------- */

static void look_at_transaction(struct status *st, const struct transaction *t)
{
	struct arena *a = &st->s.a;

	if (t->broken)
		row_add(st, (struct row) { ABOUT_TRANSACTION, t->id, NULL, applied_str(&st->s, t),
					   arena_printf(a, "/" JOURNAL_DIR "/journal/%04u: %s", t->id,
							journal_broken_next(t)) });
	if (t->broken || t->state == TRANSACTION_APPLIED || t->state == TRANSACTION_REVERTED)
		return;
	if (st->s.busy) {
		row_add(st, (struct row) { ABOUT_BUSY, t->id, NULL, applied_str(&st->s, t),
					   "wait until that has ended" });
		return;
	}
	st->stopped = t->id;
	row_add(st, (struct row) { ABOUT_TRANSACTION, t->id, NULL, applied_str(&st->s, t),
				   arena_printf(a, "igdctl revert %u brings the host back to what it was", t->id) });
}

/* When the guard last saw a boot; -1: none since the plan was applied. */
static int64_t booted(const struct transaction *t)
{
	int64_t when = -1;

	for (size_t i = 0; i < t->n_records; i++)
		if (t->records[i].kind == RECORD_BOOTED)
			when = t->records[i].time;
	return when;
}

static void look_at_guard(struct status *st, const struct transaction *t)
{
	struct arena *a = &st->s.a;
	int64_t when = booted(t);
	const char *says;

	if (!applied_guarded(t))
		return;
	says = applied_same_boot(&st->s, t) || when < 0
		       ? arena_printf(a,
				      "from the next boot on the guard waits %u s for a confirmation, then takes "
				      "change %u back",
				      t->plan.guard_seconds, t->id)
		       : arena_printf(a, "the guard takes change %u back at %s unless it is confirmed", t->id,
				      verify_when(when + t->plan.guard_seconds, a));
	row_add(st, (struct row) { ABOUT_GUARD, t->id, NULL, says,
				   applied_same_boot(&st->s, t) ? "reboot, then igdctl verify --confirm"
								: "igdctl verify --confirm" });
}

/* ---- files -------------------------------------------------------------------------------------------------- */

/* dpkg(1), ucf(1), pacman(8) and rpm(8) put a package's version of a file that was edited beside it. */
static void look_beside(struct status *st, const struct transaction *t, const struct operation *op)
{
	static const char *const ends[] = {
		".dpkg-dist", ".dpkg-new", ".ucf-dist", ".ucf-new", ".pacnew", ".rpmnew"
	};
	struct arena *a = &st->s.a;

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		const char *path = arena_printf(a, "%s%s", op->target, ends[i]);

		if (host_has(st->s.h, path + 1) > 0)
			row_add(st, (struct row) { ABOUT_PACKAGE, t->id, path,
						   arena_printf(a, "a package brought its own version of %s: %s",
								op->target, path),
						   "merge the two by hand; keep what the plan put in" });
	}
}

/* "update-grub, update-initramfs -u": what makes anew what is made of the files. */
static const char *makers(struct status *st, const struct transaction *t)
{
	const char *all = "";

	for (size_t i = 0; i < t->plan.n_ops; i++)
		if (t->plan.ops[i].kind == OP_RUN)
			all = arena_printf(&st->s.a, "%s%s%s", all, *all ? ", then " : "; then run ",
					   argv_str(t->plan.ops[i].argv, &st->s.a));
	return all;
}

static bool has_row(const struct status *st, const char *path)
{
	for (size_t i = 0; i < st->n_rows; i++)
		if (st->rows[i].path && strcmp(st->rows[i].path, path) == 0)
			return true;
	return false;
}

/* A file that was left as somebody made it when its change was taken back, and what the change put in along with it.
 */
static void look_at_kept(struct status *st, const struct transaction *t, const struct operation *op)
{
	struct arena *a = &st->s.a;
	struct span now;
	const char *word;

	if (verify_superseded(&st->s.j, t, op) || has_row(st, op->target) ||
	    host_read(st->s.h, op->target + strspn(op->target, "/"), HOST_FILE_MAX, a, &now) < 0)
		return;
	word = drift_left(op->before, op->after, now, a);
	if (word && *word)
		row_add(st, (struct row) { ABOUT_FILE, t->id, op->target,
					   arena_printf(a,
							"%s was kept when change %u was taken back, and \"%s\", "
							"which that put in, still stands there",
							op->target, t->id, word),
					   arena_printf(a, "take it out by hand%s", makers(st, t)) });
}

static void look_at_kepts(struct status *st, const struct transaction *t)
{
	for (size_t i = 0; !t->broken && t->state == TRANSACTION_REVERTED && i < t->n_records; i++)
		if (t->records[i].kind == RECORD_UNDID && strcmp(t->records[i].text, "kept") == 0)
			look_at_kept(st, t, &t->plan.ops[t->records[i].op]);
}

/* The spare entry starts the kernel that ran when it was written, which may have gone since: the loader then leaves
 * the entry out, and says nothing. Its paths begin where its folder does (UAPI Boot Loader Specification, type #1).
 */
static void look_at_spare(struct status *st, const struct transaction *t, const struct operation *op)
{
	const char *folder = strstr(op->target, "/loader/entries/igdctl-spare.conf"), *path;
	struct span rest = op->after, line, key, file;
	struct arena *a = &st->s.a;

	while (folder && span_line(&rest, &line)) {
		if (!text_word(&line, &key) || !(text_eq(key, "linux") || text_eq(key, "initrd")) ||
		    !text_word(&line, &file) || !text_starts(file, "/"))
			continue;
		path = arena_printf(a, "%.*s%.*s", (int)(folder - op->target), op->target, (int)file.n,
				    (const char *)file.p);
		if (host_has(st->s.h, path + 1) != 0)
			continue;
		row_add(st, (struct row) { ABOUT_FILE, t->id, op->target,
					   arena_printf(a,
							"the spare boot entry %s names %s, which is not there: no "
							"menu shows it any more",
							op->target, path),
					   "igdctl revert, then igdctl apply, makes one of a kernel that is there" });
		return;
	}
}

static int look_at_file(struct status *st, const struct transaction *t, const struct operation *op)
{
	struct drifted d;
	int r;

	if ((op->kind != OP_WRITE && op->kind != OP_VM) || op->target[0] != '/' || verify_superseded(&st->s.j, t, op))
		return 0;
	r = verify_look_at(st->s.h, t, op, &st->s.a, &d);
	if (r < 0)
		return r;
	st->n_files++;
	look_beside(st, t, op);
	look_at_spare(st, t, op);
	/* a VM's definition goes on being its owner's */
	if (d.drift == DRIFT_NONE || (op->kind == OP_VM && d.drift == DRIFT_HARMLESS))
		return 0;
	row_add(st, (struct row) { ABOUT_FILE, t->id, op->target, verify_drift_says(op, &d, &st->s.a),
				   d.drift == DRIFT_UNREAD ? NULL
				   : d.drift == DRIFT_HARMLESS
					   ? "igdctl revert will show the edit, and keeps it when told to"
					   : "igdctl plan shows what is missing" });
	return 0;
}

/* ---- what is made, and the running kernel --------------------------------------------------------------------- */

static void look_at_made(struct status *st)
{
	for (size_t i = 0; i < st->all.n; i++) {
		const struct kept_promise *k = &st->all.v[i];

		if (!k->promise || k->kept != KEPT_NOT)
			continue;
		row_add(st, (struct row) { k->promise->kind <= PROMISE_IMAGE ? ABOUT_MADE : ABOUT_KERNEL, k->of->id,
					   NULL, k->says, k->next });
	}
	if (st->all.n_later)
		row_add(st,
			(struct row) { ABOUT_REBOOT, 0, NULL,
				       arena_printf(&st->s.a,
						    "%zu thing%s that the plan promised come%s with the next boot",
						    st->all.n_later, st->all.n_later == 1 ? "" : "s",
						    st->all.n_later == 1 ? "s" : ""),
				       "reboot, then igdctl verify" });
}

/* ---- guests ------------------------------------------------------------------------------------------------- */

static void look_at_roms(struct status *st, const struct guest *g, const struct vm *vm)
{
	struct arena *a = &st->s.a;

	for (size_t i = 0; i < vm->n_pcis; i++) {
		const char *path = vm->pcis[i].romfile;

		if (path && path[0] == '/' && host_has(st->s.h, path + 1) == 0)
			row_add(st, (struct row) { ABOUT_ROM, 0, arena_str(a, path),
						   arena_printf(a, "VM %s names the ROM %s, which is not there",
								g->id, path),
						   "igdctl rom build makes one; without it the VM does not start" });
	}
}

/* Is one of the packages' images the one that the record tells of? 1 yes, 0 another one is there, -1 none is. */
static int stock_is_there(struct status *st, const struct ovmf_record *rec)
{
	const char *root = st->cli->root ? st->cli->root : "";
	struct ovmf_image stock;
	int is = -1;

	for (const char *const *folder = ovmf_folders; is < 1 && *folder; folder++) {
		if (ovmf_image_read(arena_printf(&st->s.a, "%s%s/%s", root, *folder, rec->stock_name), &stock) == 0)
			is = strcmp(stock.sha256, rec->stock_sha256) == 0;
		ovmf_image_done(&stock);
	}
	return is;
}

static void look_at_record(struct status *st, const struct guest *g, const char *path, const struct ovmf_image *i)
{
	struct arena *a = &st->s.a;
	int is;

	if (!i->recorded || !*i->record.stock_name || !deliver_is_name(i->record.stock_name))
		return;
	is = stock_is_there(st, &i->record);
	if (is == 1)
		return;
	row_add(st, (struct row) {
			    ABOUT_FIRMWARE, 0, arena_str(a, path),
			    arena_printf(a,
					 is == 0 ? "%s of VM %s was made from %s, which its package has replaced"
						 : "%s of VM %s was made from %s, which no package has here any more",
					 path, g->id, i->record.stock_name),
			    "igdctl ovmf inject makes it anew from the package's image" });
}

static void look_at_firmware(struct status *st, const struct guest *g, const struct vm *vm)
{
	const char *path = vm->firmware.code, *root = st->cli->root ? st->cli->root : "";
	struct ovmf_image image;

	if (!path || path[0] != '/')
		return;
	if (host_has(st->s.h, path + 1) == 0) {
		path = arena_str(&st->s.a, path);
		row_add(st, (struct row) { ABOUT_FIRMWARE, 0, path,
					   arena_printf(&st->s.a, "VM %s names the firmware %s, which is not there",
							g->id, path),
					   "igdctl ovmf inject makes one; without it the VM does not start" });
		return;
	}
	if (ovmf_image_read(arena_printf(&st->s.a, "%s%s", root, path), &image) == 0)
		look_at_record(st, g, path, &image);
	ovmf_image_done(&image);
}

static void look_at_guests(struct status *st)
{
	const struct facts *f = st->s.f;

	for (size_t i = 0; i < f->n_guests; i++) {
		const struct guest *g = &f->guests[i];
		struct definition d = { .name = NULL };

		if (!g->text.n || strcmp(g->kind, "lxc") == 0 || !definition_is_id(g->id))
			continue;
		if (definition_read(f, g->id, &d, NULL) == 0) {
			look_at_roms(st, g, &d.vm);
			look_at_firmware(st, g, &d.vm);
		}
		definition_done(&d);
	}
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

static int look(struct status *st)
{
	const struct journal *j = &st->s.j;
	int r = verify_run(j, 0, st->s.f, st->s.h, &st->s.a, &st->all);

	for (size_t i = 0; r >= 0 && i < j->n; i++) {
		look_at_transaction(st, &j->v[i]);
		for (size_t k = 0; r >= 0 && is_on(&j->v[i]) && k < j->v[i].plan.n_ops; k++)
			r = look_at_file(st, &j->v[i], &j->v[i].plan.ops[k]);
	}
	if (r < 0)
		return r;
	for (size_t i = j->n; i-- > 0;)
		look_at_kepts(st, &j->v[i]);
	look_at_made(st);
	look_at_guests(st);
	for (size_t i = 0; i < j->n; i++)
		look_at_guard(st, &j->v[i]);
	return st->full || st->s.a.full ? -IGD_ENOMEM : 0;
}

/* ---- the answer --------------------------------------------------------------------------------------------- */

static json_t *status_json(struct status *st)
{
	json_t *top = json_top("status", st->s.f->input), *done = json_array(), *rows = json_array();

	for (size_t i = 0; i < st->s.j.n; i++)
		json_array_append_new(done, applied_json(&st->s.j.v[i], &st->s.a));
	for (size_t i = 0; i < st->n_rows; i++) {
		const struct row *r = &st->rows[i];

		json_array_append_new(
			rows, json_pack("{s:s, s:b, s:o, s:o, s:o, s:o}", "about", abouts[r->about].name, "drift",
					abouts[r->about].drift, "transaction",
					r->id ? json_integer((json_int_t)r->id) : json_null(), "path",
					json_text(r->path), "says", json_text(r->says), "next", json_text(r->next)));
	}
	json_object_set_new(top, "transactions", done);
	json_object_set_new(top, "rows", rows);
	json_object_set_new(top, "files", json_integer((json_int_t)st->n_files));
	json_object_set_new(top, "drift", json_integer((json_int_t)st->n_drift));
	json_object_set_new(top, "broken", json_integer((json_int_t)st->all.n_broken));
	return top;
}

static void rows_text(const struct view *v, struct status *st, bool drift, const char *heading)
{
	bool first = true;

	for (size_t i = 0; i < st->n_rows; i++) {
		const struct row *r = &st->rows[i];

		if (abouts[r->about].drift != drift)
			continue;
		if (first)
			view_heading(v, "%s", heading);
		first = false;
		view_paragraph(v, drift ? PAINT_WARN : PAINT_PLAIN, "- ", 2,
			       r->next ? arena_printf(&st->s.a, "%s: %s.", r->says, r->next) : r->says);
	}
}

static void status_text(const struct view *v, struct status *st)
{
	size_t n_on = 0;

	for (size_t i = 0; i < st->s.j.n; i++) {
		const struct transaction *t = &st->s.j.v[i];

		n_on += is_on(t);
		view_paragraph(v, PAINT_PLAIN, "", 0, applied_str(&st->s, t));
	}
	if (st->s.j.n == 0)
		fprintf(v->out, "igdctl has changed nothing on this machine.\n");
	rows_text(v, st, true, "What is not as it was left");
	rows_text(v, st, false, "What waits");
	if (n_on && !st->n_drift)
		fprintf(v->out, "\n%zu file%s and what is made of them: as they were left.\n", st->n_files,
			st->n_files == 1 ? "" : "s");
	applied_next(st->cli, &st->s, true,
		     st->stopped ? arena_printf(&st->s.a, "revert %u", st->stopped)
		     : n_on	 ? "verify"
				 : "plan",
		     v->out);
}

static int status_run(const struct cli *cli)
{
	struct status st = { .cli = cli };
	struct view v;
	int status, r;

	if (cli->n_args)
		return usage_error("status", "%.40s: it takes no words", cli->args[0]);
	view_init(&v, cli, stdout);
	status = applied_read(cli, "status", stdout, &st.s);
	if (status == EXIT_DONE) {
		r = look(&st);
		if (r < 0)
			status = report_failed(NULL, r, "status");
		else if (cli->json)
			json_print(status_json(&st), true, stdout);
		else
			status_text(&v, &st);
		if (r == 0 && st.n_drift)
			status = EXIT_FINDINGS;
	}
	applied_done(&st.s);
	return status;
}

static const char *const status_examples[] = {
	"what is igdctl's here, and is it still so?",
	"sudo igdctl status",
	"of a machine that does not start, from a rescue shell",
	"igdctl status --root /mnt",
	NULL,
};

const struct command command_status = {
	.name = "status",
	.effect = READS,
	.synopsis = "",
	.summary = "Say what was changed here, what has drifted since, and what waits",
	.about = ("Lists what was applied and taken back, and then what is not as it was left: files that somebody "
		  "edited or removed (who is not known, the time is), files that were kept so when their change was "
		  "taken back and still hold what it put in, boot entries and initramfs images that lack what the "
		  "plan put in, as those of a kernel that came later may, what the running kernel does not do, "
		  "versions of packages that wait beside an edited file, ROMs and firmware that a VM names and that "
		  "are gone, OVMF images made from one that the package has replaced, and changes that were "
		  "stopped.\n\nThen what waits: a reboot, a guard for a confirmation. It ends with 3 when something "
		  "is not as it was left."),
	.without = "capture",
	.examples = status_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_FINDINGS, -1 },
	.run = status_run,
};
