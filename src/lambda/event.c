#include "lambda/event.h"

#include "base/json.h"
#include "base/limits.h"

#include <string.h>

#include "base/banned.h"

/* ECS names have at most 255 characters. */
enum { PATTERN_BYTES = 255, SHOWN_BYTES = 60 };

const char event_forms[] =
    "the forms are: \"TEST_RUN\" or {\"dry_run\": true} for a dry run, {\"dry_run\": false} for a "
    "pass over all clusters, {\"clusters\": [\"a\", \"b*\"]} for some of them (with \"dry_run\", "
    "if "
    "wanted), and the scheduled events of EventBridge rules and of EventBridge Scheduler";

static enum error_code refuse(struct error *err, const char *what)
{
    return error_set(err, E_USAGE, "%s; %s", what, event_forms);
}

/* Of outside text, as much as can be shown in a message. */
static struct str shown(struct arena *arena, struct str text)
{
    char clean[SHOWN_BYTES];
    size_t len = text.len < sizeof(clean) ? text.len : sizeof(clean);
    for (size_t i = 0; i < len; i++)
        clean[i] = text.ptr[i] >= ' ' && text.ptr[i] <= '~' ? text.ptr[i] : '?';
    return arena_printf(arena, "'%.*s%s'", (int)len, clean, len < text.len ? "…" : "");
}

static bool is_pattern(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_plain && (c == '\0' || strchr("-_*?", c) == NULL))
            return false;
    }
    return text.len > 0 && text.len <= PATTERN_BYTES;
}

static enum error_code read_dry_run(struct arena *arena, json_t *value, struct event *event,
                                    struct error *err)
{
    (void)arena;
    if (!json_is_boolean(value))
        return refuse(err, "'dry_run' is neither true nor false");
    event->dry_run = json_is_true(value);
    return E_OK;
}

static enum error_code read_clusters(struct arena *arena, json_t *value, struct event *event,
                                     struct error *err)
{
    size_t count = json_array_size(value);
    if (!json_is_array(value) || count == 0)
        return refuse(err, "'clusters' is no list of names");
    if (count > LIMIT_LAMBDA_PATTERNS)
        return error_set(err, E_LIMIT, "'clusters' lists more than %d names; %s",
                         LIMIT_LAMBDA_PATTERNS, event_forms);
    event->patterns = ARENA_ARRAY(arena, struct str, count);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(value, i);
        struct str text = STR_NONE;
        if (json_is_string(item))
            text = (struct str){json_string_value(item), json_string_length(item)};
        if (!is_pattern(text)) {
            struct str problem = arena_printf(
                arena,
                "%.*s in 'clusters' is no cluster's name or pattern (letters, digits, '-', '_', "
                "and "
                "'*' and '?' for any others)",
                STR_ARG(json_is_string(item) ? shown(arena, text) : STR("what is no text")));
            return refuse(err, problem.ptr);
        }
        event->patterns[i] = arena_str(arena, text);
    }
    event->pattern_count = count;
    return E_OK;
}

/* The keys of an event that somebody wrote. */
static const struct key {
    const char *name;
    enum error_code (*read)(struct arena *arena, json_t *value, struct event *event,
                            struct error *err);
} keys[] = {
    {"dry_run", read_dry_run},
    {"clusters", read_clusters},
};

static const struct key *find_key(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (str_eq(name, str_from(keys[i].name)))
            return &keys[i];
    }
    return NULL;
}

static enum error_code refuse_key(struct arena *arena, struct str name, struct error *err)
{
    const char *nearest = NULL;
    size_t distance = 4; /* further away is another word */
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        size_t here = str_distance(name, str_from(keys[i].name));
        if (here < distance) {
            distance = here;
            nearest = keys[i].name;
        }
    }
    struct str hint =
        nearest != NULL ? arena_printf(arena, " (did you mean '%s'?)", nearest) : STR_NONE;
    return refuse(
        err, arena_printf(arena, "unknown key %.*s%.*s", STR_ARG(shown(arena, name)), STR_ARG(hint))
                 .ptr);
}

static enum error_code read_object(struct arena *arena, json_t *json, struct event *event,
                                   struct error *err)
{
    if (json_object_size(json) == 0)
        return refuse(err, "the event is empty");
    for (void *at = json_object_iter(json); at != NULL; at = json_object_iter_next(json, at)) {
        struct str name = {json_object_iter_key(at), json_object_iter_key_len(at)};
        const struct key *key = find_key(name);
        if (key == NULL)
            return refuse_key(arena, name, err);
        enum error_code code = key->read(arena, json_object_iter_value(at), event, err);
        if (code != E_OK)
            return code;
    }
    return E_OK;
}

/* A rule's and Scheduler's events are told by these two; the rest of them says nothing of use. */
static bool is_scheduled(const json_t *json)
{
    struct str type = STR_NONE;
    struct str source = STR_NONE;
    return json_get_str(json, "detail-type", &type) && json_get_str(json, "source", &source) &&
           str_eq(type, STR("Scheduled Event")) &&
           (str_eq(source, STR("aws.events")) || str_eq(source, STR("aws.scheduler")));
}

enum error_code event_parse(struct arena *arena, struct str payload, struct event *event,
                            struct error *err)
{
    json_t *json CLEANUP(json_release) = NULL;
    struct error problem = ERROR_INIT;
    enum error_code code = json_parse(payload, &json, &problem);
    if (code != E_OK)
        return error_set(err, code, "the event cannot be read: %s; %s", problem.message,
                         event_forms);
    struct event read = {.source = "an event"};
    if (json_is_string(json)) {
        struct str text = {json_string_value(json), json_string_length(json)};
        read.dry_run = true;
        read.source = "TEST_RUN";
        if (!str_eq(text, STR("TEST_RUN")))
            code = refuse(
                err,
                arena_printf(arena, "the event is the text %.*s", STR_ARG(shown(arena, text))).ptr);
    } else if (is_scheduled(json)) {
        read.source = "a schedule";
    } else if (json_is_object(json)) {
        code = read_object(arena, json, &read, err);
    } else {
        code = refuse(err, "the event is neither an object nor a text");
    }
    if (code == E_OK)
        *event = read;
    return code;
}

bool event_asks_for(const struct event *event, struct str cluster)
{
    for (size_t i = 0; i < event->pattern_count; i++) {
        if (str_matches(cluster, event->patterns[i]))
            return true;
    }
    return event->pattern_count == 0;
}
