#include "cloud/cloud.h"

#include <stdio.h>

#include "base/banned.h"

/* Shorter values are no secret, and would be found in half of all words. */
enum { CONCEAL_MIN = 3 };

static struct str conceal(struct arena *arena, struct str message, const struct text *text)
{
    if (text->value.len < CONCEAL_MIN || str_eq(text->value, text->shown))
        return message;
    struct str done = STR_NONE;
    for (;;) {
        size_t at = str_find_str(message, text->value);
        if (at == message.len)
            break;
        done = arena_printf(arena, "%.*s%.*s%.*s", STR_ARG(done), (int)at, message.ptr,
                            STR_ARG(text->shown));
        message = str_slice(message, at + text->value.len, message.len);
    }
    return done.len > 0 ? arena_printf(arena, "%.*s%.*s", STR_ARG(done), STR_ARG(message))
                        : message;
}

static struct str conceal_all(struct arena *arena, struct str message, const struct text *texts,
                              size_t count)
{
    for (size_t i = 0; i < count; i++)
        message = conceal(arena, message, &texts[i]);
    return message;
}

void error_conceal(struct error *err, const struct text *texts, size_t count)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct str before = str_from(err->message);
    struct str after = conceal_all(&arena, before, texts, count);
    if (after.ptr != before.ptr)
        snprintf(err->message, sizeof(err->message), "%.*s", STR_ARG(after));
}

void query_fail(struct query *query, const struct error *err)
{
    query->err = *err;
    error_conceal(&query->err, query->texts, query->text_count);
    const char *where = query->err.where;
    const char *text =
        query->err.message[0] != '\0' ? query->err.message : error_text(query->err.code);
    if (query->err.code == E_CREDENTIALS)
        text = "no usable credentials (the log says what was tried)";
    query->fact.status = FACT_FAILED;
    query->fact.reason =
        arena_printf(query->arena, "%s%s%s", where, where[0] != '\0' ? ": " : "", text);
}

void query_miss(struct query *query, struct str reason)
{
    query->fact.status = FACT_MISSING;
    query->fact.reason = conceal_all(query->arena, reason, query->texts, query->text_count);
}
