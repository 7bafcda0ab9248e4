/* What an invocation answers: one JSON object, a cluster at a time what changed, what is held and
 * why, what went wrong. Shape: docs/lambda-runtime.md. */
#ifndef LAMBDA_SUMMARY_H
#define LAMBDA_SUMMARY_H

#include "base/buf.h"
#include "definition/load.h"
#include "pass/pass.h"

struct summary {
    bool dry_run;
    const struct pass *pass;
    const struct loaded *loaded;
    const struct loaded_file **files; /* that were asked for, in order; those with a definition are
                                         the pass's clusters */
    size_t file_count;
    const struct str *unknown; /* names and patterns asked for that no cluster has */
    size_t unknown_count;
};

/* `out` is to have room for LIMIT_LAMBDA_ANSWER_BYTES: where all would be more, the last clusters
 * are there with their status only. */
void summary_write(const struct summary *summary, struct buf *out);

/* What of a cluster that failed is to be known first, in a sentence. */
struct str summary_trouble(const struct pass_cluster *cluster, struct arena *arena);

/* Could the pass do nothing at all: is none of the clusters one that could be looked at? `out` then
 * says for each what was in the way. */
bool summary_is_nothing(const struct summary *summary, struct buf *out);

#endif
