#include "base/limits.h"
#include "cloud/sim/wire_in.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

enum { MAJOR_UNSIGNED, MAJOR_NEGATIVE, MAJOR_BYTES, MAJOR_TEXT, MAJOR_LIST, MAJOR_MAP, MAJOR_TAG };
enum { INDEFINITE = 31, EPOCH = 1 };

struct reader {
    struct str rest;
    int items_left;
    struct error *err;
};

struct head {
    unsigned major;
    unsigned info;
    uint64_t value; /* of info: a number, a length, the bits of a float */
};

static enum error_code read_item(struct reader *r, int depth, json_t **out);

static enum error_code cut_off(struct reader *r)
{
    return error_set(r->err, E_SYNTAX, "CBOR that is cut off or malformed");
}

static enum error_code read_head(struct reader *r, struct head *head)
{
    if (r->rest.len == 0)
        return cut_off(r);
    unsigned first = (unsigned char)r->rest.ptr[0];
    size_t more = 0;
    head->major = first >> 5;
    head->info = first & 31;
    head->value = head->info;
    if (head->info >= 24 && head->info <= 27) {
        more = (size_t)1 << (head->info - 24);
        if (r->rest.len < 1 + more)
            return cut_off(r);
        head->value = 0;
        for (size_t i = 1; i <= more; i++)
            head->value = head->value << 8 | (unsigned char)r->rest.ptr[i];
    } else if (head->info > 27 && head->info != INDEFINITE) {
        return cut_off(r);
    }
    r->rest = str_slice(r->rest, 1 + more, r->rest.len);
    return E_OK;
}

static double half_to_double(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 31);
    double mantissa = (double)(bits & 1023);
    double value = exponent == 0    ? ldexp(mantissa, -24)
                   : exponent == 31 ? (mantissa == 0 ? INFINITY : NAN)
                                    : ldexp(mantissa + 1024, exponent - 25);
    return bits & 0x8000 ? -value : value;
}

static enum error_code read_simple(struct reader *r, const struct head *head, json_t **out)
{
    double real = 0;
    float single = 0;
    uint32_t single_bits = (uint32_t)head->value;
    switch (head->info) {
    case 20:
    case 21:
        *out = json_boolean(head->info == 21);
        return E_OK;
    case 22:
    case 23:
        *out = json_null();
        return E_OK;
    case 25:
        real = half_to_double(head->value);
        break;
    case 26:
        memcpy(&single, &single_bits, sizeof(single));
        real = (double)single;
        break;
    case 27:
        memcpy(&real, &head->value, sizeof(real));
        break;
    default:
        return cut_off(r);
    }
    if (!isfinite(real))
        return error_set(r->err, E_TYPE, "a number that is not finite");
    *out = json_real(real);
    return E_OK;
}

static enum error_code read_text(struct reader *r, const struct head *head, struct str *out)
{
    if (head->major != MAJOR_TEXT || head->info == INDEFINITE)
        return error_set(r->err, E_TYPE, "something else where a text of a known length belongs");
    if (head->value > r->rest.len)
        return cut_off(r);
    *out = str_slice(r->rest, 0, (size_t)head->value);
    if (!str_is_utf8(*out, NULL) || str_find(*out, '\0') < out->len)
        return error_set(r->err, E_SYNTAX, "a text that is no UTF-8");
    r->rest = str_slice(r->rest, (size_t)head->value, r->rest.len);
    return E_OK;
}

/* Is a collection at its end, after `done` of its items? */
static bool is_end(struct reader *r, const struct head *head, uint64_t done)
{
    if (head->info != INDEFINITE)
        return done == head->value;
    if (r->rest.len == 0 || (unsigned char)r->rest.ptr[0] != 0xff)
        return false;
    r->rest = str_slice(r->rest, 1, r->rest.len);
    return true;
}

static enum error_code read_map_item(struct reader *r, int depth, json_t *map)
{
    struct head head = {.major = 0};
    struct str key = STR_NONE;
    json_t *value = NULL;
    enum error_code code = read_head(r, &head);
    if (code == E_OK)
        code = read_text(r, &head, &key);
    if (code == E_OK)
        code = read_item(r, depth, &value);
    if (code == E_OK)
        json_object_setn_new(map, key.len > 0 ? key.ptr : "", key.len, value);
    return code;
}

static enum error_code read_collection(struct reader *r, const struct head *head, int depth,
                                       json_t **out)
{
    json_t *collection CLEANUP(json_release) =
        head->major == MAJOR_LIST ? json_array() : json_object();
    enum error_code code = E_OK;
    for (uint64_t i = 0; code == E_OK && !is_end(r, head, i); i++) {
        json_t *item = NULL;
        if (head->major == MAJOR_MAP) {
            code = read_map_item(r, depth, collection);
            continue;
        }
        code = read_item(r, depth, &item);
        if (code == E_OK)
            json_array_append_new(collection, item);
    }
    if (code == E_OK)
        *out = json_incref(collection);
    return code;
}

static enum error_code read_tagged(struct reader *r, const struct head *head, int depth,
                                   json_t **out)
{
    json_t *value CLEANUP(json_release) = NULL;
    if (head->value != EPOCH)
        return error_set(r->err, E_TYPE, "a CBOR tag that is no time's");
    enum error_code code = read_item(r, depth, &value);
    if (code == E_OK && !json_is_number(value))
        code = error_set(r->err, E_TYPE, "a time that is no number");
    if (code == E_OK)
        *out = json_incref(value);
    return code;
}

static enum error_code read_item(struct reader *r, int depth, json_t **out)
{
    struct head head = {.major = 0};
    struct str text = STR_NONE;
    if (depth >= LIMIT_WIRE_DEPTH || --r->items_left < 0)
        return error_set(r->err, E_LIMIT, "CBOR of too many items, or nested too deep");
    enum error_code code = read_head(r, &head);
    if (code != E_OK)
        return code;
    switch (head.major) {
    case MAJOR_UNSIGNED:
    case MAJOR_NEGATIVE:
        if (head.info == INDEFINITE || head.value > INT64_MAX)
            return error_set(r->err, E_TYPE, "a number beyond 64 bits");
        *out = json_integer(head.major == MAJOR_UNSIGNED ? (int64_t)head.value
                                                         : -1 - (int64_t)head.value);
        return E_OK;
    case MAJOR_TEXT:
        code = read_text(r, &head, &text);
        if (code == E_OK)
            *out = json_stringn(text.len > 0 ? text.ptr : "", text.len);
        return code;
    case MAJOR_LIST:
    case MAJOR_MAP:
        return read_collection(r, &head, depth + 1, out);
    case MAJOR_TAG:
        return read_tagged(r, &head, depth + 1, out);
    case MAJOR_BYTES:
        return error_set(r->err, E_TYPE, "bytes, which no member takes");
    default:
        return read_simple(r, &head, out);
    }
}

enum error_code wire_read_cbor(struct str body, json_t **out, struct error *err)
{
    struct reader r = {.rest = body, .items_left = LIMIT_WIRE_ITEMS, .err = err};
    json_t *root CLEANUP(json_release) = NULL;
    enum error_code code = read_item(&r, 0, &root);
    if (code == E_OK && r.rest.len > 0)
        code = error_set(err, E_SYNTAX, "more after the end of the CBOR");
    if (code == E_OK)
        *out = json_incref(root);
    return code;
}
