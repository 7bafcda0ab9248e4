/* A hash table from text to a pointer or an index, in an arena. For the rooms that read files. */
#ifndef DOCUMENT_NAMES_H
#define DOCUMENT_NAMES_H

#include "base/arena.h"

#include <stdbool.h>

struct name_slot {
    struct str name;
    void *value;
    size_t index;
    bool used;
};

/* All zero: empty. Names must stay where they are. */
struct names {
    struct name_slot *slots;
    size_t room;
    size_t count;
};

/* Adds a name that is not there yet; false where it is, with the index it was added with. */
bool names_add(struct arena *arena, struct names *names, struct str name, size_t index,
               size_t *first);

/* A later value replaces an earlier one. */
void names_set(struct arena *arena, struct names *names, struct str name, void *value);
void *names_get(const struct names *names, struct str name); /* NULL: not there */

#endif
