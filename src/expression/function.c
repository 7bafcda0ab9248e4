#include "expression/function.h"

#include "expression/number.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define FUNCTION(name)                                                                             \
    static bool function_##name(const struct object *args, size_t count, struct object *out,       \
                                struct failure *failure)

static bool need_number(const char *name, const struct object *x, struct failure *failure)
{
    return object_is_number(x) ||
           failure_set(failure, "%s needs a number, not %s", name, object_kind_name(x));
}

static bool need_list(const char *name, const struct object *x, struct failure *failure)
{
    return object_is_list(x) ||
           failure_set(failure, "%s needs a list, not %s", name, object_kind_name(x));
}

FUNCTION(abs)
{
    (void)count;
    if (!need_number("abs", args, failure))
        return false;
    if (args->kind == OBJECT_FLOAT) {
        *out = OBJECT_OF_REAL(fabs(args->real));
        return true;
    }
    bool negative = object_integer(args) < 0;
    return number_unary(negative ? UNARY_MINUS : UNARY_PLUS, args, out, failure);
}

/* Of several arguments, or of the items of the only one; the first of equals, as Python has it. */
static bool extreme(const char *name, enum compare_operator better, const struct object *items,
                    size_t count, struct object *out, struct failure *failure)
{
    if (count == 1) {
        if (!need_list(name, items, failure))
            return false;
        if (items->count == 0)
            return failure_set(failure, "%s of an empty list", name);
        count = items->count;
        items = items->items;
    }
    struct object best = items[0];
    for (size_t i = 1; i < count; i++) {
        bool replaces = false;
        if (!object_compare(better, &items[i], &best, &replaces, failure))
            return false;
        if (replaces)
            best = items[i];
    }
    *out = best;
    return true;
}

FUNCTION(min)
{
    return extreme("min", COMPARE_LESS, args, count, out, failure);
}

FUNCTION(max)
{
    return extreme("max", COMPARE_GREATER, args, count, out, failure);
}

FUNCTION(sum)
{
    if (!need_list("sum", &args[0], failure))
        return false;
    struct object total = count > 1 ? args[1] : OBJECT_OF_INT(0);
    for (size_t i = 0; i < args[0].count; i++) {
        if (!number_binary(BINARY_ADD, &total, &args[0].items[i], &total, failure))
            return false;
    }
    *out = total;
    return true;
}

FUNCTION(len)
{
    (void)count;
    if (!need_list("len", args, failure))
        return false;
    *out = OBJECT_OF_INT(args->count);
    return true;
}

FUNCTION(round)
{
    if (!need_number("round", &args[0], failure))
        return false;
    if (count == 1 || args[1].kind == OBJECT_NONE)
        return number_round(&args[0], out, failure);
    if (!object_is_whole(&args[1]))
        return failure_set(failure, "round needs a whole number of digits, not %s",
                           object_kind_name(&args[1]));
    return number_round_digits(&args[0], object_integer(&args[1]), out, failure);
}

FUNCTION(pow)
{
    if (count == 3 && args[2].kind != OBJECT_NONE)
        return number_power_modulo(args, out, failure);
    return number_binary(BINARY_POWER, &args[0], &args[1], out, failure);
}

static bool to_whole(const char *name, double (*rounded)(double), const struct object *x,
                     struct object *out, struct failure *failure)
{
    if (!need_number(name, x, failure))
        return false;
    if (x->kind == OBJECT_FLOAT)
        return number_from_whole(rounded(x->real), out, failure);
    *out = OBJECT_OF_INT(object_integer(x));
    return true;
}

FUNCTION(int)
{
    if (count == 0) {
        *out = OBJECT_OF_INT(0);
        return true;
    }
    return to_whole("int", trunc, args, out, failure);
}

FUNCTION(ceil)
{
    (void)count;
    return to_whole("ceil", ceil, args, out, failure);
}

FUNCTION(floor)
{
    (void)count;
    return to_whole("floor", floor, args, out, failure);
}

FUNCTION(float)
{
    if (count > 0 && !need_number("float", args, failure))
        return false;
    *out = OBJECT_OF_REAL(count > 0 ? object_real(args) : 0.0);
    return true;
}

FUNCTION(bool)
{
    (void)failure;
    *out = OBJECT_OF_BOOL(count > 0 && object_is_true(args));
    return true;
}

/* any: one that is true decides; all: one that is false does. */
static bool quantify(const char *name, bool deciding, const struct object *list, struct object *out,
                     struct failure *failure)
{
    if (!need_list(name, list, failure))
        return false;
    bool decided = false;
    for (size_t i = 0; i < list->count && !decided; i++)
        decided = object_is_true(&list->items[i]) == deciding;
    *out = OBJECT_OF_BOOL(decided == deciding);
    return true;
}

FUNCTION(any)
{
    (void)count;
    return quantify("any", true, args, out, failure);
}

FUNCTION(all)
{
    (void)count;
    return quantify("all", false, args, out, failure);
}

/* In place: a list in an expression is never seen by two readers after this. */
FUNCTION(sorted)
{
    (void)count;
    if (!need_list("sorted", args, failure))
        return false;
    *out = args[0];
    out->kind = OBJECT_LIST;
    return object_sort(out->items, out->count, failure);
}

static bool math_result(const char *name, double x, double result, struct object *out,
                        struct failure *failure)
{
    if (isinf(result) && isfinite(x))
        return failure_set(failure, "overflow: %s of %.6g is too large for a float", name, x);
    *out = OBJECT_OF_REAL(result);
    return true;
}

FUNCTION(sqrt)
{
    (void)count;
    if (!need_number("sqrt", args, failure))
        return false;
    double x = object_real(args);
    if (x < 0)
        return failure_set(failure, "sqrt of a negative number");
    return math_result("sqrt", x, sqrt(x), out, failure);
}

FUNCTION(exp)
{
    (void)count;
    if (!need_number("exp", args, failure))
        return false;
    double x = object_real(args);
    return math_result("exp", x, exp(x), out, failure);
}

static bool logarithm(const char *name, double (*of)(double), const struct object *x,
                      struct object *out, struct failure *failure)
{
    if (!need_number(name, x, failure))
        return false;
    double real = object_real(x);
    if (real <= 0)
        return failure_set(failure, "%s of %s", name, real < 0 ? "a negative number" : "zero");
    return math_result(name, real, of(real), out, failure);
}

FUNCTION(log)
{
    struct object numerator;
    if (!logarithm("log", log, &args[0], &numerator, failure))
        return false;
    *out = numerator;
    if (count == 1)
        return true;
    struct object denominator;
    return logarithm("log", log, &args[1], &denominator, failure) &&
           number_binary(BINARY_DIVIDE, &numerator, &denominator, out, failure);
}

FUNCTION(log2)
{
    (void)count;
    return logarithm("log2", log2, args, out, failure);
}

FUNCTION(log10)
{
    (void)count;
    return logarithm("log10", log10, args, out, failure);
}

FUNCTION(clamp)
{
    for (size_t i = 0; i < count; i++) {
        if (!need_number("clamp", &args[i], failure))
            return false;
    }
    bool above = false;
    bool below = false;
    bool crossed = false;
    if (!object_compare(COMPARE_GREATER, &args[1], &args[2], &crossed, failure) ||
        !object_compare(COMPARE_LESS, &args[0], &args[1], &below, failure) ||
        !object_compare(COMPARE_GREATER, &args[0], &args[2], &above, failure))
        return false;
    if (crossed)
        return failure_set(failure, "clamp: the low end is above the high end");
    *out = below ? args[1] : above ? args[2] : args[0];
    return true;
}

/* In the order of the documentation. */
const struct function functions[] = {
    {"abs", 1, 1, "abs(x)", "x without its sign", function_abs},
    {"min", 1, FUNCTION_ANY, "min(a, b, ...), min(list)", "the least of them", function_min},
    {"max", 1, FUNCTION_ANY, "max(a, b, ...), max(list)", "the greatest of them", function_max},
    {"sum", 1, 2, "sum(list, start=0)", "all items added up", function_sum},
    {"len", 1, 1, "len(list)", "how many items", function_len},
    {"round", 1, 2, "round(x, digits)",
     "the nearest whole number, or x to that many decimals; half goes to the even one",
     function_round},
    {"pow", 2, 3, "pow(a, b), pow(a, b, modulus)", "a ** b, for whole numbers also modulo one",
     function_pow},
    {"int", 0, 1, "int(x)", "x without its fraction", function_int},
    {"float", 0, 1, "float(x)", "x as a float", function_float},
    {"bool", 0, 1, "bool(x)", "False for 0, None and an empty list, else True", function_bool},
    {"any", 1, 1, "any(list)", "is any item true?", function_any},
    {"all", 1, 1, "all(list)", "is every item true?", function_all},
    {"sorted", 1, 1, "sorted(list)", "the items in rising order", function_sorted},
    {"ceil", 1, 1, "ceil(x)", "the least whole number not below x", function_ceil},
    {"floor", 1, 1, "floor(x)", "the greatest whole number not above x", function_floor},
    {"sqrt", 1, 1, "sqrt(x)", "the square root", function_sqrt},
    {"exp", 1, 1, "exp(x)", "e to the power of x", function_exp},
    {"log", 1, 2, "log(x, base)", "the logarithm, natural without a base", function_log},
    {"log2", 1, 1, "log2(x)", "the logarithm to base 2", function_log2},
    {"log10", 1, 1, "log10(x)", "the logarithm to base 10", function_log10},
    {"default", 2, 2, "default(x, fallback)",
     "x, or fallback where a metric that x needs is missing", NULL},
    {"clamp", 3, 3, "clamp(x, low, high)", "x, but not below low and not above high",
     function_clamp},
};
const size_t function_count = ARRAY_LEN(functions);

const struct function *function_find(const char *name, size_t len)
{
    for (size_t i = 0; i < function_count; i++) {
        if (strlen(functions[i].name) == len && memcmp(functions[i].name, name, len) == 0)
            return &functions[i];
    }
    return NULL;
}
