// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main.c - reads the command line and hands over to one subcommand.
 */
#include <assert.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/deliver.h"
#include "cli/sandbox.h"
#include "facts/facts.h"
#include "host/holders.h"
#include "host/host.h"

/* clang-format off */
const struct command *const commands[] = {
	&command_inspect,
	&command_check,
	&command_capture,
	&command_fw_scan,
	&command_fw_extract,
	&command_fw_tree,
	&command_fw_find,
	&command_rom_build,
	&command_rom_info,
	&command_rom_verify,
	&command_rom_fix,
	&command_ovmf_inject,
	&command_ovmf_list,
	&command_ovmf_remove,
	&command_ovmf_verify,
	&command_vbt_show,
	&command_vbt_diff,
	&command_vm_lint,
	&command_vm_render,
	&command_rehearse,
	&command_plan,
	&command_apply,
	&command_revert,
	&command_status,
	&command_verify,
	&command_guard,
	&command_help,
	NULL,
};
/* clang-format on */

const struct option_row global_options[] = {
	{ 0, "root", "DIR", "read the machine whose files lie below DIR instead of this one" },
	{ 0, "capture", "FILE", "read a capture, or a file or folder of pasted command output" },
	{ 0, "json", NULL, "answer in JSON (docs/schema)" },
	{ 'n', "dry-run", NULL, "say what would be done and do nothing" },
	{ 0, "yes", NULL, "do not ask" },
	{ 0, "no-color", NULL, "no colours; the variable NO_COLOR does the same" },
	{ 0, "verbose", NULL, "say where each fact was read, or why it is unknown" },
	{ 0, "version", NULL, "print the version" },
	{ 'h', "help", NULL, "print this help" },
	{ 0, NULL, NULL, NULL },
};

/*
 * What each option is, and where it leaves its mark: a field of struct cli. A name may be a flag of one command and
 * want a value in another (--gop): whether it wants one tells them apart.
 */
enum option_kind { ALONE, FLAG, TEXT, WORDS };

static const struct {
	const char *name;
	int letter; /* 0: none */
	enum option_kind kind;
	size_t field;
} codes[] = {
	{ "version", 0, ALONE, 0 },
	{ "help", 'h', ALONE, 0 },
	{ "root", 0, TEXT, offsetof(struct cli, root) },
	{ "capture", 0, TEXT, offsetof(struct cli, capture) },
	{ "json", 0, FLAG, offsetof(struct cli, json) },
	{ "dry-run", 'n', FLAG, offsetof(struct cli, dry_run) },
	{ "yes", 0, FLAG, offsetof(struct cli, yes) },
	{ "no-color", 0, FLAG, offsetof(struct cli, no_color) },
	{ "verbose", 0, FLAG, offsetof(struct cli, verbose) },
	{ "mode", 0, TEXT, offsetof(struct cli, mode) },
	{ "min", 0, TEXT, offsetof(struct cli, min) },
	{ "all", 0, FLAG, offsetof(struct cli, all) },
	{ "output", 'o', TEXT, offsetof(struct cli, output) },
	{ "force", 0, FLAG, offsetof(struct cli, force) },
	{ "format", 0, TEXT, offsetof(struct cli, format) },
	{ "qemu", 0, TEXT, offsetof(struct cli, qemu) },
	{ "target", 0, TEXT, offsetof(struct cli, target) },
	{ "from", 0, TEXT, offsetof(struct cli, from) },
	{ "host", 0, FLAG, offsetof(struct cli, host) },
	{ "vm", 0, TEXT, offsetof(struct cli, vm) },
	{ "rom", 0, TEXT, offsetof(struct cli, rom) },
	{ "mdev", 0, TEXT, offsetof(struct cli, mdev) },
	{ "guest", 0, TEXT, offsetof(struct cli, guest) },
	{ "memory", 0, TEXT, offsetof(struct cli, memory) },
	{ "cores", 0, TEXT, offsetof(struct cli, cores) },
	{ "name", 0, TEXT, offsetof(struct cli, name) },
	{ "with", 0, WORDS, offsetof(struct cli, with) },
	{ "device", 0, TEXT, offsetof(struct cli, device) },
	{ "machine", 0, TEXT, offsetof(struct cli, machine) },
	{ "guest-firmware", 0, TEXT, offsetof(struct cli, guest_firmware) },
	{ "gop", 0, FLAG, offsetof(struct cli, gop) },
	{ "vbt", 0, FLAG, offsetof(struct cli, vbt) },
	{ "vbios", 0, FLAG, offsetof(struct cli, vbios) },
	{ "guid", 0, TEXT, offsetof(struct cli, guid) },
	{ "path", 0, TEXT, offsetof(struct cli, path) },
	{ "text", 0, TEXT, offsetof(struct cli, text) },
	{ "hex", 0, TEXT, offsetof(struct cli, hex) },
	{ "filter", 0, TEXT, offsetof(struct cli, filter) },
	{ "depth", 0, TEXT, offsetof(struct cli, depth) },
	{ "whole", 0, FLAG, offsetof(struct cli, whole) },
	{ "gop", 0, TEXT, offsetof(struct cli, gop_file) },
	{ "vbt", 0, TEXT, offsetof(struct cli, vbt_file) },
	{ "vbios", 0, TEXT, offsetof(struct cli, vbios_file) },
	{ "driver", 0, WORDS, offsetof(struct cli, drivers) },
	{ "bare", 0, FLAG, offsetof(struct cli, bare) },
	{ "compress", 0, FLAG, offsetof(struct cli, compress) },
	{ "vbt-from-host", 0, FLAG, offsetof(struct cli, vbt_from_host) },
	{ "level", 0, TEXT, offsetof(struct cli, level) },
	{ "stock", 0, TEXT, offsetof(struct cli, stock) },
	{ "ovmf", 0, TEXT, offsetof(struct cli, ovmf) },
	{ "ovmf-vars", 0, TEXT, offsetof(struct cli, ovmf_vars) },
	{ "seabios", 0, FLAG, offsetof(struct cli, seabios) },
	{ "accel", 0, TEXT, offsetof(struct cli, accel) },
	{ "timeout", 0, TEXT, offsetof(struct cli, timeout) },
	{ "trace", 0, TEXT, offsetof(struct cli, trace) },
	{ "guard", 0, TEXT, offsetof(struct cli, guard) },
	{ "no-guard", 0, FLAG, offsetof(struct cli, no_guard) },
	{ "now", 0, FLAG, offsetof(struct cli, now) },
	{ "dark", 0, FLAG, offsetof(struct cli, dark) },
	{ "confirm", 0, FLAG, offsetof(struct cli, confirm) },
	{ "anyway", 0, FLAG, offsetof(struct cli, anyway) },
	{ "keep-edits", 0, FLAG, offsetof(struct cli, keep_edits) },
};

const char *command_word(const struct command *c, char buf[COMMAND_WORD])
{
	snprintf(buf, COMMAND_WORD, "%.*s", (int)strcspn(c->name, " "), c->name);
	return buf;
}

const char *command_verb(const struct command *c)
{
	const char *blank = strchr(c->name, ' ');

	return blank ? blank + 1 : NULL;
}

const struct command *command_find(char *const *words, int n_words, int *ret_taken)
{
	char first[COMMAND_WORD];

	for (size_t i = 0; commands[i] && n_words > 0; i++) {
		const char *verb = command_verb(commands[i]);

		if (strcmp(command_word(commands[i], first), words[0]) != 0 ||
		    (verb && (n_words < 2 || strcmp(verb, words[1]) != 0)))
			continue;
		*ret_taken = verb ? 2 : 1;
		return commands[i];
	}
	return NULL;
}

/* Letters to change, add or drop between two short words, up to 3. */
static int distance(const char *a, const char *b)
{
	int best;

	if (!*a || !*b)
		return (int)(strlen(a) + strlen(b)) > 3 ? 3 : (int)(strlen(a) + strlen(b));
	if (*a == *b)
		return distance(a + 1, b + 1);
	if (strlen(a) > 12 || strlen(b) > 12)
		return 3;
	best = distance(a + 1, b + 1);
	for (int k = 0; k < 2 && best > 0; k++) {
		int d = k ? distance(a, b + 1) : distance(a + 1, b);

		best = d < best ? d : best;
	}
	return best + 1 > 3 ? 3 : best + 1;
}

const char *command_nearest(const char *word)
{
	const char *near = NULL;
	int best = 3;

	for (size_t i = 0; commands[i] && strlen(word) <= 10; i++) {
		int d = distance(word, commands[i]->name);

		if (d < best) {
			best = d;
			near = commands[i]->name;
		}
	}
	return near;
}

const char *exit_str(int status)
{
	static const char *const words[] = {
		[EXIT_DONE] = "done",
		[EXIT_FAILED] = "failed",
		[EXIT_USAGE] = "the command line makes no sense",
		[EXIT_FINDINGS] = "done, and there are findings",
		[EXIT_REFUSED] = "refused, and nothing was changed",
		[EXIT_UNDONE] = "a step failed, and everything was put back",
		[EXIT_HALFWAY] = "left half-way: the message says where the journal is",
	};

	return words[status];
}

int usage_error(const char *command, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "igdctl%s%s: ", command ? " " : "", command ? command : "");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; try: igdctl %s%s--help\n", command ? command : "", command ? " " : "");
	return EXIT_USAGE;
}

void report_failure_str(const struct report *rep, int r, const char *what, char *buf, size_t n)
{
	if (rep && rep->code)
		report_entry_str(&rep->refusal, buf, n);
	else
		snprintf(buf, n, "%s: %s", what, igd_error_str(r));
}

static char told[REPORT_TEXT + 128];

int failure_tell(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(told, sizeof(told), fmt, ap);
	va_end(ap);
	text_clean(told); /* it may be cut within a character */
	fprintf(stderr, "igdctl: %s\n", told);
	return status;
}

const char *failure_told(void)
{
	return told;
}

int report_failed(const struct report *rep, int r, const char *what)
{
	char line[REPORT_TEXT + 128];

	report_failure_str(rep, r, what, line, sizeof(line));
	return failure_tell(EXIT_FAILED, "%s", line);
}

void report_notes_to(const struct cli *cli, const struct report *rep, FILE *err)
{
	char line[REPORT_TEXT + 128];

	for (size_t i = 0; cli->verbose && i < rep->n_notes; i++) {
		report_entry_str(&rep->notes[i], line, sizeof(line));
		fprintf(err, "note: %s\n", line);
	}
	if (cli->verbose && rep->n_dropped)
		fprintf(err, "note: and %zu more\n", rep->n_dropped);
}

void report_notes(const struct cli *cli, const struct report *rep)
{
	report_notes_to(cli, rep, stderr);
}

void next_command(const struct cli *cli, const struct facts *f, const char *command)
{
	if (f->source == SOURCE_LIVE)
		printf("\nNext: %sigdctl %s\n", f->as_root.v == TRI_NO ? "sudo " : "", command);
	else
		printf("\nNext: igdctl %s %s %s\n", command, cli->root ? "--root" : "--capture", f->input);
}

/* ---- the command line ----------------------------------------------------------------------------------- */

#define OPTIONS_MAX 32

struct getopt_tables {
	struct option longs[OPTIONS_MAX];
	char shorts[OPTIONS_MAX * 2 + 2];
};

/* What getopt answers for an option: its letter, or a number above any letter. */
static int code_at(size_t row)
{
	return codes[row].letter ? codes[row].letter : 256 + (int)row;
}

static int code_of(const char *name, bool wants_value)
{
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (strcmp(codes[i].name, name) == 0 && (codes[i].kind >= TEXT) == wants_value)
			return code_at(i);
	return '?'; /* the test of every option finds one without a code */
}

static void tables_add(struct getopt_tables *t, const struct option_row *rows)
{
	size_t n = 0, s = strlen(t->shorts);

	while (t->longs[n].name)
		n++;
	for (; rows && rows->name; rows++, n++) {
		assert(n < OPTIONS_MAX - 1);
		t->longs[n] = (struct option) { rows->name, rows->arg ? required_argument : no_argument, NULL,
						code_of(rows->name, rows->arg != NULL) };
		if (rows->letter) {
			t->shorts[s++] = rows->letter;
			if (rows->arg)
				t->shorts[s++] = ':';
		}
	}
	t->shorts[s] = '\0';
}

static void words_add(struct words *w, const char *word)
{
	if (w->n < ARRAY_SIZE(w->v))
		w->v[w->n++] = word;
	else
		w->more = true;
}

/* What an option does to the command line's picture; false for one that stands alone (--help, --version). */
static bool option_take(struct cli *cli, int code)
{
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		char *field = (char *)cli + codes[i].field;

		if (code_at(i) != code || codes[i].kind == ALONE)
			continue;
		if (codes[i].kind == FLAG)
			*(bool *)field = true;
		else if (codes[i].kind == TEXT)
			*(const char **)field = optarg;
		else
			words_add((struct words *)field, optarg);
		return true;
	}
	return false;
}

/*
 * Take options from argv[1] on. -1: all taken, optind is at the first word; else an exit status (help and
 * version were printed, or a mistake named).
 */
static int options_take(struct cli *cli, const struct command *c, int argc, char **argv)
{
	struct getopt_tables t = { .shorts = ":" };
	int code;

	if (!c)
		strcpy(t.shorts, "+:"); /* stop at the command's name */
	tables_add(&t, global_options);
	tables_add(&t, c ? c->options : NULL);
	optind = 0;
	opterr = 0;
	while ((code = getopt_long(argc, argv, t.shorts, t.longs, NULL)) != -1) {
		if (code == ':')
			return usage_error(c ? c->name : NULL, "option %s wants a value", argv[optind - 1]);
		if (code == '?')
			return usage_error(c ? c->name : NULL, "no option %s",
					   optopt && optopt < 256 ? (char[]) { '-', (char)optopt, 0 }
								  : argv[optind - 1]);
		if (option_take(cli, code))
			continue;
		if (code == code_of("version", false))
			printf("igdctl %s\n", IGDCTL_VERSION);
		else
			help_text(c, stdout);
		return EXIT_DONE;
	}
	return -1;
}

static void terminal_look(struct cli *cli)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	struct winsize ws;

	if (!isatty(STDOUT_FILENO))
		return;
	cli->color = !cli->no_color && !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);
	cli->width = ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col >= 40 ? ws.ws_col : 80;
}

int command_missing(const char *who, const char *word)
{
	const char *near = command_nearest(word), *list = "";
	char first[COMMAND_WORD], all[256] = "";

	for (size_t i = 0; commands[i]; i++)
		if (command_verb(commands[i]) && strcmp(command_word(commands[i], first), word) == 0) {
			size_t n = strlen(all);

			snprintf(all + n, sizeof(all) - n, "%sigdctl %s", n ? ", " : "", commands[i]->name);
			list = all;
		}
	if (*list)
		return usage_error(who, "%s what? There are %s", word, list);
	return usage_error(who, "no command \"%.40s\"%s%s%s", word, near ? ", did you mean \"" : "", near ? near : "",
			   near ? "\"?" : "");
}

static bool is_reader(const struct command *c)
{
	return c->effect == READS || c->effect == PLANS;
}

/* Close the sandbox, as the command's effect wants it, and let it work. */
static int command_run(const struct command *c, const struct cli *cli)
{
	const char *const *touches = c->touches ? c->touches(cli) : NULL;
	char folder[HOST_PATH_MAX];
	bool made;
	int n, r;

	if (cli->now && !cli->root && !cli->capture) /* before a sandbox hides it */
		holders_look();
	if (c->output == OUTPUT_FILE || (c->output == OUTPUT_EITHER && !deliver_is_folder(cli))) {
		if (is_reader(c))
			sandbox_enter(cli, cli->output, touches);
		return c->run(cli);
	}
	n = snprintf(folder, sizeof(folder), "%s/", deliver_folder(cli));
	if (n < 2 || (size_t)n >= sizeof(folder))
		return usage_error(c->name, "\"%.80s\" is not the name of a folder", deliver_folder(cli));
	made = deliver_folder_make(cli, folder);
	if (is_reader(c))
		sandbox_enter(cli, folder, touches);
	r = c->run(cli);
	if (made)
		deliver_folder_drop(folder);
	return r;
}

int main(int argc, char **argv)
{
	struct cli cli = { .line = argv + 1 };
	const struct command *c;
	int r, taken;

	setlocale(LC_CTYPE, "");
	signal(SIGXFSZ, SIG_IGN); /* write() says so, and the sentence names the file */
	r = options_take(&cli, NULL, argc, argv);
	if (r >= 0)
		return r;
	if (optind == argc) {
		help_text(NULL, stderr);
		return EXIT_USAGE;
	}
	c = command_find(argv + optind, argc - optind, &taken);
	if (!c)
		return command_missing(NULL, argv[optind]);
	argc -= optind + taken - 1;
	argv += optind + taken - 1;
	r = options_take(&cli, c, argc, argv);
	if (r >= 0)
		return r;
	cli.args = argv + optind;
	cli.n_args = argc - optind;
	if (cli.root && cli.capture)
		return usage_error(c->name, "--root and --capture name two machines; give one");
	terminal_look(&cli);
	r = command_run(c, &cli);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "igdctl: the answer could not be written\n");
		return EXIT_FAILED;
	}
	return r;
}
