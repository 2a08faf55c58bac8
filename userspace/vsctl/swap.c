// SPDX-License-Identifier: GPL-2.0
/* Swap files of guests: which files and devices may be used, and how they are marked */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../libvmfs/probe.h"
#include "../libvs/err.h"
#include "../libvs/memory.h"
#include "swap.h"

/* Signature at the begin of the first page, which the kernel leaves alone */
#define HEADER	"swap file of vmem, for one guest\n"

static bool is_ours(int fd)
{
	char text[sizeof(HEADER) - 1];

	return pread(fd, text, sizeof(text), 0) == sizeof(text) &&
	       !memcmp(text, HEADER, sizeof(text));
}

/* Empty, or a swap file of ours: anything else belongs to somebody. */
static int check_content(const char *path, const struct stat *st)
{
	struct vmfs_dev dev = { .name = path };
	int err = VS_OK;

	if (S_ISREG(st->st_mode) && !st->st_size)
		return VS_OK;
	/* libblkid does not read directly. */
	dev.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (dev.fd < 0)
		return vs_fail(VS_REFUSED, "cannot read the swap file %s: %s", path,
			       strerror(errno));
	if (!is_ours(dev.fd)) {
		err = vmfs_check_empty(&dev, "force");
		if (!err && S_ISREG(st->st_mode))
			err = vs_fail(VS_REFUSED,
				      "%s is not empty, and was no swap file: use force to overwrite it",
				      path);
	}
	close(dev.fd);
	return err;
}

int swap_open(const char *path, bool force, int *fd)
{
	int flags = O_RDWR | O_CLOEXEC | (!strncmp(path, "/dev/", 5) ? 0 : O_CREAT);
	struct stat st;
	int err = VS_OK;

	/* Direct, so that the host's page cache does not keep what a guest lost, where
	 * the filesystem can.
	 */
	*fd = open(path, flags | O_DIRECT, 0600);
	if (*fd < 0 && errno == EINVAL)
		*fd = open(path, flags, 0600);
	if (*fd < 0 || fstat(*fd, &st))
		return vs_fail(errno == ENOENT ? VS_NOT_FOUND : VS_REFUSED,
			       "cannot open the swap file %s: %s", path, strerror(errno));
	if (!force)
		err = check_content(path, &st);
	if (err)
		close(*fd);
	return err;
}

int swap_label(int fd, const char *path)
{
	void *page;
	int err = VS_OK;

	if (posix_memalign(&page, VS_PAGE_BYTES, VS_PAGE_BYTES))
		return vs_fail(VS_REFUSED, "there is no memory");
	memset(page, 0, VS_PAGE_BYTES);
	memcpy(page, HEADER, sizeof(HEADER) - 1);
	if (pwrite(fd, page, VS_PAGE_BYTES, 0) != VS_PAGE_BYTES)
		err = vs_fail(VS_REFUSED, "%s is the swap file, but cannot be labelled: %s", path,
			      strerror(errno));
	free(page);
	return err;
}
