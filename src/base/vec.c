#include "base/vec.h"

#include <string.h>

#include "base/banned.h"

void *vec_grow(struct arena *arena, void *items, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return items;
    size_t wanted = *room > 0 ? *room * 2 : 8;
    char *grown = arena_alloc(arena, wanted, size); /* zeroed */
    if (count > 0)
        memcpy(grown, items, count * size);
    *room = wanted;
    return grown;
}
