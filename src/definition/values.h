/* Values that are more than a text or a number. Internal to definition/. Each is false where
 * something is wrong: reported, the node is bad, *out untouched. */
#ifndef DEFINITION_VALUES_H
#define DEFINITION_VALUES_H

#include "definition/yaml.h"

/* An http(s) URL. A variable in its user-info is percent-encoded as needed; `shown` is
 * scheme://host[:port]/path. */
bool url_read(struct source *source, struct yaml_node *node, struct text *out);

/* Any YAML value as JSON. */
bool payload_read(struct source *source, struct yaml_node *node, struct text *out);

#endif
