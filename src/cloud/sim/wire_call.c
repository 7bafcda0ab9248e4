#include "cloud/sim/wire_call.h"

#include "base/clock.h"
#include "base/limits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

enum { BAD_REQUEST = 400 };

static void PRINTF_LIKE(3, 0)
    refuse(struct wire_call *call, const char *code, const char *format, va_list args)
{
    if (call->refusal.code != NULL)
        return; /* the first one counts */
    call->refusal.code = code;
    call->refusal.http_status = BAD_REQUEST;
    vsnprintf(call->refusal.message, sizeof(call->refusal.message), format, args);
}

bool wire_refuse(struct wire_call *call, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    refuse(call, code, format, args);
    va_end(args);
    return false;
}

bool wire_refuse_invalid(struct wire_call *call, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    refuse(call, call->service->invalid, format, args);
    va_end(args);
    return false;
}

bool wire_refuse_by_world(struct wire_call *call, const struct sim_refusal *refusal)
{
    call->refusal = *refusal;
    return false;
}

/* A member of another type than the model's: no SDK sends one. */
static bool wrong_type(struct wire_call *call, const char *key, const char *wanted)
{
    const char *code = call->protocol == WIRE_QUERY ? "MalformedInput" : "SerializationException";
    return wire_refuse(call, code, "member '%s' has to be %s", key, wanted);
}

static const json_t *member(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return value != NULL && !json_is_null(value) ? value : NULL;
}

bool wire_get_str(struct wire_call *call, const json_t *object, const char *key, struct str *out)
{
    const json_t *value = member(object, key);
    if (value == NULL)
        return true;
    if (!json_is_string(value))
        return wrong_type(call, key, "a string");
    *out = (struct str){.ptr = json_string_value(value), .len = json_string_length(value)};
    return true;
}

bool wire_get_int(struct wire_call *call, const json_t *object, const char *key, int64_t *out)
{
    const json_t *value = member(object, key);
    struct str text = STR_NONE;
    if (value == NULL || json_get_int(object, key, out))
        return true;
    if (call->protocol == WIRE_QUERY && wire_get_str(call, object, key, &text) &&
        str_to_int64(text, out))
        return true;
    return wrong_type(call, key, "a whole number");
}

bool wire_get_bool(struct wire_call *call, const json_t *object, const char *key, bool *out)
{
    const json_t *value = member(object, key);
    struct str text = STR_NONE;
    if (value == NULL || json_get_bool(object, key, out))
        return true;
    if (call->protocol == WIRE_QUERY && wire_get_str(call, object, key, &text) &&
        (str_eq(text, STR("true")) || str_eq(text, STR("false")))) {
        *out = str_eq(text, STR("true"));
        return true;
    }
    return wrong_type(call, key, "true or false");
}

bool wire_get_time(struct wire_call *call, const json_t *object, const char *key, int64_t *out)
{
    const json_t *value = member(object, key);
    struct str text = STR_NONE;
    int64_t wall_ms = 0;
    if (value == NULL)
        return true;
    if (json_is_number(value)) {
        double seconds = json_number_value(value);
        if (!(fabs(seconds) < 1e12))
            return wrong_type(call, key, "a time");
        wall_ms = (int64_t)llround(seconds * 1000);
    } else if (!json_is_string(value) || !wire_get_str(call, object, key, &text) ||
               !clock_parse(text, &wall_ms)) {
        return wrong_type(call, key, "a time");
    }
    *out = wall_ms - call->shift_ms;
    return true;
}

bool wire_get_list(struct wire_call *call, const json_t *object, const char *key,
                   const json_t **out)
{
    const json_t *value = member(object, key);
    *out = NULL;
    if (value == NULL)
        return true;
    /* The Query protocol says "Names=" for a list without items. */
    if (call->protocol == WIRE_QUERY && json_is_string(value) && json_string_length(value) == 0)
        return true;
    if (!json_is_array(value))
        return wrong_type(call, key, "a list");
    *out = value;
    return true;
}

bool wire_get_object(struct wire_call *call, const json_t *object, const char *key,
                     const json_t **out)
{
    *out = member(object, key);
    return *out == NULL || json_is_object(*out) || wrong_type(call, key, "a structure");
}

bool wire_get_names(struct wire_call *call, const char *key, size_t max, struct wire_names *out)
{
    const json_t *list = NULL;
    if (!wire_get_list(call, call->in, key, &list))
        return false;
    size_t count = json_array_size(list);
    if (count > max)
        return wire_refuse_invalid(call, "%s cannot have more than %zu elements", key, max);
    *out = (struct wire_names){.items = ARENA_ARRAY(call->arena, struct str, count),
                               .count = count,
                               .is_given = list != NULL};
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        if (!json_is_string(item))
            return wrong_type(call, key, "a list of strings");
        out->items[i] =
            (struct str){.ptr = json_string_value(item), .len = json_string_length(item)};
    }
    return true;
}

bool wire_need_str(struct wire_call *call, const json_t *object, const char *key, struct str *out)
{
    if (!wire_get_str(call, object, key, out))
        return false;
    return out->len > 0 ||
           wire_refuse_invalid(call,
                               "1 validation error detected: Value null at '%s' failed to satisfy "
                               "constraint: Member must not be null",
                               key);
}

/* ---- Paging ---- */

static uint64_t operation_hash(const struct wire_call *call)
{
    return str_hash(arena_printf(call->arena, "%s.%s", call->service->name, call->operation->name));
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 16 hex digits of the operation, then the position in hex. */
static bool read_token(struct wire_call *call, struct str token, struct str *position)
{
    struct str head =
        arena_printf(call->arena, "%016llx", (unsigned long long)operation_hash(call));
    if (token.len > LIMIT_TOKEN_BYTES || token.len % 2 != 0 || !str_starts(token, head))
        return false;
    struct str digits = str_slice(token, head.len, token.len);
    char *text = arena_alloc(call->arena, digits.len / 2 + 1, 1);
    for (size_t i = 0; i < digits.len; i += 2) {
        int high = hex_value(digits.ptr[i]);
        int low = hex_value(digits.ptr[i + 1]);
        if (high < 0 || low < 0)
            return false;
        text[i / 2] = (char)(high * 16 + low);
    }
    *position = (struct str){.ptr = text, .len = digits.len / 2};
    return position->len > 0;
}

bool wire_page_get(struct wire_call *call, const struct wire_page_rule *rule,
                   struct wire_page *page)
{
    struct str token = STR_NONE;
    bool is_query = call->protocol == WIRE_QUERY;
    *page = (struct wire_page){.max = rule->usual};
    if (rule->max_key != NULL && !wire_get_int(call, call->in, rule->max_key, &page->max))
        return false;
    if (page->max < 1 || page->max > rule->max)
        return wire_refuse_invalid(call, "%s has to be between 1 and %lld, not %lld", rule->max_key,
                                   (long long)rule->max, (long long)page->max);
    if (!wire_get_str(call, call->in, rule->token_key, &token))
        return false;
    if (token.len > 0 && !read_token(call, token, &page->after))
        return wire_refuse(call, is_query ? "InvalidNextToken" : call->service->invalid,
                           "Invalid token");
    return true;
}

void wire_page_token(struct wire_call *call, const char *key, struct str position)
{
    struct buf token CLEANUP(buf_release) = BUF_INIT(LIMIT_TOKEN_BYTES);
    buf_addf(&token, "%016llx", (unsigned long long)operation_hash(call));
    for (size_t i = 0; i < position.len; i++)
        buf_addf(&token, "%02x", (unsigned)(unsigned char)position.ptr[i]);
    wire_str(&call->out, key, buf_str(&token));
}

bool wire_page_write(struct wire_call *call, const struct wire_page_rule *rule, const char *list,
                     const struct str *texts, size_t count)
{
    struct wire_page page;
    if (!wire_page_get(call, rule, &page))
        return false;
    size_t from = 0;
    while (page.after.len > 0 && from < count && str_compare(texts[from], page.after) <= 0)
        from++;
    size_t to = count - from > (size_t)page.max ? from + (size_t)page.max : count;
    wire_list(&call->out, list);
    for (size_t i = from; i < to; i++)
        wire_str(&call->out, NULL, texts[i]);
    wire_list_end(&call->out);
    if (to < count)
        wire_page_token(call, rule->token_key, texts[to - 1]);
    return true;
}

/* ---- Names ---- */

struct str wire_arn(const struct wire_call *call, const char *service, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct str resource = arena_vprintf(call->arena, format, args);
    va_end(args);
    return arena_printf(call->arena, "arn:aws:%s:%.*s:%.*s:%.*s", service, STR_ARG(call->region),
                        STR_ARG(sim_world_spec(call->world)->account), STR_ARG(resource));
}

struct str wire_arn_name(struct str arn_or_name)
{
    size_t slash = str_find_last(arn_or_name, '/');
    return slash < arn_or_name.len ? str_slice(arn_or_name, slash + 1, arn_or_name.len)
                                   : arn_or_name;
}

struct str wire_uuid(struct arena *arena, struct str seed, bool dashes)
{
    unsigned long long a = str_hash(seed);
    unsigned long long b = str_hash(arena_printf(arena, "%016llx/%.*s", a, STR_ARG(seed)));
    const char *dash = dashes ? "-" : "";
    return arena_printf(arena, "%08llx%s%04llx%s4%03llx%s%04llx%s%012llx", a >> 32, dash,
                        a >> 16 & 0xffff, dash, a & 0xfff, dash, 0x8000 | (b >> 48 & 0x3fff), dash,
                        b & 0xffffffffffffULL);
}

struct str wire_zone(const struct wire_call *call, struct str ec2_id)
{
    return arena_printf(call->arena, "%.*s%c", STR_ARG(call->region),
                        str_hash(ec2_id) % 2 == 0 ? 'a' : 'b');
}

struct str wire_group_arn(const struct wire_call *call, struct str group)
{
    struct str id = wire_uuid(call->arena, group, true);
    return wire_arn(call, "autoscaling", "autoScalingGroup:%.*s:autoScalingGroupName/%.*s",
                    STR_ARG(id), STR_ARG(group));
}

const struct sim_cluster_spec *wire_cluster_find(const struct wire_call *call, struct str name,
                                                 size_t *index)
{
    const struct sim_spec *spec = sim_world_spec(call->world);
    for (size_t i = 0; i < spec->cluster_count; i++) {
        if (str_eq(spec->clusters[i].region, call->region) &&
            str_eq(spec->clusters[i].name, name)) {
            *index = i;
            return &spec->clusters[i];
        }
    }
    return NULL;
}

static int compare_texts(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

void wire_sort(struct str *texts, size_t count)
{
    if (count > 1)
        qsort(texts, count, sizeof(*texts), compare_texts);
}
