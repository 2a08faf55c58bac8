// SPDX-License-Identifier: GPL-2.0
/*
 * What a process gets that reads pages of a file by a mapping:
 *
 *	peek FILE PAGE...
 *
 * For each page a line: its first byte, or the code of SIGBUS and the page that
 * the signal names.
 */
#include <err.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define PAGE	4096

static sigjmp_buf out;
static siginfo_t got;

static void on_sigbus(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	got = *info;
	siglongjmp(out, 1);
}

static void peek(const unsigned char *area, long page)
{
	if (sigsetjmp(out, 1)) {
		printf("SIGBUS %d %ld\n", got.si_code,
		       (long)((unsigned char *)got.si_addr - area) / PAGE);
		return;
	}
	printf("%u\n", area[page * PAGE]);
}

int main(int argc, char *argv[])
{
	struct sigaction action = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO };
	struct stat status;
	void *area;
	int i, fd;

	if (argc < 3)
		errx(2, "usage: peek FILE PAGE...");
	fd = open(argv[1], O_RDWR);
	if (fd < 0 || fstat(fd, &status))
		err(2, "%s", argv[1]);
	area = mmap(NULL, status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (area == MAP_FAILED)
		err(2, "mmap");
	sigaction(SIGBUS, &action, NULL);
	for (i = 2; i < argc; i++)
		peek(area, atol(argv[i]));
	return 0;
}
