#include "cloud/sim/wire_out.h"

#include "base/clock.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/banned.h"

/* CBOR's major types, in the upper three bits of an item's first byte. Source: RFC 8949, 3.1. */
enum cbor_major { CBOR_UNSIGNED = 0, CBOR_NEGATIVE = 1, CBOR_TEXT = 3, CBOR_TAG = 6 };
enum {
    CBOR_LIST_BEGIN = 0x9f, /* of a length that is not said */
    CBOR_MAP_BEGIN = 0xbf,
    CBOR_BREAK = 0xff,
    CBOR_FALSE = 0xf4,
    CBOR_TRUE = 0xf5,
    CBOR_DOUBLE = 0xfb,
    CBOR_EPOCH = 1, /* the tag of a time */
};

void wire_out_init(struct wire_out *out, struct buf *body, enum wire_format format)
{
    *out = (struct wire_out){.body = body, .format = format, .json = JSON_WRITER(body, 0)};
}

static void cbor_head(struct buf *body, enum cbor_major major, uint64_t value)
{
    static const int sizes[] = {1, 2, 4, 8};
    unsigned type = (unsigned)major << 5;
    if (value < 24) {
        buf_add_char(body, (char)(type | value));
        return;
    }
    int step = value <= UINT8_MAX ? 0 : value <= UINT16_MAX ? 1 : value <= UINT32_MAX ? 2 : 3;
    buf_add_char(body, (char)(type | (24u + (unsigned)step)));
    for (int i = sizes[step] - 1; i >= 0; i--)
        buf_add_char(body, (char)(value >> (8 * i) & 0xff));
}

static void cbor_text(struct buf *body, struct str text)
{
    cbor_head(body, CBOR_TEXT, text.len);
    buf_add(body, text);
}

static void cbor_double(struct buf *body, double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof(bits));
    buf_add_char(body, (char)CBOR_DOUBLE);
    for (int i = 7; i >= 0; i--)
        buf_add_char(body, (char)(bits >> (8 * i) & 0xff));
}

void wire_escape(struct buf *body, struct str text)
{
    static const struct {
        char c;
        const char *entity;
    } entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}};
    bool is_utf8 = str_is_utf8(text, NULL);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        const char *entity = NULL;
        for (size_t k = 0; k < ARRAY_LEN(entities); k++) {
            if (text.ptr[i] == entities[k].c)
                entity = entities[k].entity;
        }
        if ((c < ' ' && c != '\t' && c != '\n' && c != '\r') || (c >= 0x80 && !is_utf8))
            entity = "\xEF\xBF\xBD";
        if (entity != NULL)
            buf_add(body, str_from(entity));
        else
            buf_add_char(body, text.ptr[i]);
    }
}

/* Everything that stands before a value: the key, or in XML the opening tag. */
static const char *begin_item(struct wire_out *out, const char *key)
{
    switch (out->format) {
    case WIRE_JSON:
        if (key != NULL)
            jsonw_key(&out->json, key);
        break;
    case WIRE_CBOR:
        if (key != NULL)
            cbor_text(out->body, str_from(key));
        break;
    case WIRE_XML:
        key = key != NULL ? key : "member";
        if (out->depth > 0)
            buf_addf(out->body, "<%s>", key);
        break;
    }
    return key;
}

static void open_item(struct wire_out *out, const char *key)
{
    key = begin_item(out, key);
    assert(out->depth < WIRE_DEPTH_MAX);
    out->names[out->depth++] = key;
}

static void close_item(struct wire_out *out)
{
    assert(out->depth > 0);
    out->depth--;
    if (out->format == WIRE_XML && out->depth > 0)
        buf_addf(out->body, "</%s>", out->names[out->depth]);
}

void wire_object(struct wire_out *out, const char *key)
{
    open_item(out, key);
    if (out->format == WIRE_JSON)
        jsonw_object_begin(&out->json);
    else if (out->format == WIRE_CBOR)
        buf_add_char(out->body, (char)CBOR_MAP_BEGIN);
}

void wire_object_end(struct wire_out *out)
{
    close_item(out);
    if (out->format == WIRE_JSON)
        jsonw_object_end(&out->json);
    else if (out->format == WIRE_CBOR)
        buf_add_char(out->body, (char)CBOR_BREAK);
}

void wire_list(struct wire_out *out, const char *key)
{
    open_item(out, key);
    if (out->format == WIRE_JSON)
        jsonw_array_begin(&out->json);
    else if (out->format == WIRE_CBOR)
        buf_add_char(out->body, (char)CBOR_LIST_BEGIN);
}

void wire_list_end(struct wire_out *out)
{
    close_item(out);
    if (out->format == WIRE_JSON)
        jsonw_array_end(&out->json);
    else if (out->format == WIRE_CBOR)
        buf_add_char(out->body, (char)CBOR_BREAK);
}

void wire_list_empty(struct wire_out *out, const char *key)
{
    wire_list(out, key);
    wire_list_end(out);
}

void wire_str(struct wire_out *out, const char *key, struct str value)
{
    key = begin_item(out, key);
    if (out->format == WIRE_JSON) {
        jsonw_str(&out->json, value);
    } else if (out->format == WIRE_CBOR) {
        cbor_text(out->body, value);
    } else {
        wire_escape(out->body, value);
        buf_addf(out->body, "</%s>", key);
    }
}

void wire_text(struct wire_out *out, const char *key, const char *value)
{
    wire_str(out, key, str_from(value));
}

static void integer(struct wire_out *out, int64_t value)
{
    if (out->format == WIRE_JSON)
        jsonw_int(&out->json, value);
    else if (value >= 0)
        cbor_head(out->body, CBOR_UNSIGNED, (uint64_t)value);
    else
        cbor_head(out->body, CBOR_NEGATIVE, (uint64_t)(-1 - value));
}

void wire_int(struct wire_out *out, const char *key, int64_t value)
{
    key = begin_item(out, key);
    if (out->format == WIRE_XML)
        buf_addf(out->body, "%lld</%s>", (long long)value, key);
    else
        integer(out, value);
}

void wire_double(struct wire_out *out, const char *key, double value)
{
    char text[JSON_DOUBLE_SIZE];
    assert(isfinite(value));
    key = begin_item(out, key);
    json_double_text(value, text);
    if (out->format == WIRE_JSON)
        jsonw_double(&out->json, value);
    else if (out->format == WIRE_CBOR)
        cbor_double(out->body, value);
    else
        buf_addf(out->body, "%s</%s>", text, key);
}

void wire_bool(struct wire_out *out, const char *key, bool value)
{
    key = begin_item(out, key);
    if (out->format == WIRE_JSON)
        jsonw_bool(&out->json, value);
    else if (out->format == WIRE_CBOR)
        buf_add_char(out->body, (char)(value ? CBOR_TRUE : CBOR_FALSE));
    else
        buf_addf(out->body, "%s</%s>", value ? "true" : "false", key);
}

void wire_time(struct wire_out *out, const char *key, int64_t wall_ms)
{
    char text[CLOCK_TEXT_SIZE];
    int64_t shown_ms = wall_ms + out->shift_ms;
    key = begin_item(out, key);
    if (out->format == WIRE_XML) {
        clock_format(shown_ms, shown_ms % 1000 != 0, text);
        buf_addf(out->body, "%s</%s>", text, key);
        return;
    }
    if (out->format == WIRE_CBOR)
        cbor_head(out->body, CBOR_TAG, CBOR_EPOCH);
    if (shown_ms % 1000 == 0)
        integer(out, shown_ms / 1000);
    else if (out->format == WIRE_JSON)
        jsonw_double(&out->json, (double)shown_ms / 1000);
    else
        cbor_double(out->body, (double)shown_ms / 1000);
}
