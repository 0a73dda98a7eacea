// SPDX-License-Identifier: GPL-2.0-or-later
/* capture.c - what the other commands would read here, in one redacted file. */
#include "host/capture.h"

#include <stdio.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/input.h"
#include "facts/read.h"

/* Every question is asked as inspect and check ask it; the answers are what the capture holds. */
static int questions_ask(struct host *h, const char *name, struct report *rep)
{
	struct facts *f = facts_new(name, SOURCE_ROOT);
	int r = f ? facts_read_tree(f, h, rep) : report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "out of memory");

	facts_free(f);
	return r;
}

static bool has_known_ending(const char *file)
{
	static const char *const endings[] = { ".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst", ".tar.xz", ".txz" };

	for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
		if (text_ends(span_str(file), endings[i]))
			return true;
	return false;
}

static int capture_run(const struct cli *cli)
{
	const struct capture_options options = { .created = capture_time(), .force = cli->force };
	struct report rep = { 0 };
	struct host *h = NULL;
	int r;

	if (!cli->output)
		return usage_error("capture", "no file named; give -o FILE");
	if (cli->capture || cli->n_args)
		return usage_error("capture", "only this machine and one below --root can be captured");
	if (!has_known_ending(cli->output))
		return usage_error("capture", "%.80s: the name must end in .tar, .tar.gz, .tar.zst or .tar.xz",
				   cli->output);
	r = capture_check(cli->output, cli->force, &rep); /* before the work, and with --dry-run in its place */
	if (r == 0)
		r = host_open_root(input_name(cli, NULL), &h, &rep);
	if (r == 0) {
		host_record(h);
		r = questions_ask(h, input_name(cli, NULL), &rep);
	}
	report_subject(&rep, "%s", ""); /* what was read last is not what cannot be written */
	if (r == 0 && !cli->dry_run)
		r = capture_write(h, cli->output, &options, &rep);
	if (r < 0) {
		host_free(h);
		return report_failed(&rep, r, cli->output);
	}
	report_notes(cli, &rep);
	if (cli->dry_run)
		printf("Would write %s.\n", cli->output);
	else
		printf("Wrote %s, without serial numbers, MAC addresses, UUIDs, host names and addresses.\n",
		       cli->output);
	if (!cli->dry_run && host_is_live(h) && host_as_root(h) == 0)
		printf("Some facts only root may read: sudo igdctl capture --force -o %s holds more.\n", cli->output);
	if (!cli->dry_run)
		printf("\nNext: look into it with tar -tvf %s, then igdctl check --capture %s\n", cli->output,
		       cli->output);
	host_free(h);
	return EXIT_DONE;
}

static const struct option_row capture_options[] = {
	{ 'o', "output", "FILE",
	  "the archive to write; its ending picks the packing: .tar, .tar.gz, .tar.zst, .tar.xz" },
	{ 0, "force", NULL, "replace FILE when it exists" },
	{ 0, NULL, NULL, NULL },
};

static const char *const capture_examples[] = {
	"this machine, all that can be read",
	"sudo igdctl capture -o my-server.tar.zst",
	"a machine whose disk is mounted here",
	"igdctl capture --root /mnt -o broken.tar.gz",
	NULL,
};

const struct command command_capture = {
	.name = "capture",
	.effect = READS,
	.synopsis = "[OPTION...] -o FILE",
	.summary = "Write what can be read here into one file, without private data",
	.about =
		"Reads all that inspect and check would read and writes it as a tar archive that plain tar unpacks "
		"and that igdctl reads in place of the machine. Serial numbers, MAC addresses, UUIDs, host names and "
		"network addresses are replaced before anything is written. What only root may read is missing from "
		"a capture that an ordinary user made, and the capture says so.\n\nFILE appears whole or not at all.",
	.options = capture_options,
	.without = "capture",
	.examples = capture_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, -1 },
	.run = capture_run,
};
