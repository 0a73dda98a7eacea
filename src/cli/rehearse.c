// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rehearse.c - a ROM or an OVMF image tried out in a VM with an emulated IGD, before a real one is given away.
 *
 * Three processes: a child that reads and judges what was named (brief.h), QEMU, and this one, which serves the
 * device. It enters the sandbox when QEMU has the device, so that nothing that the guest sends it can make it start
 * or open anything.
 */
#include "cli/rehearse.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/deliver.h"
#include "cli/input.h"
#include "cli/sandbox.h"
#include "fw/igd_driver.h"
#include "fw/oprom_make.h"
#include "rehearse/picture.h"

#define COMMAND	      "rehearse"
#define MEMORY_MIB    1024U
#define MEMORY_LEAST  256U
#define MEMORY_MOST   65536U
#define SECONDS	      60U
#define SECONDS_MOST  3600U
#define TRACE_MOST    ((size_t)256 << 20) /* bytes */
#define CLASS_BRIDGE  0x060100U
#define WITNESS_OWNER 0x1af4U /* virtio-rng's, on which its ROM is; nobody compares it */
#define WITNESS_ID    0x1044U

/* ---- the command line --------------------------------------------------------------------------------------- */

static int files_check(const struct cli *cli)
{
	if (cli->n_args)
		return usage_error(COMMAND, "\"%.60s\": say with --rom, --ovmf, --vbt or --vm what it is",
				   cli->args[0]);
	if (!cli->rom && !cli->ovmf && !cli->vm)
		return usage_error(COMMAND, "name what is rehearsed: --rom FILE, --ovmf FILE, or the VM with --vm");
	if (cli->seabios && cli->ovmf)
		return usage_error(COMMAND, "--seabios and --ovmf name two firmwares; give one");
	if (cli->ovmf_vars && cli->seabios)
		return usage_error(COMMAND, "SeaBIOS has no variables; --ovmf-vars is for OVMF");
	if (cli->trace && cli->output && strcmp(cli->trace, cli->output) == 0)
		return usage_error(COMMAND, "-o and --trace name one file");
	if (cli->trace && (!*cli->trace || text_ends(span_str(cli->trace), "/")))
		return usage_error(COMMAND, "--trace wants the name of a file");
	if (cli->output && (!*cli->output || deliver_is_folder(cli)))
		return usage_error(COMMAND, "-o wants the name of a file, picture.png");
	return EXIT_DONE;
}

static int options_read(struct rehearse *x)
{
	const struct cli *cli = x->cli;
	struct brief_wish *w = &x->wish;
	uint64_t memory = MEMORY_MIB, seconds = SECONDS;
	int status = files_check(cli);

	if (status != EXIT_DONE)
		return status;
	w->machine_known = cli->machine != NULL;
	w->q35 = cli->machine && strcmp(cli->machine, "q35") == 0;
	if (cli->machine && !w->q35 && strcmp(cli->machine, "pc") != 0)
		return usage_error(COMMAND, "no machine \"%.20s\"; there are q35 and pc", cli->machine);
	w->device_known = cli->device != NULL;
	if (cli->device && !input_device(cli->device, &w->vendor, &w->device))
		return usage_error(COMMAND, "\"%.20s\" is no id of a device; they look like 8086:3e92", cli->device);
	x->setup.kvm = cli->accel && strcmp(cli->accel, "kvm") == 0;
	if (cli->accel && !x->setup.kvm && strcmp(cli->accel, "tcg") != 0)
		return usage_error(COMMAND, "no accelerator \"%.20s\"; there are tcg and kvm", cli->accel);
	if (!input_number(cli->memory, MEMORY_LEAST, MEMORY_MOST, &memory))
		return usage_error(COMMAND, "--memory wants MiB, %u to %u", MEMORY_LEAST, MEMORY_MOST);
	if (!input_number(cli->timeout, 1, SECONDS_MOST, &seconds))
		return usage_error(COMMAND, "--timeout wants seconds, 1 to %u", SECONDS_MOST);
	x->setup.memory_mib = (unsigned)memory;
	x->setup.seconds = (unsigned)seconds;
	return EXIT_DONE;
}

/* ---- results ------------------------------------------------------------------------------------------------ */

/* Deliver @bytes as @file, or with @dry find out whether that could be. */
static int result_write(const struct rehearse *x, const char *file, bool dry, struct span bytes,
			char ret_path[HOST_PATH_MAX], struct report *rep)
{
	const struct cli *cli = x->cli;
	const struct brief *b = &x->brief;
	const char *const all[] = { cli->rom,	  cli->ovmf, cli->ovmf_vars, cli->vbt_file, cli->vm,
				    cli->capture, b->rom,    b->ovmf,	     b->vars };
	const char *inputs[ARRAY_SIZE(all) + 1] = { NULL };
	struct cli mine = *cli;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i])
			inputs[n++] = all[i];
	mine.output = file;
	mine.dry_run |= dry;
	return deliver_result(&mine, "", bytes, inputs, ret_path, rep);
}

/* That a result cannot be written is said before a minute has gone. */
static int results_try(const struct rehearse *x)
{
	const char *const files[] = { x->cli->output, x->cli->trace };
	char path[HOST_PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct report rep = { 0 };
		int r = files[i] ? result_write(x, files[i], true, (struct span) { NULL, 0 }, path, &rep) : 0;

		if (r < 0)
			return brief_fails(x->cli, &rep, r, EXIT_DONE);
	}
	return EXIT_DONE;
}

static int picture_write(struct rehearse *x)
{
	_cleanup_(buffer_done) struct buffer png = { NULL, 0 };
	struct report rep = { 0 };
	int r;

	if (!x->cli->output || !x->done || x->r.picture_is != 0)
		return EXIT_DONE;
	r = picture_png(&x->r.picture, &png, &rep);
	if (r == 0)
		r = result_write(x, x->cli->output, false, buffer_span(&png), x->picture, &rep);
	if (r == 0)
		return EXIT_DONE;
	x->picture[0] = '\0';
	return report_failed(&rep, r, x->cli->output);
}

/* ---- the trace ---------------------------------------------------------------------------------------------- */

struct trace { /* a memory file, so that nothing of it is in anybody's folder before it is whole */
	int fd;
	size_t n;
	bool cut;
};

static ssize_t trace_put(void *cookie, const char *buf, size_t n)
{
	struct trace *t = cookie;

	t->cut |= n > TRACE_MOST - t->n;
	if (t->cut)
		return (ssize_t)n;
	for (size_t done = 0; done < n;) {
		ssize_t got = write(t->fd, buf + done, n - done);

		if (got <= 0)
			return 0;
		done += (size_t)got;
	}
	t->n += n;
	return (ssize_t)n;
}

static int trace_open(const struct rehearse *x, struct trace *t, FILE **ret)
{
	*ret = NULL;
	if (!x->cli->trace)
		return 0;
	t->fd = memfd_create("igdctl-trace", MFD_CLOEXEC);
	if (t->fd >= 0)
		*ret = fopencookie(t, "w", (cookie_io_functions_t) { .write = trace_put });
	return *ret ? 0 : -IGD_ENOMEM;
}

static int trace_write(struct rehearse *x, struct trace *t, FILE *out)
{
	struct span bytes = { NULL, 0 };
	struct report rep = { 0 };
	bool whole = !out || fclose(out) == 0;
	int r = 0;

	if (t->fd < 0)
		return EXIT_DONE;
	if (t->n) {
		bytes = (struct span) { mmap(NULL, t->n, PROT_READ, MAP_PRIVATE, t->fd, 0), t->n };
		whole = whole && bytes.p != MAP_FAILED;
	}
	if (x->done)
		r = whole ? result_write(x, x->cli->trace, false, bytes, x->trace, &rep) : -IGD_ENOMEM;
	if (bytes.n && bytes.p != MAP_FAILED)
		munmap((void *)bytes.p, bytes.n);
	close(t->fd);
	x->trace_cut = t->cut;
	if (r == 0)
		return EXIT_DONE;
	x->trace[0] = '\0';
	return report_failed(&rep, r, x->cli->trace);
}

/* ---- the rehearsal ------------------------------------------------------------------------------------------ */

static struct emu_ids ids_of(uint64_t id, uint64_t subsystem, uint64_t class_code, uint64_t revision)
{
	return (struct emu_ids) { .vendor = (uint16_t)(id >> 16),
				  .device = (uint16_t)id,
				  .subvendor = (uint16_t)(subsystem >> 16),
				  .subdevice = (uint16_t)subsystem,
				  .class_code = (uint32_t)class_code,
				  .revision = (uint8_t)revision };
}

static void igd_fill(const struct brief *b, struct emu_igd_model *m)
{
	static const enum emu_bdsm widths[] = {
		[BRIEF_BDSM_NONE] = EMU_BDSM_NONE, [BRIEF_BDSM_32] = EMU_BDSM_32, [BRIEF_BDSM_64] = EMU_BDSM_64
	};

	*m = (struct emu_igd_model) { .name = "00:02.0",
				      .ids = ids_of(b->id, b->subsystem, b->class_code, b->revision),
				      .generation = (unsigned)b->generation,
				      .bdsm = widths[b->bdsm],
				      .ggc = (uint16_t)b->ggc,
				      .edid = b->edid };
	m->ids.pin = 1;
}

static void setup_fill(struct rehearse *x)
{
	const struct brief *b = &x->brief;
	struct rehearsal_setup *s = &x->setup;
	struct emu_ids bridge;

	s->qemu = &x->qemu;
	s->q35 = b->q35;
	s->smm = b->smm;
	s->firmware = b->seabios ? REHEARSE_SEABIOS : REHEARSE_OVMF;
	s->code = b->code;
	s->vars = b->vars_bytes;
	s->rom = b->rom_bytes;
	s->witness = b->seabios ? (struct span) { NULL, 0 } : buffer_span(&x->witness);
	s->opregion = b->opregion;
	s->stolen = b->stolen;
	igd_fill(b, &s->igd);
	if (b->lpc && !b->q35) { /* q35 has its own there */
		bridge = ids_of(b->lpc, b->lpc_subsystem, CLASS_BRIDGE, b->lpc_revision);
		x->lpc.name = "00:1f.0";
		emu_config_init(&x->lpc.config, &bridge, false);
		s->lpc = &x->lpc;
	}
}

static struct rehearsal_wish wish_of(const struct brief *b)
{
	return (struct rehearsal_wish) { .rom_has_assignment = b->rom_has_assignment,
					 .rom_has_policy = b->rom_has_policy,
					 .rom_has_gop = b->rom_has_gop,
					 .rom_has_vbios = b->rom_has_vbios,
					 .rom_has_efi = b->rom_has_efi,
					 .ovmf_has_assignment = b->ovmf_has_assignment,
					 .ovmf_has_policy = b->ovmf_has_policy,
					 .ovmf_has_gop = b->ovmf_has_gop,
					 .gop_fits = (enum tri)b->gop_fits,
					 .gop = b->gop,
					 .stolen_wanted = b->stolen > 0,
					 .stolen = b->stolen,
					 .vbt = b->vbt_bytes,
					 .rom_says = b->rom_says,
					 .ovmf_says = b->ovmf_says,
					 .vbt_says = b->vbt_says };
}

/* QEMU has the device. */
static void begun(void *ctx)
{
	const struct rehearse *x = ctx;
	const char *writes[3] = { NULL };
	size_t n = 0;

	if (x->cli->output)
		writes[n++] = x->cli->output;
	if (x->cli->trace)
		writes[n++] = x->cli->trace;
	sandbox_serve(x->cli, writes);
}

static int witness_make(struct buffer *ret, struct report *rep)
{
	const struct oprom_part part = { .code = OPROM_EFI, .bytes = igd_witness_bytes() };
	const struct oprom_plan plan = {
		.vendor = WITNESS_OWNER, .device = WITNESS_ID, .class_code = 0xff0000, .parts = &part, .n = 1
	};

	return oprom_make(&plan, ret, rep);
}

static int perform(struct rehearse *x)
{
	struct report rep = { 0 };
	struct trace t = { .fd = -1 };
	int r = trace_open(x, &t, &x->setup.trace), status;

	x->setup.begun = begun;
	x->setup.begun_ctx = x;
	x->setup.progress = isatty(STDERR_FILENO) ? rehearse_progress : NULL;
	x->setup.progress_ctx = x;
	if (r == 0)
		r = rehearsal_run(&x->setup, &x->r, &rep);
	rehearse_progress_clear();
	x->done = r == 0;
	status = trace_write(x, &t, x->setup.trace);
	x->setup.trace = NULL;
	if (r < 0)
		return brief_fails(x->cli, &rep, r, r == -IGD_EUSAGE ? EXIT_REFUSED : EXIT_DONE);
	return status;
}

static int answer(struct rehearse *x, int status)
{
	bool ok = true;

	if (x->cli->json)
		ok = rehearse_json(x);
	else
		rehearse_text(x);
	if (status != EXIT_DONE || !ok)
		return EXIT_FAILED;
	if (x->done && x->r.end == REHEARSAL_STOPPED)
		return EXIT_FAILED;
	return x->steps.n_fail ? EXIT_FINDINGS : EXIT_DONE;
}

static int rehearse(struct rehearse *x)
{
	struct rehearsal_wish wish;
	struct report rep = { 0 };
	int status, r = witness_make(&x->witness, &rep);

	if (r < 0)
		return brief_fails(x->cli, &rep, r, EXIT_DONE);
	setup_fill(x);
	status = x->cli->dry_run ? EXIT_DONE : perform(x);
	if (!x->cli->dry_run && !x->done)
		return status;
	status = picture_write(x) == EXIT_DONE ? status : EXIT_FAILED;
	wish = wish_of(&x->brief);
	r = steps_judge(&x->setup, x->done ? &x->r : NULL, &wish, &x->steps);
	return r < 0 ? brief_fails(x->cli, NULL, r, EXIT_DONE) : answer(x, status);
}

/* ---- the command -------------------------------------------------------------------------------------------- */

/* With --dry-run none is started, not even to be asked for its version: ROMs are judged for one that could be. */
static int qemu_get(struct rehearse *x)
{
	struct report rep = { 0 };
	int r = 0;

	x->wish.major = 10;
	x->wish.minor = 1;
	if (x->cli->dry_run)
		return EXIT_DONE;
	r = qemu_find(x->cli->qemu, &x->qemu, &rep);
	if (r == 0)
		r = qemu_can_rehearse(&x->qemu, &rep);
	if (r < 0)
		return brief_fails(x->cli, &rep, r, EXIT_DONE);
	x->wish.major = x->qemu.major;
	x->wish.minor = x->qemu.minor;
	return EXIT_DONE;
}

static int rehearse_run(const struct cli *cli)
{
	struct rehearse x = { .cli = cli, .wish.cli = cli };
	int status = options_read(&x);

	if (status == EXIT_DONE)
		status = results_try(&x);
	if (status == EXIT_DONE)
		status = qemu_get(&x);
	if (status == EXIT_DONE)
		status = brief_read(&x.wish, &x.brief);
	if (status == EXIT_DONE)
		status = results_try(&x); /* now with the files that a definition named */
	if (status == EXIT_DONE)
		status = rehearse(&x);
	steps_done(&x.steps);
	if (x.done)
		rehearsal_done(&x.r);
	buffer_done(&x.witness);
	brief_done(&x.brief);
	return status;
}

static const struct option_row rehearse_options[] = {
	{ 0, "rom", "FILE", "the option ROM of the GPU" },
	{ 0, "ovmf", "FILE", "the OVMF image; without it the distribution's" },
	{ 0, "ovmf-vars", "FILE", "the file with its variables; without it that of its package" },
	{ 0, "seabios", NULL, "SeaBIOS in place of OVMF" },
	{ 0, "vbt", "FILE", "the VBT in the OpRegion; else that of GopPolicy, else the machine's own" },
	{ 0, "vm", "ID|FILE", "firmware, machine and ROM of this VM; the options above have precedence" },
	{ 0, "machine", "MACHINE", "q35 (default with OVMF) or pc (i440fx)" },
	{ 0, "device", "VENDOR:DEVICE", "the GPU, 8086:3e92; else the machine's, else the ROM's" },
	{ 0, "qemu", "PROGRAM", "the QEMU that is started: 10.1.1 or newer" },
	{ 0, "accel", "ACCELERATOR", "tcg (default) or kvm" },
	{ 0, "memory", "MIB", "memory of the guest (default: 1024)" },
	{ 0, "timeout", "SECONDS", "how long the firmware may take (default: 60)" },
	{ 'o', "output", "FILE", "write the screen there, as PNG" },
	{ 0, "trace", "FILE", "write each access to the GPU there, a line each" },
	{ 0, "force", NULL, "write over the results of another time" },
	{ 0, NULL, NULL, NULL },
};

static const char *const rehearse_examples[] = {
	"a ROM, for the GPU of this machine",
	"sudo igdctl rehearse --rom igd.rom -o screen.png",
	"an injected OVMF on i440fx, for a Coffee Lake",
	"igdctl rehearse --ovmf OVMF_CODE_4M-igd-0123456789ab.fd --machine pc --device 8086:3e92",
	"what VM 100 has, on this host",
	"sudo igdctl rehearse --vm 100",
	NULL,
};

const struct command command_rehearse = {
	.name = COMMAND,
	.effect = RUNS,
	.synopsis = "[OPTION...]",
	.summary = "Try a ROM or an OVMF image out in a VM with an emulated GPU",
	.about = ("Starts QEMU with an emulated Intel GPU in the place of the real one, and firmware and ROM as they "
		  "are to be used; watches until the firmware would start a system; ends QEMU, and says step by step "
		  "what happened: whether the ROM was run, OpRegion and stolen memory were set up and lie where they "
		  "have to, the VBT was found, the GOP driver started, a mode was set and something is on the "
		  "screen. Nothing on the host is changed, no disk and no network is there, and nothing is left "
		  "behind.\n\nThe emulated GPU has the ids, the revision and the memory setup of the machine that "
		  "--root or --capture name, or of this one. It draws no more than a plane: that a GOP driver finds "
		  "no monitor, or ends at a register that is not modelled, says nothing of the real one; "
		  "docs/emulated-igd.md has the limits.\n\n"
		  "QEMU has to be 10.1.1 or newer, which the VM itself need not be. Files are read and judged in a "
		  "process that can do nothing else; the one that serves the emulated GPU gives up what it does not "
		  "need when QEMU runs. With --dry-run the files are judged and nothing is started."),
	.options = rehearse_options,
	.examples = rehearse_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_FINDINGS, EXIT_REFUSED, -1 },
	.run = rehearse_run,
};
