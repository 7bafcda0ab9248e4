#include "lambda/runtime_margin.h"

#include "base/limits.h"

#include "base/banned.h"

/* A call that had one retry of a throttled one takes seconds, and is not what to expect. */
enum { CALL_MIN_MS = 50, CALL_MAX_MS = 3000, ANSWER_MIN_MS = 50, ANSWER_MAX_MS = 2000 };

static int64_t bounded(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

static int64_t decayed(int64_t before, int64_t measured)
{
    int64_t faded = before - before / 8;
    return measured > faded ? measured : faded;
}

void margin_learn_calls(struct margin *margin, const struct call_log *log)
{
    int64_t slowest_us = 0;
    bool has_any = false;
    for (size_t i = 0; i < log->calls.count; i++) {
        const struct call_record *call = &log->calls.items[i];
        if (str_eq(call->service, STR("http")))
            continue; /* a metric source: no action goes there */
        has_any = true;
        slowest_us = call->latency_us > slowest_us ? call->latency_us : slowest_us;
    }
    if (has_any)
        margin->call_ms =
            bounded(decayed(margin->call_ms, slowest_us / 1000 + 1), CALL_MIN_MS, CALL_MAX_MS);
}

void margin_learn_answer(struct margin *margin, int64_t took_ms)
{
    margin->answer_ms = bounded(decayed(margin->answer_ms, took_ms), ANSWER_MIN_MS, ANSWER_MAX_MS);
}

struct time_budget margin_budget(const struct margin *margin, int64_t left_ms)
{
    left_ms = bounded(left_ms, 0, LIMIT_LAMBDA_INVOCATION_MS);
    int64_t answer_ms = margin->answer_ms;
    int64_t call_ms = 2 * margin->call_ms;
    int64_t most_ms = left_ms / 3;
    if (answer_ms + call_ms > most_ms) { /* both in proportion */
        answer_ms = most_ms * answer_ms / (answer_ms + call_ms);
        call_ms = most_ms - answer_ms;
    }
    return (struct time_budget){.pass_ms = left_ms - answer_ms, .margin_ms = call_ms};
}
