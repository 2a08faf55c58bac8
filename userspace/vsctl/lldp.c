// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../libvs/json.h"
#include "lldp.h"

#define SOCKET	"/run/lldpd.socket"
#define COMMAND	"timeout 5 lldpcli -f json0 show neighbors 2>/dev/null"

/* The first of the list that a member is */
static const json_t *first(const json_t *object, const char *key)
{
	return json_array_get(json_object_get(object, key), 0);
}

/* Switches name their ports in the id; hosts have a MAC address there. */
static const char *port_of(const json_t *port)
{
	const char *kind = vs_text_of(first(port, "id"), "type") ?: "";
	const char *id = vs_text_of(first(port, "id"), "value");

	if (!strcmp(kind, "ifname") || !strcmp(kind, "local"))
		return id;
	return vs_text_of(first(port, "descr"), "value") ?: id;
}

json_t *lldp_parse(const json_t *tree)
{
	const json_t *list = json_object_get(first(tree, "lldp"), "interface"), *link;
	json_t *neighbors = json_object();
	size_t i;

	json_array_foreach(list, i, link) {
		const json_t *chassis = first(link, "chassis");
		const char *device = vs_text_of(link, "name");
		const char *name = vs_text_of(first(chassis, "name"), "value");

		/* The first that was heard of several, which hubs may join */
		if (!device || json_object_get(neighbors, device))
			continue;
		json_object_set_new(neighbors, device,
				    json_pack("{s:s?, s:s?}", "system",
					      name ?: vs_text_of(first(chassis, "id"), "value"),
					      "port", port_of(first(link, "port"))));
	}
	return neighbors;
}

json_t *lldp_neighbors(void)
{
	json_auto_t *tree = NULL;
	FILE *from;

	if (access(SOCKET, F_OK))
		return json_object();
	from = popen(COMMAND, "re");
	if (from) {
		tree = json_loadf(from, 0, NULL);
		pclose(from);
	}
	return lldp_parse(tree);
}
