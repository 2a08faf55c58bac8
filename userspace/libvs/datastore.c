// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include <linux/vmfs_netlink.h>

#include "datastore.h"
#include "err.h"
#include "nl.h"
#include "schema.h"

static void take_one(struct nlmsghdr *header, void *arg)
{
	json_t **datastore = arg;

	json_decref(*datastore);
	*datastore = vs_decode_message(&vs_datastore_set, header);
}

int vs_datastore(struct vs_ctx *vs, dev_t dev, json_t **datastore)
{
	json_auto_t *request = json_pack("{s:I}", "id", (json_int_t)dev);
	struct nl_msg *msg;
	int err = vs_family_open(vs, VS_VMFS);

	*datastore = NULL;
	if (err)
		return err;
	msg = vs_family_request(vs, VS_VMFS, VMFS_CMD_DATASTORE_GET, 0, 64);
	if (msg && vs_encode(msg, &vs_datastore_set, request)) {
		nlmsg_free(msg);
		return VS_REFUSED;
	}
	return vs_nl_talk(vs, VS_GENL, msg, "cannot read the datastore", take_one, datastore);
}

static struct nl_msg *make_dump(struct vs_ctx *vs, const void *key)
{
	(void)key;
	return vs_family_request(vs, VS_VMFS, VMFS_CMD_DATASTORE_GET, NLM_F_DUMP, 64);
}

static json_t *decode_dump(struct nlmsghdr *header, const void *key)
{
	(void)key;
	return vs_decode_message(&vs_datastore_set, header);
}

int vs_datastores(struct vs_ctx *vs, json_t **list)
{
	int err = vs_family_open(vs, VS_VMFS);

	*list = NULL;
	return err ? err : vs_nl_dump(vs, VS_GENL, make_dump, NULL, "list the datastores",
				      decode_dump, list);
}

/* The receiver of events, and whether it still listens */
struct audience {
	bool (*fn)(const char *group, const char *name, json_t *object);
	bool listens;
};

/* Hands on an event, without keys that it does not have */
static void on_event(struct nlmsghdr *header, void *arg)
{
	static const char *const names[] = {
		[VMFS_CMD_MOUNT_NTF] = "mount",	    [VMFS_CMD_UNMOUNT_NTF] = "unmount",
		[VMFS_CMD_STOP_NTF] = "stop",	    [VMFS_CMD_CORRUPT_NTF] = "corrupt",
		[VMFS_CMD_GROW_NTF] = "grow",	    [VMFS_CMD_RECOVER_NTF] = "recover",
	};
	static const char *const keys[] = {
		"id", "device", "label", "uuid", "volume_uuid", "size", "state", "reason",
	};
	struct genlmsghdr *genl = nlmsg_data(header);
	json_auto_t *all = NULL, *event = NULL;
	struct audience *audience = arg;
	size_t i;

	/* A newer module knows events that this tool does not. */
	if (genl->cmd >= ARRAY_SIZE(names) || !names[genl->cmd])
		return;
	all = vs_decode_message(&vs_datastore_set, header);
	event = json_object();
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		json_object_set(event, keys[i], json_object_get(all, keys[i]));
	audience->listens = audience->fn(VMFS_MCGRP_EVENT, names[genl->cmd], event);
}

int vs_datastore_events(struct vs_ctx *vs,
			bool (*fn)(const char *group, const char *name, json_t *object))
{
	static const char *const groups[] = { VMFS_MCGRP_EVENT, NULL };
	struct audience audience = { .fn = fn, .listens = true };
	struct nl_sock *sk = vs_family_listen(vs, VS_VMFS, groups);
	int err = sk ? 0 : -EIO;

	while (!err && audience.listens) {
		err = vs_family_receive(vs, sk, VS_VMFS, on_event, &audience);
		if (err == -ENOBUFS) {
			json_auto_t *nothing = json_object();

			audience.listens = fn("monitor", "lost", nothing);
			err = 0;
		}
	}
	nl_socket_free(sk);
	return err ? VS_REFUSED : VS_OK;
}
