/* Memory that is given back all at once: one arena a pass, one for each loaded set of definitions.
 * Blocks stay where they are until arena_release. Not thread safe. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/attributes.h"
#include "base/str.h"

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *newest;
    size_t used_bytes; /* handed out so far, for figures in logs and benchmarks */
};

#define ARENA_INIT ((struct arena){.newest = NULL, .used_bytes = 0})

/* Gives everything back, wiped first (it may have held secrets). The arena can be used again. */
void arena_release(struct arena *arena);

/* Zeroed, aligned for any type. Never NULL. */
void *arena_alloc(struct arena *arena, size_t count, size_t size);
#define ARENA_NEW(arena, type)          ((type *)arena_alloc((arena), 1, sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_alloc((arena), (count), sizeof(type)))

/* Copies; the copy is followed by a NUL that its length does not count. */
struct str arena_str(struct arena *arena, struct str s);
struct str arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
struct str arena_vprintf(struct arena *arena, const char *format, va_list args) PRINTF_LIKE(2, 0);

#endif
