#include "base/buf.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

void buf_release(struct buf *buf)
{
    memory_free(buf->ptr);
    *buf = BUF_INIT(buf->max);
}

void buf_release_secret(struct buf *buf)
{
    memory_wipe(buf->ptr, buf->size);
    buf_release(buf);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->overflowed = false;
    if (buf->ptr != NULL)
        buf->ptr[0] = '\0';
}

/* Makes room for `more` bytes and the NUL. */
static bool make_room(struct buf *buf, size_t more)
{
    if (more > buf->max - buf->len) {
        buf->overflowed = true;
        return false;
    }
    size_t needed = buf->len + more + 1;
    if (needed <= buf->size)
        return true;
    size_t size = buf->size > 0 ? buf->size : 64;
    while (size < needed)
        size *= 2;
    buf->ptr = memory_resize(buf->ptr, size, 1);
    buf->size = size;
    return true;
}

bool buf_add(struct buf *buf, struct str s)
{
    if (!make_room(buf, s.len))
        return false;
    if (s.len > 0)
        memcpy(buf->ptr + buf->len, s.ptr, s.len);
    buf->len += s.len;
    buf->ptr[buf->len] = '\0';
    return true;
}

bool buf_add_char(struct buf *buf, char c)
{
    return buf_add(buf, (struct str){.ptr = &c, .len = 1});
}

bool buf_addv(struct buf *buf, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    bool added = len >= 0 && make_room(buf, (size_t)len);
    if (added) {
        vsnprintf(buf->ptr + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
    return added;
}

bool buf_addf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    bool added = buf_addv(buf, format, args);
    va_end(args);
    return added;
}

struct str buf_str(const struct buf *buf)
{
    return (struct str){.ptr = buf->ptr, .len = buf->len};
}

const char *buf_cstr(const struct buf *buf)
{
    return buf->ptr != NULL ? buf->ptr : "";
}
