// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * admit_vm.c - could a plan have made this of a VM's definition?
 *
 * Which devices the VM gets, and which ROM, the plan alone says, and is shown. But what runs on the host when the VM
 * starts (a hook script, arguments of QEMU's, a file taken for a disk) a plan leaves as it is: in a definition of
 * Proxmox only those keys change that vm_give() changes, to values that it gives them, and a command line of QEMU's
 * stays one command, whose new options are those of store/vm_qemu.c.
 */
#include <string.h>

#include "base/text.h"
#include "plan/admit.h"
#include "store/pve_doc.h"
#include "store/qemu_args.h"
#include "store/vm_qemu.h"

#define BYTES_MAX ((size_t)64 << 20) /* of what two definitions are taken apart into */
#define WORDS_MAX 512		     /* of a command line */

#define DIGITS "0123456789"
#define WORD   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "_-.,:;=+"

/* ---- raw arguments --------------------------------------------------------------------------------------------- */

struct args {
	struct args_word *v;
	size_t n;
};

static bool args_read(struct span text, struct arena *a, struct args *ret)
{
	return args_words(text, a, &ret->v, &ret->n, NULL) == 0;
}

/* Of how many words the option at @at is. */
static size_t option_size(const struct args *x, size_t at)
{
	return x->v[at].text[0] == '-' && qemu_option_has_value(x->v[at].text) && at + 1 < x->n ? 2 : 1;
}

static bool same_option(const struct args *x, size_t i, const struct args *y, size_t k)
{
	size_t n = option_size(x, i);

	return n == option_size(y, k) && strcmp(x->v[i].text, y->v[k].text) == 0 &&
	       (n == 1 || strcmp(x->v[i + 1].text, y->v[k + 1].text) == 0);
}

/* As vm_pve_write() writes it, which any reader takes for the same words. */
static bool is_plain_word(const struct args_word *w)
{
	struct span raw = w->raw;

	if (text_eq(raw, w->text))
		return !text_has(raw, "\\") && !text_has(raw, "'") && !text_has(raw, "\"");
	return raw.n >= 2 && (raw.p[0] == '\'' || (raw.p[0] == '"' && !text_has(raw, "\\"))) &&
	       raw.p[0] == raw.p[raw.n - 1] && span_cut(raw, 1, raw.n - 2, &raw) && text_eq(raw, w->text);
}

/* "-set device.hostpci0.x-igd-opregion=on": its place, what begins with "x-", and what a -device or a -set said
 * before. */
static bool is_new_set(const struct args *x, size_t at, const struct args *was, struct arena *a)
{
	struct span rest = span_str(at + 1 < x->n ? x->v[at + 1].text : ""), id, name;
	const char *part;

	if (strcmp(x->v[at].text, "-set") != 0 || !text_skip(&rest, "device.hostpci") ||
	    !text_until(&rest, ".", &id) || !admit_is_of(id, DIGITS))
		return false;
	part = arena_printf(a, ",%s", arena_span(a, rest));
	for (size_t i = 0; i < was->n; i++)
		if (same_option(x, at, was, i) || strstr(was->v[i].text, part))
			return true;
	return text_until(&rest, "=", &name) && admit_is_of(name, WORD) && admit_is_of(rest, WORD) &&
	       (text_eq(name, "bus") || text_eq(name, "addr") || text_starts(name, "x-"));
}

/* Each option @is one that plans add, or one of those that stay, which are in the order that they had. */
static bool are_edited(const struct args *was, const struct args *now, struct arena *a,
		       bool (*is)(const struct args *x, size_t at, const struct args *was, struct arena *a))
{
	size_t k = 0;

	for (size_t i = 0; i < now->n; i += option_size(now, i)) {
		if (is(now, i, was, a))
			continue;
		while (k < was->n && !same_option(now, i, was, k))
			k += option_size(was, k);
		if (k >= was->n)
			return false;
		k += option_size(was, k);
	}
	return true;
}

static bool args_edited(struct span before, struct span after, struct arena *a)
{
	struct args was, now;

	if (!args_read(after, a, &now))
		return false;
	if (!args_read(before, a, &was)) /* then no VM had them, either */
		was = (struct args) { 0 };
	for (size_t i = 0; i < now.n; i++)
		if (!is_plain_word(&now.v[i]))
			return false;
	return are_edited(&was, &now, a, is_new_set);
}

/* ---- values of Proxmox's ------------------------------------------------------------------------------------- */

static bool is_bios(struct span before, struct span after, struct arena *a)
{
	(void)before;
	(void)a;
	return text_eq(after, "ovmf") || text_eq(after, "seabios");
}

static bool is_socket(struct span before, struct span after, struct arena *a)
{
	(void)a;
	return before.n == 0 && text_eq(after, "socket");
}

static bool is_number(struct span before, struct span after, struct arena *a)
{
	(void)before;
	(void)a;
	return admit_is_of(after, DIGITS ",-");
}

static bool is_word(struct span before, struct span after, struct arena *a)
{
	struct span part;

	(void)a;
	while (text_part(&after, ",", &part))
		if (!text_has_part(before, part) && !admit_is_of(part, WORD))
			return false;
	return true;
}

/* By its ids or its port. */
static bool is_usb(struct span before, struct span after, struct arena *a)
{
	(void)a;
	return before.n == 0 && text_skip(&after, "host=") && admit_is_of(after, DIGITS "abcdefABCDEF:.-");
}

/* What hostpci_say() says; a ROM is below Proxmox's own folder. */
static bool is_hostpci(struct span before, struct span after, struct arena *a)
{
	static const char keys[] = "device-id vendor-id sub-device-id sub-vendor-id driver legacy-igd mdev pcie "
				   "rombar x-vga mapping host";
	struct span key, value, part;
	char name[32];

	(void)a;
	while (text_part(&after, ",", &part)) {
		value = part;
		if (!text_until(&value, "=", &key))
			key = (struct span) { 0 };
		text_copy(key, name, sizeof(name));
		if (text_has_part(before, part))
			continue;
		if (text_eq(key, "romfile")
			    ? !admit_is_plain(value) || text_starts(value, "/") || text_has(value, "..")
			    : !admit_is_of(value, WORD) || (key.n && !facts_word_in(keys, name)))
			return false;
	}
	return true;
}

/* The keys that vm_give() changes; @many: with a number. */
static const struct key_row {
	const char *key;
	bool many;
	bool (*is)(struct span before, struct span after, struct arena *a); /* empty @before: it was not there */
} key_rows[] = {
	{ "affinity", false, is_number }, { "args", false, args_edited }, { "balloon", false, is_number },
	{ "bios", false, is_bios },	  { "boot", false, is_word },	  { "cpu", false, is_word },
	{ "hostpci", true, is_hostpci },  { "machine", false, is_word },  { "serial0", false, is_socket },
	{ "usb", true, is_usb },	  { "vga", false, is_word },
};

static const struct key_row *key_row(struct span key)
{
	for (size_t i = 0; i < ARRAY_SIZE(key_rows); i++) {
		struct span rest = key;

		if (text_skip(&rest, key_rows[i].key) && (key_rows[i].many ? admit_is_of(rest, DIGITS) : rest.n == 0))
			return &key_rows[i];
	}
	return NULL;
}

/* ---- a definition of Proxmox's ------------------------------------------------------------------------------- */

static bool is_key(const struct pve_item *it)
{
	return it->kind == PVE_KEY && it->part == PVE_MAIN;
}

/* Comments, snapshots, what waits, and what Proxmox passes over. */
static const struct pve_item *next_other(const struct pve_doc *d, size_t *at)
{
	while (*at < d->n_items)
		if (!is_key(&d->items[(*at)++]))
			return &d->items[*at - 1];
	return NULL;
}

static bool others_same(const struct pve_doc *was, const struct pve_doc *now)
{
	const struct pve_item *x, *y;
	size_t i = 0, k = 0;

	do {
		x = next_other(was, &i);
		y = next_other(now, &k);
		if (!x != !y || (x && !span_same(text_trim(x->raw), text_trim(y->raw))))
			return false;
	} while (x);
	return true;
}

static bool key_edited(const struct pve_doc *was, const struct pve_doc *now, const struct pve_item *it,
		       struct arena *a)
{
	const char *key = arena_span(a, it->key);
	const struct pve_item *before = pve_doc_get(was, key), *after = pve_doc_get(now, key);
	const struct key_row *row = key_row(it->key);

	if (before && after && span_same(before->value, after->value))
		return true;
	return row && (!after || row->is(before ? before->value : (struct span) { 0 }, after->value, a));
}

static size_t count(const struct pve_doc *d, struct span key)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n_items; i++)
		n += is_key(&d->items[i]) && span_same(d->items[i].key, key);
	return n;
}

/* Each key of either, and none of them more often than it was; the last of a name is what counts. */
static bool keys_edited(const struct pve_doc *was, const struct pve_doc *now, struct arena *a)
{
	for (size_t i = 0; i < was->n_items; i++)
		if (is_key(&was->items[i]) && !key_edited(was, now, &was->items[i], a))
			return false;
	for (size_t i = 0; i < now->n_items; i++) {
		const struct pve_item *it = &now->items[i];
		size_t n = is_key(it) ? count(now, it->key) : 0;

		if (n && (!key_edited(was, now, it, a) || (n > 1 && n != count(was, it->key))))
			return false;
	}
	return true;
}

static bool pve_edited(struct span before, struct span after, struct arena *a)
{
	struct pve_doc was, now;

	return pve_doc_read(before, a, &was, NULL) == 0 && pve_doc_mend(&was) &&
	       pve_doc_read(after, a, &now, NULL) == 0 && others_same(&was, &now) && keys_edited(&was, &now, a);
}

/* ---- a command line of QEMU's -------------------------------------------------------------------------------- */

/* Is @part one of some option's value? */
static bool was_said(const struct args *was, struct span part)
{
	for (size_t i = 0; i < was->n; i++)
		if (text_has_part(span_str(was->v[i].text), part))
			return true;
	return false;
}

/* The firmware's two files; that of the variables it writes. */
static bool is_flash(struct span part)
{
	struct span name = part;

	if (text_skip(&name, "file=/var/lib/qemu/"))
		return admit_is_of(name, WORD) && text_ends(name, "_VARS.fd");
	return text_eq(part, "file=/usr/share/OVMF/OVMF_CODE_4M.fd") || text_eq(part, "if=pflash") ||
	       text_eq(part, "unit=0") || text_eq(part, "unit=1") || text_eq(part, "format=raw") ||
	       text_eq(part, "readonly=on");
}

static bool is_vfio_part(struct span part)
{
	struct span value = part;

	if (text_skip(&value, "romfile=/"))
		return admit_is_plain(value);
	return text_skip(&value, "sysfsdev=/sys/bus/mdev/devices/") ? admit_is_of(value, WORD)
								    : admit_is_of(part, WORD "!");
}

static bool is_new_part(const char *option, size_t at, bool vfio, struct span part)
{
	struct span number = part;

	if (strcmp(option, "-device") == 0)
		return vfio ? is_vfio_part(part) : admit_is_of(part, WORD);
	if (strcmp(option, "-machine") == 0 || strcmp(option, "-M") == 0)
		return at == 0 && admit_is_of(part, WORD) && !text_has(part, "=");
	if (strcmp(option, "-cpu") == 0 || strcmp(option, "--cpu") == 0 || strcmp(option, "-vga") == 0)
		return admit_is_of(part, WORD);
	if (strcmp(option, "-netdev") == 0)
		return (at == 0 && text_eq(part, "user")) ||
		       (text_skip(&number, "id=card") && admit_is_of(number, DIGITS));
	if (strcmp(option, "-serial") == 0)
		return text_eq(part, "pty");
	return strcmp(option, "-drive") == 0 && is_flash(part);
}

static bool is_new_option(const struct args *x, size_t at, const struct args *was, struct arena *a)
{
	struct span rest, part;
	bool vfio;

	(void)a;
	if (at == 0)
		return strcmp(x->v[at].text, "qemu-system-x86_64") == 0;
	if (option_size(x, at) != 2)
		return false;
	rest = span_str(x->v[at + 1].text);
	vfio = text_starts(rest, "vfio-pci");
	for (size_t i = 0; text_part(&rest, ",", &part); i++)
		if (!is_new_part(x->v[at].text, i, vfio, part) && !was_said(was, part))
			return false;
	return true;
}

/* One command, as render.c writes it. */
static bool is_one_command(const struct args *x, struct span text, struct arena *a)
{
	const char *s = "";

	for (size_t i = 0; i < x->n; i++)
		s = arena_printf(a, "%s%s%s", s,
				 i == 0			  ? ""
				 : x->v[i].text[0] == '-' ? " \\\n  "
							  : " ",
				 shell_quoted(x->v[i].text, a));
	return text_eq(text, arena_printf(a, "%s\n", s));
}

#define LINE_MAX_BYTES ((size_t)64 * 1024)

/* The words before the program, and the comments above it, do not stay (cli/definition.c). */
static bool line_edited(struct span before, struct span after, struct arena *a)
{
	struct span rest = before, line;
	struct args was, now;

	while (span_line(&rest, &line) && (text_trim(line).n == 0 || text_starts(text_trim(line), "#")))
		before = rest;
	return before.n <= LINE_MAX_BYTES && after.n <= LINE_MAX_BYTES && args_read(before, a, &was) &&
	       args_read(after, a, &now) && was.n <= WORDS_MAX && now.n > 0 && now.n <= WORDS_MAX &&
	       is_one_command(&now, after, a) && are_edited(&was, &now, a, is_new_option);
}

/* Does a shell read it? */
static bool is_line(struct span text)
{
	struct span s = text_trim(text), line, word;

	if (text_starts(s, "-") || text_starts(s, "#!"))
		return true;
	while (span_line(&s, &line)) {
		struct span rest = line;

		if (text_word(&rest, &word) && !text_starts(word, "#") && !text_ends(word, ":") &&
		    (text_has(line, "qemu") || text_has(line, "kvm")))
			return true;
	}
	return false;
}

bool admit_vm_edited(struct span before, struct span after)
{
	struct arena a = { .limit = BYTES_MAX };
	bool yes = admit_is_domain(before) ? admit_domain_edited(before, after, &a)
		   : is_line(before)	   ? line_edited(before, after, &a)
					   : pve_edited(before, after, &a);

	yes = yes && !a.full;
	arena_done(&a);
	return yes;
}
