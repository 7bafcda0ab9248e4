#include "model/value.h"

#include "base/jsonw.h"

#include <math.h>
#include <stdio.h>

#include "base/banned.h"

void value_text(struct value value, char text[static VALUE_TEXT_SIZE])
{
    _Static_assert((int)VALUE_TEXT_SIZE >= (int)JSON_DOUBLE_SIZE, "a double fits");
    switch (value.kind) {
    case VALUE_NONE:
        snprintf(text, VALUE_TEXT_SIZE, "None");
        break;
    case VALUE_BOOL:
        snprintf(text, VALUE_TEXT_SIZE, "%s", value.boolean ? "True" : "False");
        break;
    case VALUE_INT:
        snprintf(text, VALUE_TEXT_SIZE, "%lld", (long long)value.integer);
        break;
    case VALUE_FLOAT:
        json_double_text(value.real, text);
        break;
    }
}

static int compare_int_real(int64_t integer, double real)
{
    if (isnan(real))
        return 2;
    if (real >= 0x1p63)
        return -1;
    if (real < -0x1p63)
        return 1;
    int64_t whole = (int64_t)real; /* truncates; exact */
    if (integer != whole)
        return integer < whole ? -1 : 1;
    double rest = real - (double)whole;
    return rest > 0 ? -1 : rest < 0 ? 1 : 0;
}

int value_compare(struct value a, struct value b)
{
    if (a.kind == VALUE_NONE || b.kind == VALUE_NONE)
        return 2;
    if (a.kind == VALUE_BOOL)
        a = VALUE_OF_INT(a.boolean ? 1 : 0);
    if (b.kind == VALUE_BOOL)
        b = VALUE_OF_INT(b.boolean ? 1 : 0);
    if (a.kind == VALUE_INT && b.kind == VALUE_INT)
        return (a.integer > b.integer) - (a.integer < b.integer);
    if (a.kind == VALUE_INT)
        return compare_int_real(a.integer, b.real);
    if (b.kind == VALUE_INT) {
        int order = compare_int_real(b.integer, a.real);
        return order == 2 ? 2 : -order;
    }
    if (isnan(a.real) || isnan(b.real))
        return 2;
    return (a.real > b.real) - (a.real < b.real);
}
