#include "observe/dotted_path.h"

#include "base/buf.h"
#include "base/limits.h"

#include <assert.h>

#include "base/banned.h"

enum { NAMES_SHOWN = 5, NAME_SHOWN_BYTES = 40, PATH_SHOWN_BYTES = 200 };

struct walk {
    struct text path;
    bool may_show; /* no variable in it: its steps can be named in a reason */
    struct str steps[LIMIT_PATH_STEPS];
    size_t step_count;
    size_t tries;
    /* Where the search came furthest: this step was not found in that value. */
    const json_t *stuck_in;
    size_t stuck_at;
};

/* The text of steps [from, to), dots included. */
static struct str joined(const struct walk *walk, size_t from, size_t to)
{
    if (from == to)
        return STR_NONE;
    const char *start = walk->steps[from].ptr;
    const char *end = walk->steps[to - 1].ptr + walk->steps[to - 1].len;
    return (struct str){.ptr = start, .len = (size_t)(end - start)};
}

static const json_t *member(const json_t *object, struct str name)
{
    return json_object_getn(object, name.len > 0 ? name.ptr : "", name.len);
}

/* "0", "12"; not "-1", "+1", "01". */
static bool list_index(struct str step, size_t *index)
{
    int64_t number = 0;
    bool digits = step.len > 0 && step.ptr[0] >= '0' && step.ptr[0] <= '9';
    if (!digits || (step.len > 1 && step.ptr[0] == '0') || !str_to_int64(step, &number))
        return false;
    *index = (size_t)number;
    return true;
}

static const json_t *find(struct walk *walk, const json_t *value, size_t at);

static const json_t *find_in_object(struct walk *walk, const json_t *object, size_t at)
{
    for (size_t to = walk->step_count; to > at && walk->tries < LIMIT_PATH_TRIES; to--) {
        walk->tries++;
        const json_t *below = member(object, joined(walk, at, to));
        const json_t *found = below != NULL ? find(walk, below, to) : NULL;
        if (found != NULL)
            return found;
    }
    return NULL;
}

/* The value behind the steps from `at` on, or NULL. Every step goes one level down, so the depth of
 * the recursion is that of the path at most. */
static const json_t *find(struct walk *walk, const json_t *value, size_t at)
{
    if (at == walk->step_count)
        return value;
    const json_t *found = NULL;
    size_t index = 0;
    if (json_is_object(value))
        found = find_in_object(walk, value, at);
    else if (json_is_array(value) && list_index(walk->steps[at], &index) &&
             index < json_array_size(value))
        found = find(walk, json_array_get(value, index), at + 1);
    if (found == NULL && at > walk->stuck_at) {
        walk->stuck_in = value;
        walk->stuck_at = at;
    }
    return found;
}

/* --- reasons --- */

static void add_cut(struct buf *out, struct str text, size_t max)
{
    if (text.len <= max) {
        buf_add(out, text);
        return;
    }
    while (max > 0 && ((unsigned char)text.ptr[max] & 0xC0) == 0x80)
        max--; /* not in the middle of a character */
    buf_add(out, str_slice(text, 0, max));
    buf_add(out, STR("…"));
}

static void add_path(struct buf *out, const struct walk *walk)
{
    buf_add_char(out, '\'');
    add_cut(out, walk->path.shown, PATH_SHOWN_BYTES);
    buf_add_char(out, '\'');
}

static void add_step(struct buf *out, const struct walk *walk, size_t at)
{
    if (walk->may_show) {
        buf_add_char(out, '\'');
        add_cut(out, walk->steps[at], PATH_SHOWN_BYTES);
        buf_add_char(out, '\'');
    } else {
        buf_addf(out, "number %zu", at + 1);
    }
}

/* The value that the search was stuck in. */
static void add_place(struct buf *out, const struct walk *walk)
{
    if (walk->stuck_at == 0) {
        buf_add(out,
                json_is_object(walk->stuck_in) ? STR("the top-level object") : STR("the answer"));
    } else if (walk->may_show) {
        buf_add_char(out, '\'');
        add_cut(out, joined(walk, 0, walk->stuck_at), PATH_SHOWN_BYTES);
        buf_add_char(out, '\'');
    } else {
        buf_add(out, STR("what the steps before it lead to"));
    }
}

static void add_names(struct buf *out, const json_t *object)
{
    size_t count = json_object_size(object);
    if (count == 0) {
        buf_add(out, STR(" (it is empty)"));
        return;
    }
    buf_add(out, STR(" (it has: "));
    size_t shown = 0;
    json_t *unchanged = (json_t *)(uintptr_t)object; /* jansson's iterator takes no const */
    for (void *i = json_object_iter(unchanged); i != NULL && shown < NAMES_SHOWN;
         i = json_object_iter_next(unchanged, i)) {
        if (shown++ > 0)
            buf_add(out, STR(", "));
        struct str name = {.ptr = json_object_iter_key(i), .len = json_object_iter_key_len(i)};
        add_cut(out, name, NAME_SHOWN_BYTES);
    }
    if (count > shown)
        buf_addf(out, ", … %zu more", count - shown);
    buf_add_char(out, ')');
}

static const char *type_text(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a text";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        break;
    }
    return "null";
}

static void add_list_reason(struct buf *out, const struct walk *walk)
{
    size_t size = json_array_size(walk->stuck_in);
    size_t index = 0;
    if (size == 0) {
        buf_add(out, STR(" is an empty list"));
        return;
    }
    buf_addf(out, " is a list of %zu, ", size);
    if (list_index(walk->steps[walk->stuck_at], &index)) {
        buf_addf(out, "its last index is %zu", size - 1);
    } else {
        add_step(out, walk, walk->stuck_at);
        buf_add(out, STR(" is no index"));
    }
}

static void add_not_found(struct buf *out, const struct walk *walk)
{
    bool single = walk->step_count == 1;
    if (!single) {
        buf_add(out, STR("step "));
        add_step(out, walk, walk->stuck_at);
        buf_add(out, STR(" in "));
    }
    add_path(out, walk);
    if (json_is_object(walk->stuck_in)) {
        buf_add(out, single ? STR(" not found in ") : STR(": not found in "));
        add_place(out, walk);
        add_names(out, walk->stuck_in);
        return;
    }
    buf_add(out, single ? STR(" not found: ") : STR(": "));
    add_place(out, walk);
    if (json_is_array(walk->stuck_in))
        add_list_reason(out, walk);
    else
        buf_addf(out, " is %s%s", type_text(walk->stuck_in),
                 json_is_null(walk->stuck_in) ? "" : ", not an object");
}

static struct metric_facts missing(struct arena *arena, const struct buf *reason)
{
    return (struct metric_facts){
        .fact = {.status = FACT_MISSING, .reason = arena_str(arena, buf_str(reason))},
        .value = VALUE_OF_NONE,
    };
}

static struct metric_facts not_found(struct arena *arena, const struct walk *walk)
{
    struct buf reason CLEANUP(buf_release) = BUF_INIT(LIMIT_REASON_BYTES);
    if (walk->tries >= LIMIT_PATH_TRIES) {
        add_path(&reason, walk);
        buf_addf(&reason, " not found in %d tries: too many names with dots fit it",
                 LIMIT_PATH_TRIES);
    } else {
        add_not_found(&reason, walk);
    }
    return missing(arena, &reason);
}

/* --- values --- */

static bool text_value(struct str text, struct value *value)
{
    int64_t integer = 0;
    double real = 0;
    text = str_trim(text);
    if (str_to_int64(text, &integer))
        *value = VALUE_OF_INT(integer);
    else if (str_to_double(text, &real))
        *value = VALUE_OF_REAL(real);
    else
        return false;
    return true;
}

static bool value_of(const json_t *json, struct value *value)
{
    switch (json_typeof(json)) {
    case JSON_INTEGER:
        *value = VALUE_OF_INT(json_integer_value(json));
        return true;
    case JSON_REAL:
        *value = VALUE_OF_REAL(json_real_value(json));
        return true;
    case JSON_TRUE:
    case JSON_FALSE:
        *value = VALUE_OF_BOOL(json_is_true(json));
        return true;
    case JSON_STRING:
        return text_value(
            (struct str){.ptr = json_string_value(json), .len = json_string_length(json)}, value);
    case JSON_OBJECT:
    case JSON_ARRAY:
    case JSON_NULL:
        break;
    }
    return false;
}

static struct metric_facts metric_of(struct arena *arena, const struct walk *walk,
                                     const json_t *found)
{
    struct metric_facts metric = {.fact = FACT_OF_PRESENT, .value = VALUE_OF_NONE};
    if (value_of(found, &metric.value))
        return metric;
    struct buf reason CLEANUP(buf_release) = BUF_INIT(LIMIT_REASON_BYTES);
    add_path(&reason, walk);
    if (json_is_string(found))
        buf_add(&reason, STR(" is a text that is no number"));
    else
        buf_addf(&reason, " is %s%s", type_text(found), json_is_null(found) ? "" : ", no number");
    return missing(arena, &reason);
}

struct metric_facts dotted_path_metric(struct arena *arena, const json_t *root, struct text path)
{
    assert(root != NULL);
    struct walk walk = {
        .path = path,
        .may_show = str_eq(path.value, path.shown),
        .stuck_in = root,
    };
    struct str rest = path.value;
    struct str step = STR_NONE;
    if (rest.ptr == NULL)
        rest = STR(""); /* one step, without a name */
    while (walk.step_count < LIMIT_PATH_STEPS && str_split(&rest, '.', &step))
        walk.steps[walk.step_count++] = step;
    if (rest.ptr != NULL) {
        struct buf reason CLEANUP(buf_release) = BUF_INIT(LIMIT_REASON_BYTES);
        add_path(&reason, &walk);
        buf_addf(&reason, " has more than %d steps", LIMIT_PATH_STEPS);
        return missing(arena, &reason);
    }
    const json_t *found = find(&walk, root, 0);
    return found != NULL ? metric_of(arena, &walk, found) : not_found(arena, &walk);
}
