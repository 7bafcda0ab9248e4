/* Number literals, as Python writes them. Pure. */
#ifndef EXPRESSION_LITERAL_H
#define EXPRESSION_LITERAL_H

#include "base/str.h"
#include "expression/object.h"

struct literal {
    struct object value;
    size_t len;
    /* The int 2^63: one beyond 64 bits, but with a minus in front it is an int again. */
    bool is_minimum;
};

/* Does a number begin at `at`? */
bool literal_begins(struct str source, size_t at);
/* Reads it. False: `len` is the offending part's and `*failure` says what is wrong. */
NODISCARD bool literal_read(struct str source, size_t at, struct literal *out,
                            struct failure *failure);

#endif
