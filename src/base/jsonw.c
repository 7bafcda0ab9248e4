#include "base/jsonw.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { DEPTH_MAX = 64 };

static void new_line(struct json_writer *w)
{
    if (w->indent == 0)
        return;
    buf_add_char(w->out, '\n');
    for (int i = 0; i < w->depth * w->indent; i++)
        buf_add_char(w->out, ' ');
}

/* What goes before a value or a key: the comma, the line break. */
static void begin_item(struct json_writer *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (w->depth == 0)
        return;
    uint64_t bit = UINT64_C(1) << (w->depth - 1);
    if ((w->has_items & bit) != 0)
        buf_add(w->out, w->indent == 0 ? STR(", ") : STR(","));
    w->has_items |= bit;
    new_line(w);
}

static void open_level(struct json_writer *w, char bracket)
{
    begin_item(w);
    buf_add_char(w->out, bracket);
    assert(w->depth < DEPTH_MAX);
    w->depth++;
    w->has_items &= ~(UINT64_C(1) << (w->depth - 1));
}

static void close_level(struct json_writer *w, char bracket)
{
    assert(w->depth > 0);
    bool had_items = (w->has_items & (UINT64_C(1) << (w->depth - 1))) != 0;
    w->depth--;
    if (had_items)
        new_line(w);
    buf_add_char(w->out, bracket);
}

void jsonw_object_begin(struct json_writer *w)
{
    open_level(w, '{');
}

void jsonw_object_end(struct json_writer *w)
{
    close_level(w, '}');
}

void jsonw_array_begin(struct json_writer *w)
{
    open_level(w, '[');
}

void jsonw_array_end(struct json_writer *w)
{
    close_level(w, ']');
}

static void add_escaped(struct buf *out, unsigned char c)
{
    static const char shorts[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    const char *hit = c != 0 ? strchr(shorts, c) : NULL;
    if (hit != NULL)
        buf_addf(out, "\\%c", letters[hit - shorts]);
    else
        buf_addf(out, "\\u%04x", c);
}

static void add_quoted(struct buf *out, struct str s)
{
    buf_add_char(out, '"');
    size_t clean = 0; /* bytes from here on need no escape yet */
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F)
            continue;
        buf_add(out, str_slice(s, clean, i));
        add_escaped(out, c);
        clean = i + 1;
    }
    buf_add(out, str_slice(s, clean, s.len));
    buf_add_char(out, '"');
}

static void add_string(struct buf *out, struct str s)
{
    size_t bad = 0;
    if (str_is_utf8(s, &bad)) {
        add_quoted(out, s);
        return;
    }
    struct buf mended CLEANUP(buf_release) = BUF_INIT(out->max);
    while (!str_is_utf8(s, &bad)) {
        buf_add(&mended, str_slice(s, 0, bad));
        buf_add(&mended, STR("\xEF\xBF\xBD"));
        s = str_slice(s, bad + 1, s.len);
    }
    buf_add(&mended, s);
    add_quoted(out, buf_str(&mended));
}

void jsonw_key_str(struct json_writer *w, struct str key)
{
    begin_item(w);
    add_string(w->out, key);
    buf_add(w->out, STR(": "));
    w->after_key = true;
}

void jsonw_key(struct json_writer *w, const char *key)
{
    jsonw_key_str(w, str_from(key));
}

void jsonw_str(struct json_writer *w, struct str value)
{
    begin_item(w);
    add_string(w->out, value);
}

void jsonw_cstr(struct json_writer *w, const char *value)
{
    if (value == NULL)
        jsonw_null(w);
    else
        jsonw_str(w, str_from(value));
}

void jsonw_int(struct json_writer *w, int64_t value)
{
    begin_item(w);
    buf_addf(w->out, "%lld", (long long)value);
}

/* The fewest digits that read back as the same value, as "d.ddde+dd"; how many. */
static int shortest_digits(double value, char digits[static JSON_DOUBLE_SIZE])
{
    /* Up to 15 digits survive the way to a double and back: where these do, the shortest text is
     * theirs without the zeros at its end. Not so below the normal numbers. */
    int precision = fabs(value) >= DBL_MIN ? 15 : 1;
    for (;; precision++) {
        snprintf(digits, JSON_DOUBLE_SIZE, "%.*e", precision - 1, value);
        if (precision >= 17 || strtod(digits, NULL) == value)
            break;
    }
    if (precision != 15)
        return precision;
    char *mark = strchr(digits, 'e');
    char *end = mark;
    for (; precision > 1 && end[-1] == '0'; precision--)
        end--;
    if (precision == 1)
        end--; /* the point */
    memmove(end, mark, strlen(mark) + 1);
    return precision;
}

/* "d.ddde+dd" without its exponent. */
static void write_positional(const char *digits, int precision, int exponent,
                             char text[static JSON_DOUBLE_SIZE])
{
    char plain[JSON_DOUBLE_SIZE];
    size_t count = 0;
    size_t at = 0;
    if (*digits == '-')
        text[at++] = *digits++;
    for (; *digits != 'e'; digits++) {
        if (*digits != '.')
            plain[count++] = *digits;
    }
    assert(count == (size_t)precision);
    int last = precision - 1 > exponent + 1 ? precision - 1 : exponent + 1; /* a digit after '.' */
    for (int i = exponent < 0 ? exponent : 0; i <= last; i++) {
        if (i == exponent + 1)
            text[at++] = '.';
        text[at++] = i >= 0 && i < precision ? plain[i] : '0';
    }
    text[at] = '\0';
}

/* Numbers with up to four decimals, which most are. A quotient of whole numbers is rounded as the
 * text would be: where it is the value, so is the text. */
static bool write_short(double value, char text[static JSON_DOUBLE_SIZE])
{
    static const double scales[] = {1, 10, 100, 1000, 10000};
    double size = fabs(value);
    if (size >= 1e10 || (size < 1e-4 && size > 0))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(scales); i++) {
        double scaled = round(size * scales[i]);
        if (scaled / scales[i] != size)
            continue;
        long long scale = (long long)scales[i];
        long long whole = (long long)scaled / scale;
        snprintf(text, JSON_DOUBLE_SIZE, "%s%lld.%0*lld", signbit(value) ? "-" : "", whole,
                 i > 0 ? (int)i : 1, (long long)scaled % scale);
        return true;
    }
    return false;
}

void json_double_text(double value, char text[static JSON_DOUBLE_SIZE])
{
    if (!isfinite(value)) {
        snprintf(text, JSON_DOUBLE_SIZE, "%s", isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return;
    }
    if (write_short(value, text))
        return;
    char digits[JSON_DOUBLE_SIZE];
    int precision = shortest_digits(value, digits);
    int exponent = (int)strtol(strchr(digits, 'e') + 1, NULL, 10);
    if (exponent >= -4 && exponent < 16) /* CPython's repr: positional from 1e-4 to 1e16 */
        write_positional(digits, precision, exponent, text);
    else
        memcpy(text, digits, sizeof(digits));
}

void jsonw_double(struct json_writer *w, double value)
{
    if (!isfinite(value)) {
        jsonw_null(w);
        return;
    }
    char text[JSON_DOUBLE_SIZE];
    json_double_text(value, text);
    begin_item(w);
    buf_add(w->out, str_from(text));
}

void jsonw_bool(struct json_writer *w, bool value)
{
    begin_item(w);
    buf_add(w->out, value ? STR("true") : STR("false"));
}

void jsonw_null(struct json_writer *w)
{
    begin_item(w);
    buf_add(w->out, STR("null"));
}
