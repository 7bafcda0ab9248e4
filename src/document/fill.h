/* Values from the environment in a scalar: %(NAME) becomes the variable's value, %%( becomes %(.
 * For the rooms that read files. */
#ifndef DOCUMENT_FILL_H
#define DOCUMENT_FILL_H

#include "document/yaml.h"

/* A stretch of a scalar: text of the file, or a variable's value. */
struct piece {
    struct str value;
    struct str shown;                  /* of a variable: %(NAME) */
    const struct reference *reference; /* NULL: text of the file, or %( for %%( */
    size_t masked_from;                /* where it begins in the node's masked text */
};

/* What a scalar says. `value` is for the wire, `shown` for people, see struct text. */
struct filled {
    struct str value;
    struct str shown;
    bool from_environment; /* a variable is used in it */
    const struct piece *pieces;
    size_t piece_count;
};

/* NULL: a variable is not set, not UTF-8 or too long; reported, the node is bad. The result is kept
 * in the node, so a shared one is filled in once. */
const struct filled *fill(struct source *source, struct yaml_node *scalar);

/* Where byte `offset` of the filled value comes from: a place in the file; `len` bytes of it, at
 * least 1. A place inside a variable's value is that whole %(NAME); *in_variable says so. */
struct span fill_locate(const struct source *source, const struct yaml_node *scalar, size_t offset,
                        size_t len, bool *in_variable);

#endif
