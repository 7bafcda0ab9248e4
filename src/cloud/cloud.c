#include "cloud/cloud.h"

#include "base/banned.h"

void query_fail(struct query *query, const struct error *err)
{
    const char *text = err->message[0] != '\0' ? err->message : error_text(err->code);
    query->err = *err;
    query->fact.status = FACT_FAILED;
    query->fact.reason =
        arena_printf(query->arena, "%s%s%s", err->where, err->where[0] != '\0' ? ": " : "", text);
}

void query_miss(struct query *query, struct str reason)
{
    query->fact.status = FACT_MISSING;
    query->fact.reason = reason;
}
