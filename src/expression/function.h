/* The functions: one table that drives parsing, checking, help texts and documentation. */
#ifndef EXPRESSION_FUNCTION_H
#define EXPRESSION_FUNCTION_H

#include "expression/object.h"

/* max_args of a function that takes as many as a list may hold. */
enum { FUNCTION_ANY = UINT16_MAX };

struct function {
    const char *name;
    uint16_t min_args;
    uint16_t max_args;
    const char *signature; /* "round(x, digits=0)" */
    const char *summary;   /* one line, lower case, no full stop */
    /* NULL: the compiler's own work, because it is lazy. `args` holds `count` objects. */
    bool (*call)(const struct object *args, size_t count, struct object *out,
                 struct failure *failure);
};

extern const struct function functions[];
extern const size_t function_count;

/* NULL where there is none of that name. */
const struct function *function_find(const char *name, size_t len);

#endif
