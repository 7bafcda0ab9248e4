/* Finds things of a world by name: open addressing over hashes, made once. The caller compares:
 * what is found has the hash, perhaps not the name. Not thread safe. */
#ifndef CLOUD_SIM_INDEX_H
#define CLOUD_SIM_INDEX_H

#include "base/arena.h"

#include <stdint.h>

struct sim_index_row {
    uint64_t hash;
    void *item; /* NULL: free */
};

/* At most half full. */
struct sim_index {
    struct sim_index_row *rows;
    size_t mask;
};

/* Room for `count` items; lives in `arena`. */
void sim_index_init(struct sim_index *index, struct arena *arena, size_t count);
void sim_index_add(struct sim_index *index, uint64_t hash, void *item);
/* The next item of that hash, in the order of adding; NULL: no more. *cursor begins with 0. */
void *sim_index_next(const struct sim_index *index, uint64_t hash, size_t *cursor);

/* Hashes of things that have several names: begin with `kind`, add what is in them. */
uint64_t sim_index_hash(uint64_t so_far, struct str name);

#endif
