// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * help.c - help, man pages and completions, all from the rows of command.h.
 */
#include <string.h>

#include "cli/command.h"

static const char about_program[] =
	"igdctl looks at a Linux host and says whether its integrated GPU can be given to a virtual machine, why "
	"not, and what "
	"to do about it. It reads the machine it runs on, another one's files (--root), a capture, or pasted command "
	"output "
	"(--capture). A fact that cannot be read stays unknown and is never taken for a no.";

static void option_line(const struct option_row *o, FILE *out)
{
	char head[64];

	snprintf(head, sizeof(head), "%c%c%s--%s%s%s", o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
		 o->letter ? ", " : "  ", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
	fprintf(out, "  %-26s %s\n", head, o->help);
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
	for (size_t i = 0, n = c ? 1 : 0; commands[i]; i++)
		if (commands[i] != c)
			fprintf(out, "%s.BR igdctl\\-%s (1)", n++ ? " ,\n" : "", commands[i]->name);
	fputc('\n', out);
}

void help_man(const struct command *c, FILE *out)
{
	fprintf(out,
		".\\\" Made by \"igdctl help --format=man\"; do not edit.\n.TH IGDCTL%s%s 1 \"\" \"igdctl %s\" "
		"\"User Commands\"\n",
		c ? "\\-" : "", c ? c->name : "", IGDCTL_VERSION);
	fprintf(out, ".SH NAME\nigdctl%s%s \\- ", c ? "\\-" : "", c ? c->name : "");
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
		fprintf(out, "%s.TP\n.BR igdctl\\-%s (1)\n", i ? "" : ".SH COMMANDS\n", commands[i]->name);
		roff(commands[i]->summary, out);
		fprintf(out, ".\n");
	}
	fprintf(out, ".SH OPTIONS\n");
	for (const struct option_row *o = c && c->options ? c->options : global_options; o->name; o++)
		man_option(o, out);
	for (const struct option_row *o = global_options; c && c->options && o->name; o++)
		man_option(o, out);
	fprintf(out, ".SH EXIT STATUS\n");
	for (int s = EXIT_DONE; s <= EXIT_REFUSED; s++) {
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

static void words(const struct option_row *o, const char *sep, FILE *out)
{
	for (; o && o->name; o++)
		fprintf(out, "--%s%s", o->name, sep);
}

static void bash(FILE *out)
{
	fprintf(out, "# bash completion for igdctl; made by \"igdctl help --format=bash\"\n"
		     "_igdctl() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} i cmd=\n"
		     "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n\t\tcase ${COMP_WORDS[i]} in\n\t\t");
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, "%s%s", i ? "|" : "", commands[i]->name);
	fprintf(out,
		") cmd=${COMP_WORDS[i]}; break ;;\n\t\tesac\n\tdone\n"
		"\tcase $prev in\n\t--root) COMPREPLY=($(compgen -d -- \"$cur\")); return ;;\n"
		"\t--capture|-o|--output) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
		"\t--mode) COMPREPLY=($(compgen -W 'legacy uefi upt sriov gvtg amd-apu' -- \"$cur\")); return ;;\n"
		"\t--min) COMPREPLY=($(compgen -W 'benign note warn block' -- \"$cur\")); return ;;\n"
		"\t--format) COMPREPLY=($(compgen -W 'man bash zsh fish' -- \"$cur\")); return ;;\n\tesac\n"
		"\tif [[ $cur != -* && -z $cmd ]]; then\n\t\tCOMPREPLY=($(compgen -W '");
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, "%s%s", i ? " " : "", commands[i]->name);
	fprintf(out, "' -- \"$cur\"))\n\telif [[ $cur == -* ]]; then\n\t\tlocal own=\n\t\tcase $cmd in\n");
	for (size_t i = 0; commands[i]; i++) {
		fprintf(out, "\t\t%s) own='", commands[i]->name);
		words(commands[i]->options, " ", out);
		fprintf(out, "' ;;\n");
	}
	fprintf(out, "\t\tesac\n\t\tCOMPREPLY=($(compgen -W \"$own ");
	words(global_options, " ", out);
	fprintf(out, "\" -- \"$cur\"))\n\telse\n\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n\tfi\n}\ncomplete -F "
		     "_igdctl igdctl\n");
}

static void zsh_options(const struct option_row *o, const char *indent, FILE *out)
{
	for (; o && o->name; o++)
		fprintf(out, "%s'--%s%s[%s]%s%s%s' \\\n", indent, o->name, o->arg ? "=" : "", o->help,
			o->arg ? ":" : "", o->arg ? o->arg : "", o->arg ? ":_files" : "");
}

static void zsh(FILE *out)
{
	fprintf(out, "#compdef igdctl\n# made by \"igdctl help --format=zsh\"\n_igdctl() {\n\tlocal -a "
		     "commands\n\tcommands=(\n");
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, "\t\t'%s:%s'\n", commands[i]->name, commands[i]->summary);
	fprintf(out, "\t)\n\tif (( CURRENT == 2 )); then\n\t\t_describe command commands\n\t\treturn\n\tfi\n\tcase "
		     "$words[2] in\n");
	for (size_t i = 0; commands[i]; i++) {
		fprintf(out, "\t%s)\n\t\t_arguments \\\n", commands[i]->name);
		zsh_options(commands[i]->options, "\t\t\t", out);
		zsh_options(global_options, "\t\t\t", out);
		fprintf(out, "\t\t\t'*:file:_files'\n\t\t;;\n");
	}
	fprintf(out, "\tesac\n}\n_igdctl \"$@\"\n");
}

static void fish_options(const struct option_row *o, const char *command, FILE *out)
{
	for (; o && o->name; o++) {
		fprintf(out, "complete -c igdctl%s%s%s -l %s", command ? " -n '__fish_seen_subcommand_from " : "",
			command ? command : "", command ? "'" : "", o->name);
		if (o->letter)
			fprintf(out, " -s %c", o->letter);
		fprintf(out, "%s -d \"%s\"\n", o->arg ? " -r" : "", o->help);
	}
}

static void fish(FILE *out)
{
	fprintf(out, "# fish completion for igdctl; made by \"igdctl help --format=fish\"\n");
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, "complete -c igdctl -n __fish_use_subcommand -a %s -d \"%s\"\n", commands[i]->name,
			commands[i]->summary);
	fish_options(global_options, NULL, out);
	for (size_t i = 0; commands[i]; i++)
		fish_options(commands[i]->options, commands[i]->name, out);
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
		return usage_error("help", "no command \"%.40s\"", cli->args[0]);
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
		 "are installed "
		 "with igdctl come from here.",
	.options = help_options,
	.exits = (const int[]) { EXIT_DONE, EXIT_USAGE, -1 },
	.run = help_run,
};
