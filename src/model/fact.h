/* Whether an observed fact is there, and if not, why. No sentinel number stands for "unknown". */
#ifndef MODEL_FACT_H
#define MODEL_FACT_H

#include "base/attributes.h"
#include "base/str.h"

#include <stdbool.h>

enum fact_status {
    FACT_UNREAD,  /* nobody asked: the decision does not need it */
    FACT_PRESENT, /* read; the values beside it hold */
    FACT_MISSING, /* asked, and nothing is there: no datapoint, null, no such service */
    FACT_FAILED,  /* could not be read: network, access, time-out, malformed answer */
};

struct fact {
    enum fact_status status;
    struct str reason; /* for a person; set when missing or failed */
};

#define FACT_OF_PRESENT ((struct fact){.status = FACT_PRESENT})

static inline bool fact_is_present(struct fact fact)
{
    return fact.status == FACT_PRESENT;
}

const char *fact_status_name(enum fact_status status); /* "present" */
NODISCARD bool fact_status_from_name(struct str name, enum fact_status *status);

#endif
