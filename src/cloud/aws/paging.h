/* Keeps a list from going on for ever: the number of pages, and continuation tokens that come back
 * or are too long. An empty page with a token is no end. */
#ifndef CLOUD_AWS_PAGING_H
#define CLOUD_AWS_PAGING_H

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"

struct paging {
    struct str token; /* of the page to ask for; empty: the first one */
    VEC(uint64_t) seen;
};

/* Takes the token of a page that was read (not empty). E_PROTOCOL, E_LIMIT: the list is given up;
 * `list` names it in the message ("nextToken"). */
NODISCARD enum error_code paging_next(struct paging *paging, struct arena *arena, struct str token,
                                      const char *list, struct error *err);

#endif
