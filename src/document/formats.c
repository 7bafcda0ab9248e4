/* What texts must look like: a pattern for the JSON Schema, a rule in words, and the check. A test
 * compares the verdicts of pattern and check. */
#include "document/schema.h"

#include <string.h>

#include "base/banned.h"

enum { NAME_MAX_LEN = 255 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_any(struct str text)
{
    (void)text;
    return true;
}

static size_t count_characters(struct str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    return count;
}

static bool has_control(struct str text, bool tab_is_fine)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c < 0x20 && !(tab_is_fine && c == '\t')) || c == 0x7F)
            return true;
    }
    return false;
}

static bool is_some(struct str text)
{
    return text.len > 0 && count_characters(text) <= 1024 && !has_control(text, false);
}

static bool is_ecs_name(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!is_letter(c) && !is_digit(c) && c != '-' && c != '_')
            return false;
    }
    return text.len > 0 && text.len <= NAME_MAX_LEN;
}

/* It becomes part of host names. */
static bool is_region(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool letter = c >= 'a' && c <= 'z';
        if (!letter && !(i > 0 && (is_digit(c) || c == '-')))
            return false;
    }
    return text.len > 0 && text.len <= 63;
}

static bool is_namespace(struct str text)
{
    return is_some(text) && count_characters(text) <= NAME_MAX_LEN && text.ptr[0] != ':';
}

static bool is_header_name(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!is_letter(c) && !is_digit(c) && (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL))
            return false;
    }
    return text.len > 0 && text.len <= NAME_MAX_LEN;
}

static bool is_header_value(struct str text)
{
    return !has_control(text, true);
}

/* "150", "0.5": up to `whole_max` digits and ten decimals; cuts them off `*text`. */
static bool take_number(struct str *text, size_t whole_max, double *value)
{
    size_t at = 0;
    while (at < text->len && is_digit(text->ptr[at]))
        at++;
    size_t whole = at;
    if (at > 0 && at + 1 < text->len && text->ptr[at] == '.' && is_digit(text->ptr[at + 1])) {
        at++;
        while (at < text->len && is_digit(text->ptr[at]))
            at++;
    }
    if (whole == 0 || whole > whole_max || at - whole > 11)
        return false;
    bool fine = str_to_double(str_slice(*text, 0, at), value);
    *text = str_slice(*text, at, text->len);
    return fine;
}

/* 0 to 100, without needless zeros in front of three digits. */
static bool take_percent(struct str *text)
{
    double value = 0;
    struct str rest = *text;
    if (!take_number(&rest, 3, &value) || value > 100)
        return false;
    if (value < 100 && text->len > 2 && is_digit(text->ptr[1]) && is_digit(text->ptr[2]))
        return false;
    *text = rest;
    return true;
}

static bool take(struct str *text, struct str word)
{
    if (!str_starts(*text, word))
        return false;
    *text = str_slice(*text, word.len, text->len);
    return true;
}

/* p99, tm95.5, tc90, ts90, wm90 */
static bool is_percentile(struct str text)
{
    static const char *const prefixes[] = {"p", "tm", "tc", "ts", "wm"};
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        struct str rest = text;
        if (take(&rest, str_from(prefixes[i])) && take_percent(&rest))
            return rest.len == 0;
    }
    return false;
}

/* One bound of a range: "10%", "150", or nothing. */
static bool take_bound(struct str *text, bool *given)
{
    struct str rest = *text;
    *given = text->len > 0 && is_digit(text->ptr[0]);
    if (!*given)
        return true;
    if (take_percent(&rest) && take(&rest, STR("%"))) {
        *text = rest;
        return true;
    }
    double value = 0;
    return take_number(text, 15, &value);
}

/* TM(10%:90%), TC(:300), PR(0.5:) and so on. */
static bool is_range(struct str text)
{
    static const char *const prefixes[] = {"TM(", "TC(", "TS(", "WM(", "PR("};
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        struct str rest = text;
        bool low = false;
        bool high = false;
        if (take(&rest, str_from(prefixes[i])))
            return take_bound(&rest, &low) && take(&rest, STR(":")) && take_bound(&rest, &high) &&
                   str_eq(rest, STR(")")) && (low || high);
    }
    return false;
}

static bool is_statistic(struct str text)
{
    static const char *const words[] = {"Average", "Sum",         "Minimum",
                                        "Maximum", "SampleCount", "IQM"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (str_eq(text, str_from(words[i])))
            return true;
    }
    return is_percentile(text) || is_range(text);
}

/* The same as the checks above. Percentages: up to 100, ten decimals. */
#define PERCENT "(100(\\.0{1,10})?|[0-9]{1,2}(\\.[0-9]{1,10})?)"
#define BOUND   "(" PERCENT "%|[0-9]{1,15}(\\.[0-9]{1,10})?)"

static const struct schema_format_info formats[FORMAT_COUNT] = {
    [FORMAT_ANY] = {NULL, "any text", is_any},
    [FORMAT_SOME] = {"^[^\\u0000-\\u001f\\u007f]{1,1024}$",
                     "1 to 1024 characters without line breaks or control characters", is_some},
    [FORMAT_ECS_NAME] = {"^[A-Za-z0-9_-]{1,255}$", "1 to 255 letters, digits, '-' or '_'",
                         is_ecs_name},
    [FORMAT_REGION] = {"^[a-z][a-z0-9-]{0,62}$", "an AWS region such as eu-west-1", is_region},
    [FORMAT_NAMESPACE] = {"^[^:\\u0000-\\u001f\\u007f][^\\u0000-\\u001f\\u007f]{0,254}$",
                          "1 to 255 characters, the first no ':'", is_namespace},
    [FORMAT_STATISTIC] = {"^(Average|Sum|Minimum|Maximum|SampleCount|IQM|(p|tm|tc|ts|wm)" PERCENT
                          "|(TM|TC|TS|WM|PR)\\((" BOUND ":" BOUND "?|:" BOUND ")\\))$",
                          "Average, Sum, Minimum, Maximum, SampleCount, or an extended one such as "
                          "p99, tm95, IQM or TM(10%:90%)",
                          is_statistic},
    [FORMAT_HEADER_NAME] = {"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,255}$",
                            "letters, digits, '-' or other token characters of HTTP",
                            is_header_name},
    [FORMAT_HEADER_VALUE] = {"^[^\\u0000-\\u0008\\u000a-\\u001f\\u007f]*$",
                             "text without line breaks or control characters", is_header_value},
};

const struct schema_format_info *schema_format_info(enum schema_format format)
{
    return &formats[format];
}
