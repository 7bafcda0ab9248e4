/* How long before the end of an invocation a pass must stop: by what was measured in the passes
 * before it. Pure. */
#ifndef LAMBDA_RUNTIME_MARGIN_H
#define LAMBDA_RUNTIME_MARGIN_H

#include "cloud/cloud.h"

/* Both fall by an eighth with each pass and rise to what was measured at once. */
struct margin {
    int64_t call_ms;   /* the slowest API call of late, retries included */
    int64_t answer_ms; /* the longest way from a pass's end to its answer being taken, of late */
};

/* Before anything was measured. */
#define MARGIN_INIT ((struct margin){.call_ms = 500, .answer_ms = 200})

void margin_learn_calls(struct margin *margin, const struct call_log *log);
void margin_learn_answer(struct margin *margin, int64_t took_ms);

struct time_budget {
    int64_t pass_ms;   /* from now on: everything of the pass ends */
    int64_t margin_ms; /* so long before that, nothing new is applied */
};

/* An action that is begun at the last moment gets twice the time of the slowest call of late to be
 * answered. No more than a third of what is left is kept back. */
struct time_budget margin_budget(const struct margin *margin, int64_t left_ms);

#endif
