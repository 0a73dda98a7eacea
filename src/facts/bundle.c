// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bundle.c - a file or folder of pasted command output: each line goes to the recogniser that knows it.
 *
 * The readers of lines are in bundle_*.c; here is what they share: opening, decoding, shell prompts, and the order
 * in which they are asked.
 */
#include "facts/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

const char *bundle_at(struct bundle *b)
{
	if (!b->at)
		b->at = facts_at(b->f, b->file, b->line);
	return b->at;
}

const char *bundle_keep(struct bundle *b, struct span s)
{
	char *text = (char *)arena_span(&b->f->arena, text_trim(s));

	if (*text)
		text_clean(text);
	return text;
}

void bundle_note(struct bundle *b, const char *fmt, ...)
{
	char words[REPORT_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	report_note(b->rep, b->offset, "line %zu: %s", b->line, words);
}

/* ---- what a text is written in -------------------------------------------------------------------------------- */

static size_t utf8_put(uint32_t c, uint8_t *to)
{
	if (c < 0x80) {
		to[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (uint8_t)(0xc0 | c >> 6);
		to[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	to[0] = (uint8_t)(0xe0 | c >> 12);
	to[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	to[2] = (uint8_t)(0x80 | (c & 0x3f));
	return 3;
}

/* A file saved by a Windows shell: UTF-16 with a byte order mark. Pairs of surrogates become two odd characters,
 * which no line of interest holds. */
static int utf16_read(struct facts *f, struct span text, bool big, struct span *ret)
{
	uint8_t *to = arena_alloc(&f->arena, text.n / 2 * 3 + 1);
	size_t n = 0;
	uint16_t c;

	if (!to)
		return -IGD_ELIMIT;
	for (size_t at = 2; span_le16(text, at, &c); at += 2)
		n += utf8_put(big ? (uint32_t)(c >> 8 | (c & 0xff) << 8) : c, to + n);
	*ret = (struct span) { to, n };
	return 0;
}

/* Without the escape sequences of a colour terminal: ESC [ ... letter (ECMA-48, control sequences). */
static int escapes_strip(struct facts *f, struct span text, struct span *ret)
{
	uint8_t *to = arena_alloc(&f->arena, text.n + 1);
	size_t n = 0;

	if (!to)
		return -IGD_ELIMIT;
	for (size_t i = 0; i < text.n; i++) {
		if (span_is(text, i, "\x1b[")) {
			for (i += 2; i < text.n && text.p[i] >= 0x20 && text.p[i] < 0x40;)
				i++;
			continue;
		}
		to[n++] = text.p[i];
	}
	*ret = (struct span) { to, n };
	return 0;
}

/* Quotation marks of word processors and forums (U+201C, U+201D) for the plain ones that were meant. */
static int quotes_plain(struct facts *f, struct span text, struct span *ret)
{
	uint8_t *to = arena_alloc(&f->arena, text.n + 1);
	size_t n = 0;

	if (!to)
		return -IGD_ELIMIT;
	for (size_t i = 0; i < text.n; i++) {
		if (span_is(text, i, "\xe2\x80\x9c") || span_is(text, i, "\xe2\x80\x9d")) {
			to[n++] = '"';
			i += 2;
		} else {
			to[n++] = text.p[i];
		}
	}
	*ret = (struct span) { to, n };
	return 0;
}

/* -IGD_EMAGIC: these bytes are no text. */
static int decode(struct facts *f, struct span *text, struct report *rep)
{
	const uint8_t *nul;
	int r = 0;

	if (span_is(*text, 0, "\xff\xfe") || span_is(*text, 0, "\xfe\xff"))
		r = utf16_read(f, *text, span_is(*text, 0, "\xfe\xff"), text);
	else
		text_skip(text, "\xef\xbb\xbf");
	if (r == 0 && text->n && memchr(text->p, '\x1b', text->n))
		r = escapes_strip(f, *text, text);
	if (r == 0 && (text_has(*text, "\xe2\x80\x9c") || text_has(*text, "\xe2\x80\x9d")))
		r = quotes_plain(f, *text, text);
	if (r < 0)
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "too much text");
	nul = text->n ? memchr(text->p, '\0', text->n) : NULL;
	if (nul)
		return report_refuse(rep, IGD_EMAGIC, (uint64_t)(nul - text->p), "not a text");
	return 0;
}

/* ---- prompts and headings ------------------------------------------------------------------------------------- */

static const struct {
	const char *path; /* anywhere in the words of the command */
	enum hint hint;
} path_hints[] = {
	{ "initramfs-tools/modules", HINT_INITRD_MODULES },
	{ "proc/cmdline", HINT_CMDLINE },
	{ "etc/kernel/cmdline", HINT_KERNEL_CMDLINE },
	{ "etc/modprobe.d", HINT_MODPROBE },
	{ "etc/modules", HINT_MODULES },
	{ "modules-load.d", HINT_MODULES },
	{ "qemu-server/", HINT_GUEST },
	{ "pve/lxc/", HINT_GUEST },
};

static const struct {
	const char *command;
	enum hint hint;
} command_hints[] = {
	{ "lspci", HINT_LSPCI },
	{ "dmesg", HINT_LOG },
	{ "journalctl", HINT_LOG },
	{ "uname", HINT_UNAME_R },
	{ "qm", HINT_GUEST },
	{ "pct", HINT_GUEST },
	{ "cat", HINT_NONE },
	{ "grep", HINT_NONE },
	{ "head", HINT_NONE },
	{ "lsmod", HINT_NONE },
	{ "lsusb", HINT_NONE },
	{ "pveversion", HINT_NONE },
	{ "inxi", HINT_NONE },
	{ "virsh", HINT_NONE },
	{ "find", HINT_NONE },
	{ "for", HINT_NONE },
	{ "ls", HINT_NONE },
	{ "ip", HINT_NONE },
	{ "lscpu", HINT_NONE },
	{ "mokutil", HINT_NONE },
	{ "udevadm", HINT_NONE },
	{ "lsblk", HINT_NONE },
	{ "pvesh", HINT_NONE },
	{ "tail", HINT_NONE },
	{ "bash", HINT_NONE },
	{ "sh", HINT_NONE },
	{ "update-initramfs", HINT_INITRAMFS },
	{ "mkinitcpio", HINT_INITRAMFS },
};

static enum hint path_hint(struct span words, enum hint otherwise)
{
	for (size_t i = 0; i < ARRAY_SIZE(path_hints); i++)
		if (text_has(words, path_hints[i].path))
			return path_hints[i].hint;
	return otherwise;
}

/* The words behind "# ", "$ " or "> " of a prompt; what stands before has no blanks, or is "[user@host dir]". */
static bool prompt_split(struct span s, struct span *ret)
{
	static const char *const marks[] = { "# ", "$ ", "\xe2\x9d\xaf " };
	struct span rest, before;

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		rest = s;
		if (!text_until(&rest, marks[i], &before) || before.n > 80)
			continue;
		if (text_has(before, " ") && !text_starts(before, "["))
			continue;
		if (before.n && !text_has(before, "@") && !text_starts(before, "[") && !text_starts(before, "sh-") &&
		    !text_has(before, "~"))
			continue;
		*ret = text_trim(rest);
		return true;
	}
	return false;
}

static struct span base_name(struct span path)
{
	struct span before;

	while (text_until(&path, "/", &before))
		continue;
	return path;
}

static void guest_hint(struct bundle *b, struct span words)
{
	struct span number = { 0 }, word;
	uint64_t n;

	b->guest_id[0] = '\0';
	b->guest_lxc = text_starts(words, "pct ") || text_has(words, "/lxc/");
	while (text_word(&words, &word)) {
		number = base_name(word);
		if (text_digits(&number, 10, &n) && (number.n == 0 || text_eq(number, ".conf")))
			snprintf(b->guest_id, sizeof(b->guest_id), "%u", (unsigned)n);
	}
}

static void pieces_end(struct bundle *b)
{
	bundle_pci_end(b);
	bundle_udev_end(b);
	bundle_inxi_end(b);
	bundle_guest_end(b);
	b->group = (struct fact_num) { 0 };
	b->tree.active = b->usb.active = b->table.active = false;
	b->usb.last = -1;
	b->lsmod = b->lscpu = b->os_release = b->modprobe = b->lsblk = false;
	b->iface = b->disk = NULL;
}

static void hint_set(struct bundle *b, enum hint hint, struct span words)
{
	pieces_end(b);
	b->hint = hint;
	if (hint == HINT_GUEST)
		guest_hint(b, words);
}

/* Does this lspci show some functions only: one slot, one id, or what a filter leaves? */
static bool shows_part(struct span words)
{
	static const char *const signs[] = { "|", "-s ", "-d ", "-s0", "-d:", ":02" };

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
		if (text_has(words, signs[i]))
			return true;
	return false;
}

/* "root@pve:~# lspci -nn", "$ cat /etc/modules". */
static bool prompt_line(struct bundle *b, struct span s)
{
	struct span words, rest, word;

	if (!prompt_split(s, &words))
		return false;
	rest = words;
	if (!text_word(&rest, &word))
		return false;
	if (text_eq(word, "sudo") && !text_word(&rest, &word))
		return false;
	word = base_name(word);
	for (size_t i = 0; i < ARRAY_SIZE(command_hints); i++)
		if (text_eq(word, command_hints[i].command)) {
			bool lspci = command_hints[i].hint == HINT_LSPCI, part = lspci && shows_part(rest);

			b->lspci_cut |= part;
			b->lspci_whole |= lspci && !part;
			hint_set(b, path_hint(rest, part ? HINT_NONE : command_hints[i].hint), words);
			return true;
		}
	return false;
}

/* "/etc/modules:", "==> /etc/modules <==" and the like alone in a line. */
static bool path_line(struct bundle *b, struct span s)
{
	static const char decoration[] = "=<>#*`:- \t\"";

	while (s.n && s.p[0] && strchr(decoration, s.p[0]))
		span_from(s, 1, &s);
	while (s.n && s.p[s.n - 1] && strchr(decoration, s.p[s.n - 1]))
		s.n--;
	if (!text_starts(s, "/") || text_has(s, " ") || path_hint(s, HINT_NONE) == HINT_NONE)
		return false;
	hint_set(b, path_hint(s, HINT_NONE), s);
	return true;
}

/* ---- lines -------------------------------------------------------------------------------------------------- */

static bool (*const recognisers[])(struct bundle *b, struct span s) = {
	bundle_udev_line,  bundle_inxi_line, bundle_log_line,  bundle_group_line, bundle_tree_line, bundle_pci_line,
	bundle_table_line, bundle_usb_line,  bundle_conf_line, bundle_guest_line, bundle_net_line,  bundle_sys_line,
};

/* Does @s begin with the tag "[code" or "<pre", in any case? @ret_n is its length with the bracket that ends it. */
static bool tag_at(struct span s, size_t *ret_n)
{
	static const char *const tags[] = { "[code", "[/code", "[icode", "[/icode", "[spoiler", "[/spoiler",
					    "[b]",   "[/b]",   "<pre",	 "</pre",   "<code",	"</code" };

	for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
		size_t n = strlen(tags[i]), k = 0;

		while (k < n && k < s.n && (s.p[k] | (s.p[k] >= 'A' && s.p[k] <= 'Z' ? 0x20 : 0)) == tags[i][k])
			k++;
		if (k < n)
			continue;
		if (tags[i][n - 1] != ']')
			n = span_before(s, tags[i][0] == '[' ? ']' : '>').n + 1;
		if (n > s.n)
			continue;
		*ret_n = n;
		return true;
	}
	return false;
}

/* Without the quotation marks of mail, the fences of Markdown and the tags of forums around it. */
static struct span undecorate(struct span raw)
{
	struct span s = text_trim(raw), tail;
	size_t n;

	while (text_skip(&s, "> "))
		s = text_trim(s);
	while (tag_at(s, &n) && span_from(s, n, &s))
		s = text_trim(s);
	for (size_t back = 1; back <= s.n && back < 16; back++)
		if (span_from(s, s.n - back, &tail) && tag_at(tail, &n) && n == tail.n) {
			s.n -= back;
			s = text_trim(s);
			back = 0;
		}
	return s;
}

/* "[quote="helper"]" to "[/quote]" are the words of somebody else, about some other machine. */
static bool quotation(struct bundle *b, struct span s)
{
	bool was = b->quoted;

	if (text_starts(s, "[quote") || text_starts(s, "[QUOTE"))
		b->quoted = true;
	if (text_has(s, "[/quote]") || text_has(s, "[/QUOTE]")) {
		b->quoted = false;
		return true;
	}
	return was || b->quoted;
}

static void blank_line(struct bundle *b)
{
	bundle_pci_end(b);
	bundle_udev_end(b);
	if (b->group_has && !b->group_indented)
		b->group.known = b->group_has = false;
	b->os_release = b->lsmod = false;
	if (b->hint == HINT_UNAME_R || b->hint == HINT_CMDLINE || b->hint == HINT_KERNEL_CMDLINE)
		b->hint = HINT_NONE;
}

static void line_read(struct bundle *b, struct span s)
{
	struct fact_num group = b->group;

	if (s.n == 0 || text_starts(s, "```")) {
		blank_line(b);
		return;
	}
	if (quotation(b, s) || prompt_line(b, s) || path_line(b, s))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(recognisers); i++)
		if (recognisers[i](b, s)) {
			b->n_claimed++;
			if (group.known && b->group.known && group.v == b->group.v) {
				b->group_has = true;
				b->group_indented |= bundle_indented(b);
			}
			return;
		}
	bundle_prose_line(b, s);
}

static void text_read(struct bundle *b, const char *file, struct span text)
{
	struct span rest = text, line;

	b->file = file;
	b->text = text;
	b->line = 0;
	b->noted = false;
	b->hint = HINT_NONE;
	b->skip_to = 0;
	b->no_end[0] = b->no_end[1] = b->quoted = false;
	report_subject(b->rep, "%s", file);
	while (span_line(&rest, &line)) {
		b->line++;
		b->offset = (size_t)(line.p - text.p);
		b->at = NULL;
		if (b->offset < b->skip_to)
			continue;
		if (line.n > BUNDLE_LINE_MAX) {
			if (!b->noted)
				report_note(b->rep, b->offset, "line %zu is %zu bytes long; read up to %zu", b->line,
					    line.n, BUNDLE_LINE_MAX);
			b->noted = true;
			line.n = BUNDLE_LINE_MAX;
		}
		b->raw = line;
		line_read(b, undecorate(line));
	}
	b->offset = text.n;
	pieces_end(b);
}

static struct bundle *bundle_new(struct facts *f, struct report *rep)
{
	struct bundle *b = calloc(1, sizeof(*b));

	if (b) {
		b->f = f;
		b->rep = rep;
		b->block.pci = b->usb.last = -1;
	}
	return b;
}

static int conclude(struct bundle *b)
{
	int r = facts_log_apply(b->f, b->rep);

	if (b->lspci_cut && !b->lspci_whole)
		fact_tri_why(&b->f->pci_whole, "lspci was asked for some functions only");
	bundle_inxi_conclude(b);
	bundle_pci_conclude(b);
	bundle_usb_conclude(b);
	bundle_sys_conclude(b);
	return r;
}

static int nothing_known(struct report *rep, const char *name)
{
	report_subject(rep, "%s", name);
	return report_refuse(
		rep, IGD_EMAGIC, REPORT_NOWHERE,
		"nothing in it is known: paste lspci -nnk, dmesg, IOMMU groups, /proc/cmdline and the like");
}

int facts_bundle_text(struct facts *f, const char *file, struct span text, struct report *rep)
{
	struct bundle *b = bundle_new(f, rep);
	int r;

	if (!b)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "out of memory");
	r = decode(f, &text, rep);
	if (r == 0) {
		text_read(b, arena_str(&f->arena, file), text);
		r = b->n_claimed ? conclude(b) : nothing_known(rep, f->input);
	}
	free(b);
	return r;
}

/* ---- files -------------------------------------------------------------------------------------------------- */

struct walk_state {
	struct bundle *b;
	struct host *h;
	size_t n_files, n_bytes;
};

/* One file of a folder; what is no text is left out with a note. */
static int file_add(struct walk_state *w, const char *path)
{
	struct bundle *b = w->b;
	struct report own = { 0 };
	struct span text;
	int r;

	if (w->n_files++ >= BUNDLE_FILES_MAX)
		return report_refuse(b->rep, IGD_ELIMIT, REPORT_NOWHERE, "more than %d files", BUNDLE_FILES_MAX);
	r = host_read(w->h, path, BUNDLE_FILE_MAX, &b->f->arena, &text);
	if (r == 0)
		r = decode(b->f, &text, &own);
	report_subject(b->rep, "%s", path);
	if (r < 0) {
		report_note(b->rep, own.code ? own.refusal.at : REPORT_NOWHERE, "left out: %s",
			    own.code ? "not a text" : host_why(w->h, r, path, &b->f->arena));
		return 0;
	}
	w->n_bytes += text.n;
	if (w->n_bytes > BUNDLE_TOTAL_MAX)
		return report_refuse(b->rep, IGD_ELIMIT, REPORT_NOWHERE, "more than %zu MiB in all",
				     BUNDLE_TOTAL_MAX >> 20);
	text_read(b, arena_str(&b->f->arena, path), text);
	return 0;
}

static int folder_add(struct walk_state *w, const char *path, unsigned depth)
{
	struct facts *f = w->b->f;
	struct host_names names;
	int r = host_list(w->h, path, &f->arena, &names);

	if (r == -IGD_ENOENT && *path)
		return file_add(w, path);
	if (r < 0) {
		report_subject(w->b->rep, "%s", *path ? path : host_name(w->h));
		return report_refuse(w->b->rep, -r, REPORT_NOWHERE, "cannot be listed: %s", igd_error_str(r));
	}
	if (depth > BUNDLE_DEPTH_MAX) {
		report_note(w->b->rep, REPORT_NOWHERE, "%s: folders deeper than %d are left out", path,
			    BUNDLE_DEPTH_MAX);
		return 0;
	}
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		const char *below =
			*path ? arena_printf(&f->arena, "%s/%s", path, names.v[i]) : arena_str(&f->arena, names.v[i]);

		if (names.v[i][0] != '.')
			r = folder_add(w, below, depth + 1);
	}
	return r;
}

static int folder_read(struct facts *f, const char *path, struct host *h, struct report *rep)
{
	struct walk_state w = { .b = bundle_new(f, rep), .h = h };
	int r;

	if (!w.b)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "out of memory");
	r = folder_add(&w, "", 0);
	if (r == 0)
		r = w.b->n_claimed ? conclude(w.b) : nothing_known(rep, path);
	free(w.b);
	return r;
}

/* What a stream holds, up to the limit: standard input, or a file that the user named. */
static int stream_read(struct facts *f, FILE *in, const char *name, struct report *rep)
{
	uint8_t *buf = malloc(BUNDLE_FILE_MAX + 1);
	size_t n = buf ? fread(buf, 1, BUNDLE_FILE_MAX + 1, in) : 0;
	int r;

	if (!buf)
		r = report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "out of memory");
	else if (ferror(in))
		r = report_refuse(rep, IGD_EIO, REPORT_NOWHERE, "cannot be read: %s", strerror(errno));
	else if (n > BUNDLE_FILE_MAX)
		r = report_refuse(rep, IGD_ELIMIT, BUNDLE_FILE_MAX,
				  "longer than %zu MiB; keep the lines that matter (of a log: journalctl -b -k)",
				  BUNDLE_FILE_MAX >> 20);
	else
		r = facts_bundle_text(f, name, (struct span) { buf, n }, rep);
	free(buf);
	return r;
}

/*
 * A file that the user named, through whatever links: a regular file, or a pipe as shells make them for "<(dmesg)".
 * A pipe that nobody writes to is empty at once.
 */
static int single_read(struct facts *f, const char *path, struct report *rep)
{
	const char *slash = strrchr(path, '/');
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), r;
	struct stat st;
	FILE *in;

	if (fd < 0)
		return report_refuse(rep,
				     errno == ENOENT   ? IGD_ENOENT
				     : errno == EACCES ? IGD_EACCES
						       : IGD_EIO,
				     REPORT_NOWHERE, "cannot be read: %s", strerror(errno));
	in = fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode)) && fcntl(fd, F_SETFL, 0) == 0
		     ? fdopen(fd, "r")
		     : NULL;
	if (!in) {
		close(fd);
		return report_refuse(rep, IGD_EIO, REPORT_NOWHERE, "cannot be read: not a regular file");
	}
	if (S_ISFIFO(st.st_mode) && ungetc(fgetc(in), in) == EOF)
		r = report_refuse(rep, IGD_EIO, REPORT_NOWHERE,
				  "not a regular file but a pipe, and nobody writes to it");
	else
		r = stream_read(f, in, slash ? slash + 1 : path, rep);
	fclose(in);
	return r;
}

int facts_read_bundle(struct facts *f, const char *path, struct report *rep)
{
	struct host *h = NULL;
	int r;

	report_subject(rep, "%s", path);
	if (strcmp(path, "-") == 0)
		return stream_read(f, stdin, "stdin", rep);
	r = host_open_root(path, &h, NULL);
	if (r < 0)
		return single_read(f, path, rep);
	r = folder_read(f, path, h, rep);
	host_free(h);
	return r;
}
