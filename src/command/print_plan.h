/* A plan for a person, one block a cluster: what changes and why, then what stays and why.
 *
 *     my_cluster: 2 changes, 1 held
 *       group my-asg: desired 2 → 3, min 1, max 4
 *
 *       would change
 *         scale out  worker   1 → 3 tasks      queue_length = 12 is 5 or more: 2 tasks more
 *         scale out  group    2 → 3 instances  1 task of 'worker' has no room …
 *       stays
 *         held       mailer   4 tasks          backlog is missing: …
 *         stay       backend  2 tasks          …
 *
 * Control characters in names and reasons are shown as '?', whatever somebody put into them. */
#ifndef COMMAND_PRINT_PLAN_H
#define COMMAND_PRINT_PLAN_H

#include "base/buf.h"
#include "command/print_text.h"
#include "model/definition.h"
#include "model/outcome.h"
#include "model/plan.h"

/* `outcomes` (parallel to the plan's actions) is NULL for what was only planned. */
void plan_print(const struct definition *definition, const struct plan *plan,
                const struct outcome *outcomes, struct print_style style, struct buf *out);

/* "scale out", "drain", … and "1 → 3 tasks", "group 3 → 2", …: an action in two short texts. The
 * second is added to `out`. */
const char *action_verb(const struct action *action);
void action_change_print(const struct action *action, struct buf *out);

#endif
