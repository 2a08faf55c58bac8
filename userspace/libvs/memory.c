// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include <linux/balloon.h>
#include <linux/tps.h>
#include <linux/vmem.h>

#include "err.h"
#include "memory.h"
#include "nl.h"
#include "progress.h"
#include "schema.h"
#include "text.h"

#define VMEM_MAGIC	0x564d454d
#define VMEM_MOUNT	"/dev/vmem"
#define MAX_IDLE_STEPS	100	/* a tenth of a second each */

/* What a request is, and how its answer is read */
struct call {
	enum vs_family family;
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
static int talk(struct vs_ctx *vs, const struct call *call, json_t **list)
{
	struct answer answer = { .set = call->set, .list = json_array() };
	struct nl_msg *msg;
	int err;

	*list = answer.list;
	err = vs_family_open(vs, call->family);
	if (err)
		return err;
	msg = vs_family_request(vs, call->family, call->cmd, call->flags, 4096);
	if (msg && call->request) {
		err = vs_encode(msg, call->set, call->request);
		if (err) {
			nlmsg_free(msg);
			return err;
		}
	}
	return vs_nl_talk(vs, VS_GENL, msg, call->what, collect, &answer);
}

static int change(struct vs_ctx *vs, const struct call *call)
{
	json_auto_t *list = NULL;

	return talk(vs, call, &list);
}

/* Of a reply that has one object */
static int ask(struct vs_ctx *vs, const struct call *call, json_t **one)
{
	json_auto_t *list = NULL;
	int err = talk(vs, call, &list);

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

/* As show prints it: the path below whichever mount it is on */
static int id_of_name(struct vs_ctx *vs, const char *name, json_int_t *id)
{
	json_auto_t *files = NULL;
	const char *known;
	json_t *file;
	size_t i;
	int err = vs_memory_files(vs, 0, &files), found = 0;

	if (err)
		return err;
	json_array_foreach(files, i, file) {
		known = json_string_value(json_object_get(file, "name"));
		if (!known || strcmp(known + (*known == '/'), name + (*name == '/')))
			continue;
		*id = json_integer_value(json_object_get(file, "id"));
		found++;
	}
	if (found > 1)
		return vs_fail(VS_USAGE, "%d files have the name '%s': use the id of one", found,
			       name);
	return found ? VS_OK : VS_NOT_FOUND;
}

int vs_memory_id(struct vs_ctx *vs, const char *word, json_int_t *id)
{
	char path[4096];
	unsigned long number;
	int err;

	snprintf(path, sizeof(path), VMEM_MOUNT "/%s", word);
	if ((strchr(word, '/') && !id_of_path(word, id)) || !id_of_path(path, id))
		return VS_OK;
	err = id_of_name(vs, word, id);
	if (err != VS_NOT_FOUND)
		return err;
	if (word[strspn(word, "0123456789")])
		return id_of_path(strchr(word, '/') ? word : path, id);	/* says why not */
	*id = 0;
	if (vs_parse_uint("id", word, 1, INT64_MAX, &number))
		return VS_USAGE;
	*id = number;
	return VS_OK;
}

/* The number in which the kernel tells of the swap file, as a word */
static void name_swap(json_t *file)
{
	json_int_t swap = json_integer_value(json_object_get(file, "swap")), state = 0;

	while (state < swap && vs_swap_state_words[state])
		state++;
	if (state == swap && vs_swap_state_words[state])
		json_object_set_new(file, "swap", json_string(vs_swap_state_words[state]));
}

int vs_memory_files(struct vs_ctx *vs, json_int_t id, json_t **list)
{
	json_auto_t *request = json_object();
	struct call call = { VS_VMEM, VMEM_CMD_FILE_GET, id ? 0 : NLM_F_DUMP, &vs_memory_set,
			     request, "cannot read the files of vmem" };
	json_t *file;
	size_t i;
	int err;

	if (id)
		json_object_set_new(request, "id", json_integer(id));
	err = talk(vs, &call, list);
	json_array_foreach(*list, i, file)
		name_swap(file);
	return err;
}

int vs_memory_change(struct vs_ctx *vs, const json_t *request)
{
	return change(vs, &(struct call){ VS_VMEM, VMEM_CMD_FILE_SET, NLM_F_ACK, &vs_memory_set,
					  request, "cannot change the file" });
}

int vs_memory_reclaim(struct vs_ctx *vs, json_t *request, json_int_t *pages)
{
	struct call call = { VS_VMEM, VMEM_CMD_RECLAIM, 0, &vs_reclaim_set, request,
			     "cannot reclaim memory" };
	json_int_t wanted = json_integer_value(json_object_get(request, "pages")), got;
	unsigned int idle = 0;
	bool more = true;
	int err = VS_OK;

	*pages = 0;
	while (more && *pages < wanted && idle < MAX_IDLE_STEPS) {
		json_auto_t *reply = NULL;

		json_object_set_new(request, "pages", json_integer(wanted - *pages));
		err = ask(vs, &call, &reply);
		if (err)
			break;
		got = json_integer_value(json_object_get(reply, "pages"));
		idle = got || !json_equal(json_object_get(reply, "seen"),
					  json_object_get(request, "seen")) ? 0 : idle + 1;
		*pages += got;
		more = json_is_true(json_object_get(reply, "more"));
		json_object_set(request, "seen", json_object_get(reply, "seen"));
	}
	if (idle == MAX_IDLE_STEPS)
		return vs_fail(VS_REFUSED,
			       "the swap file takes no pages: its device does not answer (%lld were reclaimed before)",
			       *pages);
	return err;
}

int vs_memory_swap_off(struct vs_ctx *vs, json_int_t id, bool quiet)
{
	json_auto_t *request = json_pack("{s:I}", "id", id);
	struct call call = { VS_VMEM, VMEM_CMD_SWAP_OFF, 0, &vs_memory_set, request,
			     "cannot give the swap file up" };
	struct vs_progress progress;
	json_int_t left = 1, first = 0;
	int err = VS_OK;

	vs_progress_start(&progress, "reading back what is swapped", quiet);
	while (!err && left) {
		json_auto_t *reply = NULL;

		err = ask(vs, &call, &reply);
		left = json_integer_value(json_object_get(reply, "left_pages"));
		first = first ? first : left;
		if (!err && left)
			vs_progress(&progress, first > left ? first - left : 0, first);
	}
	vs_progress_stop(&progress);
	return err;
}

int vs_memory_latency(struct vs_ctx *vs, json_int_t id, json_t **latency)
{
	json_auto_t *request = json_pack("{s:I}", "id", id);

	return ask(vs, &(struct call){ VS_VMEM, VMEM_CMD_LATENCY_GET, 0, &vs_latency_set, request,
				       "cannot read the latencies" }, latency);
}

int vs_memory_host(struct vs_ctx *vs, json_t **host)
{
	return ask(vs, &(struct call){ VS_VMEM, VMEM_CMD_HOST_GET, 0, &vs_host_set, NULL,
				       "cannot read the state of the host's memory" }, host);
}

int vs_memory_vms(struct vs_ctx *vs, const char *name, json_t **list)
{
	json_auto_t *request = json_object();
	struct call call = { VS_BALLOON, BALLOON_CMD_VM_GET, name ? 0 : NLM_F_DUMP, &vs_vm_set,
			     request, "cannot read the VMs" };

	if (name)
		json_object_set_new(request, "name", json_string(name));
	return talk(vs, &call, list);
}

int vs_memory_change_vm(struct vs_ctx *vs, int cmd, const json_t *request)
{
	return change(vs, &(struct call){ VS_BALLOON, cmd, NLM_F_ACK, &vs_vm_set, request,
					  "cannot change the VM" });
}

int vs_memory_scheduler(struct vs_ctx *vs, json_t **scheduler)
{
	return ask(vs, &(struct call){ VS_BALLOON, BALLOON_CMD_SCHEDULER_GET, 0, &vs_scheduler_set,
				       NULL, "cannot read the memory scheduler" }, scheduler);
}

int vs_tps_scanner(struct vs_ctx *vs, json_t **scanner)
{
	return ask(vs, &(struct call){ VS_TPS, TPS_CMD_SCANNER_GET, 0, &vs_scanner_set, NULL,
				       "cannot read the scanner" }, scanner);
}

int vs_tps_change_scanner(struct vs_ctx *vs, const json_t *request)
{
	return change(vs, &(struct call){ VS_TPS, TPS_CMD_SCANNER_SET, NLM_F_ACK, &vs_scanner_set,
					  request, "cannot change the scanner" });
}

int vs_tps_files(struct vs_ctx *vs, json_t **list)
{
	return talk(vs, &(struct call){ VS_TPS, TPS_CMD_FILE_GET, NLM_F_DUMP, &vs_sharing_set, NULL,
					"cannot read the salts" }, list);
}

static int unshare(struct vs_ctx *vs, json_int_t id, bool stale)
{
	json_auto_t *request = json_pack("{s:I, s:b}", "id", id, "stale", stale);
	struct call call = { VS_TPS, TPS_CMD_UNSHARE, 0, &vs_sharing_set, request,
			     "cannot break sharing" };
	json_int_t next = 0;
	int err;

	do {
		json_auto_t *reply = NULL;

		json_object_set_new(request, "next", json_integer(next));
		err = ask(vs, &call, &reply);
		next = json_integer_value(json_object_get(reply, "next"));
	} while (!err && next);
	return err;
}

int vs_tps_change_file(struct vs_ctx *vs, const json_t *request)
{
	int err = change(vs, &(struct call){ VS_TPS, TPS_CMD_FILE_SET, NLM_F_ACK, &vs_sharing_set,
					     request, "cannot change the salt" });

	return err ? err : unshare(vs, json_integer_value(json_object_get(request, "id")), true);
}

int vs_tps_unshare(struct vs_ctx *vs, json_int_t id)
{
	return unshare(vs, id, false);
}

int vs_tps_estimate(struct vs_ctx *vs, json_t **estimate, bool quiet)
{
	json_auto_t *request = json_pack("{s:b}", "start", true);
	struct call call = { VS_TPS, TPS_CMD_ESTIMATE, 0, &vs_estimate_set, request,
			     "cannot estimate" };
	static const char *const of_progress[] = { "start", "running", "seen", "size" };
	struct vs_progress progress;
	int err = ask(vs, &call, estimate);
	size_t i;

	vs_progress_start(&progress, "estimating", quiet);
	json_object_del(request, "start");
	while (!err && json_is_true(json_object_get(*estimate, "running"))) {
		nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
		vs_progress(&progress, json_integer_value(json_object_get(*estimate, "seen")),
			    json_integer_value(json_object_get(*estimate, "size")));
		json_decref(*estimate);
		err = ask(vs, &call, estimate);
	}
	vs_progress_stop(&progress);
	for (i = 0; !err && i < ARRAY_SIZE(of_progress); i++)
		json_object_del(*estimate, of_progress[i]);
	return err;
}
