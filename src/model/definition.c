#include "model/definition.h"

#include "base/banned.h"

struct str given_name_text(enum given_name name)
{
    static const char *const names[GIVEN_COUNT] = {
        [GIVEN_RUNNING] = "running",     [GIVEN_DESIRED] = "desired",
        [GIVEN_PENDING] = "pending",     [GIVEN_MIN_TASKS] = "min_tasks",
        [GIVEN_MAX_TASKS] = "max_tasks",
    };
    return str_from(names[name]);
}
