// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/batch.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/command.h"

#define WORKERS_MAX 16

struct answer {
	char *out, *err;
	size_t n_out, n_err;
	int status;
	bool done;
};

struct queue {
	batch_judge judge;
	const void *ctx;
	size_t n;
	struct answer *answers;
	size_t next;
	pthread_mutex_t lock;
	pthread_cond_t one_more;
};

static void answer_make(const struct queue *q, size_t i, struct answer *a)
{
	FILE *out = open_memstream(&a->out, &a->n_out), *err = open_memstream(&a->err, &a->n_err);

	a->status = out && err ? q->judge(q->ctx, i, out, err) : EXIT_FAILED;
	if (out)
		fclose(out);
	if (err)
		fclose(err);
}

static void *work(void *ctx)
{
	struct queue *q = ctx;

	for (;;) {
		size_t i;

		pthread_mutex_lock(&q->lock);
		i = q->next < q->n ? q->next++ : SIZE_MAX;
		pthread_mutex_unlock(&q->lock);
		if (i == SIZE_MAX)
			return NULL;
		answer_make(q, i, &q->answers[i]);
		pthread_mutex_lock(&q->lock);
		q->answers[i].done = true;
		pthread_cond_signal(&q->one_more);
		pthread_mutex_unlock(&q->lock);
	}
}

static void progress(size_t n, size_t done)
{
	static bool shown;

	if (!isatty(STDERR_FILENO) || isatty(STDOUT_FILENO))
		return; /* the answers themselves show how far it is */
	if (done < n)
		fprintf(stderr, "\r%zu of %zu", done, n);
	else if (shown)
		fprintf(stderr, "\r%*s\r", 24, "");
	shown = true;
}

static int worse(int a, int b)
{
	static const int rank[] = {
		[EXIT_DONE] = 0, [EXIT_FINDINGS] = 1, [EXIT_REFUSED] = 2, [EXIT_USAGE] = 3, [EXIT_FAILED] = 4
	};

	return rank[b] > rank[a] ? b : a;
}

static int print_in_order(struct queue *q)
{
	int status = EXIT_DONE;

	for (size_t i = 0; i < q->n; i++) {
		struct answer *a = &q->answers[i];

		pthread_mutex_lock(&q->lock);
		while (!a->done)
			pthread_cond_wait(&q->one_more, &q->lock);
		pthread_mutex_unlock(&q->lock);
		if (a->err)
			fwrite(a->err, 1, a->n_err, stderr);
		if (a->out)
			fwrite(a->out, 1, a->n_out, stdout);
		free(a->out);
		free(a->err);
		status = worse(status, a->status);
		progress(q->n, i + 1);
	}
	return status;
}

int batch_run(batch_judge judge, const void *ctx, size_t n)
{
	struct queue q = { judge, ctx, n, .lock = PTHREAD_MUTEX_INITIALIZER, .one_more = PTHREAD_COND_INITIALIZER };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t wanted = cpus < 1 ? 1 : cpus > WORKERS_MAX ? WORKERS_MAX : (size_t)cpus, started = 0;
	pthread_t workers[WORKERS_MAX];
	int status;

	if (n == 1)
		return judge(ctx, 0, stdout, stderr);
	q.answers = calloc(n, sizeof(*q.answers));
	if (!q.answers)
		return report_failed(NULL, -IGD_ENOMEM, "out of memory");
	for (; started < wanted && started < n; started++)
		if (pthread_create(&workers[started], NULL, work, &q) != 0)
			break;
	if (started == 0)
		work(&q);
	status = print_in_order(&q);
	for (size_t i = 0; i < started; i++)
		pthread_join(workers[i], NULL);
	free(q.answers);
	return status;
}
