/* Expressions a second: compiling, and evaluating what was compiled. */
#include "bench.h"
#include "expression/expression.h"

#include <assert.h>
#include <stdio.h>

#include "base/banned.h"

enum { RUNS = 15, RUN_US = 60 * 1000, BATCH = 200 };

/* Parallel to the bindings. */
static const struct str names[] = {
    {"cpu", 3}, {"cpu_usage", 9}, {"queue_length", 12}, {"consumers", 9}, {"running", 7},
};
static const struct binding bindings[] = {
    {.fact = {FACT_PRESENT, {0}}, .value = {.kind = VALUE_FLOAT, .real = 71.25}},
    {.fact = {FACT_PRESENT, {0}}, .value = {.kind = VALUE_FLOAT, .real = 0.83}},
    {.fact = {FACT_PRESENT, {0}}, .value = {.kind = VALUE_INT, .integer = 120}},
    {.fact = {FACT_PRESENT, {0}}, .value = {.kind = VALUE_INT, .integer = 3}},
    {.fact = {FACT_PRESENT, {0}}, .value = {.kind = VALUE_INT, .integer = 8}},
};

static const struct {
    const char *name;
    const char *source;
} rows[] = {
    {"one metric", "queue_length"},
    {"division", "queue_length / max(running, 1)"},
    {"condition", "max(cpu, cpu_usage * 100) if consumers > 2 and running else 0"},
    {"long", "(cpu ** 2 - (queue_length - 2000 + 1) * running + running * 0) / "
             "sum([cpu, cpu_usage, queue_length, 1]) + round(cpu_usage, 1) % 7"},
};

static void measure_compile(size_t row)
{
    double samples[RUNS];
    for (size_t run = 0; run < RUNS; run++) {
        size_t count = 0;
        int64_t start = clock_steady_us();
        int64_t elapsed = 0;
        while ((elapsed = clock_steady_us() - start) < RUN_US) {
            for (size_t i = 0; i < BATCH; i++, count++) {
                struct arena arena CLEANUP(arena_release) = ARENA_INIT;
                struct expression *expression = NULL;
                struct expression_error err;
                enum error_code code = expression_compile(&arena, str_from(rows[row].source), names,
                                                          ARRAY_LEN(names), &expression, &err);
                assert(code == E_OK);
                (void)code;
            }
        }
        samples[run] = (double)count * 1e6 / (double)elapsed;
    }
    char name[80];
    snprintf(name, sizeof(name), "expression compile, %s", rows[row].name);
    bench_report(name, "1/s", samples, RUNS);
}

static void measure_evaluate(size_t row)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct expression *expression = NULL;
    struct expression_error err;
    enum error_code code = expression_compile(&arena, str_from(rows[row].source), names,
                                              ARRAY_LEN(names), &expression, &err);
    assert(code == E_OK);
    (void)code;
    double samples[RUNS];
    for (size_t run = 0; run < RUNS; run++) {
        size_t count = 0;
        int64_t start = clock_steady_us();
        int64_t elapsed = 0;
        while ((elapsed = clock_steady_us() - start) < RUN_US) {
            for (size_t i = 0; i < BATCH; i++, count++) {
                struct expression_result result;
                expression_evaluate(expression, bindings, ARRAY_LEN(bindings), &result);
                assert(result.status == EXPRESSION_VALUE);
            }
        }
        samples[run] = (double)count * 1e6 / (double)elapsed;
    }
    char name[80];
    snprintf(name, sizeof(name), "expression evaluate, %s", rows[row].name);
    bench_report(name, "1/s", samples, RUNS);
}

int main(void)
{
    for (size_t row = 0; row < ARRAY_LEN(rows); row++) {
        measure_compile(row);
        measure_evaluate(row);
    }
    return 0;
}
