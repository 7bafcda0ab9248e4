/* XML answers (Query protocol, STS errors) as a tree in an arena, parsed with expat. Bounded in
 * size and depth; document types (and so entity bombs) are refused. Namespaces are cut off. */
#ifndef CLOUD_AWS_XML_H
#define CLOUD_AWS_XML_H

#include "base/arena.h"
#include "base/error.h"

struct xml_node {
    struct str name;
    struct str text;        /* its own character data, white space at the ends trimmed */
    struct xml_node *child; /* first */
    struct xml_node *next;  /* sibling */
};

/* E_SYNTAX with line and column, E_LIMIT. */
NODISCARD enum error_code xml_parse(struct arena *arena, struct str text, struct xml_node **root,
                                    struct error *err);

/* First child of that name, or NULL; `node` may be NULL. */
const struct xml_node *xml_child(const struct xml_node *node, const char *name);
/* Next sibling of the same name, or NULL. */
const struct xml_node *xml_next(const struct xml_node *node);
/* Text of the child of that name, or the empty string. */
struct str xml_text(const struct xml_node *node, const char *name);
/* The same as a number; false where it is absent or no whole number. */
bool xml_int(const struct xml_node *node, const char *name, int64_t *out);

#endif
