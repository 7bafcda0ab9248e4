/* What goes wrong in the account itself: instances that die, other people's hands, no capacity. */
#ifndef TESTS_SIM_MISHAPS_H
#define TESTS_SIM_MISHAPS_H

#include "case.h"

#include "cloud/sim/world.h"

/* What begins before this pass, and what ends. */
void mishaps_happen(const struct sim_case *c, const bool *active, int pass,
                    struct sim_world *world);
/* Does one make reads or acts of that cluster fail in this pass? */
bool mishaps_touch(const struct sim_case *c, const bool *active, int pass, size_t cluster);

#endif
