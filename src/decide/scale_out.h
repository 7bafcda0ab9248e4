/* Does the group need another instance? Rules: docs/scaling.md, "The group". Pure. */
#ifndef DECIDE_SCALE_OUT_H
#define DECIDE_SCALE_OUT_H

#include "decide/outlook.h"

/* Is there something that does not fit and would on one instance more? */
bool scale_out_wanted(const struct outlook *outlook);

/* What is decided and why: CHANGE (by one), STAY, SETTLING (it fits on instances that are on their
 * way) or HELD (a task's size is not known). */
struct str scale_out_reason(const struct outlook *outlook, enum verdict *verdict);

#endif
