#include "base/json.h"

#include "base/limits.h"

#include <math.h>

#include "base/banned.h"

void json_release(json_t **json)
{
    json_decref(*json);
    *json = NULL;
}

/* jansson recurses on nested values: the depth is checked on the text first. */
static bool is_too_deep(struct str text)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > LIMIT_ANSWER_DEPTH)
                return true;
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        }
    }
    return false;
}

enum error_code json_parse(struct str text, json_t **out, struct error *err)
{
    if (is_too_deep(text))
        return error_set(err, E_LIMIT, "JSON nested more than %d deep", LIMIT_ANSWER_DEPTH);
    if (str_trim(text).len == 0)
        return error_set(err, E_SYNTAX, "empty where JSON is due");
    json_error_t problem;
    size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
    json_t *json = json_loadb(text.len > 0 ? text.ptr : "", text.len, flags, &problem);
    if (json == NULL && json_error_code(&problem) == json_error_numeric_overflow)
        json = json_loadb(text.ptr, text.len, flags | JSON_DECODE_INT_AS_REAL, &problem);
    if (json == NULL)
        return error_set(err, E_SYNTAX, "malformed JSON at line %d, column %d", problem.line,
                         problem.column);
    *out = json;
    return E_OK;
}

bool json_get_str(const json_t *object, const char *key, struct str *out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_string(value))
        return false;
    *out = (struct str){.ptr = json_string_value(value), .len = json_string_length(value)};
    return true;
}

bool json_get_int(const json_t *object, const char *key, int64_t *out)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_integer(value)) {
        *out = json_integer_value(value);
        return true;
    }
    double real = json_is_real(value) ? json_real_value(value) : NAN;
    if (!(fabs(real) < 9e15) || floor(real) != real)
        return false;
    *out = (int64_t)real;
    return true;
}

bool json_get_bool(const json_t *object, const char *key, bool *out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_boolean(value))
        return false;
    *out = json_is_true(value);
    return true;
}

json_t *json_get_array(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return json_is_array(value) ? value : NULL;
}

json_t *json_get_object(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return json_is_object(value) ? value : NULL;
}
