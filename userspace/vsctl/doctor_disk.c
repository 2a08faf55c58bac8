// SPDX-License-Identifier: GPL-2.0
/* vsctl doctor: the way to datastores */
#include <stdio.h>
#include <string.h>

#include "../libvs/err.h"
#include "doctor.h"

#define ISCSI		"sys/class/iscsi_session"
#define LEASE_SECONDS	12	/* without a heartbeat, after which a host writes no more */

/*
 * How long what was written waits for a session that is lost.  It must not arrive after
 * another host has taken over.
 */
static void check_iscsi(struct doctor *doctor)
{
	json_auto_t *sessions = doctor_list(doctor, ISCSI);
	char path[DOCTOR_LINE + 64], target[DOCTOR_LINE];
	const json_t *session;
	json_t *finding;
	const char *name;
	long seconds;
	size_t i;

	json_array_foreach(sessions, i, session) {
		name = json_string_value(session);
		snprintf(path, sizeof(path), ISCSI "/%s/targetname", name);
		doctor_read(doctor, path, target);
		snprintf(path, sizeof(path), ISCSI "/%s/recovery_tmo", name);
		seconds = doctor_number(doctor, path, 0);
		if (seconds >= 0 && seconds < LEASE_SECONDS)
			continue;
		finding = seconds < 0 ?
			doctor_find(doctor, name,
				    "what is written to %s while its session is lost waits for ever: it may arrive when another host uses the datastore",
				    target) :
			doctor_find(doctor, name,
				    "what is written to %s while its session is lost waits for %ld s: the lease of a datastore ends after %d s",
				    target, seconds, LEASE_SECONDS);
		doctor_mend(finding,
			    "iscsiadm -m node -T %s -o update -n node.session.timeo.replacement_timeout -v 5; echo 5 >/%s/%s/recovery_tmo",
			    doctor_quote(target), ISCSI, name);
	}
}

/* The same, where multipath keeps what no path takes */
static void check_multipath(struct doctor *doctor)
{
	static const struct {
		const char *key, *word, *edit;
	} ways[] = {
		{ "no_path_retry", "queue", "s/no_path_retry.*/no_path_retry fail/" },
		{ "features", "queue_if_no_path", "s/1 queue_if_no_path/0/" },
	};
	char line[DOCTOR_LINE];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		if (!doctor_grep(doctor, "etc/multipath.conf", ways[i].key, line) ||
		    !strstr(line, ways[i].word))
			continue;
		doctor_mend(doctor_find(doctor, "/etc/multipath.conf",
					"'%s': what is written while no path is left waits for ever, and may arrive when another host uses the datastore",
					line),
			    "sed -i '%s' /etc/multipath.conf && multipathd reconfigure",
			    ways[i].edit);
	}
}

const struct doctor_check doctor_disk_checks[] = {
	{ "iscsi", check_iscsi },
	{ "multipath", check_multipath },
	{ NULL }
};
