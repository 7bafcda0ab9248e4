/* What the evaluator computes with: a Python object of one of six kinds. Numbers hold themselves;
 * a list or tuple refers to its items in the evaluation's own memory. Pure, no allocation. */
#ifndef EXPRESSION_OBJECT_H
#define EXPRESSION_OBJECT_H

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum object_kind {
    OBJECT_NONE,
    OBJECT_BOOL,
    OBJECT_INT,
    OBJECT_FLOAT,
    OBJECT_LIST,
    OBJECT_TUPLE,
};

struct object {
    enum object_kind kind;
    uint32_t count; /* LIST, TUPLE */
    union {
        bool boolean;
        int64_t integer;
        double real;
        struct object *items;
    };
};

#define OBJECT_OF_BOOL(v) ((struct object){.kind = OBJECT_BOOL, .boolean = (v)})
#define OBJECT_OF_INT(v)  ((struct object){.kind = OBJECT_INT, .integer = (v)})
#define OBJECT_OF_REAL(v) ((struct object){.kind = OBJECT_FLOAT, .real = (v)})

/* Why an operation has no result. */
struct failure {
    char message[160];
};

/* Fills `*failure` and gives false. */
bool failure_set(struct failure *failure, const char *format, ...) PRINTF_LIKE(2, 3);
/* Cuts a UTF-8 text that filled its buffer back to whole characters. */
void text_cut(char *text, size_t size);

const char *object_kind_name(const struct object *object); /* "a list" */

static inline bool object_is_list(const struct object *object)
{
    return object->kind == OBJECT_LIST || object->kind == OBJECT_TUPLE;
}

static inline bool object_is_whole(const struct object *object) /* int or bool */
{
    return object->kind == OBJECT_INT || object->kind == OBJECT_BOOL;
}

static inline bool object_is_number(const struct object *object)
{
    return object_is_whole(object) || object->kind == OBJECT_FLOAT;
}

static inline int64_t object_integer(const struct object *object) /* of an int or bool */
{
    return object->kind == OBJECT_BOOL ? (int64_t)object->boolean : object->integer;
}

static inline double object_real(const struct object *object) /* of any number */
{
    return object->kind == OBJECT_FLOAT ? object->real : (double)object_integer(object);
}

bool object_is_true(const struct object *object);

enum compare_operator {
    COMPARE_EQUAL,
    COMPARE_NOT_EQUAL,
    COMPARE_LESS,
    COMPARE_LESS_EQUAL,
    COMPARE_GREATER,
    COMPARE_GREATER_EQUAL,
    COMPARE_IN,
    COMPARE_NOT_IN,
};

bool object_equal(const struct object *a, const struct object *b);
/* False, with the reason, where the two are not comparable so. Recurses on nested lists, whose
 * depth the compiler has bounded. */
NODISCARD bool object_compare(enum compare_operator op, const struct object *a,
                              const struct object *b, bool *out, struct failure *failure);
/* Stable, in place. */
NODISCARD bool object_sort(struct object *items, size_t count, struct failure *failure);

#endif
