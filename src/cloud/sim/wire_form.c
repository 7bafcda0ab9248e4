#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "cloud/sim/wire_in.h"

#include <stdlib.h>

#include "base/banned.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Percent-decoded, '+' a space; false for a broken escape and for what is not UTF-8. */
static bool decode(struct str text, struct buf *out)
{
    buf_clear(out);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%') {
            int high = i + 2 < text.len ? hex_value(text.ptr[i + 1]) : -1;
            int low = i + 2 < text.len ? hex_value(text.ptr[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        buf_add_char(out, c);
    }
    struct str decoded = buf_str(out);
    return !out->overflowed && str_is_utf8(decoded, NULL) && str_find(decoded, '\0') == decoded.len;
}

static json_t *text_json(struct str text)
{
    return json_stringn(text.len > 0 ? text.ptr : "", text.len);
}

/* Puts the value at "A.member.1.B" of the tree; false where something else is in the way. */
static bool put(json_t *root, struct str name, struct str value, int *steps_left)
{
    json_t *node = root;
    struct str rest = name;
    struct str step;
    while (str_split(&rest, '.', &step)) {
        if (step.len == 0 || --*steps_left < 0)
            return false;
        json_t *next = json_object_getn(node, step.ptr, step.len);
        if (rest.ptr == NULL) /* the last step */
            return next == NULL &&
                   json_object_setn_new(node, step.ptr, step.len, text_json(value)) == 0;
        if (next == NULL) {
            next = json_object();
            json_object_setn_new(node, step.ptr, step.len, next);
        }
        if (!json_is_object(next))
            return false;
        node = next;
    }
    return false;
}

struct member {
    int64_t number;
    json_t *value;
};

static int compare_members(const void *a, const void *b)
{
    int64_t left = ((const struct member *)a)->number;
    int64_t right = ((const struct member *)b)->number;
    return left < right ? -1 : left > right;
}

/* The members of a list, {"1": …, "2": …}, by their numbers; NULL where one has none. */
static json_t *list_of(struct arena *arena, json_t *members)
{
    struct member *sorted = ARENA_ARRAY(arena, struct member, json_object_size(members));
    size_t count = 0;
    json_t *value = NULL;
    const char *key = NULL;
    json_object_foreach(members, key, value)
    {
        sorted[count].value = value;
        if (!str_to_int64(str_from(key), &sorted[count++].number))
            return NULL;
    }
    qsort(sorted, count, sizeof(*sorted), compare_members);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append(list, sorted[i].value);
    return list;
}

/* Every {"member": {…}} becomes an array. Depth is bounded by LIMIT_WIRE_DEPTH: names were. */
static json_t *with_lists(struct arena *arena, json_t *node)
{
    json_t *value = NULL;
    const char *key = NULL;
    void *next = NULL;
    if (!json_is_object(node))
        return json_incref(node);
    json_t *members = json_object_get(node, "member");
    if (json_is_object(members) && json_object_size(node) == 1) {
        json_t *list = list_of(arena, members);
        for (size_t i = 0; i < json_array_size(list); i++)
            json_array_set_new(list, i, with_lists(arena, json_array_get(list, i)));
        return list != NULL ? list : json_incref(node);
    }
    json_object_foreach_safe(node, next, key, value)
    {
        json_object_set_new(node, key, with_lists(arena, value));
    }
    return json_incref(node);
}

static size_t count_dots(struct str name)
{
    size_t count = 0;
    for (size_t i = 0; i < name.len; i++)
        count += name.ptr[i] == '.' ? 1 : 0;
    return count;
}

static enum error_code read_pairs(struct str body, json_t *root, struct error *err)
{
    struct buf name CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
    struct buf value CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
    struct str pair;
    int pairs = 0;
    int steps_left = LIMIT_WIRE_ITEMS;
    while (str_split(&body, '&', &pair)) {
        if (pair.len == 0)
            continue;
        size_t equals = str_find(pair, '=');
        if (++pairs > LIMIT_WIRE_ITEMS)
            return error_set(err, E_LIMIT, "more than %d parameters", LIMIT_WIRE_ITEMS);
        if (!decode(str_slice(pair, 0, equals), &name) ||
            !decode(str_slice(pair, equals + 1, pair.len), &value))
            return error_set(err, E_SYNTAX, "a parameter that is no percent-encoded UTF-8");
        if (count_dots(buf_str(&name)) >= LIMIT_WIRE_DEPTH)
            return error_set(err, E_LIMIT, "a parameter nested over %d deep", LIMIT_WIRE_DEPTH);
        if (!put(root, buf_str(&name), buf_str(&value), &steps_left))
            return error_set(err, steps_left < 0 ? E_LIMIT : E_SYNTAX,
                             "a parameter that is given twice, or has no name");
    }
    return E_OK;
}

enum error_code wire_read_form(struct str body, json_t **out, struct error *err)
{
    struct arena arena = ARENA_INIT;
    json_t *root CLEANUP(json_release) = json_object();
    enum error_code code = read_pairs(body, root, err);
    if (code == E_OK)
        *out = with_lists(&arena, root);
    arena_release(&arena);
    return code;
}
