/* Values that are more than a text or a number. For the rooms that read files. Each is false where
 * something is wrong: reported, the node is bad, *out untouched. */
#ifndef DOCUMENT_VALUES_H
#define DOCUMENT_VALUES_H

#include "document/yaml.h"

/* An http(s) URL. A variable in its user-info is percent-encoded as needed; `shown` is
 * scheme://host[:port]/path. */
bool url_read(struct source *source, struct yaml_node *node, struct text *out);

/* Any YAML value as JSON. */
bool payload_read(struct source *source, struct yaml_node *node, struct text *out);

#endif
