// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "services.h"

#define PREFIX	"services: "

const char *const vs_service_words[] = { "management", "vmotion", "iscsi", "nfs", NULL };

json_t *vs_services_of(const char *alias)
{
	const size_t skip = strlen(PREFIX);
	json_t *list = json_array();
	size_t i, len;

	if (strncmp(alias, PREFIX, skip))
		return list;
	for (i = 0; vs_service_words[i]; i++) {
		const char *at = alias + skip;

		for (; *at; at += len + !!at[len]) {
			len = strcspn(at, ",");
			if (len == strlen(vs_service_words[i]) &&
			    !strncmp(at, vs_service_words[i], len)) {
				json_array_append_new(list, json_string(vs_service_words[i]));
				break;
			}
		}
	}
	return list;
}

void vs_services_alias(const json_t *services, char alias[VS_SERVICES_TEXT])
{
	const json_t *word;
	size_t i, len = 0;

	*alias = '\0';
	json_array_foreach(services, i, word)
		len += snprintf(alias + len, VS_SERVICES_TEXT - len, "%s%s", i ? "," : PREFIX,
				json_string_value(word));
}
