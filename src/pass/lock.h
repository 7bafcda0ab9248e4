/* At most one pass acts on a cluster at a time on one machine: a lock for a definitions folder and
 * region. It is the kernel's (flock), so it ends with its process, however that ends. */
#ifndef PASS_LOCK_H
#define PASS_LOCK_H

#include "base/error.h"

struct lock {
    int fd; /* -1: not held */
};

#define LOCK_INIT ((struct lock){.fd = -1})

/* E_LOCKED with who holds it and since when; E_IO where no lock can be taken at all. */
NODISCARD enum error_code lock_take(struct lock *lock, const char *definitions, struct str region,
                                    struct error *err);
void lock_release(struct lock *lock);

#endif
