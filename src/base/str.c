#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

struct str str_from(const char *nul_terminated)
{
    if (nul_terminated == NULL)
        return STR_NONE;
    return (struct str){.ptr = nul_terminated, .len = strlen(nul_terminated)};
}

bool str_eq(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool str_eq_nocase(struct str a, struct str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i]))
            return false;
    }
    return true;
}

int str_compare(struct str a, struct str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common > 0 ? memcmp(a.ptr, b.ptr, common) : 0;
    if (order != 0)
        return order < 0 ? -1 : 1;
    if (a.len == b.len)
        return 0;
    return a.len < b.len ? -1 : 1;
}

bool str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_eq(str_slice(s, 0, prefix.len), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_eq(str_slice(s, s.len - suffix.len, s.len), suffix);
}

size_t str_find(struct str s, char c)
{
    const char *hit = s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;
    return hit == NULL ? s.len : (size_t)(hit - s.ptr);
}

size_t str_find_last(struct str s, char c)
{
    for (size_t i = s.len; i > 0; i--) {
        if (s.ptr[i - 1] == c)
            return i - 1;
    }
    return s.len;
}

size_t str_find_str(struct str s, struct str needle)
{
    for (size_t i = 0; i + needle.len <= s.len; i++) {
        if (str_eq(str_slice(s, i, i + needle.len), needle))
            return i;
    }
    return s.len;
}

struct str str_slice(struct str s, size_t from, size_t to)
{
    if (to > s.len)
        to = s.len;
    if (from >= to)
        return STR_NONE;
    return (struct str){.ptr = s.ptr + from, .len = to - from};
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
    size_t from = 0;
    size_t to = s.len;
    while (from < to && is_space(s.ptr[from]))
        from++;
    while (to > from && is_space(s.ptr[to - 1]))
        to--;
    return str_slice(s, from, to);
}

bool str_matches(struct str s, struct str pattern)
{
    size_t at = 0;
    size_t in = 0;
    size_t star =
        pattern.len; /* the last '*' seen: what it swallows grows until the rest matches */
    size_t swallowed = 0;
    while (at < s.len) {
        if (in < pattern.len && pattern.ptr[in] == '*') {
            star = in++;
            swallowed = at;
        } else if (in < pattern.len && (pattern.ptr[in] == '?' || pattern.ptr[in] == s.ptr[at])) {
            in++;
            at++;
        } else if (star < pattern.len) {
            in = star + 1;
            at = ++swallowed;
        } else {
            return false;
        }
    }
    while (in < pattern.len && pattern.ptr[in] == '*')
        in++;
    return in == pattern.len;
}

bool str_split(struct str *rest, char separator, struct str *part)
{
    if (rest->ptr == NULL)
        return false;
    size_t at = str_find(*rest, separator);
    *part = (struct str){.ptr = rest->ptr, .len = at};
    if (at == rest->len)
        *rest = STR_NONE;
    else
        *rest = (struct str){.ptr = rest->ptr + at + 1, .len = rest->len - at - 1};
    return true;
}

bool str_to_int64(struct str s, int64_t *out)
{
    size_t i = 0;
    bool negative = s.len > 0 && s.ptr[0] == '-';
    if (negative || (s.len > 0 && s.ptr[0] == '+'))
        i = 1;
    if (i == s.len)
        return false;
    int64_t value = 0;
    for (; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        int digit = s.ptr[i] - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value))
            return false;
    }
    /* Gathered as a negative number, whose range holds one value more. */
    if (!negative && value == INT64_MIN)
        return false;
    *out = negative ? value : -value;
    return true;
}

bool str_to_double(struct str s, double *out)
{
    char text[512];
    if (s.len == 0 || s.len >= sizeof(text))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!((c >= '0' && c <= '9') || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-'))
            return false;
    }
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    char *end = NULL;
    double value = strtod(text, &end);
    if (end != text + s.len || !isfinite(value))
        return false;
    *out = value;
    return true;
}

/* Length of the well-formed UTF-8 sequence at `p`, or 0. Table 3-7 of the Unicode standard. */
static size_t utf8_sequence(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80)
        return 1;
    size_t need = p[0] >= 0xC2 && p[0] <= 0xDF ? 2 : (p[0] & 0xF0) == 0xE0 ? 3 : 0;
    if (p[0] >= 0xF0 && p[0] <= 0xF4)
        need = 4;
    if (need == 0 || need > left)
        return 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    if (p[0] == 0xE0)
        low = 0xA0;
    else if (p[0] == 0xED)
        high = 0x9F;
    else if (p[0] == 0xF0)
        low = 0x90;
    else if (p[0] == 0xF4)
        high = 0x8F;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < need; i++) {
        if (p[i] < 0x80 || p[i] > 0xBF)
            return 0;
    }
    return need;
}

bool str_is_utf8(struct str s, size_t *bad_offset)
{
    const unsigned char *bytes = (const unsigned char *)s.ptr;
    size_t i = 0;
    while (i < s.len) {
        size_t step = utf8_sequence(bytes + i, s.len - i);
        if (step == 0) {
            if (bad_offset != NULL)
                *bad_offset = i;
            return false;
        }
        i += step;
    }
    return true;
}

enum { DISTANCE_MAX_LEN = 64 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t str_distance(struct str a, struct str b)
{
    if (a.len > DISTANCE_MAX_LEN || b.len > DISTANCE_MAX_LEN)
        return SIZE_MAX;
    size_t rows[3][DISTANCE_MAX_LEN + 1]; /* before the previous one, the previous one, this one */
    for (size_t j = 0; j <= b.len; j++)
        rows[1][j] = j;
    memcpy(rows[2], rows[1], sizeof(rows[2]));
    for (size_t i = 1; i <= a.len; i++) {
        rows[2][0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            bool same = a.ptr[i - 1] == b.ptr[j - 1];
            size_t best = least(rows[1][j] + 1, rows[2][j - 1] + 1);
            best = least(best, rows[1][j - 1] + (same ? 0 : 1));
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
                best = least(best, rows[0][j - 2] + 1);
            rows[2][j] = best;
        }
        memcpy(rows[0], rows[1], sizeof(rows[0]));
        memcpy(rows[1], rows[2], sizeof(rows[1]));
    }
    return rows[1][b.len];
}

bool str_in_table(struct str name, const char *const *table, size_t count, size_t *index)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(name, str_from(table[i]))) {
            *index = i;
            return true;
        }
    }
    return false;
}

uint64_t str_hash(struct str s)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < s.len; i++) {
        hash ^= (unsigned char)s.ptr[i];
        hash *= UINT64_C(1099511628211);
    }
    return hash;
}
