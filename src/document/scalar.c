#include "document/scalar.h"

#include <math.h>

#include "base/banned.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_one_of(struct str text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(text, str_from(words[i])))
            return true;
    }
    return false;
}

static size_t digits_from(struct str text, size_t at)
{
    size_t count = 0;
    while (at + count < text.len && is_digit(text.ptr[at + count]))
        count++;
    return count;
}

/* 0x… and 0o…; without a sign, as the core schema has it. */
static bool read_based(struct str text, struct scalar *out)
{
    if (text.len < 3 || text.ptr[0] != '0' || (text.ptr[1] != 'x' && text.ptr[1] != 'o'))
        return false;
    int base = text.ptr[1] == 'x' ? 16 : 8;
    int64_t value = 0;
    double real = 0;
    bool fits = true;
    for (size_t i = 2; i < text.len; i++) {
        char c = text.ptr[i];
        int digit = is_digit(c)            ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : 16;
        if (digit >= base)
            return false;
        fits = fits && !__builtin_mul_overflow(value, base, &value) &&
               !__builtin_add_overflow(value, digit, &value);
        real = real * base + digit;
    }
    *out = (struct scalar){.kind = fits ? SCALAR_INT : SCALAR_FLOAT, .integer = value};
    out->real = fits ? (double)value : real;
    return true;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool is_decimal(struct str text, bool *whole)
{
    size_t at = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+') ? 1 : 0;
    size_t before = digits_from(text, at);
    at += before;
    *whole = before > 0 && at == text.len;
    if (at < text.len && text.ptr[at] == '.') {
        size_t after = digits_from(text, at + 1);
        if (before + after == 0)
            return false;
        at += 1 + after;
    } else if (before == 0) {
        return false;
    }
    if (at < text.len && (text.ptr[at] == 'e' || text.ptr[at] == 'E')) {
        at++;
        if (at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+'))
            at++;
        size_t exponent = digits_from(text, at);
        if (exponent == 0)
            return false;
        at += exponent;
    }
    return at == text.len;
}

static bool read_special(struct str text, struct scalar *out)
{
    static const char *const infinities[] = {".inf", ".Inf", ".INF"};
    static const char *const nans[] = {".nan", ".NaN", ".NAN"};
    if (is_one_of(text, nans, ARRAY_LEN(nans))) {
        *out = (struct scalar){.kind = SCALAR_FLOAT, .real = NAN};
        return true;
    }
    bool negative = text.len > 0 && text.ptr[0] == '-';
    bool sign = negative || (text.len > 0 && text.ptr[0] == '+');
    if (!is_one_of(str_slice(text, sign ? 1 : 0, text.len), infinities, ARRAY_LEN(infinities)))
        return false;
    *out = (struct scalar){.kind = SCALAR_FLOAT, .real = negative ? -INFINITY : INFINITY};
    return true;
}

struct scalar scalar_read(struct str text)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    static const char *const trues[] = {"true", "True", "TRUE"};
    static const char *const falses[] = {"false", "False", "FALSE"};
    struct scalar out = {.kind = SCALAR_TEXT};
    if (is_one_of(text, nulls, ARRAY_LEN(nulls)))
        return (struct scalar){.kind = SCALAR_NULL};
    if (is_one_of(text, trues, ARRAY_LEN(trues)))
        return (struct scalar){.kind = SCALAR_BOOL, .boolean = true};
    if (is_one_of(text, falses, ARRAY_LEN(falses)))
        return (struct scalar){.kind = SCALAR_BOOL, .boolean = false};
    if (read_based(text, &out) || read_special(text, &out))
        return out;
    bool whole = false;
    if (!is_decimal(text, &whole))
        return out;
    if (whole && str_to_int64(text, &out.integer)) {
        out.kind = SCALAR_INT;
        out.real = (double)out.integer;
    } else if (str_to_double(text, &out.real)) {
        out.kind = SCALAR_FLOAT;
    } else {
        /* Too large for a double (or absurdly long): as infinite as it gets. */
        out.kind = SCALAR_FLOAT;
        out.real = text.ptr[0] == '-' ? -INFINITY : INFINITY;
    }
    return out;
}

bool scalar_old_bool(struct str text, bool *value)
{
    static const char *const yes[] = {"yes", "Yes", "YES", "on", "On", "ON"};
    static const char *const no[] = {"no", "No", "NO", "off", "Off", "OFF"};
    *value = is_one_of(text, yes, ARRAY_LEN(yes));
    return *value || is_one_of(text, no, ARRAY_LEN(no));
}

static bool all_of(struct str text, const char *set)
{
    for (size_t i = 0; i < text.len; i++) {
        if (str_find(str_from(set), text.ptr[i]) == str_from(set).len)
            return false;
    }
    return text.len > 0;
}

struct str scalar_old_reading(struct arena *arena, struct str text)
{
    struct str bare = text;
    if (bare.len > 0 && (bare.ptr[0] == '-' || bare.ptr[0] == '+'))
        bare = str_slice(bare, 1, bare.len);
    if (bare.len == 0 || bare.len > 30 || !is_digit(bare.ptr[0]))
        return STR_NONE;
    if (bare.len > 1 && bare.ptr[0] == '0' && all_of(bare, "01234567") && !all_of(bare, "0"))
        return arena_printf(arena, "YAML 1.1 read it as octal: write 0o%.*s for that",
                            STR_ARG(str_slice(bare, 1, bare.len)));
    if (str_find(bare, '_') < bare.len && all_of(bare, "0123456789_."))
        return STR("YAML 1.2 has no '_' in numbers: leave it out");
    if (str_find(bare, ':') < bare.len && all_of(bare, "0123456789:."))
        return STR("YAML 1.1 read it as a number to base 60: write the plain number");
    if (str_starts(bare, STR("0b")) && all_of(str_slice(bare, 2, bare.len), "01_"))
        return STR("YAML 1.1 read it as binary: write the plain number");
    return STR_NONE;
}
