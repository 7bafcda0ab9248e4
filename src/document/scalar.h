/* What a plain scalar means: the core schema of YAML 1.2. For the rooms that read files. Pure. */
#ifndef DOCUMENT_SCALAR_H
#define DOCUMENT_SCALAR_H

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum scalar_kind { SCALAR_TEXT, SCALAR_NULL, SCALAR_BOOL, SCALAR_INT, SCALAR_FLOAT };

struct scalar {
    enum scalar_kind kind;
    bool boolean;
    int64_t integer; /* INT; those that need more than 64 bits are FLOAT */
    double real;     /* INT and FLOAT; may be infinite or NaN */
};

/* YAML 1.2: null ~ true false, decimal, 0x, 0o, floats, .inf, .nan; all else is text. */
struct scalar scalar_read(struct str text);

/* The predecessor's YAML 1.1 booleans: yes no on off. False: not one of them. */
bool scalar_old_bool(struct str text, bool *value);

/* What YAML 1.1 made of a text that is another thing in 1.2 ("010": eight, "1_000", "1:30"): a hint
 * for a message. Empty: nothing else. */
struct str scalar_old_reading(struct arena *arena, struct str text);

#endif
