/* Included first by every unit test: cmocka with what it needs, and a few shared checks. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"

#include <stdio.h>
#include <string.h>

/* Compares a struct str with a C string, showing both when they differ. */
#define assert_str(actual, expected)                                                               \
    do {                                                                                           \
        struct str assert_str_value = (actual);                                                    \
        if (!str_eq(assert_str_value, str_from(expected))) {                                       \
            print_error("got      '%.*s'\nexpected '%s'\n", STR_ARG(assert_str_value),             \
                        (expected));                                                               \
            fail();                                                                                \
        }                                                                                          \
    } while (0)

#endif
