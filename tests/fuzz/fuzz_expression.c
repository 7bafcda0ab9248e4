/* Metric arithmetic: compiles any text and, where that works, evaluates it with and without values.
 */
#include "expression/expression.h"
#include "tests_fuzz.h"

#include <assert.h>

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct str names[] = {{"a", 1},
                                       {"b", 1},
                                       {"queue-length", 12},
                                       {"http.5xx", 8},
                                       {"gr\xC3\xB6\xC3\x9F"
                                        "e",
                                        7},
                                       {"in", 2}};
    static const struct binding bindings[] = {
        {.fact = {FACT_PRESENT, {0}}, .value = {.kind = VALUE_INT, .integer = INT64_MIN}},
        {.fact = {FACT_PRESENT, {0}}, .value = {.kind = VALUE_FLOAT, .real = 2.675}},
        {.fact = {FACT_PRESENT, {0}}, .value = {.kind = VALUE_BOOL, .boolean = true}},
        {.fact = {FACT_PRESENT, {0}}, .value = {.kind = VALUE_INT, .integer = 7}},
        {.fact = {FACT_MISSING, {0}}},
        {.fact = {FACT_MISSING, {0}}},
    };
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct expression *expression = NULL;
    struct expression_error err;
    struct expression_result result;
    struct str source = {.ptr = (const char *)data, .len = size};
    if (expression_compile(&arena, source, names, ARRAY_LEN(names), &expression, &err) == E_OK) {
        expression_evaluate(expression, bindings, ARRAY_LEN(bindings), &result);
        assert(result.offset <= size);
        assert(result.status == EXPRESSION_VALUE || str_is_utf8(str_from(result.message), NULL));
    } else {
        assert(err.offset <= size && err.len > 0 && err.message[0] != '\0');
        assert(str_is_utf8(str_from(err.message), NULL));
        assert(str_is_utf8(str_from(err.suggestion), NULL));
    }
    return 0;
}
