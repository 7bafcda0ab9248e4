#include "cloud/aws/item.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/banned.h"

enum error_code item_refuse(const struct item *item, const char *key, struct error *err,
                            const char *format, ...)
{
    char what[400];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    const char *dot = key != NULL ? "." : "";
    const char *name = key != NULL ? key : "";
    if (item->index == ITEM_ALONE)
        return error_set(err, E_PROTOCOL, "%s%s%s %s", item->path, dot, name, what);
    return error_set(err, E_PROTOCOL, "%s[%zu]%s%s %s", item->path, item->index, dot, name, what);
}

const json_t *item_member(const struct item *item, const char *key)
{
    const json_t *value = json_object_get(item->object, key);
    return json_is_null(value) ? NULL : value;
}

enum error_code item_str(const struct item *item, const char *key, struct str *out,
                         struct error *err)
{
    struct str text = STR_NONE;
    if (item_member(item, key) == NULL)
        return item_refuse(item, key, err, "is missing");
    if (!json_get_str(item->object, key, &text))
        return item_refuse(item, key, err, "is not a string");
    if (text.len == 0)
        return item_refuse(item, key, err, "is empty");
    *out = text;
    return E_OK;
}

enum error_code item_str_optional(const struct item *item, const char *key, struct str *out,
                                  struct error *err)
{
    struct str text = STR_NONE;
    if (item_member(item, key) != NULL && !json_get_str(item->object, key, &text))
        return item_refuse(item, key, err, "is not a string");
    *out = text;
    return E_OK;
}

enum error_code item_count(const struct item *item, const char *key, int64_t max, int64_t *out,
                           struct error *err)
{
    int64_t value = 0;
    if (item_member(item, key) == NULL)
        return item_refuse(item, key, err, "is missing");
    if (!json_get_int(item->object, key, &value))
        return item_refuse(item, key, err, "is not a whole number");
    if (value < 0 || value > max)
        return item_refuse(item, key, err, "is %lld, not within 0 and %lld", (long long)value,
                           (long long)max);
    *out = value;
    return E_OK;
}

enum error_code item_bool(const struct item *item, const char *key, bool *out, struct error *err)
{
    if (item_member(item, key) == NULL)
        return item_refuse(item, key, err, "is missing");
    if (!json_get_bool(item->object, key, out))
        return item_refuse(item, key, err, "is not true or false");
    return E_OK;
}

enum error_code item_list(const json_t *answer, const char *key, const json_t **out,
                          struct error *err)
{
    const json_t *list = json_object_get(answer, key);
    if (!json_is_object(answer))
        return error_set(err, E_PROTOCOL, "the answer is not a JSON object");
    if (list == NULL)
        return error_set(err, E_PROTOCOL, "%s is missing", key);
    if (!json_is_array(list))
        return error_set(err, E_PROTOCOL, "%s is not a list", key);
    *out = list;
    return E_OK;
}
