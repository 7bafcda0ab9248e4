/* One value on its way from the tree into a struct. For the rooms that read files. */
#ifndef DOCUMENT_SLOT_H
#define DOCUMENT_SLOT_H

#include "document/fill.h"
#include "document/schema.h"

struct slot {
    struct source *source;
    const struct schema *schema;
    const struct schema_key *key;
    struct yaml_node *node;
    char *target; /* the level's struct */
};

/* Reads a value of any type but collections; false: nothing is stored, since the node is bad (and
 * that is reported) or says the same as no value. */
bool slot_read_scalar(const struct slot *slot);

/* A text that fits the format; what YAML takes for a number, a bool or nothing is none, unless it
 * comes out of the environment: nobody knows there what a password looks like. NULL: reported. */
const struct filled *slot_take_text(const struct slot *slot, enum schema_format format);

/* Copies a value of the key's type to its place in the target. */
void slot_store(const struct slot *slot, const void *value, size_t size);

/* Reports "'min' must be …, found …"; gives false. */
bool slot_wrong(const struct slot *slot, struct str hint);

/* What stands there, for a message ("the number 5"); never a variable's value. */
struct str node_describe(struct source *source, const struct yaml_node *node);
/* Long texts are cut in messages. */
struct str text_shorten(struct arena *arena, struct str text);

#endif
