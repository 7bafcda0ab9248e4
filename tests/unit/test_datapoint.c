/* observe/datapoint: the window of a statistic, and which of its datapoints counts. */
#include "unit.h"

#include "observe/datapoint.h"

#include <math.h>

static void windows_are_aligned(void **state)
{
    (void)state;
    static const struct {
        int64_t now_ms;
        int64_t period_s;
        int64_t start_ms;
        int64_t end_ms;
    } rows[] = {
        {1000000000, 300, 999000000, 999900000},
        {999600000, 300, 998700000, 999600000}, /* a period just over counts */
        {999599999, 300, 998400000, 999300000},
        {999600000, 60, 999420000, 999600000},
        {999605999, 1, 999602000, 999605000},
        {999605000, 10, 999570000, 999600000},
        {1500, 300, -900000, 0},
        {-1, 1, -4000, -1000},
        {0, 86400, -259200000, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct statistic_window window = statistic_window(rows[i].now_ms, rows[i].period_s);
        assert_int_equal(window.start_ms, rows[i].start_ms);
        assert_int_equal(window.end_ms, rows[i].end_ms);
    }
}

enum { NOW_S = 1000000, POINTS_MAX = 6 };

/* Ages are of the period's start, in seconds before NOW_S; the window of period 60 at that time
 * (999960 its end) begins 220 s ago, and its last period begins 100 s ago. */
struct row {
    double ages_s[POINTS_MAX];
    double values[POINTS_MAX];
    size_t count;
    double expected; /* NaN: missing */
    const char *reason;
};

static void the_newest_complete_period_counts(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {{100, 160, 220}, {1, 2, 3}, 3, 1, NULL},
        {{220, 100, 160}, {3, 1, 2}, 3, 1, NULL},
        {{40, 160}, {9, 2}, 2, 2, NULL},      /* the first of these is not over yet */
        {{100.001, 280}, {5, 6}, 2, 5, NULL}, /* off the boundary, wholly inside */
        {{220}, {0}, 1, 0, NULL},             /* zero is a value */
        {{100, 160}, {NAN, 4}, 2, 4, NULL},
        {{100}, {INFINITY}, 1, INFINITY, NULL},
        {{-500, 160}, {7, 4}, 2, 4, NULL}, /* out of the future */
        {{0}, {0}, 0, NAN, "no datapoint in the last 180 s"},
        {{280, 4000},
         {7, 7},
         2,
         NAN,
         "no datapoint in the last 180 s (the newest began 280 s ago)"},
        {{40},
         {7},
         1,
         NAN,
         "no datapoint in the last 180 s (the newest is of a period that is not over)"},
        {{99.999},
         {7},
         1,
         NAN,
         "no datapoint in the last 180 s (the newest is of a period that is not over)"},
        {{-500}, {7}, 1, NAN, "no datapoint in the last 180 s"},
        {{100}, {NAN}, 1, NAN, "no datapoint in the last 180 s"},
    };
    struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i];
        struct datapoint points[POINTS_MAX];
        for (size_t j = 0; j < row->count; j++) {
            points[j].timestamp_ms = (int64_t)llround((NOW_S - row->ages_s[j]) * 1000);
            points[j].value = row->values[j];
        }
        struct metric_facts metric =
            datapoint_choose(&arena, points, row->count, INT64_C(1000) * NOW_S, 60);
        if (isnan(row->expected)) {
            assert_int_equal(metric.fact.status, FACT_MISSING);
            assert_str(metric.fact.reason, row->reason);
            assert_int_equal(metric.value.kind, VALUE_NONE);
        } else {
            assert_int_equal(metric.fact.status, FACT_PRESENT);
            assert_int_equal(metric.value.kind, VALUE_FLOAT);
            assert_true(metric.value.real == row->expected);
        }
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_are_aligned),
        cmocka_unit_test(the_newest_complete_period_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
