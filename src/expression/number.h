/* Arithmetic on numbers with Python's rules: ints exact in 64 bits (a result beyond becomes a
 * float), floats as IEEE doubles, bools as 0 and 1.
 * Each gives false, with the reason, where there is no result. Pure.
 * Source: CPython 3.11 Objects/longobject.c, Objects/floatobject.c. */
#ifndef EXPRESSION_NUMBER_H
#define EXPRESSION_NUMBER_H

#include "expression/object.h"

enum binary_operator {
    BINARY_OR,
    BINARY_XOR,
    BINARY_AND,
    BINARY_SHIFT_LEFT,
    BINARY_SHIFT_RIGHT,
    BINARY_ADD,
    BINARY_SUBTRACT,
    BINARY_MULTIPLY,
    BINARY_DIVIDE,
    BINARY_FLOOR_DIVIDE,
    BINARY_MODULO,
    BINARY_POWER,
};

enum unary_operator { UNARY_PLUS, UNARY_MINUS, UNARY_INVERT };

NODISCARD bool number_binary(enum binary_operator op, const struct object *a,
                             const struct object *b, struct object *out, struct failure *failure);
NODISCARD bool number_unary(enum unary_operator op, const struct object *a, struct object *out,
                            struct failure *failure);

/* pow(base, exponent, modulus); ints only. */
NODISCARD bool number_power_modulo(const struct object args[static 3], struct object *out,
                                   struct failure *failure);

/* A whole double as an int; beyond 64 bits it stays a float. NaN and infinity fail. */
NODISCARD bool number_from_whole(double whole, struct object *out, struct failure *failure);

/* round(x) and round(x, digits): half to even on the exact decimal value. */
NODISCARD bool number_round(const struct object *x, struct object *out, struct failure *failure);
NODISCARD bool number_round_digits(const struct object *x, int64_t digits, struct object *out,
                                   struct failure *failure);

#endif
