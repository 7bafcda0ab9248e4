#include "document/names.h"

#include "base/banned.h"

/* Invariant: room is a power of two and at least twice count, so a search always ends. */

static struct name_slot *find(const struct names *names, struct str name)
{
    size_t at = (size_t)str_hash(name) & (names->room - 1);
    while (names->slots[at].used && !str_eq(names->slots[at].name, name))
        at = (at + 1) & (names->room - 1);
    return &names->slots[at];
}

static void make_room(struct arena *arena, struct names *names)
{
    if (names->room >= 2 * (names->count + 1))
        return;
    struct names grown = {.room = names->room > 0 ? names->room * 2 : 16, .count = names->count};
    grown.slots = ARENA_ARRAY(arena, struct name_slot, grown.room);
    for (size_t i = 0; i < names->room; i++) {
        if (names->slots[i].used)
            *find(&grown, names->slots[i].name) = names->slots[i];
    }
    *names = grown;
}

bool names_add(struct arena *arena, struct names *names, struct str name, size_t index,
               size_t *first)
{
    make_room(arena, names);
    struct name_slot *slot = find(names, name);
    if (slot->used) {
        *first = slot->index;
        return false;
    }
    *slot = (struct name_slot){.name = name, .index = index, .used = true};
    names->count++;
    return true;
}

void names_set(struct arena *arena, struct names *names, struct str name, void *value)
{
    make_room(arena, names);
    struct name_slot *slot = find(names, name);
    if (!slot->used)
        names->count++;
    *slot = (struct name_slot){.name = name, .value = value, .used = true};
}

void *names_get(const struct names *names, struct str name)
{
    if (names->room == 0)
        return NULL;
    const struct name_slot *slot = find(names, name);
    return slot->used ? slot->value : NULL;
}
