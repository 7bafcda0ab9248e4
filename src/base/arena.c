#include "base/arena.h"

#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* Invariants: a block's `used` never exceeds its `size`; only the newest block is added to; every
 * offset handed out is a multiple of ALIGNMENT. */
struct arena_block {
    struct arena_block *older;
    size_t size;
    size_t used;
    max_align_t data[];
};

enum { BLOCK_BYTES = 16 * 1024, ALIGNMENT = (int)sizeof(max_align_t) };

void arena_release(struct arena *arena)
{
    struct arena_block *block = arena->newest;
    while (block != NULL) {
        struct arena_block *older = block->older;
        memory_wipe(block->data, block->used);
        memory_free(block);
        block = older;
    }
    *arena = ARENA_INIT;
}

static struct arena_block *block_new(size_t wanted)
{
    size_t size = wanted > BLOCK_BYTES ? wanted : BLOCK_BYTES;
    size_t bytes = 0;
    if (__builtin_add_overflow(size, sizeof(struct arena_block), &bytes))
        memory_out();
    struct arena_block *block = memory_new(1, bytes);
    block->size = size;
    return block;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - ALIGNMENT)
        memory_out();
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (bytes == 0)
        bytes = ALIGNMENT;
    struct arena_block *block = arena->newest;
    if (block == NULL || block->size - block->used < bytes) {
        block = block_new(bytes);
        block->older = arena->newest;
        arena->newest = block;
    }
    void *result = (char *)block->data + block->used;
    block->used += bytes;
    arena->used_bytes += bytes;
    return result;
}

struct str arena_str(struct arena *arena, struct str s)
{
    char *copy = arena_alloc(arena, s.len + 1, 1);
    if (s.len > 0)
        memcpy(copy, s.ptr, s.len);
    return (struct str){.ptr = copy, .len = s.len};
}

struct str arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    size_t size = len > 0 ? (size_t)len + 1 : 1;
    char *text = arena_alloc(arena, size, 1);
    if (len > 0)
        vsnprintf(text, size, format, again);
    va_end(again);
    return (struct str){.ptr = text, .len = size - 1};
}

struct str arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct str text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}
