/* A growing byte buffer. It cannot be made without its maximum: what would pass it is refused, and
 * the buffer remembers that it `overflowed` (checked once, at the end, by who cares).
 * The content is always followed by a NUL that `len` does not count, once something was added.
 * Owns its memory: buf_release. Not thread safe. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/attributes.h"
#include "base/str.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *ptr;
    size_t len;
    size_t size;
    size_t max;
    bool overflowed;
};

#define BUF_INIT(max_bytes)                                                                        \
    ((struct buf){.ptr = NULL, .len = 0, .size = 0, .max = (max_bytes), .overflowed = false})

void buf_release(struct buf *buf);        /* for CLEANUP(buf_release) */
void buf_release_secret(struct buf *buf); /* wipes first */
void buf_clear(struct buf *buf);          /* keeps the memory */

/* Each adds everything or (beyond the maximum) nothing and gives false. */
bool buf_add(struct buf *buf, struct str s);
bool buf_add_char(struct buf *buf, char c);
bool buf_addf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
bool buf_addv(struct buf *buf, const char *format, va_list args) PRINTF_LIKE(2, 0);

/* The content; valid until the next change. */
struct str buf_str(const struct buf *buf);
/* As a C string, "" when empty. */
const char *buf_cstr(const struct buf *buf);

#endif
