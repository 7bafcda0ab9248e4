/* A growing array of any type inside an arena: `VEC(struct action) actions;` is a struct of items,
 * count and room. Growing copies into fresh arena memory (the old part is given back with the
 * arena), so an item's address is only stable once the vector is complete. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/arena.h"

#define VEC(type)                                                                                  \
    struct {                                                                                       \
        type *items;                                                                               \
        size_t count;                                                                              \
        size_t room;                                                                               \
    }

/* Adds one zeroed item and gives its address. */
#define VEC_ADD(arena, vec)                                                                        \
    ((vec)->items =                                                                                \
         vec_grow((arena), (vec)->items, &(vec)->room, (vec)->count, sizeof *(vec)->items),        \
     &(vec)->items[(vec)->count++])

/* Room for item number `count`: the same or a larger array. See VEC_ADD. */
void *vec_grow(struct arena *arena, void *items, size_t *room, size_t count, size_t size);

#endif
