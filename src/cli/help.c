// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * help.c - help, man pages and completions, all from the rows of command.h.
 */
#include <string.h>

#include "cli/command.h"
#include "facts/facts.h"

static const char about_program[] =
	"igdctl looks at a Linux host and says whether its integrated GPU can be given to a virtual machine, why "
	"not, and what to do about it. It reads the machine it runs on, another one's files (--root), a capture, or "
	"pasted command output (--capture). A fact that cannot be read stays unknown and is never taken for a no.";

static void option_line(const struct option_row *o, FILE *out)
{
	char head[64];

	snprintf(head, sizeof(head), "%c%c%s--%s%s%s", o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
		 o->letter ? ", " : "  ", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
	fprintf(out, "  %-26s %s\n", head, o->help);
}

static bool is_taken(const struct command *c, const struct option_row *o)
{
	return !c || !c->without || !facts_word_in(c->without, o->name);
}

void help_text(const struct command *c, FILE *out)
{
	fprintf(out, "usage: igdctl %s %s\n", c ? c->name : "[OPTION...] COMMAND", c ? c->synopsis : "[ARGUMENT...]");
	fprintf(out, "%s.\n", c ? c->summary : "Say whether this host's integrated GPU can go to a VM, and why not");
	for (size_t i = 0; !c && commands[i]; i++)
		fprintf(out, "%s  %-26s %s\n", i ? "" : "\ncommands:\n", commands[i]->name, commands[i]->summary);
	if (c && c->options && c->options->name) {
		fprintf(out, "\noptions:\n");
		for (const struct option_row *o = c->options; o->name; o++)
			option_line(o, out);
	}
	fprintf(out, "\noptions of every command:\n");
	for (const struct option_row *o = global_options; o->name; o++)
		if (is_taken(c, o))
			option_line(o, out);
	if (c && c->examples) {
		fprintf(out, "\nexamples:\n");
		for (size_t i = 0; c->examples[i]; i += 2)
			fprintf(out, "  %-40s # %s\n", c->examples[i + 1], c->examples[i]);
	}
	if (!c)
		fprintf(out, "\nigdctl COMMAND --help says more about one. Next: igdctl check\n");
}

/* ---- man pages ------------------------------------------------------------------------------------------ */

/* Text for roff: a backslash, and a dot or quote at the start of a line, mean something there. */
static void roff(const char *s, FILE *out)
{
	bool start = true;

	for (; *s; s++) {
		if (*s == '\\')
			fputs("\\e", out);
		else if (*s == '-')
			fputs("\\-", out);
		else if (start && (*s == '.' || *s == '\''))
			fprintf(out, "\\&%c", *s);
		else
			fputc(*s, out);
		start = *s == '\n';
	}
}

/* "vm lint" as its page is called, "vm-lint". */
static void dashed(const struct command *c, FILE *out)
{
	for (const char *p = c->name; *p; p++)
		fputs(*p == ' ' || *p == '-' ? "\\-" : (char[]) { *p, 0 }, out);
}

static void man_option(const struct option_row *o, FILE *out)
{
	fprintf(out, ".TP\n");
	if (o->letter)
		fprintf(out, "\\fB\\-%c\\fR, ", o->letter);
	fprintf(out, "\\fB\\-\\-");
	roff(o->name, out);
	fprintf(out, "\\fR");
	if (o->arg)
		fprintf(out, " \\fI%s\\fR", o->arg);
	fputc('\n', out);
	roff(o->help, out);
	fprintf(out, ".\n");
}

static void man_see_also(const struct command *c, FILE *out)
{
	fprintf(out, ".SH SEE ALSO\n");
	if (c)
		fprintf(out, ".BR igdctl (1)");
	for (size_t i = 0, n = c ? 1 : 0; commands[i]; i++) {
		if (commands[i] == c)
			continue;
		fprintf(out, "%s.BR igdctl\\-", n++ ? " ,\n" : "");
		dashed(commands[i], out);
		fprintf(out, " (1)");
	}
	fputc('\n', out);
}

static void man_name(const struct command *c, FILE *out)
{
	if (!c)
		return;
	fprintf(out, "\\-");
	dashed(c, out);
}

void help_man(const struct command *c, FILE *out)
{
	fprintf(out, ".\\\" Made by \"igdctl help --format=man\"; do not edit.\n.TH IGDCTL");
	man_name(c, out);
	fprintf(out, " 1 \"\" \"igdctl %s\" \"User Commands\"\n.SH NAME\nigdctl", IGDCTL_VERSION);
	man_name(c, out);
	fprintf(out, " \\- ");
	roff(c ? c->summary : "say whether this host's integrated GPU can go to a VM, and why not", out);
	fprintf(out, "\n.SH SYNOPSIS\n.B igdctl\n%s%s\n", c ? c->name : "[\\fIOPTION\\fR...] \\fICOMMAND\\fR",
		c ? "" : " [\\fIARGUMENT\\fR...]");
	if (c) {
		roff(c->synopsis, out);
		fputc('\n', out);
	}
	fprintf(out, ".SH DESCRIPTION\n");
	roff(c ? c->about : about_program, out);
	fputc('\n', out);
	for (size_t i = 0; !c && commands[i]; i++) {
		fprintf(out, "%s.TP\n.BR igdctl\\-", i ? "" : ".SH COMMANDS\n");
		dashed(commands[i], out);
		fprintf(out, " (1)\n");
		roff(commands[i]->summary, out);
		fprintf(out, ".\n");
	}
	fprintf(out, ".SH OPTIONS\n");
	for (const struct option_row *o = c ? c->options : NULL; o && o->name; o++)
		man_option(o, out);
	for (const struct option_row *o = global_options; o->name; o++)
		if (is_taken(c, o))
			man_option(o, out);
	fprintf(out, ".SH EXIT STATUS\n");
	for (int s = EXIT_DONE; s <= EXIT_HALFWAY; s++) {
		bool has = !c;

		for (const int *e = c ? c->exits : NULL; e && *e >= 0; e++)
			has |= *e == s;
		if (has)
			fprintf(out, ".TP\n.B %d\n%s.\n", s, exit_str(s));
	}
	for (size_t i = 0; c && c->examples && c->examples[i]; i += 2) {
		fprintf(out, "%s.TP\n.B ", i ? "" : ".SH EXAMPLES\n");
		roff(c->examples[i + 1], out);
		fputc('\n', out);
		roff(c->examples[i], out);
		fprintf(out, ".\n");
	}
	man_see_also(c, out);
}

/* ---- completions ----------------------------------------------------------------------------------------- */

/* The words that an option's value can be; of all others it is a file. */
static const struct {
	const char *option, *values;
} values[] = {
	{ "mode", "auto legacy uefi upt sriov gvtg amd-apu" },
	{ "min", "benign note warn block" },
	{ "format", "raw qcow2 man bash zsh fish" },
	{ "target", "pve libvirt qemu" },
	{ "qemu", "7.2 8.2 9.2 10.0 10.1 10.2 11.1" },
	{ "guest", "windows linux" },
	{ "machine", "pc q35" },
	{ "guest-firmware", "seabios ovmf" },
	{ "accel", "tcg kvm" },
	{ "with", "keyboard mouse bluetooth wifi audio" },
};

static const char *values_of(const char *option)
{
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		if (strcmp(values[i].option, option) == 0)
			return values[i].values;
	return NULL;
}

/* Does a command above have the same first word? */
static bool said_before(size_t at)
{
	char a[COMMAND_WORD], b[COMMAND_WORD];

	for (size_t i = 0; i < at; i++)
		if (strcmp(command_word(commands[i], a), command_word(commands[at], b)) == 0)
			return true;
	return false;
}

static bool is_verb_of(const struct command *c, const char *word)
{
	char buf[COMMAND_WORD];

	return command_verb(c) && strcmp(command_word(c, buf), word) == 0;
}

static void first_words(const char *before, const char *sep, FILE *out)
{
	char word[COMMAND_WORD];

	for (size_t i = 0; commands[i]; i++)
		if (!said_before(i))
			fprintf(out, "%s%s%s", i ? sep : "", before, command_word(commands[i], word));
}

static void verbs_of(const char *word, FILE *out)
{
	size_t n = 0;

	for (size_t i = 0; commands[i]; i++)
		if (is_verb_of(commands[i], word))
			fprintf(out, "%s%s", n++ ? " " : "", command_verb(commands[i]));
}

/* In single quotes, which a shell takes out again; @escape: the other characters that want a backslash there. */
static void quoted(const char *s, const char *escape, FILE *out)
{
	for (; *s; s++)
		if (*s == '\'')
			fputs("'\\''", out);
		else
			fprintf(out, "%s%c", strchr(escape, *s) ? "\\" : "", *s);
}

static void words(const struct option_row *o, const char *sep, FILE *out)
{
	for (; o && o->name; o++)
		fprintf(out, "--%s%s", o->name, sep);
}

/* Which command the words name, into $cmd; behind "help" too, which then wants the verbs. */
static void bash_command(FILE *out)
{
	char word[COMMAND_WORD];

	fprintf(out, "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n\t\tcase $cmd,${COMP_WORDS[i]} in\n\t\t");
	first_words(",", "|", out);
	fprintf(out, ") cmd=${COMP_WORDS[i]} ;;\n");
	for (size_t i = 0; commands[i]; i++) {
		if (!command_verb(commands[i]))
			continue;
		command_word(commands[i], word);
		fprintf(out, "\t\t%s,%s) cmd='%s' ;;\n", word, command_verb(commands[i]), commands[i]->name);
		if (!said_before(i))
			fprintf(out, "\t\thelp,%s) cmd='help %s' ;;\n", word, word);
	}
	fprintf(out, "\t\tesac\n\tdone\n\tcase $cmd in\n\t''|help) next='");
	first_words("", " ", out);
	fprintf(out, "' ;;\n");
	for (size_t i = 0; commands[i]; i++) {
		if (!command_verb(commands[i]) || said_before(i))
			continue;
		command_word(commands[i], word);
		fprintf(out, "\t%s|'help %s') next='", word, word);
		verbs_of(word, out);
		fprintf(out, "' ;;\n");
	}
	fprintf(out, "\tesac\n");
}

static void bash(FILE *out)
{
	fprintf(out, "# bash completion for igdctl; made by \"igdctl help --format=bash\"\n_igdctl() {\n"
		     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} i cmd= next= own=\n");
	bash_command(out);
	fprintf(out, "\tcase $prev in\n\t--root) COMPREPLY=($(compgen -d -- \"$cur\")); return ;;\n"
		     "\t--capture|-o|--output) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n");
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		fprintf(out, "\t--%s) COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return ;;\n", values[i].option,
			values[i].values);
	fprintf(out, "\tesac\n\tif [[ $cur == -* ]]; then\n\t\tcase $cmd in\n");
	for (size_t i = 0; commands[i]; i++) {
		fprintf(out, "\t\t'%s') own='", commands[i]->name);
		words(commands[i]->options, " ", out);
		fprintf(out, "' ;;\n");
	}
	fprintf(out, "\t\tesac\n\t\tCOMPREPLY=($(compgen -W \"$own ");
	words(global_options, " ", out);
	fprintf(out, "\" -- \"$cur\"))\n\telif [[ -n $next ]]; then\n"
		     "\t\tCOMPREPLY=($(compgen -W \"$next\" -- \"$cur\"))\n"
		     "\telse\n\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n\tfi\n}\ncomplete -F _igdctl igdctl\n");
}

static void zsh_options(const struct option_row *o, const char *indent, FILE *out)
{
	for (; o && o->name; o++) {
		fprintf(out, "%s'--%s%s[", indent, o->name, o->arg ? "=" : "");
		quoted(o->help, "[]:\\", out);
		fprintf(out, "]");
		if (o->arg && values_of(o->name))
			fprintf(out, ":%s:(%s)", o->arg, values_of(o->name));
		else if (o->arg)
			fprintf(out, ":%s:_files", o->arg);
		fprintf(out, "' \\\n");
	}
}

/* The first words, and behind one that wants a verb the verbs, each with its summary. */
static void zsh_words(FILE *out)
{
	char word[COMMAND_WORD];

	fprintf(out, "\tcommands=(\n");
	for (size_t i = 0; commands[i]; i++) {
		if (said_before(i))
			continue;
		fprintf(out, "\t\t'%s:", command_word(commands[i], word));
		if (command_verb(commands[i]))
			verbs_of(word, out);
		else
			quoted(commands[i]->summary, ":\\", out);
		fprintf(out, "'\n");
	}
	fprintf(out, "\t)\n\tif (( CURRENT == 2 )); then\n\t\t_describe command commands\n\t\treturn\n\tfi\n");
	for (size_t i = 0; commands[i]; i++) {
		if (!command_verb(commands[i]) || said_before(i))
			continue;
		fprintf(out, "\tif [[ $cmd == %s ]]; then\n\t\tverbs=(\n", command_word(commands[i], word));
		for (size_t k = i; commands[k]; k++)
			if (is_verb_of(commands[k], word)) {
				fprintf(out, "\t\t\t'%s:", command_verb(commands[k]));
				quoted(commands[k]->summary, ":\\", out);
				fprintf(out, "'\n");
			}
		fprintf(out, "\t\t)\n\t\tif (( CURRENT == 3 )); then\n\t\t\t_describe verb verbs\n\t\t\treturn\n"
			     "\t\tfi\n\t\tcmd=\"$cmd $words[3]\"\n\tfi\n");
	}
}

static void zsh(FILE *out)
{
	fprintf(out, "#compdef igdctl\n# made by \"igdctl help --format=zsh\"\n_igdctl() {\n"
		     "\tlocal cmd=$words[2]\n\tlocal -a commands verbs\n");
	zsh_words(out);
	fprintf(out, "\tcase \"$cmd\" in\n");
	for (size_t i = 0; commands[i]; i++) {
		fprintf(out, "\t'%s')\n\t\t_arguments \\\n", commands[i]->name);
		zsh_options(commands[i]->options, "\t\t\t", out);
		zsh_options(global_options, "\t\t\t", out);
		fprintf(out, "\t\t\t'*:file:_files'\n\t\t;;\n");
	}
	fprintf(out, "\tesac\n}\n_igdctl \"$@\"\n");
}

/* When a command's options are of use. */
static void fish_when(const struct command *c, FILE *out)
{
	char word[COMMAND_WORD];

	fprintf(out, " -n '__fish_seen_subcommand_from %s", command_word(c, word));
	if (command_verb(c))
		fprintf(out, "; and __fish_seen_subcommand_from %s", command_verb(c));
	fprintf(out, "'");
}

static void fish_options(const struct option_row *o, const struct command *c, FILE *out)
{
	for (; o && o->name; o++) {
		fprintf(out, "complete -c igdctl");
		if (c)
			fish_when(c, out);
		fprintf(out, " -l %s", o->name);
		if (o->letter)
			fprintf(out, " -s %c", o->letter);
		if (o->arg && values_of(o->name))
			fprintf(out, " -x -a '%s'", values_of(o->name));
		fprintf(out, "%s -d '", o->arg && !values_of(o->name) ? " -r" : "");
		quoted(o->help, "\\", out);
		fprintf(out, "'\n");
	}
}

static void fish_word(const struct command *c, bool first, FILE *out)
{
	const char *verb = command_verb(c);
	char word[COMMAND_WORD];

	command_word(c, word);
	if (first)
		fprintf(out, "complete -c igdctl -n __fish_use_subcommand -a %s -d '", word);
	if (first && verb)
		verbs_of(word, out);
	else if (first)
		quoted(c->summary, "\\", out);
	if (first)
		fprintf(out, "'\n");
	if (!verb)
		return;
	fprintf(out, "complete -c igdctl -n '__fish_seen_subcommand_from %s; and not __fish_seen_subcommand_from ",
		word);
	verbs_of(word, out);
	fprintf(out, "' -a %s -d '", verb);
	quoted(c->summary, "\\", out);
	fprintf(out, "'\n");
}

static void fish(FILE *out)
{
	fprintf(out, "# fish completion for igdctl; made by \"igdctl help --format=fish\"\n");
	for (size_t i = 0; commands[i]; i++)
		fish_word(commands[i], !said_before(i), out);
	fish_options(global_options, NULL, out);
	for (size_t i = 0; commands[i]; i++)
		fish_options(commands[i]->options, commands[i], out);
}

int help_completion(const char *shell, FILE *out)
{
	static const struct {
		const char *name;
		void (*print)(FILE *out);
	} shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };

	for (size_t i = 0; i < ARRAY_SIZE(shells); i++)
		if (strcmp(shells[i].name, shell) == 0) {
			shells[i].print(out);
			return 0;
		}
	return -1;
}

/* ---- the command itself ------------------------------------------------------------------------------------ */

static int help_run(const struct cli *cli)
{
	int taken = 0;
	const struct command *c = command_find(cli->args, cli->n_args, &taken);

	if (cli->n_args && !c)
		return command_missing("help", cli->args[0]);
	if (cli->n_args > taken)
		return usage_error("help", "one command at a time");
	if (!cli->format)
		help_text(c, stdout);
	else if (strcmp(cli->format, "man") == 0)
		help_man(c, stdout);
	else if (help_completion(cli->format, stdout) < 0)
		return usage_error("help", "no format \"%.40s\"; there are man, bash, zsh and fish", cli->format);
	return EXIT_DONE;
}

static const struct option_row help_options[] = {
	{ 0, "format", "FORM", "man for a manual page, or bash, zsh, fish for completions" },
	{ 0, NULL, NULL, NULL },
};

const struct command command_help = {
	.name = "help",
	.effect = READS,
	.synopsis = "[--format FORM] [COMMAND]",
	.summary = "Explain a command",
	.about = "Prints the help of one command, or the list of them. The manual pages and shell completions that "
		 "are installed with igdctl come from here.",
	.options = help_options,
	.exits = (const int[]) { EXIT_DONE, EXIT_USAGE, -1 },
	.run = help_run,
};
