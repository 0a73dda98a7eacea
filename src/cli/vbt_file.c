// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/vbt_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "cli/input.h"

#define FILE_MAX  ((size_t)128 << 20) /* four times the largest flash chip of a PC */
#define DEPTH_MAX 32		      /* folders in folders */
#define FILES_MAX 1000000

int vbt_file_read(const char *name, struct vbt_file *ret, struct report *rep)
{
	struct vbt_file f = { 0 };
	int r;

	report_subject(rep, "%s", name);
	r = input_bytes(name, FILE_MAX, &f.arena, &f.bytes, rep);
	if (r == 0)
		r = vbt_find(f.bytes, &f.info, &f.at, &f.place, rep);
	if (r == -IGD_EMAGIC && f.bytes.n == 0)
		r = report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE, "the file is empty");
	else if (r == -IGD_EMAGIC && rep->refusal.at == REPORT_NOWHERE) /* nothing that begins as one */
		r = report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE,
				  "there is no VBT in these %zu bytes; igdctl fw extract --vbt looks into archives "
				  "and what is compressed",
				  f.bytes.n);
	if (r < 0) {
		vbt_file_done(&f);
		return r;
	}
	*ret = f;
	return 0;
}

void vbt_file_done(struct vbt_file *f)
{
	arena_done(&f->arena);
}

const char *vbt_place_str(const struct vbt_file *f, char *buf, size_t n)
{
	static const char *const words[] = {
		[VBT_ALONE] = "",
		[VBT_IN_ROM] = "in an option ROM, at",
		[VBT_IN_IGD] = "in an OpRegion, at",
		[VBT_SOMEWHERE] = "the first one of this file, at",
	};

	buf[0] = '\0';
	if (f->place != VBT_ALONE)
		snprintf(buf, n, "%s 0x%zx", words[f->place], f->at);
	return buf;
}

/* ---- folders ----------------------------------------------------------------------------------------------- */

static int list_add(struct file_list *l, const char *name, bool walked, struct report *rep)
{
	char **names;
	bool *flags;

	if (l->n == FILES_MAX)
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "more than %d files", FILES_MAX);
	if ((l->n & (l->n - 1)) == 0) { /* full at each power of two */
		size_t room = l->n ? l->n * 2 : 1;

		names = realloc(l->names, room * sizeof(*names));
		l->names = names ? names : l->names;
		flags = realloc(l->walked, room * sizeof(*flags));
		l->walked = flags ? flags : l->walked;
		if (!names || !flags)
			return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "out of memory");
	}
	l->names[l->n] = strdup(name);
	if (!l->names[l->n])
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "out of memory");
	l->walked[l->n++] = walked;
	return 0;
}

static int folder_add(struct file_list *l, const char *folder, unsigned depth, struct report *rep);

/* One entry of a folder; links are followed to files, never to folders. */
static int entry_add(struct file_list *l, const char *path, unsigned depth, struct report *rep)
{
	struct stat here, there;

	if (lstat(path, &here) < 0)
		return 0; /* gone meanwhile */
	if (S_ISDIR(here.st_mode))
		return folder_add(l, path, depth + 1, rep);
	if (stat(path, &there) == 0 && S_ISREG(there.st_mode))
		return list_add(l, path, true, rep);
	return 0;
}

static int folder_add(struct file_list *l, const char *folder, unsigned depth, struct report *rep)
{
	struct dirent **found = NULL;
	char path[4096];
	int n = -1, r = 0;

	report_subject(rep, "%s", folder);
	if (depth > DEPTH_MAX)
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "folders in folders, more than %d deep",
				     DEPTH_MAX);
	n = scandir(folder, &found, NULL, alphasort);
	if (n < 0)
		return report_refuse(rep, IGD_EACCES, REPORT_NOWHERE, "cannot be listed: %s", strerror(errno));
	for (int i = 0; i < n; i++) {
		int len = snprintf(path, sizeof(path), "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/",
				   found[i]->d_name);

		if (r == 0 && len > 0 && (size_t)len < sizeof(path) && strcmp(found[i]->d_name, ".") != 0 &&
		    strcmp(found[i]->d_name, "..") != 0)
			r = entry_add(l, path, depth, rep);
		free(found[i]);
	}
	free(found);
	return r;
}

int file_list_make(char *const *names, int n_names, struct file_list *ret, struct report *rep)
{
	struct stat st;
	int r = 0;

	*ret = (struct file_list) { 0 };
	for (int i = 0; i < n_names && r == 0; i++)
		if (strcmp(names[i], "-") != 0 && stat(names[i], &st) == 0 && S_ISDIR(st.st_mode))
			r = folder_add(ret, names[i], 0, rep);
		else
			r = list_add(ret, names[i], false, rep);
	return r;
}

void file_list_done(struct file_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->names[i]);
	free(l->names);
	free(l->walked);
	*l = (struct file_list) { 0 };
}
