/* A number out of a metric source or an expression, with Python's distinction of int and float. */
#ifndef MODEL_VALUE_H
#define MODEL_VALUE_H

#include <stdbool.h>
#include <stdint.h>

enum value_kind { VALUE_NONE, VALUE_BOOL, VALUE_INT, VALUE_FLOAT };

struct value {
    enum value_kind kind;
    union {
        bool boolean;
        int64_t integer;
        double real; /* may be infinite or NaN: a comparison with it is then as IEEE has it */
    };
};

#define VALUE_OF_NONE    ((struct value){.kind = VALUE_NONE})
#define VALUE_OF_BOOL(v) ((struct value){.kind = VALUE_BOOL, .boolean = (v)})
#define VALUE_OF_INT(v)  ((struct value){.kind = VALUE_INT, .integer = (v)})
#define VALUE_OF_REAL(v) ((struct value){.kind = VALUE_FLOAT, .real = (v)})

enum { VALUE_TEXT_SIZE = 40 };

/* As Python's repr: "3", "1.5", "True", "None", "inf"; NUL-terminated. */
void value_text(struct value value, char text[static VALUE_TEXT_SIZE]);

/* -1, 0, 1 as `a` is less than, equal to, greater than `b`, exactly (no rounding of 64-bit
 * integers to double); 2 where they are not ordered (NaN, none). Bools count as 0 and 1. */
int value_compare(struct value a, struct value b);

#endif
