#include "document/schema.h"

#include "base/banned.h"

const struct schema_key *schema_find(const struct schema *schema, unsigned level, struct str name)
{
    for (size_t i = 0; i < schema->key_count; i++) {
        if (schema->keys[i].level == level && str_eq(str_from(schema->keys[i].name), name))
            return &schema->keys[i];
    }
    return NULL;
}

void schema_suggest(const struct schema *schema, unsigned level, struct str unknown,
                    struct buf *out)
{
    size_t distance = (unknown.len + 1) / 3 + 1; /* from there on it is another word */
    const char *nearest = NULL;
    const struct schema_key *elsewhere = NULL;
    for (size_t i = 0; i < schema->key_count; i++) {
        const struct schema_key *key = &schema->keys[i];
        if (key->level != level) {
            if (elsewhere == NULL && str_eq(str_from(key->name), unknown))
                elsewhere = key;
            continue;
        }
        size_t here = str_distance(str_from(key->name), unknown);
        if (here < distance) {
            distance = here;
            nearest = key->name;
        }
    }
    if (elsewhere != NULL)
        buf_addf(out, "'%s' is a key of %s", elsewhere->name,
                 schema->levels[elsewhere->level].name);
    else if (nearest != NULL)
        buf_addf(out, "did you mean '%s'?", nearest);
}

bool schema_is_period(int64_t seconds)
{
    static const int64_t fine[] = {1, 5, 10, 20, 30};
    for (size_t i = 0; i < ARRAY_LEN(fine); i++) {
        if (seconds == fine[i])
            return true;
    }
    return seconds > 0 && seconds % 60 == 0 && seconds <= 86400;
}

static void add_choices(const char *const *choices, struct buf *out)
{
    for (size_t i = 0; choices[i] != NULL; i++)
        buf_addf(out, "%s%s", i == 0 ? "" : choices[i + 1] == NULL ? " or " : ", ", choices[i]);
}

/* " from 1s to 1h" */
static void add_durations(const struct schema_key *key, struct buf *out)
{
    static const struct {
        int64_t ms;
        const char *name;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
    const double bounds[] = {key->low, key->high};
    for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
        int64_t ms = (int64_t)bounds[i];
        size_t unit = ms == 0 ? 3 : 0;
        while (ms % units[unit].ms != 0)
            unit++;
        buf_addf(out, "%s%lld%s", i == 0 ? " from " : " to ", (long long)(ms / units[unit].ms),
                 units[unit].name);
    }
}

void schema_expected(const struct schema *schema, const struct schema_key *key, struct buf *out)
{
    static const char *const texts[TYPE_COUNT] = {
        [TYPE_TEXT] = "text",
        [TYPE_ALIAS] = "text",
        [TYPE_URL] = "an http:// or https:// URL",
        [TYPE_BOOL] = "true or false",
        [TYPE_INT] = "a whole number",
        [TYPE_PERIOD] = "1, 5, 10, 20, 30 or a multiple of 60 up to 86400",
        [TYPE_NUMBER] = "a number",
        [TYPE_SECONDS] = "a number",
        [TYPE_CHOICE] = "",
        [TYPE_EXPRESSION] = "an expression or a number",
        [TYPE_REAL] = "a number",
        [TYPE_DURATION] = "a time such as 90s or 5m,",
        [TYPE_DELAY] = "a time such as 90s, or two such as 30s..90s,",
        [TYPE_TIME] = "a time in UTC such as 2026-03-02T00:00:00Z",
        [TYPE_CLOCK] = "a time of day in UTC such as 14:30",
        [TYPE_ANY] = "any value",
        [TYPE_TEXT_MAP] = "a mapping of names to texts",
        [TYPE_MAP] = "a mapping of names to ",
        [TYPE_LIST] = "a list",
        [TYPE_LEVEL] = "a mapping",
    };
    buf_add(out, str_from(texts[key->type]));
    if (key->type == TYPE_CHOICE)
        add_choices(key->choices, out);
    else if (key->type == TYPE_MAP)
        buf_addf(out, "%ss", schema->levels[key->item].id);
    else if (key->type == TYPE_DURATION || key->type == TYPE_DELAY)
        add_durations(key, out);
    else if (key->type == TYPE_INT || key->type == TYPE_SECONDS || key->type == TYPE_REAL)
        buf_addf(out, " from %.15g to %.15g%s", key->low, key->high,
                 key->not_zero ? ", not 0" : "");
    else if (key->type == TYPE_LIST && key->max_items > 0)
        buf_addf(out, " of at most %zu items", key->max_items);
    if (key->nullable)
        buf_add(out, STR(" or null"));
}
