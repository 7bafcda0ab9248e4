/* Whole numbers that came from outside: sums that stop at the ends of their range instead of
 * wrapping. Pure. */
#ifndef DECIDE_NUMBER_H
#define DECIDE_NUMBER_H

#include <stdint.h>

static inline int64_t number_add(int64_t a, int64_t b)
{
    int64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum))
        return b > 0 ? INT64_MAX : INT64_MIN;
    return sum;
}

static inline int64_t number_sub(int64_t a, int64_t b)
{
    int64_t rest = 0;
    if (__builtin_sub_overflow(a, b, &rest))
        return b > 0 ? INT64_MIN : INT64_MAX;
    return rest;
}

static inline int64_t number_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static inline int64_t number_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t number_clamp(int64_t value, int64_t low, int64_t high)
{
    return number_min(number_max(value, low), high);
}

#endif
