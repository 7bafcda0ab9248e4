/* The outlook put into words and actions: what happens to the group. Rules: docs/scaling.md, "The
 * group". Pure. */
#ifndef DECIDE_GROUP_H
#define DECIDE_GROUP_H

#include "decide/outlook.h"
#include "model/plan.h"

/* Adds the group's decisions and actions (in the order of applying) to `plan`, and its numbers. */
void group_decide(struct outlook *outlook, struct plan *plan);

#endif
