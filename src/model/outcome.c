#include "model/outcome.h"

#include "base/banned.h"

const char *outcome_status_name(enum outcome_status status)
{
    static const char *const names[] = {
        [OUTCOME_PENDING] = "pending", [OUTCOME_APPLIED] = "applied",
        [OUTCOME_DROPPED] = "dropped", [OUTCOME_FAILED] = "failed",
        [OUTCOME_SKIPPED] = "skipped", [OUTCOME_NOT_APPLIED] = "not applied",
    };
    return names[status];
}
