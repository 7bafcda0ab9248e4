/* A string that somebody else owns: pointer and length, passed by value, not NUL-terminated.
 * The empty string is {NULL or anything, 0}; functions here take both.
 * Pure, no allocation, thread safe. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
    const char *ptr;
    size_t len;
};

#define STR(literal)                                                                               \
    ((struct str){.ptr = (literal), .len = sizeof(literal) - 1}) /* of a string literal */
#define STR_NONE ((struct str){.ptr = NULL, .len = 0})

/* For printf: printf("'%.*s'", STR_ARG(s)). */
#define STR_ARG(s) ((int)(s).len), ((s).len > 0 ? (s).ptr : "")

struct str str_from(const char *nul_terminated); /* NULL gives the empty string */

bool str_eq(struct str a, struct str b);
bool str_eq_nocase(struct str a, struct str b); /* ASCII only */
int str_compare(struct str a, struct str b);    /* by bytes, as memcmp; a prefix sorts first */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);

/* Position of the first (last) `c`, or s.len where there is none. */
size_t str_find(struct str s, char c);
size_t str_find_last(struct str s, char c);
/* Position of the first `needle`, or s.len. */
size_t str_find_str(struct str s, struct str needle);

struct str str_slice(struct str s, size_t from, size_t to); /* bounds are clamped */
struct str str_trim(struct str s);                          /* ASCII white space, both ends */

/* Does the whole of `s` match? In the pattern, '*' is any run of bytes, '?' any one. Takes time of
 * at most the product of both lengths. */
bool str_matches(struct str s, struct str pattern);

/* Cuts `*rest` at the first `separator`: stores what is before it, keeps what is after it.
 * False when `*rest` is used up (its ptr is NULL then). */
bool str_split(struct str *rest, char separator, struct str *part);

/* Whole-string decimal numbers; false (and *out untouched) for anything else or out of range.
 * str_to_double takes what C's strtod takes, less hex, "inf", "nan" and surrounding space. */
NODISCARD bool str_to_int64(struct str s, int64_t *out);
NODISCARD bool str_to_double(struct str s, double *out);

/* Is `s` well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms)?
 * Where not, *bad_offset (may be NULL) is the first offending byte. */
bool str_is_utf8(struct str s, size_t *bad_offset);

/* Optimal string alignment distance (insert, delete, replace, swap neighbours), for "did you
 * mean"; strings over 64 bytes count as far apart (SIZE_MAX). */
size_t str_distance(struct str a, struct str b);

/* Position of `name` in a table of C strings; false (and *index untouched) where it is not there.
 */
NODISCARD bool str_in_table(struct str name, const char *const *table, size_t count, size_t *index);

/* FNV-1a, 64 bits: for hash tables on trusted sizes and for stable names. */
uint64_t str_hash(struct str s);

#endif
