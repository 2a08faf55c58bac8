// SPDX-License-Identifier: GPL-2.0
/*
 * Use guest memory in every way that there is, and check each byte.
 *
 *   stress SECONDS PAGES DISK FILE FILE
 *
 * Two files of vmem are mapped twice each.  Every page has the same layout in
 * both files, so that pages are equal most of the time; each thread owns some
 * bytes of every page and knows what must be in them.  Whatever takes memory
 * away meanwhile is the caller's business.  DISK is a block device of 1 MiB
 * for direct I/O.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/falloc.h>

#define PAGE		4096UL
#define HUGE		(2UL << 20)
#define CONTENTS	97
#define WRITERS		4		/* two on each file */
#define SECTOR		512UL
#define SECTORS		2048U

/* Who owns what of a page */
#define AT_WRITER(t)	(64UL * (t))
#define AT_REMOTE	1024UL
#define AT_CONSTANT	1536UL
#define CONSTANT_BYTES	1024UL
#define AT_DIRECT	(PAGE - SECTOR)

struct file {
	int fd;
	unsigned char *map[2];
};

static struct file files[2];
static unsigned long pages;		/* of each file */
static unsigned long used;		/* of these; the last block is the puncher's */
static _Atomic bool stopping;
static _Atomic int failures;
static uint32_t *expected[WRITERS];	/* what writer t wrote, by page */
static uint64_t *remote;		/* what the remote writer wrote, by page; shared memory */
static uint32_t *direct;		/* sector that was read into a page of the first file */
static unsigned long done[8];

static void bad(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "stress: ");
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	failures++;
	stopping = true;
}

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "stress: %s: %s\n", what, strerror(errno));
	exit(2);
}

static unsigned int next(unsigned int *state)
{
	*state = *state * 1103515245 + 12345;
	return *state >> 8;
}

static uint64_t constant(unsigned long page, unsigned long word)
{
	return (page % CONTENTS + 1) * 0x9e3779b97f4a7c15ull + word / 16;
}

static void fill(unsigned char *at, unsigned long page)
{
	uint64_t *words = (uint64_t *)(at + AT_CONSTANT);
	unsigned long i;

	for (i = 0; i < CONSTANT_BYTES / 8; i++)
		words[i] = constant(page, i);
}

static bool is_filled(const unsigned char *at, unsigned long page)
{
	const uint64_t *words = (const uint64_t *)(at + AT_CONSTANT);
	unsigned long i;

	for (i = 0; i < CONSTANT_BYTES / 8; i++)
		if (words[i] != constant(page, i))
			return false;
	return true;
}

/* At an address that allows for 2 MiB pages */
static unsigned char *map_file(int fd)
{
	unsigned long size = pages * PAGE;
	char *room, *map;

	room = mmap(NULL, size + HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(room != MAP_FAILED, "address space");
	map = (char *)(((uintptr_t)room + HUGE - 1) & ~(HUGE - 1));
	map = mmap(map, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	must(map != MAP_FAILED, "mmap");
	return (unsigned char *)map;
}

static void open_file(struct file *file, const char *name)
{
	unsigned long page;

	file->fd = open(name, O_RDWR | O_CREAT, 0600);
	must(file->fd >= 0 && !ftruncate(file->fd, pages * PAGE), name);
	file->map[0] = map_file(file->fd);
	file->map[1] = map_file(file->fd);
	for (page = 0; page < used; page++)
		fill(file->map[0] + page * PAGE, page);
}

/* Counts in a word of random pages, through one mapping or the other; mostly
 * it goes back to 0, so that pages become equal again.
 */
static void *writer(void *arg)
{
	unsigned long t = (unsigned long)arg, page;
	struct file *file = &files[t / 2];
	unsigned int random = t * 77 + 1;
	uint32_t *word, value;

	while (!stopping) {
		page = next(&random) % used;
		word = (uint32_t *)(file->map[next(&random) % 2] + page * PAGE + AT_WRITER(t));
		value = __atomic_load_n(word, __ATOMIC_RELAXED);
		if (value != expected[t][page])
			bad("writer %lu, page %lu: %u instead of %u", t, page, value,
			    expected[t][page]);
		value = next(&random) % 8 ? 0 : expected[t][page] + 1;
		__atomic_store_n(word, value, __ATOMIC_RELAXED);
		expected[t][page] = value;
		if (!(++done[0] % 64))
			usleep(100);
	}
	return NULL;
}

/* The device writes into the memory: get_user_pages() of direct I/O. */
static void *direct_reader(void *arg)
{
	unsigned int random = 4711, sector;
	int disk = *(int *)arg;
	unsigned char *at;
	unsigned long page;
	uint32_t *words;

	while (!stopping) {
		page = next(&random) % used;
		sector = next(&random) % 4 ? 0 : next(&random) % SECTORS;
		at = files[0].map[next(&random) % 2] + page * PAGE + AT_DIRECT;
		words = (uint32_t *)at;
		if (words[5] != direct[page])
			bad("direct, page %lu: sector %u instead of %u", page, words[5],
			    direct[page]);
		must(pread(disk, at, SECTOR, sector * SECTOR) == (ssize_t)SECTOR, "direct read");
		direct[page] = sector;
		if (words[5] != sector || words[127] != sector)
			bad("direct, page %lu: sector %u was lost", page, sector);
		done[1]++;
		usleep(200);
	}
	return NULL;
}

/* Another process writes into the memory: get_user_pages() from afar. */
static void remote_writer(pid_t target)
{
	unsigned int random = 99;
	struct iovec local, there;
	unsigned long page;
	uint64_t value;

	for (;;) {
		page = next(&random) % used;
		value = next(&random) % 8 ? 0 : remote[page] + 1;
		local = (struct iovec){ &value, sizeof(value) };
		there = (struct iovec){ files[1].map[0] + page * PAGE + AT_REMOTE, sizeof(value) };
		/* Expected first: the parent kills this process between the two. */
		remote[pages + page] = remote[page];
		remote[page] = value;
		if (process_vm_writev(target, &local, 1, &there, 1, 0) != sizeof(value))
			_exit(errno == ESRCH ? 0 : 3);
		remote[pages + page] = value;
		usleep(300);
	}
}

static void *puncher(void *arg)
{
	struct file *file = &files[(unsigned long)arg];
	unsigned int random = 7 + (unsigned long)arg, i;
	unsigned long page, count;
	unsigned char *at;

	while (!stopping) {
		count = next(&random) % 4 ? 1 + next(&random) % 16 : HUGE / PAGE;
		page = count == HUGE / PAGE ? used : used + next(&random) % (HUGE / PAGE - count);
		at = file->map[next(&random) % 2] + page * PAGE;
		for (i = 0; i < count; i++)
			fill(at + i * PAGE, page + i);
		for (i = 0; i < count; i++)
			if (!is_filled(at + i * PAGE, page + i))
				bad("puncher: page %lu lost what was written", page + i);
		must(!fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, page * PAGE,
				count * PAGE), "punch");
		at = file->map[next(&random) % 2] + page * PAGE;
		for (i = 0; i < count * PAGE; i += 64)
			if (at[i])
				bad("puncher: byte %u of page %lu is not zero", i, page);
		done[2] += count;
		usleep(1000);
	}
	return NULL;
}

static bool check_constants(const unsigned char *map, unsigned long first, unsigned long count)
{
	unsigned long page;

	for (page = first; page < first + count; page++)
		if (!is_filled(map + (page - first) * PAGE, page))
			return false;
	return true;
}

/* Children read the memory; now and then one is killed while it does. */
static void *forker(void *arg)
{
	unsigned int random = 31, first;
	int status;
	pid_t pid;

	(void)arg;
	while (!stopping) {
		first = next(&random) % (used - 256);
		pid = fork();
		if (!pid)
			_exit(!check_constants(files[first % 2].map[0] + first * PAGE, first, 256));
		must(pid > 0, "fork");
		if (next(&random) % 4 == 0)
			kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		if (WIFEXITED(status) && WEXITSTATUS(status))
			bad("a child read wrong content");
		done[3]++;
		usleep(20000);
	}
	return NULL;
}

/* A window that moves, and loses its middle */
static void *mapper(void *arg)
{
	unsigned long count = 512, first;
	unsigned char *map, *moved;
	unsigned int random = 5;
	struct file *file;

	(void)arg;
	while (!stopping) {
		first = next(&random) % (used - count);
		file = &files[next(&random) % 2];
		map = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd,
			   first * PAGE);
		must(map != MAP_FAILED, "mmap");
		if (!check_constants(map, first, count))
			bad("mapper: wrong content");
		munmap(map + 300 * PAGE, 100 * PAGE);
		if (!check_constants(map, first, 300) ||
		    !check_constants(map + 400 * PAGE, first + 400, count - 400))
			bad("mapper: wrong content after munmap");
		moved = mremap(map, 300 * PAGE, 350 * PAGE, MREMAP_MAYMOVE);
		must(moved != MAP_FAILED, "mremap");
		if (!check_constants(moved, first, 350))
			bad("mapper: wrong content after mremap");
		munmap(moved, 350 * PAGE);
		munmap(map + 400 * PAGE, (count - 400) * PAGE);
		done[4]++;
		usleep(20000);
	}
	return NULL;
}

static void check_all(void)
{
	unsigned long page, t;
	unsigned char *at;
	uint64_t value;

	for (page = 0; page < used; page++) {
		for (t = 0; t < WRITERS; t++) {
			at = files[t / 2].map[0] + page * PAGE;
			if (*(uint32_t *)(at + AT_WRITER(t)) != expected[t][page])
				bad("end: writer %lu, page %lu", t, page);
		}
		for (t = 0; t < 2; t++)
			if (!is_filled(files[t].map[t] + page * PAGE, page))
				bad("end: constant part of page %lu of file %lu", page, t);
		if (*(uint32_t *)(files[0].map[1] + page * PAGE + AT_DIRECT + 20) != direct[page])
			bad("end: direct, page %lu", page);
		value = *(uint64_t *)(files[1].map[1] + page * PAGE + AT_REMOTE);
		if (value != remote[page] && value != remote[pages + page])
			bad("end: remote, page %lu", page);
	}
}

static void prepare_disk(int disk)
{
	uint32_t words[SECTOR / 4] __attribute__((aligned(4096)));
	unsigned int sector, i;

	for (sector = 0; sector < SECTORS; sector++) {
		for (i = 0; i < SECTOR / 4; i++)
			words[i] = sector;
		must(pwrite(disk, words, SECTOR, sector * SECTOR) == (ssize_t)SECTOR, "disk");
	}
}

int main(int argc, char **argv)
{
	pthread_t threads[16];
	unsigned long t, count = 0;
	pid_t pid, self = getpid();
	int disk, status;

	must(argc == 6, "usage: stress SECONDS PAGES DISK FILE FILE");
	pages = atol(argv[2]);
	used = pages - HUGE / PAGE;
	disk = open(argv[3], O_RDWR | O_DIRECT);
	must(disk >= 0, argv[3]);
	prepare_disk(disk);
	for (t = 0; t < WRITERS; t++)
		expected[t] = calloc(pages, sizeof(uint32_t));
	direct = calloc(pages, sizeof(uint32_t));
	remote = mmap(NULL, 2 * pages * sizeof(uint64_t), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	open_file(&files[0], argv[4]);
	open_file(&files[1], argv[5]);

	pid = fork();
	if (!pid)
		remote_writer(self);
	for (t = 0; t < WRITERS; t++)
		pthread_create(&threads[count++], NULL, writer, (void *)t);
	for (t = 0; t < 2; t++)
		pthread_create(&threads[count++], NULL, puncher, (void *)t);
	pthread_create(&threads[count++], NULL, direct_reader, &disk);
	pthread_create(&threads[count++], NULL, forker, NULL);
	pthread_create(&threads[count++], NULL, mapper, NULL);
	for (t = atoi(argv[1]) * 10UL; t && !stopping; t--)
		usleep(100000);
	stopping = true;
	while (count)
		pthread_join(threads[--count], NULL);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	if (WIFEXITED(status))
		bad("the remote writer failed (%d)", WEXITSTATUS(status));
	check_all();
	printf("%lu writes, %lu direct reads, %lu pages punched, %lu forks, %lu maps\n", done[0],
	       done[1], done[2], done[3], done[4]);
	return failures ? 1 : 0;
}
