#include "base/arena.h"

#include "base/memory.h"

#include <stdbool.h>
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

/* What is left of the newest block. */
static size_t room_left(const struct arena *arena)
{
    return arena->newest != NULL ? arena->newest->size - arena->newest->used : 0;
}

struct str arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    /* Most texts fit into what is left: one go. */
    size_t room = room_left(arena);
    char *place = room > 0 ? (char *)arena->newest->data + arena->newest->used : NULL;
    int len = vsnprintf(place, room, format, args);
    size_t size = len > 0 ? (size_t)len + 1 : 1;
    bool fits = size <= room;
    if (!fits && room > 0)
        memory_wipe(place, room); /* what is handed out later is zeroed */
    char *text = arena_alloc(arena, size, 1);
    if (!fits && len > 0)
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
