/* From floats to whole numbers, and round(): decimal rounding is done on the exact decimal value,
 * which glibc's printf writes out, as CPython does with its own conversion. */
#include "expression/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

__extension__ typedef __int128 wide;

/* Beyond these a double has no digit to round, or all of it is rounded away. */
enum { DIGITS_MAX = 323, DIGITS_MIN = -308 };
/* Of a double in positional notation: 309 digits before the point, DIGITS_MAX after it. */
enum { POSITIONAL_SIZE = 309 + DIGITS_MAX + 8 };

bool number_from_whole(double whole, struct object *out, struct failure *failure)
{
    if (isnan(whole))
        return failure_set(failure, "NaN cannot be made a whole number");
    if (isinf(whole))
        return failure_set(failure, "overflow: infinity cannot be made a whole number");
    if (whole >= -0x1p63 && whole < 0x1p63)
        *out = OBJECT_OF_INT((int64_t)whole);
    else
        *out = OBJECT_OF_REAL(whole);
    return true;
}

bool number_round(const struct object *x, struct object *out, struct failure *failure)
{
    if (x->kind != OBJECT_FLOAT) {
        *out = OBJECT_OF_INT(object_integer(x));
        return true;
    }
    double nearest = round(x->real);
    if (fabs(x->real - nearest) == 0.5)
        nearest = 2.0 * round(x->real / 2.0);
    return number_from_whole(nearest, out, failure);
}

/* An int to a multiple of 10^places, half to even. */
static void round_integer(int64_t value, int64_t places, struct object *out)
{
    enum { PLACES_OF_INT64 = 19 };
    if (places > PLACES_OF_INT64) {
        *out = OBJECT_OF_INT(0);
        return;
    }
    wide unit = 1;
    for (int64_t i = 0; i < places; i++)
        unit *= 10;
    wide magnitude = value < 0 ? -(wide)value : value;
    wide count = magnitude / unit;
    wide rest = magnitude % unit;
    if (rest * 2 > unit || (rest * 2 == unit && count % 2 == 1))
        count++;
    wide result = value < 0 ? -(count * unit) : count * unit;
    if (result >= INT64_MIN && result <= INT64_MAX)
        *out = OBJECT_OF_INT((int64_t)result);
    else
        *out = OBJECT_OF_REAL((double)result);
}

/* Is what was cut off (the digits, then a fraction) more than half a unit, or half with an odd
 * digit before it? */
static bool rounds_up(char last_kept, const char *cut, bool has_fraction)
{
    if (cut[0] != '5')
        return cut[0] > '5';
    if (has_fraction || strspn(cut + 1, "0") != strlen(cut + 1))
        return true;
    return (last_kept - '0') % 2 == 1;
}

/* |x| to a multiple of 10^places, places > 0. */
static double round_places(double x, int places)
{
    /* A zero in front, for a carry and as the digit kept where all are cut. */
    char digits[POSITIONAL_SIZE];
    snprintf(digits, sizeof(digits), "0%.0f", trunc(x));
    size_t len = strlen(digits);
    if (len - 1 < (size_t)places)
        return 0;
    size_t kept = len - (size_t)places;
    bool up = rounds_up(digits[kept - 1], digits + kept, x != trunc(x));
    digits[kept] = '\0';
    if (up) {
        size_t i = kept - 1;
        while (digits[i] == '9')
            digits[i--] = '0';
        digits[i]++;
    }
    char text[POSITIONAL_SIZE + 8];
    snprintf(text, sizeof(text), "%se%d", digits, places);
    return strtod(text, NULL);
}

bool number_round_digits(const struct object *x, int64_t digits, struct object *out,
                         struct failure *failure)
{
    if (x->kind != OBJECT_FLOAT) {
        if (digits >= 0)
            *out = OBJECT_OF_INT(object_integer(x));
        else
            round_integer(object_integer(x), digits == INT64_MIN ? INT64_MAX : -digits, out);
        return true;
    }
    double result = x->real;
    if (isfinite(result) && digits >= 0 && digits <= DIGITS_MAX) {
        char text[POSITIONAL_SIZE];
        snprintf(text, sizeof(text), "%.*f", (int)digits, result);
        result = strtod(text, NULL);
    } else if (isfinite(result) && digits < 0) {
        double rounded = digits < DIGITS_MIN ? 0 : round_places(fabs(result), (int)-digits);
        if (isinf(rounded))
            return failure_set(failure, "overflow: the rounded value is too large for a float");
        result = copysign(rounded, result);
    }
    *out = OBJECT_OF_REAL(result);
    return true;
}
