// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "folder.h"
#include "text.h"

#define LINKS_MAX	40	/* as in the kernel */
#define RANDOM_DIGITS	16

const char *vs_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int fail_path(const char *path, int err)
{
	return vs_fail(err == ENOENT ? VS_NOT_FOUND : VS_REFUSED, "%s: %s", path, strerror(err));
}

/* A way that is still to be gone: from the folder @fd on, along @todo */
struct walk {
	const char *path;
	char todo[PATH_MAX];
	unsigned int links;
	int fd;
};

static int begin_at(struct walk *walk, const char *where)
{
	if (walk->fd >= 0)
		close(walk->fd);
	walk->fd = open(where, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return walk->fd < 0 ? fail_path(walk->path, errno) : VS_OK;
}

/* What the link says comes before the rest of the way. */
static int follow(struct walk *walk, int link, const struct stat *st)
{
	char target[PATH_MAX];
	ssize_t len;

	if (st->st_uid && st->st_uid != geteuid())
		return vs_fail(VS_REFUSED, "%s goes through a symbolic link of user %u, which is not followed",
			       walk->path, st->st_uid);
	len = readlinkat(link, "", target, sizeof(target));
	if (len < 0)
		return fail_path(walk->path, errno);
	if (++walk->links > LINKS_MAX)
		return fail_path(walk->path, ELOOP);
	if (len + 1 + strlen(walk->todo) >= sizeof(walk->todo))
		return fail_path(walk->path, ENAMETOOLONG);
	memmove(walk->todo + len + 1, walk->todo, strlen(walk->todo) + 1);
	memcpy(walk->todo, target, len);
	walk->todo[len] = '/';
	return *target == '/' ? begin_at(walk, "/") : VS_OK;
}

/* One component of the way */
static int step(struct walk *walk)
{
	size_t len = strcspn(walk->todo, "/");
	char name[PATH_MAX];
	struct stat st;
	int next, err;

	memcpy(name, walk->todo, len);
	name[len] = '\0';
	memmove(walk->todo, walk->todo + len, strlen(walk->todo + len) + 1);
	next = openat(walk->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (next < 0 || fstat(next, &st)) {
		err = fail_path(walk->path, errno);
	} else if (S_ISLNK(st.st_mode)) {
		err = follow(walk, next, &st);
	} else if (!S_ISDIR(st.st_mode)) {
		err = fail_path(walk->path, ENOTDIR);
	} else {
		close(walk->fd);
		walk->fd = next;
		return VS_OK;
	}
	if (next >= 0)
		close(next);
	return err;
}

int vs_folder_open(const char *path, int *folder)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? slash - path : 0, gap;
	struct walk walk = { .path = path, .fd = -1 };
	int err;

	*folder = -1;
	if (len >= sizeof(walk.todo))
		return fail_path("the path", ENAMETOOLONG);
	memcpy(walk.todo, path, len);
	err = begin_at(&walk, *path == '/' ? "/" : ".");
	while (!err) {
		gap = strspn(walk.todo, "/");
		memmove(walk.todo, walk.todo + gap, strlen(walk.todo + gap) + 1);
		if (!*walk.todo)
			break;
		err = step(&walk);
	}
	if (!err)
		*folder = walk.fd;
	else if (walk.fd >= 0)
		close(walk.fd);
	return err;
}

int vs_file_open(int folder, const char *name, const char *path, int flags, int *fd)
{
	struct stat st;

	/* A FIFO is not waited for. */
	*fd = openat(folder, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (*fd < 0 && errno == ELOOP)
		return vs_fail(VS_REFUSED, "%s is a symbolic link, which is not followed", path);
	if (*fd < 0)
		return fail_path(path, errno);
	if (!fstat(*fd, &st) && S_ISREG(st.st_mode))
		return VS_OK;
	close(*fd);
	*fd = -1;
	return vs_fail(VS_REFUSED, "%s is no regular file", path);
}

static int lock_file(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_SETLK, &lock);
}

/* ".NEAR." and digits: a file of ours; not locked, it is a leftover */
static void remove_if_left(int folder, const char *name, const char *near, size_t near_len)
{
	size_t digits;
	int fd;

	if (*name != '.' || strncmp(name + 1, near, near_len) || name[1 + near_len] != '.')
		return;
	for (digits = 0, name += near_len + 2; isxdigit((unsigned char)name[digits]); digits++)
		;
	if (digits != RANDOM_DIGITS || name[digits])
		return;
	name -= near_len + 2;
	fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	if (!lock_file(fd))
		unlinkat(folder, name, 0);
	close(fd);
}

static void remove_left(int folder, const char *near, size_t near_len)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir && fd >= 0)
		close(fd);
	while (dir && (entry = readdir(dir)))
		remove_if_left(folder, entry->d_name, near, near_len);
	if (dir)
		closedir(dir);
}

int vs_file_create(int folder, const char *near, char made[NAME_MAX + 1], int *fd)
{
	size_t len = vs_cut(near, NAME_MAX - RANDOM_DIGITS - 2);
	unsigned long long number;

	remove_left(folder, near, len);
	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return vs_fail(VS_REFUSED, "cannot make a name: %s", strerror(errno));
	snprintf(made, NAME_MAX + 1, ".%.*s.%016llx", (int)len, near, number);
	*fd = openat(folder, made, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*fd < 0)
		return fail_path(near, errno);
	/* Where there are no locks, what is left stays. */
	lock_file(*fd);
	return VS_OK;
}

int vs_file_publish(int folder, const char *made, const char *name)
{
	struct stat st;
	int err = renameat2(folder, made, folder, name, RENAME_NOREPLACE) ? errno : 0;

	/* Not every file system can ask and rename at once. */
	if (err == EINVAL) {
		err = !fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) ? EEXIST :
		      renameat(folder, made, folder, name) ? errno : 0;
	}
	return err ? fail_path(name, err) : VS_OK;
}

int vs_folder_sync(int folder)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = fd < 0 || fsync(fd) ? errno : 0;

	if (fd >= 0)
		close(fd);
	return err ? fail_path("the folder", err) : VS_OK;
}
