// SPDX-License-Identifier: GPL-2.0
/* vsctl doctor: the kernel and its modules, memory, the clock, QEMU */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/err.h"
#include "doctor.h"

#define RELEASE		"proc/sys/kernel/osrelease"
#define CLOCKSOURCE	"sys/devices/system/clocksource/clocksource0/"
#define LOCKDOWN	"sys/kernel/security/lockdown"

static const char *const modules[] = { "vswitch", "vmfs", "vmem", "tps", "balloon" };

/* Is "1:7.2+dfsg-7" older than 7.2? */
static bool is_older(const char *version, unsigned long major, unsigned long minor)
{
	const char *epoch = strchr(version, ':');
	unsigned long have;
	char *rest;

	have = strtoul(epoch ? epoch + 1 : version, &rest, 10);
	if (have != major || *rest != '.')
		return have < major;
	return strtoul(rest + 1, NULL, 10) < minor;
}

static void check_kernel(struct doctor *doctor)
{
	char release[DOCTOR_LINE];

	if (doctor_read(doctor, RELEASE, release) && is_older(release, 6, 1))
		doctor_mend(doctor_find(doctor, release,
					"Linux %s is older than 6.1, which is the first that the modules know",
					release), "apt install linux-image-amd64");
}

/* What damages the kernel, or says that it is; unsigned modules, as ours may be, do not. */
static void check_taint(struct doctor *doctor)
{
	static const struct {
		unsigned int bit;
		const char *text;
	} taints[] = {
		{ 1, "a module was loaded by force" },
		{ 3, "a module was unloaded by force" },
		{ 4, "the processor reported a machine check" },
		{ 5, "a page was in a state that cannot be" },
		{ 7, "it has oopsed" },
		{ 9, "it has warned" },
		{ 14, "a CPU was stuck" },
	};
	long taint = doctor_number(doctor, "proc/sys/kernel/tainted", 0);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(taints); i++)
		if (taint >> taints[i].bit & 1)
			doctor_mend(doctor_find(doctor, NULL,
						"the kernel is not sound since %s (journalctl -k says more)",
						taints[i].text), "systemctl reboot");
}

static bool has_dkms_source(const struct doctor *doctor)
{
	return doctor_exists(doctor, "var/lib/dkms/vsuite");
}

static void check_modules(struct doctor *doctor)
{
	char release[DOCTOR_LINE], path[DOCTOR_LINE + 32], file[32], line[DOCTOR_LINE];
	char missing[64] = "";
	size_t i, len = 0;

	doctor_read(doctor, RELEASE, release);
	snprintf(path, sizeof(path), "lib/modules/%s/modules.dep", release);
	for (i = 0; i < ARRAY_SIZE(modules); i++) {
		snprintf(file, sizeof(file), "/%s.ko", modules[i]);
		if (!doctor_is_loaded(doctor, modules[i]) &&
		    !doctor_grep(doctor, path, file, line))
			len += snprintf(missing + len, sizeof(missing) - len, "%s%s",
					len ? ", " : "", modules[i]);
	}
	if (len)
		doctor_mend(doctor_find(doctor, release, "not installed for Linux %s: %s", release,
					missing), has_dkms_source(doctor) ?
			    "dkms autoinstall -k %s" :
			    "apt install vsuite-dkms linux-headers-%s", release);
}

static void check_headers(struct doctor *doctor)
{
	char release[DOCTOR_LINE], path[DOCTOR_LINE + 32];

	doctor_read(doctor, RELEASE, release);
	snprintf(path, sizeof(path), "lib/modules/%s/build/Makefile", release);
	if (has_dkms_source(doctor) && !doctor_exists(doctor, path))
		doctor_mend(doctor_find(doctor, release,
					"DKMS has no headers to build the modules for Linux %s with",
					release), "apt install linux-headers-%s", release);
}

/* Where one is loaded, their signatures are fine. */
static void check_secure_boot(struct doctor *doctor)
{
	char line[DOCTOR_LINE];
	json_t *finding;
	size_t i;

	if (!doctor_read(doctor, LOCKDOWN, line) || strstr(line, "[none]"))
		return;
	for (i = 0; i < ARRAY_SIZE(modules); i++)
		if (doctor_is_loaded(doctor, modules[i]))
			return;
	finding = doctor_find(doctor, NULL,
			      "Secure Boot: the kernel loads modules only that are signed with a key it knows; none of ours is loaded");
	if (doctor_exists(doctor, "var/lib/dkms/mok.pub"))
		doctor_mend(finding, "mokutil --import /var/lib/dkms/mok.pub && systemctl reboot");
	else
		doctor_mend(finding, "apt install --reinstall vsuite-dkms");
}

static void check_ksm(struct doctor *doctor)
{
	json_t *finding;

	if (!doctor_is_loaded(doctor, "tps") ||
	    doctor_number(doctor, "sys/kernel/mm/ksm/run", 0) != 1)
		return;
	finding = doctor_find(doctor, NULL,
			      "KSM runs beside tps: it takes CPU time, and cannot share what is in /dev/vmem");
	doctor_mend(finding, "%secho 0 >/sys/kernel/mm/ksm/run",
		    doctor_exists(doctor, "usr/sbin/ksmtuned") ?
		    "systemctl disable --now ksmtuned; " : "");
}

static void check_vmem(struct doctor *doctor)
{
	char line[DOCTOR_LINE];
	json_t *finding;

	if (!doctor_is_loaded(doctor, "vmem") ||
	    doctor_grep(doctor, "proc/self/mounts", " /dev/vmem vmem ", line))
		return;
	finding = doctor_find(doctor, "/dev/vmem",
			      "no vmem is mounted on /dev/vmem: memory of guests with files there would be in devtmpfs");
	doctor_mend(finding, doctor_exists(doctor, "run/systemd/system") ?
		    "systemctl enable --now dev-vmem.mount" :
		    "mkdir -p /dev/vmem && mount -t vmem none /dev/vmem");
}

static void check_clock(struct doctor *doctor)
{
	static const char *const slow[] = { "hpet", "acpi_pm", "pit", "jiffies" };
	char source[DOCTOR_LINE], available[DOCTOR_LINE];
	json_t *finding;
	size_t i;

	doctor_read(doctor, CLOCKSOURCE "current_clocksource", source);
	doctor_read(doctor, CLOCKSOURCE "available_clocksource", available);
	for (i = 0; i < ARRAY_SIZE(slow); i++) {
		if (strcmp(source, slow[i]))
			continue;
		finding = doctor_find(doctor, source,
				      "the clock source is %s, which is slow, and so are all guests that ask for the time",
				      source);
		if (strstr(available, "tsc"))
			doctor_mend(finding, "echo tsc >/" CLOCKSOURCE "current_clocksource");
		else
			doctor_mend(finding, "journalctl -k --grep clocksource");
	}
	if (doctor->is_synchronized)
		return;
	finding = doctor_find(doctor, NULL,
			      "nothing keeps the clock right: logs of hosts cannot be compared");
	doctor_mend(finding, "apt install chrony");
}

/* The oldest that vsuite is tried with is Debian 12's. */
static void check_qemu(struct doctor *doctor)
{
	char version[DOCTOR_LINE];

	if (doctor_package(doctor, "qemu-system-x86", version) && is_older(version, 7, 2))
		doctor_mend(doctor_find(doctor, "qemu-system-x86",
					"QEMU %s is older than any that vsuite is tried with (7.2)",
					version), "apt install qemu-system-x86");
}

const struct doctor_check doctor_host_checks[] = {
	{ "kernel", check_kernel },
	{ "taint", check_taint },
	{ "modules", check_modules },
	{ "headers", check_headers },
	{ "secure-boot", check_secure_boot },
	{ "ksm", check_ksm },
	{ "vmem", check_vmem },
	{ "clock", check_clock },
	{ "qemu", check_qemu },
	{ NULL }
};
