#include "expression/number.h"

#include <math.h>

#include "base/banned.h"

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 unsigned_wide;

static const char *const operator_texts[] = {
    [BINARY_OR] = "|",           [BINARY_XOR] = "^",
    [BINARY_AND] = "&",          [BINARY_SHIFT_LEFT] = "<<",
    [BINARY_SHIFT_RIGHT] = ">>", [BINARY_ADD] = "+",
    [BINARY_SUBTRACT] = "-",     [BINARY_MULTIPLY] = "*",
    [BINARY_DIVIDE] = "/",       [BINARY_FLOOR_DIVIDE] = "//",
    [BINARY_MODULO] = "%",       [BINARY_POWER] = "**",
};

static bool overflow(struct failure *failure)
{
    return failure_set(failure, "overflow: the result is too large for a float");
}

static bool set_real(double value, struct object *out)
{
    *out = OBJECT_OF_REAL(value);
    return true;
}

static bool set_integer(int64_t value, struct object *out)
{
    *out = OBJECT_OF_INT(value);
    return true;
}

/* An int where it fits, else the nearest float. */
static bool set_wide(wide value, struct object *out)
{
    if (value >= INT64_MIN && value <= INT64_MAX)
        return set_integer((int64_t)value, out);
    return set_real((double)value, out);
}

static bool is_odd_whole(double value)
{
    return fmod(fabs(value), 2.0) == 1.0;
}

/* CPython's float_pow, which spells out C99's special cases. */
static bool real_power(double base, double exponent, struct object *out, struct failure *failure)
{
    if (exponent == 0 || base == 1)
        return set_real(1, out);
    if (isnan(base) || isnan(exponent))
        return set_real(isnan(base) ? base : exponent, out);
    if (base == 0 && exponent < 0)
        return failure_set(failure, "0 cannot be raised to a negative power");
    if (isinf(exponent) || isinf(base) || base == 0)
        return set_real(pow(base, exponent), out);
    bool negative = base < 0;
    if (negative && exponent != floor(exponent))
        return failure_set(failure, "a negative number to a fractional power is complex, "
                                    "which is not supported");
    double result = pow(fabs(base), exponent);
    if (isinf(result))
        return overflow(failure);
    return set_real(negative && is_odd_whole(exponent) ? -result : result, out);
}

static bool integer_power(int64_t base, int64_t exponent, struct object *out,
                          struct failure *failure)
{
    if (exponent < 0)
        return real_power((double)base, (double)exponent, out, failure);
    if (base == 0 || base == 1 || base == -1)
        return set_integer(exponent == 0 || (base == -1 && exponent % 2 == 0) ? 1 : base, out);
    /* By squaring; what passes 127 bits goes on in floating point. */
    wide result = 1;
    wide square = base;
    bool exact = true;
    for (int64_t rest = exponent; exact && rest > 0; rest /= 2) {
        if (rest % 2 == 1)
            exact = !__builtin_mul_overflow(result, square, &result);
        if (rest > 1)
            exact = exact && !__builtin_mul_overflow(square, square, &square);
    }
    if (exact)
        return set_wide(result, out);
    /* long double holds every base exactly. */
    double real = (double)powl((long double)base, (long double)exponent);
    return isinf(real) ? overflow(failure) : set_real(real, out);
}

static int bit_length(uint64_t value)
{
    return value == 0 ? 0 : 64 - __builtin_clzll(value);
}

static uint64_t magnitude(int64_t value)
{
    return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

/* Correctly rounded, as CPython's, also where an operand is beyond 53 bits. */
static double true_quotient(int64_t a, int64_t b)
{
    const uint64_t exact = UINT64_C(1) << 53;
    uint64_t numerator = magnitude(a);
    uint64_t denominator = magnitude(b);
    if (numerator <= exact && denominator <= exact)
        return (double)a / (double)b;
    /* A quotient of at least 60 bits, whose last bit also stands for the remainder: rounding it to
     * 53 bits is rounding the exact quotient. */
    int shift = 61 + bit_length(denominator) - bit_length(numerator);
    if (shift < 0)
        shift = 0;
    unsigned_wide scaled = (unsigned_wide)numerator << shift;
    unsigned_wide quotient = scaled / denominator;
    if (scaled % denominator != 0)
        quotient |= 1;
    double result = ldexp((double)quotient, -shift);
    return (a < 0) != (b < 0) ? -result : result;
}

static bool shift_left(int64_t a, int64_t count, struct object *out, struct failure *failure)
{
    enum { BEYOND_ANY_FLOAT = 2000 };
    if (a == 0 || count == 0)
        return set_integer(a, out);
    if (count < 64)
        return set_wide((wide)a * ((wide)1 << count), out);
    double real = ldexp((double)a, count < BEYOND_ANY_FLOAT ? (int)count : BEYOND_ANY_FLOAT);
    return isinf(real) ? overflow(failure) : set_real(real, out);
}

static bool integer_shift(enum binary_operator op, int64_t a, int64_t count, struct object *out,
                          struct failure *failure)
{
    if (count < 0)
        return failure_set(failure, "'%s' by a negative count", operator_texts[op]);
    if (op == BINARY_SHIFT_LEFT)
        return shift_left(a, count, out, failure);
    if (count > 63)
        count = 63;
    return set_integer(a < 0 ? ~(~a >> count) : a >> count, out);
}

static bool integer_divide(enum binary_operator op, int64_t a, int64_t b, struct object *out,
                           struct failure *failure)
{
    if (b == 0)
        return failure_set(failure, op == BINARY_MODULO ? "modulo by zero" : "division by zero");
    if (op == BINARY_DIVIDE)
        return set_real(true_quotient(a, b), out);
    wide quotient = (wide)a / b;
    wide rest = (wide)a % b;
    if (rest != 0 && (rest < 0) != (b < 0)) {
        quotient -= 1;
        rest += b;
    }
    return set_wide(op == BINARY_MODULO ? rest : quotient, out);
}

static bool integer_binary(enum binary_operator op, int64_t a, int64_t b, struct object *out,
                           struct failure *failure)
{
    switch (op) {
    case BINARY_OR:
        return set_integer(a | b, out);
    case BINARY_XOR:
        return set_integer(a ^ b, out);
    case BINARY_AND:
        return set_integer(a & b, out);
    case BINARY_SHIFT_LEFT:
    case BINARY_SHIFT_RIGHT:
        return integer_shift(op, a, b, out, failure);
    case BINARY_ADD:
        return set_wide((wide)a + b, out);
    case BINARY_SUBTRACT:
        return set_wide((wide)a - b, out);
    case BINARY_MULTIPLY:
        return set_wide((wide)a * b, out);
    case BINARY_DIVIDE:
    case BINARY_FLOOR_DIVIDE:
    case BINARY_MODULO:
        return integer_divide(op, a, b, out, failure);
    case BINARY_POWER:
        return integer_power(a, b, out, failure);
    }
    return false;
}

static double real_modulo(double a, double b)
{
    double rest = fmod(a, b);
    if (rest == 0)
        return copysign(0.0, b);
    return (b < 0) != (rest < 0) ? rest + b : rest;
}

/* CPython's _float_div_mod: the quotient is recovered from the exact remainder. */
static double real_floor_quotient(double a, double b)
{
    double rest = fmod(a, b);
    double quotient = (a - rest) / b;
    if (rest != 0 && (b < 0) != (rest < 0))
        quotient -= 1.0;
    if (quotient == 0)
        return copysign(0.0, a / b);
    double whole = floor(quotient);
    return quotient - whole > 0.5 ? whole + 1.0 : whole;
}

static bool real_binary(enum binary_operator op, double a, double b, struct object *out,
                        struct failure *failure)
{
    switch (op) {
    case BINARY_ADD:
        return set_real(a + b, out);
    case BINARY_SUBTRACT:
        return set_real(a - b, out);
    case BINARY_MULTIPLY:
        return set_real(a * b, out);
    case BINARY_DIVIDE:
        return b == 0 ? failure_set(failure, "division by zero") : set_real(a / b, out);
    case BINARY_FLOOR_DIVIDE:
        return b == 0 ? failure_set(failure, "division by zero")
                      : set_real(real_floor_quotient(a, b), out);
    case BINARY_MODULO:
        return b == 0 ? failure_set(failure, "modulo by zero") : set_real(real_modulo(a, b), out);
    case BINARY_POWER:
        return real_power(a, b, out, failure);
    case BINARY_OR:
    case BINARY_XOR:
    case BINARY_AND:
    case BINARY_SHIFT_LEFT:
    case BINARY_SHIFT_RIGHT:
        break;
    }
    return failure_set(failure, "'%s' needs whole numbers, not a float: int(x) makes one",
                       operator_texts[op]);
}

static bool is_bitwise(enum binary_operator op)
{
    return op == BINARY_OR || op == BINARY_XOR || op == BINARY_AND;
}

bool number_binary(enum binary_operator op, const struct object *a, const struct object *b,
                   struct object *out, struct failure *failure)
{
    if (!object_is_number(a) || !object_is_number(b))
        return failure_set(failure, "'%s' needs numbers, not %s", operator_texts[op],
                           object_kind_name(object_is_number(a) ? b : a));
    if (a->kind == OBJECT_FLOAT || b->kind == OBJECT_FLOAT)
        return real_binary(op, object_real(a), object_real(b), out, failure);
    bool bools = a->kind == OBJECT_BOOL && b->kind == OBJECT_BOOL;
    if (!integer_binary(op, object_integer(a), object_integer(b), out, failure))
        return false;
    if (bools && is_bitwise(op))
        *out = OBJECT_OF_BOOL(out->integer != 0);
    return true;
}

bool number_unary(enum unary_operator op, const struct object *a, struct object *out,
                  struct failure *failure)
{
    static const char texts[] = {[UNARY_PLUS] = '+', [UNARY_MINUS] = '-', [UNARY_INVERT] = '~'};
    if (!object_is_number(a))
        return failure_set(failure, "'%c' needs a number, not %s", texts[op], object_kind_name(a));
    if (a->kind == OBJECT_FLOAT) {
        if (op == UNARY_INVERT)
            return failure_set(failure, "'~' needs a whole number, not a float");
        return set_real(op == UNARY_MINUS ? -a->real : a->real, out);
    }
    int64_t value = object_integer(a);
    if (op == UNARY_INVERT)
        return set_integer(~value, out);
    return op == UNARY_MINUS ? set_wide(-(wide)value, out) : set_integer(value, out);
}

static wide floor_modulo(wide a, wide modulus)
{
    wide rest = a % modulus;
    return rest != 0 && (rest < 0) != (modulus < 0) ? rest + modulus : rest;
}

/* The inverse of `a` modulo `modulus` (> 1) by Euclid's algorithm; false where there is none. */
static bool modular_inverse(wide a, wide modulus, wide *inverse)
{
    wide r0 = modulus;
    wide r1 = floor_modulo(a, modulus);
    wide t0 = 0;
    wide t1 = 1;
    while (r1 != 0) {
        wide quotient = r0 / r1;
        wide r2 = r0 - quotient * r1;
        wide t2 = t0 - quotient * t1;
        r0 = r1, r1 = r2;
        t0 = t1, t1 = t2;
    }
    *inverse = floor_modulo(t0, modulus);
    return r0 == 1;
}

bool number_power_modulo(const struct object args[static 3], struct object *out,
                         struct failure *failure)
{
    for (size_t i = 0; i < 3; i++) {
        if (!object_is_whole(&args[i]))
            return failure_set(failure, "pow with three arguments needs whole numbers, not %s",
                               object_kind_name(&args[i]));
    }
    wide modulus = object_integer(&args[2]);
    if (modulus == 0)
        return failure_set(failure, "pow: the modulus is zero");
    wide positive = modulus < 0 ? -modulus : modulus;
    wide exponent = object_integer(&args[1]);
    wide base = floor_modulo(object_integer(&args[0]), positive);
    if (positive == 1)
        return set_integer(0, out);
    if (exponent < 0) {
        if (!modular_inverse(base, positive, &base))
            return failure_set(failure, "pow: the base has no inverse for that modulus");
        exponent = -exponent;
    }
    wide result = 1;
    for (; exponent > 0; exponent /= 2) {
        if (exponent % 2 == 1)
            result = result * base % positive;
        base = base * base % positive;
    }
    return set_integer((int64_t)floor_modulo(result, modulus), out);
}
