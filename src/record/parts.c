#include "record/parts.h"

#include "base/buf.h"

#include <math.h>
#include <stdarg.h>

#include "base/banned.h"

enum { PATH_BYTES = 180, NODES_MAX = 12 };

/* --- writing --- */

void write_str(struct json_writer *w, const char *key, struct str value)
{
    jsonw_key(w, key);
    jsonw_str(w, value);
}

void write_int(struct json_writer *w, const char *key, int64_t value)
{
    jsonw_key(w, key);
    jsonw_int(w, value);
}

void write_bool(struct json_writer *w, const char *key, bool value)
{
    jsonw_key(w, key);
    jsonw_bool(w, value);
}

void write_maybe_int(struct json_writer *w, const char *key, bool has, int64_t value)
{
    jsonw_key(w, key);
    if (has)
        jsonw_int(w, value);
    else
        jsonw_null(w);
}

static void write_real(struct json_writer *w, double value)
{
    if (isfinite(value)) {
        jsonw_double(w, value);
        return;
    }
    char text[JSON_DOUBLE_SIZE];
    json_double_text(value, text);
    jsonw_object_begin(w);
    jsonw_key(w, "float");
    jsonw_cstr(w, text);
    jsonw_object_end(w);
}

void write_maybe_real(struct json_writer *w, const char *key, bool has, double value)
{
    jsonw_key(w, key);
    if (has)
        write_real(w, value);
    else
        jsonw_null(w);
}

void write_value(struct json_writer *w, const char *key, struct value value)
{
    jsonw_key(w, key);
    switch (value.kind) {
    case VALUE_NONE:
        jsonw_null(w);
        break;
    case VALUE_BOOL:
        jsonw_bool(w, value.boolean);
        break;
    case VALUE_INT:
        jsonw_int(w, value.integer);
        break;
    case VALUE_FLOAT:
        write_real(w, value.real);
        break;
    }
}

void write_fact(struct json_writer *w, struct fact fact)
{
    write_str(w, "fact", str_from(fact_status_name(fact.status)));
    if (fact.status == FACT_MISSING || fact.status == FACT_FAILED)
        write_str(w, "reason", fact.reason);
}

/* --- reading --- */

static void add_path(const struct node *node, struct buf *out)
{
    const struct node *chain[NODES_MAX];
    size_t count = 0;
    for (; node != NULL && node->parent != NULL && count < NODES_MAX; node = node->parent)
        chain[count++] = node;
    while (count > 0) {
        const struct node *step = chain[--count];
        if (step->key == NULL)
            buf_addf(out, "[%zu]", step->index);
        else
            buf_addf(out, "%s%s", out->len > 0 ? "." : "", step->key);
    }
}

void node_fail(const struct node *node, enum error_code code, const char *format, ...)
{
    struct reader *reader = node->reader;
    if (reader->code != E_OK)
        return;
    struct buf path CLEANUP(buf_release) = BUF_INIT(PATH_BYTES);
    add_path(node, &path);
    struct buf text CLEANUP(buf_release) = BUF_INIT(sizeof(reader->err->message));
    va_list args;
    va_start(args, format);
    buf_addv(&text, format, args);
    va_end(args);
    if (path.len == 0)
        buf_add(&path, STR("the record"));
    reader->code = error_set(reader->err, code, "%s: %s", buf_cstr(&path), buf_cstr(&text));
}

struct node node_member(const struct node *object, const char *key)
{
    return (struct node){.reader = object->reader,
                         .parent = object,
                         .key = key,
                         .json = json_object_get(object->json, key)};
}

struct node node_item(const struct node *list, size_t index)
{
    return (struct node){.reader = list->reader,
                         .parent = list,
                         .index = index,
                         .json = json_array_get(list->json, index)};
}

bool node_is_null(const struct node *node)
{
    return node->json == NULL || json_is_null(node->json);
}

static void fail_type(const struct node *node, const char *wanted)
{
    if (node->json == NULL)
        node_fail(node, E_TYPE, "missing (%s is due)", wanted);
    else
        node_fail(node, E_TYPE, "not %s", wanted);
}

struct node node_object(const struct node *object, const char *key)
{
    struct node member = node_member(object, key);
    if (!json_is_object(member.json))
        fail_type(&member, "an object");
    return member;
}

struct node node_list(const struct node *object, const char *key, size_t max, size_t *count)
{
    struct node member = node_member(object, key);
    *count = 0;
    if (!json_is_array(member.json))
        fail_type(&member, "a list");
    else if (json_array_size(member.json) > max)
        node_fail(&member, E_LIMIT, "more than %zu items", max);
    if (object->reader->code == E_OK)
        *count = json_array_size(member.json);
    return member;
}

struct str node_str(const struct node *object, const char *key)
{
    struct node member = node_member(object, key);
    if (json_is_string(member.json))
        return arena_str(object->reader->arena, (struct str){json_string_value(member.json),
                                                             json_string_length(member.json)});
    fail_type(&member, "a text");
    return STR_NONE;
}

static int64_t int_of(const struct node *member, int64_t low, int64_t high)
{
    if (!json_is_integer(member->json)) {
        fail_type(member, "a whole number");
        return low;
    }
    int64_t value = json_integer_value(member->json);
    if (value >= low && value <= high)
        return value;
    node_fail(member, E_RANGE, "%lld is not in %lld to %lld", (long long)value, (long long)low,
              (long long)high);
    return low;
}

int64_t node_int(const struct node *object, const char *key, int64_t low, int64_t high)
{
    struct node member = node_member(object, key);
    return int_of(&member, low, high);
}

bool node_maybe_int(const struct node *object, const char *key, int64_t high, int64_t *out)
{
    struct node member = node_member(object, key);
    if (node_is_null(&member))
        return false;
    *out = int_of(&member, 0, high);
    return true;
}

bool node_bool(const struct node *object, const char *key)
{
    struct node member = node_member(object, key);
    if (!json_is_boolean(member.json))
        fail_type(&member, "true or false");
    return json_is_true(member.json);
}

/* {"float": "inf"} */
static double special_real(const struct node *member)
{
    struct str text = STR_NONE;
    bool found = json_get_str(member->json, "float", &text);
    if (found && str_eq(text, STR("nan")))
        return NAN;
    if (found && str_eq(text, STR("inf")))
        return INFINITY;
    if (found && str_eq(text, STR("-inf")))
        return -INFINITY;
    fail_type(member, "a number, true, false, null or {\"float\": \"inf\", \"-inf\" or \"nan\"}");
    return 0;
}

struct value node_value(const struct node *object, const char *key)
{
    struct node member = node_member(object, key);
    if (node_is_null(&member))
        return VALUE_OF_NONE;
    if (json_is_boolean(member.json))
        return VALUE_OF_BOOL(json_is_true(member.json));
    if (json_is_integer(member.json))
        return VALUE_OF_INT(json_integer_value(member.json));
    if (json_is_real(member.json))
        return VALUE_OF_REAL(json_real_value(member.json));
    return VALUE_OF_REAL(special_real(&member));
}

bool node_maybe_real(const struct node *object, const char *key, double *out)
{
    struct node member = node_member(object, key);
    if (node_is_null(&member))
        return false;
    *out = json_is_number(member.json) ? json_number_value(member.json) : special_real(&member);
    return true;
}

struct fact node_fact(const struct node *object)
{
    struct fact fact = {.status = FACT_UNREAD};
    struct str name = node_str(object, "fact");
    if (object->reader->code != E_OK)
        return fact;
    if (!fact_status_from_name(name, &fact.status)) {
        struct node member = node_member(object, "fact");
        node_fail(&member, E_RANGE, "not one of unread, present, missing, failed");
    }
    if (fact.status == FACT_MISSING || fact.status == FACT_FAILED)
        fact.reason = node_str(object, "reason");
    return fact;
}
