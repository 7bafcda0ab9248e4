#include "expression/object.h"

#include "model/value.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

void text_cut(char *text, size_t size)
{
    size_t len = strlen(text);
    if (len + 1 < size)
        return; /* it fitted */
    size_t start = len;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0 || (unsigned char)text[start - 1] < 0x80)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (len - (start - 1) < need)
        text[start - 1] = '\0';
}

bool failure_set(struct failure *failure, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(failure->message, sizeof(failure->message), format, args);
    va_end(args);
    text_cut(failure->message, sizeof(failure->message));
    return false;
}

const char *object_kind_name(const struct object *object)
{
    static const char *const names[] = {
        [OBJECT_NONE] = "None",     [OBJECT_BOOL] = "a bool", [OBJECT_INT] = "an int",
        [OBJECT_FLOAT] = "a float", [OBJECT_LIST] = "a list", [OBJECT_TUPLE] = "a tuple",
    };
    return names[object->kind];
}

bool object_is_true(const struct object *object)
{
    switch (object->kind) {
    case OBJECT_NONE:
        return false;
    case OBJECT_BOOL:
        return object->boolean;
    case OBJECT_INT:
        return object->integer != 0;
    case OBJECT_FLOAT:
        return object->real != 0;
    case OBJECT_LIST:
    case OBJECT_TUPLE:
        return object->count > 0;
    }
    return false;
}

static struct value number_value(const struct object *object)
{
    return object->kind == OBJECT_FLOAT ? VALUE_OF_REAL(object->real)
                                        : VALUE_OF_INT(object_integer(object));
}

/* Position of the first pair of items that differ, or the shorter count. */
static size_t first_difference(const struct object *a, const struct object *b)
{
    size_t common = a->count < b->count ? a->count : b->count;
    size_t i = 0;
    while (i < common && object_equal(&a->items[i], &b->items[i]))
        i++;
    return i;
}

bool object_equal(const struct object *a, const struct object *b)
{
    if (object_is_number(a) && object_is_number(b))
        return value_compare(number_value(a), number_value(b)) == 0;
    if (a->kind != b->kind)
        return false;
    if (a->kind == OBJECT_NONE)
        return true;
    return a->count == b->count && first_difference(a, b) == a->count;
}

static const char *const operator_texts[] = {
    [COMPARE_EQUAL] = "==",      [COMPARE_NOT_EQUAL] = "!=",     [COMPARE_LESS] = "<",
    [COMPARE_GREATER] = ">",     [COMPARE_LESS_EQUAL] = "<=",    [COMPARE_IN] = "in",
    [COMPARE_NOT_IN] = "not in", [COMPARE_GREATER_EQUAL] = ">=",
};

/* What `op` says of two things in that order (-1, 0, 1; 2: not ordered). */
static bool order_fits(enum compare_operator op, int order)
{
    if (order == 2)
        return false;
    switch (op) {
    case COMPARE_LESS:
        return order < 0;
    case COMPARE_LESS_EQUAL:
        return order <= 0;
    case COMPARE_GREATER:
        return order > 0;
    case COMPARE_GREATER_EQUAL:
        return order >= 0;
    case COMPARE_EQUAL:
    case COMPARE_NOT_EQUAL:
    case COMPARE_IN:
    case COMPARE_NOT_IN:
        break;
    }
    return false;
}

/* < <= > >= */
static bool compare_order(enum compare_operator op, const struct object *a, const struct object *b,
                          bool *out, struct failure *failure)
{
    if (object_is_number(a) && object_is_number(b)) {
        *out = order_fits(op, value_compare(number_value(a), number_value(b)));
        return true;
    }
    if (a->kind != b->kind || a->kind == OBJECT_NONE)
        return failure_set(failure, "'%s' cannot compare %s with %s", operator_texts[op],
                           object_kind_name(a), object_kind_name(b));
    size_t at = first_difference(a, b);
    if (at < a->count && at < b->count)
        return compare_order(op, &a->items[at], &b->items[at], out, failure);
    *out = order_fits(op, (a->count > b->count) - (a->count < b->count));
    return true;
}

bool object_compare(enum compare_operator op, const struct object *a, const struct object *b,
                    bool *out, struct failure *failure)
{
    if (op == COMPARE_EQUAL || op == COMPARE_NOT_EQUAL) {
        *out = object_equal(a, b) == (op == COMPARE_EQUAL);
        return true;
    }
    if (op != COMPARE_IN && op != COMPARE_NOT_IN)
        return compare_order(op, a, b, out, failure);
    if (!object_is_list(b))
        return failure_set(failure, "'%s' needs a list on its right, not %s", operator_texts[op],
                           object_kind_name(b));
    bool found = false;
    for (size_t i = 0; i < b->count && !found; i++)
        found = object_equal(a, &b->items[i]);
    *out = found == (op == COMPARE_IN);
    return true;
}

/* Binary insertion: few comparisons, and lists are short. An item goes after its equals. */
bool object_sort(struct object *items, size_t count, struct failure *failure)
{
    for (size_t i = 1; i < count; i++) {
        struct object item = items[i];
        size_t low = 0;
        size_t high = i;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            bool less = false;
            if (!object_compare(COMPARE_LESS, &item, &items[middle], &less, failure))
                return false;
            if (less)
                high = middle;
            else
                low = middle + 1;
        }
        memmove(&items[low + 1], &items[low], (i - low) * sizeof(*items));
        items[low] = item;
    }
    return true;
}
