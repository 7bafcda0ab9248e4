#include "model/fact.h"

#include "base/banned.h"

static const char *const names[] = {
    [FACT_UNREAD] = "unread",
    [FACT_PRESENT] = "present",
    [FACT_MISSING] = "missing",
    [FACT_FAILED] = "failed",
};

const char *fact_status_name(enum fact_status status)
{
    return names[status];
}

bool fact_status_from_name(struct str name, enum fact_status *status)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eq(name, str_from(names[i]))) {
            *status = (enum fact_status)i;
            return true;
        }
    }
    return false;
}
