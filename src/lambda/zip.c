#include "lambda/zip.h"

#include "base/memory.h"

#include <assert.h>
#include <stdint.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/banned.h"

enum {
    LOCAL_HEADER = 0x04034b50,
    DIRECTORY_HEADER = 0x02014b50,
    DIRECTORY_END = 0x06054b50,
    VERSION_NEEDED = 20,        /* 2.0: deflate */
    MADE_BY_UNIX = 3 << 8 | 20, /* so that the modes count */
    DEFLATED = 8,
    FIRST_DAY = 1 << 5 | 1, /* 1980-01-01, the earliest a zip can say */
    UTF8_NAME = 1 << 11,
};

static void add16(struct buf *out, unsigned value)
{
    buf_add_char(out, (char)(value & 0xff));
    buf_add_char(out, (char)(value >> 8 & 0xff));
}

static void add32(struct buf *out, size_t value)
{
    assert(value <= UINT32_MAX); /* the limits of packages are far below */
    add16(out, (unsigned)(value & 0xffff));
    add16(out, (unsigned)(value >> 16));
}

/* What a local header and the directory have in common. */
static void add_facts(struct buf *out, const struct zip_entry *entry)
{
    add16(out, VERSION_NEEDED);
    add16(out, UTF8_NAME);
    add16(out, DEFLATED);
    add16(out, 0); /* midnight */
    add16(out, FIRST_DAY);
    add32(out, entry->crc);
    add32(out, entry->packed);
    add32(out, entry->size);
    add16(out, (unsigned)entry->name.len);
    add16(out, 0); /* no extra field */
}

/* Without zlib's own frame, as zip files have it. */
static struct buf deflated(struct str content)
{
    z_stream stream = {0};
    enum { WINDOW_BITS = 15, MEMORY_LEVEL = 9 };
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -WINDOW_BITS, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        memory_out();
    size_t bound = deflateBound(&stream, content.len);
    struct buf out = BUF_INIT(bound);
    out.ptr = memory_new(bound + 1, 1);
    out.size = bound + 1;
    stream.next_in = (Bytef *)(uintptr_t)content.ptr; /* read only */
    stream.avail_in = (uInt)content.len;
    stream.next_out = (Bytef *)out.ptr;
    stream.avail_out = (uInt)bound;
    int result = deflate(&stream, Z_FINISH);
    assert(result == Z_STREAM_END); /* there was room for all of it */
    (void)result;
    out.len = stream.total_out;
    deflateEnd(&stream);
    return out;
}

static enum error_code check(const struct zip *zip, struct error *err)
{
    if (!zip->out->overflowed)
        return E_OK;
    return error_set(err, E_LIMIT, "the zip file would be larger than %zu bytes", zip->out->max);
}

enum error_code zip_add(struct zip *zip, struct str name, struct str content, unsigned mode,
                        struct error *err)
{
    assert(name.len > 0 && name.len <= UINT16_MAX && content.len <= UINT32_MAX);
    struct buf packed CLEANUP(buf_release) = deflated(content);
    struct zip_entry *entry = VEC_ADD(zip->arena, &zip->entries);
    *entry = (struct zip_entry){
        .name = arena_str(zip->arena, name),
        .size = content.len,
        .packed = packed.len,
        .mode = mode,
        .crc = (unsigned)crc32(0, (const Bytef *)content.ptr, (uInt)content.len),
        .offset = zip->out->len,
    };
    add32(zip->out, LOCAL_HEADER);
    add_facts(zip->out, entry);
    buf_add(zip->out, entry->name);
    buf_add(zip->out, buf_str(&packed));
    return check(zip, err);
}

static void add_directory_entry(struct buf *out, const struct zip_entry *entry)
{
    add32(out, DIRECTORY_HEADER);
    add16(out, MADE_BY_UNIX);
    add_facts(out, entry);
    add16(out, 0); /* no comment */
    add16(out, 0); /* first disk */
    add16(out, 0); /* no internal attributes */
    add32(out, (size_t)(S_IFREG | entry->mode) << 16);
    add32(out, entry->offset);
    buf_add(out, entry->name);
}

enum error_code zip_finish(struct zip *zip, struct error *err)
{
    assert(zip->entries.count <= UINT16_MAX);
    size_t start = zip->out->len;
    for (size_t i = 0; i < zip->entries.count; i++)
        add_directory_entry(zip->out, &zip->entries.items[i]);
    size_t size = zip->out->len - start;
    add32(zip->out, DIRECTORY_END);
    add16(zip->out, 0);
    add16(zip->out, 0);
    add16(zip->out, (unsigned)zip->entries.count);
    add16(zip->out, (unsigned)zip->entries.count);
    add32(zip->out, size);
    add32(zip->out, start);
    add16(zip->out, 0); /* no comment */
    return check(zip, err);
}
