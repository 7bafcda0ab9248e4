/* Scalars: from a node to the type its key is due. */
#include "document/slot.h"
#include "base/buf.h"
#include "base/clock.h"
#include "document/scalar.h"
#include "document/values.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { MESSAGE_BYTES = 2048, QUOTED_MAX = 60 };

void slot_store(const struct slot *slot, const void *value, size_t size)
{
    memcpy(slot->target + slot->key->offset, value, size);
}

struct str text_shorten(struct arena *arena, struct str text)
{
    if (text.len <= QUOTED_MAX)
        return text;
    size_t len = QUOTED_MAX;
    while (len > 0 && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
        len--;
    return arena_printf(arena, "%.*s...", (int)len, text.ptr);
}

/* What stands there, for a message; never a variable's value. */
struct str node_describe(struct source *source, const struct yaml_node *node)
{
    if (node->kind == YAML_MAP)
        return STR("a mapping");
    if (node->kind == YAML_LIST)
        return STR("a list");
    if (yaml_is_null(node))
        return STR("nothing");
    const struct filled *filled = node->filled;
    struct str text = text_shorten(source->arena, filled != NULL ? filled->shown : node->masked);
    if (filled != NULL && filled->from_environment)
        return arena_printf(source->arena, "what '%.*s' stands for", STR_ARG(text));
    enum scalar_kind kind = scalar_read(node->masked).kind;
    if (node->style != YAML_PLAIN || kind == SCALAR_TEXT)
        return arena_printf(source->arena, "the text '%.*s'", STR_ARG(text));
    return arena_printf(source->arena, "%s%.*s", kind == SCALAR_BOOL ? "" : "the number ",
                        STR_ARG(text));
}

static void report_wrong(const struct slot *slot, const char *expected, struct str hint)
{
    struct str found = node_describe(slot->source, slot->node);
    source_report(slot->source, SEVERITY_ERROR, slot->node->span, hint,
                  "'%s' must be %s, found %.*s", slot->key->name, expected, STR_ARG(found));
    slot->node->bad = true;
}

bool slot_wrong(const struct slot *slot, struct str hint)
{
    struct buf expected CLEANUP(buf_release) = BUF_INIT(MESSAGE_BYTES);
    schema_expected(slot->schema, slot->key, &expected);
    report_wrong(slot, buf_cstr(&expected), hint);
    return false;
}

/* The filled scalar; NULL: reported. */
static const struct filled *take_scalar(const struct slot *slot)
{
    if (slot->node->kind != YAML_SCALAR) {
        slot_wrong(slot, STR_NONE);
        return NULL;
    }
    return fill(slot->source, slot->node);
}

/* Read as YAML 1.2 reads a plain scalar. A value out of the environment often ends in a line
 * break. Quoted, it is a text. */
static struct scalar take_typed(const struct yaml_node *node, const struct filled *filled)
{
    if (node->style != YAML_PLAIN)
        return (struct scalar){.kind = SCALAR_TEXT};
    return scalar_read(filled->from_environment ? str_trim(filled->value) : filled->value);
}

static struct str number_hint(const struct slot *slot, const struct filled *filled)
{
    if (filled->from_environment)
        return STR_NONE;
    if (slot->node->style != YAML_PLAIN && scalar_read(filled->value).kind != SCALAR_TEXT)
        return STR("leave out the quotes");
    return scalar_old_reading(slot->source->arena, filled->value);
}

static void warn_of_octal(const struct slot *slot, const struct filled *filled)
{
    if (filled->from_environment)
        return;
    struct str hint = scalar_old_reading(slot->source->arena, filled->value);
    if (hint.len > 0)
        source_report(slot->source, SEVERITY_WARNING, slot->node->span, hint,
                      "'%.*s' is decimal here", STR_ARG(filled->value));
}

/* An infinity is one only where it stands for an end that is open. */
static bool is_number(const struct slot *slot, struct scalar scalar)
{
    bool typed = scalar.kind == SCALAR_INT || scalar.kind == SCALAR_FLOAT;
    return typed &&
           (isfinite(scalar.real) || (isinf(scalar.real) && scalar.real * slot->key->open_end > 0));
}

static bool read_number(const struct slot *slot, double *out)
{
    const struct filled *filled = take_scalar(slot);
    if (filled == NULL)
        return false;
    struct scalar scalar = take_typed(slot->node, filled);
    if (!is_number(slot, scalar))
        return slot_wrong(slot, number_hint(slot, filled));
    warn_of_octal(slot, filled);
    *out = scalar.real;
    return true;
}

static bool read_whole(const struct slot *slot, int64_t *out)
{
    const struct filled *filled = take_scalar(slot);
    if (filled == NULL)
        return false;
    struct scalar scalar = take_typed(slot->node, filled);
    bool whole =
        scalar.kind == SCALAR_INT || (scalar.kind == SCALAR_FLOAT && fabs(scalar.real) < 0x1p53 &&
                                      floor(scalar.real) == scalar.real);
    if (!whole)
        return slot_wrong(slot, number_hint(slot, filled));
    warn_of_octal(slot, filled);
    *out = scalar.kind == SCALAR_INT ? scalar.integer : (int64_t)scalar.real;
    return true;
}

static bool read_int(const struct slot *slot)
{
    int64_t value = 0;
    if (!read_whole(slot, &value))
        return false;
    if ((double)value < slot->key->low || (double)value > slot->key->high ||
        (slot->key->not_zero && value == 0))
        return slot_wrong(slot, STR_NONE);
    slot_store(slot, &value, sizeof(value));
    return true;
}

static bool read_period(const struct slot *slot)
{
    int64_t value = 0;
    if (!read_whole(slot, &value))
        return false;
    if (!schema_is_period(value))
        return slot_wrong(slot, STR_NONE);
    slot_store(slot, &value, sizeof(value));
    return true;
}

static bool read_real(const struct slot *slot)
{
    double value = 0;
    if (!read_number(slot, &value))
        return false;
    if (isinf(value))
        return false; /* as if it were not there */
    slot_store(slot, &value, sizeof(value));
    return true;
}

static bool read_seconds(const struct slot *slot)
{
    double value = 0;
    if (!read_number(slot, &value))
        return false;
    if (value < slot->key->low || value > slot->key->high)
        return slot_wrong(slot, STR_NONE);
    int64_t ms = (int64_t)llround(value * 1000);
    slot_store(slot, &ms, sizeof(ms));
    return true;
}

static bool read_bool(const struct slot *slot)
{
    const struct filled *filled = take_scalar(slot);
    if (filled == NULL)
        return false;
    struct scalar scalar = take_typed(slot->node, filled);
    bool value = scalar.boolean;
    bool old = scalar.kind == SCALAR_TEXT && slot->node->style == YAML_PLAIN &&
               scalar_old_bool(str_trim(filled->value), &value);
    if (scalar.kind != SCALAR_BOOL && !old) {
        bool quoted =
            slot->node->style != YAML_PLAIN && (scalar_read(filled->value).kind == SCALAR_BOOL ||
                                                scalar_old_bool(filled->value, &value));
        return slot_wrong(slot, quoted ? STR("leave out the quotes") : STR_NONE);
    }
    slot_store(slot, &value, sizeof(value));
    return true;
}

const struct filled *slot_take_text(const struct slot *slot, enum schema_format format)
{
    const struct filled *filled = take_scalar(slot);
    if (filled == NULL)
        return NULL;
    bool typed = slot->node->style == YAML_PLAIN && !filled->from_environment;
    if (typed && scalar_read(filled->value).kind != SCALAR_TEXT) {
        struct str hint =
            filled->value.len == 0
                ? STR_NONE
                : arena_printf(slot->source->arena, "put it in quotes: '%.*s'",
                               STR_ARG(text_shorten(slot->source->arena, filled->value)));
        slot_wrong(slot, hint);
        return NULL;
    }
    const struct schema_format_info *info = schema_format_info(format);
    if (!info->matches(filled->value)) {
        report_wrong(slot, info->rule, STR_NONE);
        return NULL;
    }
    return filled;
}

static bool read_text(const struct slot *slot)
{
    const struct filled *filled = slot_take_text(slot, slot->key->format);
    if (filled == NULL)
        return false;
    slot_store(slot, &(struct text){.value = filled->value, .shown = filled->shown},
               sizeof(struct text));
    return true;
}

static bool read_alias(const struct slot *slot)
{
    const struct filled *filled = slot_take_text(slot, slot->key->format);
    if (filled == NULL)
        return false;
    slot_store(slot, &filled->value, sizeof(filled->value));
    return true;
}

static bool read_url(const struct slot *slot)
{
    if (slot->node->kind != YAML_SCALAR)
        return slot_wrong(slot, STR_NONE);
    struct text url;
    if (!url_read(slot->source, slot->node, &url))
        return false;
    slot_store(slot, &url, sizeof(url));
    return true;
}

static bool read_choice(const struct slot *slot)
{
    const struct filled *filled = take_scalar(slot);
    if (filled == NULL)
        return false;
    struct str value = str_trim(filled->value);
    const char *nearest = NULL;
    for (unsigned i = 0; slot->key->choices[i] != NULL; i++) {
        struct str choice = str_from(slot->key->choices[i]);
        if (str_eq(choice, value)) {
            slot_store(slot, &i, sizeof(i)); /* an enum without negative values */
            return true;
        }
        if (str_eq_nocase(choice, value))
            nearest = slot->key->choices[i];
    }
    return slot_wrong(slot, nearest != NULL
                                ? arena_printf(slot->source->arena, "did you mean '%s'?", nearest)
                                : STR_NONE);
}

/* The source of the expression; check.c compiles it, it knows the names. */
static bool read_expression(const struct slot *slot)
{
    const struct filled *filled = take_scalar(slot);
    if (filled == NULL)
        return false;
    struct str value = filled->value;
    struct scalar scalar = take_typed(slot->node, filled);
    char digits[64];
    if (scalar.kind == SCALAR_INT || (scalar.kind == SCALAR_FLOAT && isfinite(scalar.real))) {
        /* YAML's number, not Python's reading of its text: 0o17, 010. */
        if (scalar.kind == SCALAR_INT)
            snprintf(digits, sizeof(digits), "%lld", (long long)scalar.integer);
        else
            snprintf(digits, sizeof(digits), "%.17g", scalar.real);
        value = arena_str(slot->source->arena, str_from(digits));
    } else if (scalar.kind != SCALAR_TEXT || str_trim(value).len == 0) {
        return slot_wrong(slot, STR_NONE);
    }
    slot_store(slot, &value, sizeof(value));
    return true;
}

static bool read_any(const struct slot *slot)
{
    struct text json;
    if (!payload_read(slot->source, slot->node, &json))
        return false;
    slot_store(slot, &json, sizeof(json));
    return true;
}

static bool read_ranged(const struct slot *slot)
{
    double value = 0;
    if (!read_number(slot, &value))
        return false;
    if (value < slot->key->low || value > slot->key->high)
        return slot_wrong(slot, STR_NONE);
    slot_store(slot, &value, sizeof(value));
    return true;
}

/* A text, trimmed, however it is written; quotes make no difference. */
static bool take_words(const struct slot *slot, struct str *words)
{
    const struct filled *filled = take_scalar(slot);
    if (filled == NULL)
        return false;
    *words = str_trim(filled->value);
    return true;
}

static bool is_in_range(const struct slot *slot, int64_t ms)
{
    return (double)ms >= slot->key->low && (double)ms <= slot->key->high;
}

static bool read_duration(const struct slot *slot)
{
    struct str words = STR_NONE;
    int64_t ms = 0;
    if (!take_words(slot, &words))
        return false;
    if (!clock_parse_duration(words, &ms) || !is_in_range(slot, ms))
        return slot_wrong(slot, STR_NONE);
    slot_store(slot, &ms, sizeof(ms));
    return true;
}

static bool read_delay(const struct slot *slot)
{
    struct str words = STR_NONE;
    struct delay delay = {0, 0};
    if (!take_words(slot, &words))
        return false;
    size_t dots = str_find_str(words, STR(".."));
    bool is_range = dots < words.len;
    struct str low = str_trim(str_slice(words, 0, dots));
    struct str high = is_range ? str_trim(str_slice(words, dots + 2, words.len)) : low;
    if (!clock_parse_duration(low, &delay.low_ms) || !clock_parse_duration(high, &delay.high_ms) ||
        !is_in_range(slot, delay.low_ms) || !is_in_range(slot, delay.high_ms))
        return slot_wrong(slot, STR_NONE);
    if (delay.low_ms > delay.high_ms)
        return slot_wrong(slot, STR("the shorter one comes first"));
    slot_store(slot, &delay, sizeof(delay));
    return true;
}

static bool read_time(const struct slot *slot)
{
    struct str words = STR_NONE;
    int64_t ms = 0;
    if (!take_words(slot, &words))
        return false;
    if (!clock_parse(words, &ms) || ms < 0)
        return slot_wrong(slot, STR_NONE);
    slot_store(slot, &ms, sizeof(ms));
    return true;
}

static bool read_clock(const struct slot *slot)
{
    struct str words = STR_NONE;
    int64_t hour = 0;
    int64_t minute = 0;
    if (!take_words(slot, &words))
        return false;
    size_t colon = str_find(words, ':');
    struct str last = colon < words.len ? str_slice(words, colon + 1, words.len) : STR_NONE;
    if (last.len != 2 || !str_to_int64(str_slice(words, 0, colon), &hour) ||
        !str_to_int64(last, &minute) || hour < 0 || hour > 23 || minute < 0 || minute > 59)
        return slot_wrong(slot, STR_NONE);
    int64_t ms = (hour * 60 + minute) * 60000;
    slot_store(slot, &ms, sizeof(ms));
    return true;
}

bool slot_read_scalar(const struct slot *slot)
{
    static bool (*const readers[TYPE_COUNT])(const struct slot *) = {
        [TYPE_TEXT] = read_text,     [TYPE_ALIAS] = read_alias,
        [TYPE_URL] = read_url,       [TYPE_BOOL] = read_bool,
        [TYPE_INT] = read_int,       [TYPE_PERIOD] = read_period,
        [TYPE_NUMBER] = read_real,   [TYPE_SECONDS] = read_seconds,
        [TYPE_CHOICE] = read_choice, [TYPE_EXPRESSION] = read_expression,
        [TYPE_REAL] = read_ranged,   [TYPE_DURATION] = read_duration,
        [TYPE_DELAY] = read_delay,   [TYPE_TIME] = read_time,
        [TYPE_CLOCK] = read_clock,   [TYPE_ANY] = read_any,
    };
    return readers[slot->key->type](slot);
}
