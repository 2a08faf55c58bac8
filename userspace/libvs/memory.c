// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <linux/tps.h>
#include <linux/vmem.h>

#include "err.h"
#include "memory.h"
#include "nl.h"
#include "schema.h"
#include "text.h"

#define VMEM_MAGIC	0x564d454d
#define VMEM_MOUNT	"/dev/vmem"

static struct vs_family vmem = { VMEM_FAMILY_NAME, VMEM_FAMILY_VERSION, "vmem", 0 };
static struct vs_family tps = { TPS_FAMILY_NAME, TPS_FAMILY_VERSION, "tps", 0 };

/* What a request is, and how its answer is read */
struct call {
	struct vs_family *family;
	int cmd;
	int flags;
	const struct vs_set *set;
	const json_t *request;		/* or NULL */
	const char *what;
};

struct answer {
	const struct vs_set *set;
	json_t *list;
};

static void collect(struct nlmsghdr *header, void *arg)
{
	struct answer *answer = arg;

	json_array_append_new(answer->list, vs_decode_message(answer->set, header));
}

/* All that came back, one object or many. */
static int talk(const struct call *call, json_t **list)
{
	struct answer answer = { .set = call->set, .list = json_array() };
	struct nl_msg *msg;
	int err;

	*list = answer.list;
	err = vs_family_open(call->family);
	if (err)
		return err;
	msg = vs_family_request(call->family, call->cmd, call->flags, 4096);
	if (msg && call->request) {
		err = vs_encode(msg, call->set, call->request);
		if (err) {
			nlmsg_free(msg);
			return err;
		}
	}
	return vs_nl_talk(VS_GENL, msg, call->what, collect, &answer);
}

static int change(const struct call *call)
{
	json_auto_t *list = NULL;

	return talk(call, &list);
}

/* Of a reply that has one object */
static int ask(const struct call *call, json_t **one)
{
	json_auto_t *list = NULL;
	int err = talk(call, &list);

	*one = NULL;
	if (err)
		return err;
	*one = json_incref(json_array_get(list, 0));
	return *one ? VS_OK : vs_fail(VS_REFUSED, "%s: there was no answer", call->what);
}

static int id_of_path(const char *path, json_int_t *id)
{
	struct statfs fs;
	struct stat st;

	if (stat(path, &st) || statfs(path, &fs))
		return vs_fail(errno == ENOENT ? VS_NOT_FOUND : VS_REFUSED, "%s: %s", path,
			       strerror(errno));
	if (fs.f_type != VMEM_MAGIC || !S_ISREG(st.st_mode))
		return vs_fail(VS_REFUSED, "%s is not a file of a vmem filesystem", path);
	*id = st.st_ino;
	return VS_OK;
}

int vs_memory_id(const char *word, json_int_t *id)
{
	char path[4096];
	unsigned long number;

	if (strchr(word, '/'))
		return id_of_path(word, id);
	snprintf(path, sizeof(path), VMEM_MOUNT "/%s", word);
	if (!id_of_path(path, id))
		return VS_OK;
	if (word[strspn(word, "0123456789")])
		return VS_NOT_FOUND;
	*id = 0;
	if (vs_parse_uint("id", word, 1, INT64_MAX, &number))
		return VS_USAGE;
	*id = number;
	return VS_OK;
}

/* The number in which the kernel tells of the swap file, as a word */
static void name_swap(json_t *file)
{
	static const char *const names[] = { "none", "active", "failed" };
	json_int_t swap = json_integer_value(json_object_get(file, "swap"));

	if (swap >= 0 && swap < 3)
		json_object_set_new(file, "swap", json_string(names[swap]));
}

int vs_memory_files(json_int_t id, json_t **list)
{
	json_auto_t *request = json_object();
	struct call call = { &vmem, VMEM_CMD_FILE_GET, id ? 0 : NLM_F_DUMP, &vs_memory_set,
			     request, "cannot read the files of vmem" };
	json_t *file;
	size_t i;
	int err;

	if (id)
		json_object_set_new(request, "id", json_integer(id));
	err = talk(&call, list);
	json_array_foreach(*list, i, file)
		name_swap(file);
	return err;
}

int vs_memory_change(const json_t *request)
{
	return change(&(struct call){ &vmem, VMEM_CMD_FILE_SET, NLM_F_ACK, &vs_memory_set, request,
				      "cannot change the file" });
}

int vs_memory_reclaim(const json_t *request, json_int_t *pages)
{
	struct call call = { &vmem, VMEM_CMD_RECLAIM, 0, &vs_reclaim_set, request,
			     "cannot reclaim memory" };
	json_auto_t *reply = NULL;
	int err = ask(&call, &reply);

	*pages = json_integer_value(json_object_get(reply, "pages"));
	return err;
}

int vs_memory_latency(json_int_t id, json_t **latency)
{
	json_auto_t *request = json_pack("{s:I}", "id", id);

	return ask(&(struct call){ &vmem, VMEM_CMD_LATENCY_GET, 0, &vs_latency_set, request,
				   "cannot read the latencies" }, latency);
}

int vs_tps_scanner(json_t **scanner)
{
	return ask(&(struct call){ &tps, TPS_CMD_SCANNER_GET, 0, &vs_scanner_set, NULL,
				   "cannot read the scanner" }, scanner);
}

int vs_tps_change_scanner(const json_t *request)
{
	return change(&(struct call){ &tps, TPS_CMD_SCANNER_SET, NLM_F_ACK, &vs_scanner_set,
				      request, "cannot change the scanner" });
}

int vs_tps_files(json_t **list)
{
	return talk(&(struct call){ &tps, TPS_CMD_FILE_GET, NLM_F_DUMP, &vs_sharing_set, NULL,
				    "cannot read the salts" }, list);
}

int vs_tps_change_file(const json_t *request)
{
	return change(&(struct call){ &tps, TPS_CMD_FILE_SET, NLM_F_ACK, &vs_sharing_set, request,
				      "cannot change the salt" });
}

int vs_tps_unshare(json_int_t id)
{
	json_auto_t *request = json_pack("{s:I}", "id", id);

	return change(&(struct call){ &tps, TPS_CMD_UNSHARE, NLM_F_ACK, &vs_sharing_set, request,
				      "cannot break sharing" });
}

int vs_tps_estimate(json_t **estimate)
{
	return ask(&(struct call){ &tps, TPS_CMD_ESTIMATE, 0, &vs_estimate_set, NULL,
				   "cannot estimate" }, estimate);
}
