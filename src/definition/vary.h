/* Changes one number of a loaded definition by its place in the file, for trying variants:
 * "worker.events[0].min", "services.worker.max", "cpu_buffer", "my_cluster/min". What may stand
 * there, and its range, is the schema table's. */
#ifndef DEFINITION_VARY_H
#define DEFINITION_VARY_H

#include "base/error.h"
#include "model/definition.h"

/* E_MISSING: no such place; E_TYPE: no number stands there; E_RANGE: the value is not allowed, or
 * leaves a 'min' above its 'max'. The definition may have been changed then. */
NODISCARD enum error_code definition_vary(struct definition *definition, struct str path,
                                          double value, struct error *err);

/* Is `path` meant for that cluster? "CLUSTER/…", or no cluster named. */
bool definition_is_meant(const struct definition *definition, struct str path);

#endif
