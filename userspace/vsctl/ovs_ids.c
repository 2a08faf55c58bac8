// SPDX-License-Identifier: GPL-2.0
/*
 * ovs-vsctl: what it knows of a guest's device beside the port.
 *
 * External ids are in the alias of the device.  They outlive every daemon there, are seen with
 * "ip link", and go with the device: nothing is left that could be taken for another's.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libvs/json.h"
#include "../libvs/rtnl.h"
#include "ovs.h"
#include "vsctl.h"

#define PREFIX		"external-ids: "
#define ALIAS_MAX	255	/* of the kernel */

json_t *ovs_ids_of(struct vs_ctx *vs, const char *device)
{
	json_auto_t *link = NULL;
	json_t *ids = NULL;
	const char *alias;

	if (!vs_link(vs, "device", device, &link)) {
		alias = vs_text_of(link, "alias") ?: "";
		if (!strncmp(alias, PREFIX, strlen(PREFIX)))
			ids = json_loads(alias + strlen(PREFIX), 0, NULL);
	}
	return json_is_object(ids) ? ids : json_object();
}

int ovs_set_ids(struct vs_ctx *vs, const char *device, const json_t *ids)
{
	json_auto_t *all = json_is_null(ids) ? json_object() : ovs_ids_of(vs, device);
	char *text, alias[ALIAS_MAX + 1] = "";
	const char *key;
	json_t *value;
	int len = 0;

	json_object_foreach((json_t *)ids, key, value)
		json_object_set(all, key, value);
	if (json_object_size(all)) {
		text = json_dumps(all, JSON_COMPACT);
		len = snprintf(alias, sizeof(alias), PREFIX "%s", text);
		free(text);
	}
	if (len > ALIAS_MAX)
		return vs_fail(VS_REFUSED, "the external ids of %s take %d bytes, the limit is %d",
			       device, len, ALIAS_MAX);
	return vs_link_set_alias(vs, device, alias);
}

/* The first of "virtio=BC:24:11:00:00:01,bridge=vs0" whose value is an address */
static bool find_mac(const char *line, char mac[VS_MAC_TEXT])
{
	unsigned char bytes[VS_MAC_LEN];
	char value[VS_MAC_TEXT];

	while ((line = strchr(line, '='))) {
		line++;
		snprintf(value, sizeof(value), "%.*s", (int)strcspn(line, ",\n"), line);
		if (vs_parse_mac(value, bytes))
			continue;
		vs_format_mac(bytes, mac);
		return true;
	}
	return false;
}

/*
 * The adapter that is being plugged in is among what is pending; sections after that are
 * snapshots.
 */
static bool read_config(const char *path, unsigned int number, char mac[VS_MAC_TEXT])
{
	bool current = true, found = false;
	FILE *file = fopen(path, "re");
	char key[16], *line = NULL;
	size_t size = 0;

	if (!file)
		return false;
	snprintf(key, sizeof(key), "net%u:", number);
	while (getline(&line, &size, file) >= 0) {
		if (*line == '[')
			current = !strncmp(line, "[PENDING]", 9);
		else if (current && !strncmp(line, key, strlen(key)))
			found = find_mac(line, mac) || found;
	}
	free(line);
	fclose(file);
	return found;
}

bool ovs_pve_mac(const char *device, char mac[VS_MAC_TEXT])
{
	static const struct {
		const char *name;	/* of guest and adapter */
		const char *folder;
	} kinds[] = {
		{ "tap%ui%u%n", "qemu-server" },
		{ "veth%ui%u%n", "lxc" },
		{ "fwln%uo%u%n", "{qemu-server,lxc}" },
	};
	unsigned int guest, number;
	bool found = false;
	char pattern[64];
	glob_t files;
	size_t i, k;
	int end;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		end = 0;
		if (sscanf(device, kinds[k].name, &guest, &number, &end) == 2 && !device[end])
			break;
	}
	if (k == ARRAY_SIZE(kinds))
		return false;
	/* A guest has one number in all of a cluster, and its file is that of its node. */
	snprintf(pattern, sizeof(pattern), "/etc/pve/nodes/*/%s/%u.conf", kinds[k].folder, guest);
	if (glob(pattern, GLOB_BRACE, NULL, &files))
		return false;
	for (i = 0; i < files.gl_pathc && !found; i++)
		found = read_config(files.gl_pathv[i], number, mac);
	globfree(&files);
	return found;
}
