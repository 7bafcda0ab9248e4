#include "observe/datapoint.h"

#include <assert.h>
#include <math.h>

#include "base/banned.h"

enum { PERIODS = 3 };

struct statistic_window statistic_window(int64_t now_ms, int64_t period_s)
{
    assert(period_s >= 1 && period_s <= INT64_MAX / 1000 / PERIODS);
    int64_t period_ms = period_s * 1000;
    int64_t into_period = now_ms % period_ms;
    if (into_period < 0)
        into_period += period_ms; /* before 1970 */
    int64_t end_ms = now_ms - into_period;
    return (struct statistic_window){.start_ms = end_ms - PERIODS * period_ms, .end_ms = end_ms};
}

/* `newest` is the newest of all points, whether it counts or not: a hint for the reader. */
static struct metric_facts no_datapoint(struct arena *arena, const struct datapoint *newest,
                                        int64_t now_ms, int64_t period_s)
{
    struct str seen = STR("");
    if (newest != NULL && newest->timestamp_ms <= now_ms) {
        int64_t age_s = (now_ms - newest->timestamp_ms) / 1000;
        seen = age_s >= PERIODS * period_s
                   ? arena_printf(arena, " (the newest began %lld s ago)", (long long)age_s)
                   : STR(" (the newest is of a period that is not over)");
    }
    return (struct metric_facts){
        .fact = {.status = FACT_MISSING,
                 .reason = arena_printf(arena, "no datapoint in the last %lld s%.*s",
                                        (long long)PERIODS * period_s, STR_ARG(seen))},
        .value = VALUE_OF_NONE,
    };
}

struct metric_facts datapoint_choose(struct arena *arena, const struct datapoint *points,
                                     size_t count, int64_t now_ms, int64_t period_s)
{
    struct statistic_window window = statistic_window(now_ms, period_s);
    int64_t last_start_ms = window.end_ms - period_s * 1000;
    const struct datapoint *chosen = NULL;
    const struct datapoint *newest = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct datapoint *point = &points[i];
        if (isnan(point->value))
            continue;
        if (newest == NULL || point->timestamp_ms > newest->timestamp_ms)
            newest = point;
        bool counts =
            point->timestamp_ms >= window.start_ms && point->timestamp_ms <= last_start_ms;
        if (counts && (chosen == NULL || point->timestamp_ms > chosen->timestamp_ms))
            chosen = point;
    }
    if (chosen == NULL)
        return no_datapoint(arena, newest, now_ms, period_s);
    return (struct metric_facts){.fact = FACT_OF_PRESENT, .value = VALUE_OF_REAL(chosen->value)};
}
