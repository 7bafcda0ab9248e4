/* What the log says of a load and of a pass, whoever ran it: what went wrong or was left undone
 * must be in the log, which may be all that is kept. */
#ifndef PASS_PASS_LOG_H
#define PASS_PASS_LOG_H

#include "definition/load.h"
#include "pass/pass.h"

/* Each call (debug), missing credentials, outcomes and what is held. */
void pass_log(const struct pass *pass);
/* "2 clusters, 8 calls in 2 round trips, 56 ms" */
void pass_log_summary(const struct pass *pass, bool dry_run);

/* "clusters/a.yml:12:9: unknown key 'evnts'; did you mean 'events'?" on one line. */
struct str finding_text(struct arena *arena, const struct diagnostic *finding);
void pass_log_finding(struct str cluster, const struct diagnostic *finding);

#endif
