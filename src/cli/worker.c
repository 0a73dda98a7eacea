// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/pipe.h"
#include "cli/sandbox.h"

#define WORKERS_MAX 64
#define TOO_LONG    "longer than 1 GiB, which no firmware file is" /* WORKER_INPUT_MAX */

/* ---- the pipe: a head of 32 bytes, then words, then bytes --------------------------------------------------- */

#define EXIT_UNREADABLE 7 /* of a child, to its parent: no other status that it ends with */

enum tag { TAG_OUT, TAG_ERR, TAG_THING, TAG_PROGRESS, TAG_DONE };

struct head {
	uint64_t tag, n_words, n_bytes;
	uint64_t number; /* of TAG_DONE the status, of TAG_PROGRESS the thousandths */
};

static bool post(struct outbox *box, enum tag tag, uint64_t number, struct span words, struct span bytes)
{
	struct head head = { tag, words.n, bytes.n, number };

	box->broken = box->broken || !pipe_write(box->fd, &head, sizeof(head)) ||
		      !pipe_write(box->fd, words.p, words.n) || !pipe_write(box->fd, bytes.p, bytes.n);
	return !box->broken;
}

bool outbox_send(struct outbox *box, struct span words, struct span bytes)
{
	return post(box, TAG_THING, 0, words, bytes);
}

void outbox_progress(struct outbox *box, uint64_t done, uint64_t total)
{
	static uint64_t last; /* a child has one outbox */
	uint64_t part = total ? done * 1000 / total : 0;

	if (part < last + 20 && part >= last)
		return;
	last = part;
	(void)post(box, TAG_PROGRESS, part, (struct span) { NULL, 0 }, (struct span) { NULL, 0 });
}

/* ---- the child ---------------------------------------------------------------------------------------------- */

/* All of standard input or of a file that cannot be mapped. */
static bool slurp(int fd, struct span *ret)
{
	size_t room = 1 << 16, n = 0;
	uint8_t *p = malloc(room);

	for (;;) {
		ssize_t got;

		if (n == room) {
			uint8_t *more = room < WORKER_INPUT_MAX ? realloc(p, room * 2) : NULL;

			if (!more)
				break;
			p = more;
			room *= 2;
		}
		got = p ? read(fd, p + n, room - n) : -1;
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			*ret = (struct span) { p, n };
			return got == 0;
		}
		n += (size_t)got;
	}
	free(p);
	return false;
}

static bool input_map(int fd, struct span *ret)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
		return slurp(fd, ret);
	if ((uint64_t)st.st_size > WORKER_INPUT_MAX)
		return false;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return false;
	*ret = (struct span) { p, (size_t)st.st_size };
	return true;
}

static void streams_post(struct outbox *box, const char *out, size_t n_out, const char *err, size_t n_err)
{
	const struct span none = { NULL, 0 };

	if (n_out)
		(void)post(box, TAG_OUT, 0, none, (struct span) { (const uint8_t *)out, n_out });
	if (n_err)
		(void)post(box, TAG_ERR, 0, none, (struct span) { (const uint8_t *)err, n_err });
}

/* Its input, its pipe and the standard three are all that a child has: not the pipes of the others, nor what is in
 * them. */
static void others_close(int a, int b)
{
	unsigned low = (unsigned)(a < b ? a : b), high = (unsigned)(a < b ? b : a);

	if (low > 3)
		close_range(3, low - 1, 0);
	if (high > low + 1)
		close_range(low + 1, high - 1, 0);
	close_range(high + 1, ~0U, 0);
}

static unsigned seconds_of(const struct workers *w)
{
	return w->seconds ? w->seconds : WORKER_SECONDS;
}

/* What a child is and does; it never returns. */
static void child_live(const struct workers *w, size_t i, int fd, int pipe_fd)
{
	const struct span none = { NULL, 0 };
	char *out = NULL, *err = NULL, name[PATH_MAX];
	struct outbox box = { .fd = pipe_fd, .name = name };
	size_t n_out = 0, n_err = 0;
	struct span bytes = none;
	bool sealed;
	int status;

	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody is left to hear the answer */
	others_close(fd, pipe_fd);
	text_copy(span_str(w->inputs[i]), name, sizeof(name));
	sealed = sandbox_seal(seconds_of(w));
	box.out = open_memstream(&out, &n_out);
	box.err = open_memstream(&err, &n_err);
	if (!box.out || !box.err)
		_exit(EXIT_FAILED);
	if (!sealed && w->cli->verbose)
		fprintf(box.err, "note: this kernel has only a part of the sandbox\n");
	if (!input_map(fd, &bytes))
		_exit(EXIT_UNREADABLE);
	status = w->work(w->ctx, i, bytes, &box);
	fclose(box.out);
	fclose(box.err);
	streams_post(&box, out, n_out, err, n_err);
	(void)post(&box, TAG_DONE, (uint64_t)status, none, none);
	_exit(EXIT_DONE);
}

/* ---- the parent --------------------------------------------------------------------------------------------- */

struct child {
	pid_t pid; /* 0: not started, or ended and collected */
	int fd;	   /* its pipe; -1: closed */
	uint8_t *answer;
	size_t n, room;
	bool refused, ended; /* refused: was never started; .line says why */
	unsigned part;	     /* thousandths of its work */
	size_t seen;	     /* of the answer, by the progress bar */
	int wait_status;
	char line[512];
};

static int worse(int a, int b)
{
	static const int rank[] = {
		[EXIT_DONE] = 0, [EXIT_FINDINGS] = 1, [EXIT_REFUSED] = 2, [EXIT_USAGE] = 3, [EXIT_FAILED] = 4
	};

	return rank[b] > rank[a] ? b : a;
}

static bool child_refuse(struct child *c, const char *name, const char *why)
{
	c->refused = c->ended = true;
	c->fd = -1;
	snprintf(c->line, sizeof(c->line), "%s: %s", name, why);
	text_clean(c->line);
	return false;
}

/* Why an open file is none to be read, as an errno; 0: it is. */
static int input_fault(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return errno;
	if (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))
		return EINVAL;
	return S_ISREG(st.st_mode) && (uint64_t)st.st_size > WORKER_INPUT_MAX ? EFBIG : 0;
}

/* The open file, or -1 and why in errno. Unlike input_open() it takes nothing that one would have to wait for. */
static int file_open(const char *name)
{
	int fd, fault;

	if (strcmp(name, "-") == 0)
		return dup(STDIN_FILENO);
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -1;
	fault = input_fault(fd);
	if (fault == 0)
		return fd;
	close(fd);
	errno = fault;
	return -1;
}

static bool child_start(const struct workers *w, size_t i, struct child *c)
{
	int fd = file_open(w->inputs[i]), ends[2];

	if (fd < 0)
		return child_refuse(c, w->inputs[i],
				    errno == EINVAL  ? "is no file; give what comes through a pipe as -"
				    : errno == EFBIG ? TOO_LONG
						     : strerror(errno));
	if (pipe2(ends, O_CLOEXEC) < 0) {
		close(fd);
		return child_refuse(c, w->inputs[i], strerror(errno));
	}
	fflush(NULL);
	c->pid = fork();
	if (c->pid == 0) {
		close(ends[0]);
		child_live(w, i, fd, ends[1]);
	}
	close(fd);
	close(ends[1]);
	if (c->pid < 0) {
		close(ends[0]);
		return child_refuse(c, w->inputs[i], strerror(errno));
	}
	c->fd = ends[0];
	return true;
}

static void child_end(struct child *c)
{
	close(c->fd);
	c->fd = -1;
	while (waitpid(c->pid, &c->wait_status, 0) < 0 && errno == EINTR)
		;
	c->ended = true;
}

/* Take what is in the pipe. */
static void child_hear(struct child *c)
{
	ssize_t got;

	if (c->n == c->room) {
		size_t room = c->room ? c->room * 2 : 1 << 16;
		uint8_t *more = c->n < WORKER_ANSWER_MAX ? realloc(c->answer, room) : NULL;

		if (!more) {
			child_end(c); /* closing the pipe ends the child too */
			return;
		}
		c->answer = more;
		c->room = room;
	}
	got = read(c->fd, c->answer + c->n, c->room - c->n);
	if (got > 0)
		c->n += (size_t)got;
	else if (got == 0 || errno != EINTR)
		child_end(c);
}

/* The next message of an answer from *@at on. */
static bool message(const struct child *c, size_t *at, struct head *head, struct span *words, struct span *bytes)
{
	const struct span all = { c->answer, c->n };
	struct span raw;

	if (!span_cut(all, *at, sizeof(*head), &raw))
		return false;
	memcpy(head, raw.p, sizeof(*head));
	if (!span_cut(all, *at + sizeof(*head), head->n_words, words) ||
	    !span_cut(all, *at + sizeof(*head) + head->n_words, head->n_bytes, bytes))
		return false;
	*at += sizeof(*head) + head->n_words + head->n_bytes;
	return true;
}

static void progress_see(struct child *c)
{
	struct span words, bytes;
	struct head head;

	while (message(c, &c->seen, &head, &words, &bytes))
		if (head.tag == TAG_PROGRESS && head.number <= 1000)
			c->part = (unsigned)head.number;
}

static const char *end_str(const struct workers *w, const struct child *c, char *buf, size_t n)
{
	int sig = WIFSIGNALED(c->wait_status) ? WTERMSIG(c->wait_status) : 0;

	if (sig == SIGALRM || sig == SIGXCPU)
		snprintf(buf, n, "reading it took more than %u seconds and was ended", seconds_of(w));
	else if (sig == SIGBUS)
		snprintf(buf, n, "it became shorter while it was read");
	else if (sig)
		snprintf(buf, n,
			 "its reader broke down (signal %d, %s) and nothing else was harmed; this is a mistake of "
			 "igdctl, please report it",
			 sig, strsignal(sig));
	else if (WIFEXITED(c->wait_status) && WEXITSTATUS(c->wait_status) == EXIT_UNREADABLE)
		snprintf(buf, n, "it cannot be read to its end, or is " TOO_LONG);
	else
		snprintf(buf, n, "its reader ended without an answer, for want of memory");
	return buf;
}

static int child_failed(const struct workers *w, size_t i, const char *line)
{
	fprintf(stderr, "igdctl: %s\n", line);
	if (w->end)
		w->end(w->ctx, i, line);
	return EXIT_FAILED;
}

/* Print and take what child @i answered. */
static int answer_take(const struct workers *w, size_t i, struct child *c)
{
	struct span words, bytes;
	struct head head = { 0 };
	int status = EXIT_DONE;
	char why[256], line[512];
	bool done = false;
	size_t at = 0;

	if (c->refused)
		return child_failed(w, i, c->line);
	while (!done && message(c, &at, &head, &words, &bytes)) {
		if (head.tag == TAG_OUT || head.tag == TAG_ERR)
			fwrite(bytes.p, 1, bytes.n, head.tag == TAG_OUT ? stdout : stderr);
		else if (head.tag == TAG_THING && w->take)
			status = worse(status, w->take(w->ctx, i, words, bytes));
		done = head.tag == TAG_DONE && head.number <= EXIT_REFUSED;
	}
	if (done && w->end)
		status = worse(status, w->end(w->ctx, i, NULL));
	free(c->answer);
	c->answer = NULL;
	if (done)
		return worse(status, (int)head.number);
	snprintf(line, sizeof(line), "%s: %s", w->inputs[i], end_str(w, c, why, sizeof(why)));
	text_clean(line);
	return child_failed(w, i, line);
}

/* ---- progress ----------------------------------------------------------------------------------------------- */

struct bar {
	struct timespec begin;
	bool shown;
};

#define BAR_AFTER_MS 1000
#define BAR_CELLS    30

static void bar_show(struct bar *b, const struct child *children, size_t n, size_t done)
{
	struct timespec now;
	uint64_t part = 0, all = (uint64_t)n * 1000;
	long ms;

	if (n == 0 || !isatty(STDERR_FILENO))
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (now.tv_sec - b->begin.tv_sec) * 1000 + (now.tv_nsec - b->begin.tv_nsec) / 1000000;
	if (ms < BAR_AFTER_MS)
		return;
	for (size_t i = 0; i < n; i++)
		part += children[i].ended ? 1000 : children[i].part;
	fprintf(stderr, "\r[%-*.*s] %3u %%  %zu of %zu ", BAR_CELLS, (int)(part * BAR_CELLS / all),
		"##############################", (unsigned)(part * 100 / all), done, n);
	b->shown = true;
}

static void bar_clear(struct bar *b)
{
	if (b->shown)
		fprintf(stderr, "\r%*s\r", BAR_CELLS + 32, "");
	b->shown = false;
}

/* ---- all of them -------------------------------------------------------------------------------------------- */

struct crew {
	const struct workers *w;
	struct child *children;
	size_t wanted, running, next, turn; /* next to start; next to be printed */
	struct bar bar;
	int status;
};

static void crew_start(struct crew *c)
{
	while (c->running < c->wanted && c->next < c->w->n) {
		c->running += child_start(c->w, c->next, &c->children[c->next]);
		c->next++;
	}
}

static void crew_print(struct crew *c)
{
	while (c->turn < c->next && c->children[c->turn].ended) {
		bar_clear(&c->bar);
		c->status = worse(c->status, answer_take(c->w, c->turn, &c->children[c->turn]));
		c->turn++;
	}
}

static void crew_hear(struct crew *c)
{
	struct pollfd fds[WORKERS_MAX];
	size_t who[WORKERS_MAX], n = 0;

	for (size_t i = c->turn; i < c->next && n < WORKERS_MAX; i++)
		if (!c->children[i].ended) {
			fds[n] = (struct pollfd) { .fd = c->children[i].fd, .events = POLLIN };
			who[n++] = i;
		}
	if (n == 0 || poll(fds, n, 200) < 0)
		return;
	for (size_t k = 0; k < n; k++) {
		struct child *child = &c->children[who[k]];

		if (!fds[k].revents)
			continue;
		child_hear(child);
		progress_see(child);
		c->running -= child->ended;
	}
	bar_show(&c->bar, c->children, c->w->n, c->turn);
}

int workers_run(const struct workers *w)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct crew c = { .w = w, .wanted = cpus < 1 ? 1 : cpus > WORKERS_MAX ? WORKERS_MAX : (size_t)cpus };
	struct child *children = calloc(w->n ? w->n : 1, sizeof(*children));

	clock_gettime(CLOCK_MONOTONIC, &c.bar.begin);
	if (!children)
		return report_failed(NULL, -IGD_ENOMEM, "out of memory");
	c.children = children;
	while (c.turn < w->n) {
		crew_start(&c);
		crew_hear(&c);
		crew_print(&c);
	}
	bar_clear(&c.bar);
	free(children);
	return c.status;
}

/* ---- folders ------------------------------------------------------------------------------------------------ */

struct name_list {
	char **v;
	size_t n, room;
};

static bool name_add(struct name_list *l, const char *name)
{
	if (l->n + 1 >= l->room) {
		size_t room = l->room ? l->room * 2 : 64;
		char **more = realloc(l->v, room * sizeof(*more));

		if (!more)
			return false;
		l->v = more;
		l->room = room;
	}
	l->v[l->n] = strdup(name);
	l->v[l->n + 1] = NULL;
	return l->v[l->n] && ++l->n;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool folder_add(struct name_list *l, char *folder)
{
	char *const roots[] = { folder, NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	FTSENT *e;
	bool ok = fts != NULL;

	while (ok && (e = fts_read(fts)) != NULL)
		if (e->fts_info == FTS_F && S_ISREG(e->fts_statp->st_mode))
			ok = name_add(l, e->fts_path);
	if (fts)
		fts_close(fts);
	return ok;
}

char **inputs_expand(char *const *names, size_t n, size_t *ret_n)
{
	struct name_list l = { NULL, 0, 0 };
	struct stat st;
	bool ok = true;

	for (size_t i = 0; i < n && ok; i++)
		ok = strcmp(names[i], "-") != 0 && stat(names[i], &st) == 0 && S_ISDIR(st.st_mode)
			     ? folder_add(&l, names[i])
			     : name_add(&l, names[i]);
	if (!ok) {
		inputs_free(l.v);
		return NULL;
	}
	*ret_n = l.n;
	return l.v ? l.v : calloc(1, sizeof(*l.v));
}

void inputs_free(char **names)
{
	for (size_t i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
}
