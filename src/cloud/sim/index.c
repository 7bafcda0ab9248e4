#include "cloud/sim/index.h"

#include "cloud/sim/random.h"

#include "base/banned.h"

void sim_index_init(struct sim_index *index, struct arena *arena, size_t count)
{
    size_t size = 16;
    while (size < 2 * count)
        size *= 2;
    index->rows = ARENA_ARRAY(arena, struct sim_index_row, size);
    index->mask = size - 1;
}

void sim_index_add(struct sim_index *index, uint64_t hash, void *item)
{
    size_t at = hash & index->mask;
    while (index->rows[at].item != NULL)
        at = (at + 1) & index->mask;
    index->rows[at] = (struct sim_index_row){.hash = hash, .item = item};
}

void *sim_index_next(const struct sim_index *index, uint64_t hash, size_t *cursor)
{
    for (;;) {
        const struct sim_index_row *row = &index->rows[(hash + *cursor) & index->mask];
        if (row->item == NULL)
            return NULL;
        (*cursor)++;
        if (row->hash == hash)
            return row->item;
    }
}

uint64_t sim_index_hash(uint64_t so_far, struct str name)
{
    return sim_random_hash(so_far, str_hash(name));
}
