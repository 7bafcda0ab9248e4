/* One invocation of the function: event in, pass, answer out. */
#ifndef LAMBDA_RUNTIME_INVOKE_H
#define LAMBDA_RUNTIME_INVOKE_H

#include "base/buf.h"
#include "definition/load.h"
#include "lambda/runtime_api.h"
#include "lambda/runtime_margin.h"
#include "lambda/runtime_settings.h"
#include "pass/account.h"

/* What is kept from invocation to invocation: connections, credentials and sizes of task
 * definitions in the account, the definitions, what was measured. */
struct runtime {
    struct arena arena; /* of settings and definitions */
    struct runtime_settings settings;
    struct account account;
    struct runtime_api api;
    struct loaded loaded;
    struct margin margin;
};

struct answer {
    const char *failure; /* NULL: `text` is the response; else it is an error of this type, and
                            `text` is its message */
    struct buf text;
    int64_t passed_ms; /* steady clock: when the pass was over; 0: there was none */
};

/* Runs it; *answer is to be given back by answer_release. Logs, and writes metrics. */
void runtime_invoke(struct runtime *runtime, const struct invocation *invocation,
                    struct answer *answer);
void answer_release(struct answer *answer); /* for CLEANUP */

/* Before the first invocation: makes the variable that the trace id is put into. */
void runtime_trace_init(void);

#endif
