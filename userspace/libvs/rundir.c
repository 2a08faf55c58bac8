// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "rundir.h"

#define RUN_DIR	"/run/vsuite"

/* The folder exists, and nobody else can write to it. */
static int check_folder(const char *path)
{
	struct stat st;

	if ((mkdir(path, 0700) && errno != EEXIST) || lstat(path, &st))
		return errno;
	return st.st_uid != geteuid() ? EACCES :
	       !S_ISDIR(st.st_mode) || st.st_mode & 077 ? EPERM : 0;
}

static int find_folder(char *path, size_t size)
{
	const char *own = getenv("XDG_RUNTIME_DIR");
	int err = check_folder(RUN_DIR);

	snprintf(path, size, "%s", RUN_DIR);
	/* Not if the own folder is open to others */
	if ((err == EACCES || err == EROFS) && own && *own == '/') {
		snprintf(path, size, "%s/vsuite", own);
		err = check_folder(path);
	}
	if (err == EPERM)
		return vs_fail(VS_REFUSED, "%s must be a folder that nobody else may use (mode 0700)",
			       path);
	return err ? vs_fail(VS_REFUSED, "cannot use %s: %s", path, strerror(err)) : VS_OK;
}

int vs_run_path(const char *name, char *path, size_t size)
{
	char folder[PATH_MAX];
	struct stat st;
	int err = find_folder(folder, sizeof(folder));

	if (err)
		return err;
	if (stat("/proc/self/ns/net", &st))
		return vs_fail(VS_REFUSED, "/proc/self/ns/net: %s", strerror(errno));
	if (snprintf(path, size, "%s/%s-%lu", folder, name, (unsigned long)st.st_ino) >= (int)size)
		return vs_fail(VS_REFUSED, "%s: %s", folder, strerror(ENAMETOOLONG));
	return VS_OK;
}

int vs_run_lock(unsigned int seconds, int *fd)
{
	unsigned int tries = seconds * 20 + 1;
	char path[PATH_MAX];
	int err = vs_run_path("lock", path, sizeof(path));

	*fd = -1;
	if (err)
		return err;
	*fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	err = *fd < 0 ? errno : EWOULDBLOCK;
	for (; err == EWOULDBLOCK && tries; tries--) {
		err = flock(*fd, LOCK_EX | LOCK_NB) ? errno : 0;
		if (err == EWOULDBLOCK)
			usleep(50000);
	}
	if (!err)
		return VS_OK;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return err == EWOULDBLOCK ?
	       vs_fail(VS_REFUSED, "another vsctl has been changing the configuration for %u seconds",
		       seconds) :
	       vs_fail(VS_REFUSED, "cannot lock %s: %s", path, strerror(err));
}
