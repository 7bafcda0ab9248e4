/* The fewest disturbances that still break a rule. */
#ifndef TESTS_SIM_SHRINK_H
#define TESTS_SIM_SHRINK_H

#include "rules.h"

/* `active` marks a set that fails; smaller and smaller sets are tried (halves, quarters, … ones)
 * until none can be left out. *finding becomes that of the smallest. */
void shrink(const struct sim_case *c, bool *active, struct finding *finding);

#endif
