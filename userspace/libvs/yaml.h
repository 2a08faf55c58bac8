/* SPDX-License-Identifier: GPL-2.0 */
/*
 * YAML with the core schema: a plain scalar is null, a boolean, a number or
 * text.  An address such as 02:00:00:00:00:01 is text, as YAML 1.2 has it.
 * Anchors, aliases and tags are refused: a configuration has no use for them.
 */
#ifndef VS_YAML_H
#define VS_YAML_H

#include <stdio.h>

#include <jansson.h>

int vs_yaml_parse(const char *name, const char *text, size_t len, json_t **tree);
int vs_yaml_write(FILE *to, const json_t *tree);

#endif
