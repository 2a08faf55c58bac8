// SPDX-License-Identifier: GPL-2.0
/* vsctl doctor: what of this host does not go together with vsuite, and what mends it */
#include <fcntl.h>
#include <stdio.h>
#include <sys/timex.h>
#include <unistd.h>

#include "../libvs/ethtool.h"
#include "../libvs/json.h"
#include "../libvs/model.h"
#include "../libvs/rtnl.h"
#include "../libvs/text.h"
#include "doctor.h"
#include "vsctl.h"

static const struct doctor_check *const lists[] = {
	doctor_host_checks, doctor_net_checks, doctor_disk_checks,
};

static json_t *features_of(const json_t *ports)
{
	json_t *features = json_object();
	const char *device;
	const json_t *port;
	size_t i;

	json_array_foreach(ports, i, port) {
		device = vs_text_of(port, "device");
		if (is_uplink(port) && device)
			json_object_set_new(features, device, vs_link_features(device));
	}
	return features;
}

/* A module that is not loaded is not asked: it would be loaded. */
static int look(struct vs_ctx *vs, struct doctor *doctor)
{
	struct timex clock = { 0 };
	int err = VS_OK;

	doctor->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (doctor_is_loaded(doctor, "vswitch"))
		err = vs_switches(vs, 0, &doctor->switches) ?:
		      vs_ports(vs, 0, &doctor->ports);
	if (!err)
		err = vs_addrs(vs, &doctor->addresses);
	doctor->features = features_of(doctor->ports);
	doctor->is_synchronized = adjtimex(&clock) != TIME_ERROR;
	return err;
}

static void forget(struct doctor *doctor)
{
	json_decref(doctor->switches);
	json_decref(doctor->ports);
	json_decref(doctor->features);
	json_decref(doctor->addresses);
	json_decref(doctor->findings);
	close(doctor->root);
}

static void examine(struct doctor *doctor)
{
	const struct doctor_check *check;
	size_t i;

	doctor->findings = json_array();
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		for (check = lists[i]; check->name; check++) {
			doctor->check = check->name;
			check->fn(doctor);
		}
	}
}

static void print_findings(const json_t *findings)
{
	const json_t *finding;
	size_t i;

	json_array_foreach(findings, i, finding) {
		vs_say(stdout, "%s: %s", vs_text_of(finding, "check"),
		       vs_text_of(finding, "finding"));
		fputs("\n    ", stdout);
		vs_say(stdout, "%s", vs_text_of(finding, "mend"));
		putchar('\n');
	}
	if (!json_array_size(findings))
		puts("nothing was found");
}

static int doctor(struct args *args)
{
	struct doctor host = { 0 };
	int err = no_more_words(args);
	size_t found;

	if (err)
		return err;
	err = look(args->vs, &host);
	if (!err) {
		examine(&host);
		found = json_array_size(host.findings);
		if (vsctl_out.json)
			vs_out_json(&vsctl_out, json_incref(host.findings));
		else
			print_findings(host.findings);
		if (found)
			err = vs_fail(VS_REFUSED, "%zu %s not as %s should be", found,
				      found == 1 ? "thing is" : "things are",
				      found == 1 ? "it" : "they");
	}
	forget(&host);
	return err;
}

const struct object vsctl_doctor = {
	.name = "doctor",
	.fn = doctor,
	.help =
	"Usage: vsctl doctor\n"
	"\n"
	"Looks for what does not go together with vsuite on this host, and prints for each\n"
	"finding the command that mends it: the kernel, whether it is sound, modules, headers\n"
	"for DKMS, Secure Boot, KSM, /dev/vmem, the clock, QEMU; MTUs, offloads, and others that\n"
	"manage uplinks; time-outs of iSCSI and multipath.  It changes nothing.\n"
	"Exit status: 0 nothing was found, 2 something was.\n"
	"\n"
	"Examples:\n"
	"  vsctl doctor\n"
	"  vsctl -j doctor | jq -r '.[].mend'\n",
};
