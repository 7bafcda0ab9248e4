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
    size_t index = 0;
    if (!str_in_table(name, names, ARRAY_LEN(names), &index))
        return false;
    *status = (enum fact_status)index;
    return true;
}
