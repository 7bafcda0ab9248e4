/* The only door to malloc. Out of memory ends the process with one line: a pass can be restarted,
 * half a pass cannot be trusted. Sizes are checked for overflow. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include "base/attributes.h"

#include <stddef.h>

void *memory_new(size_t count, size_t size);                 /* zeroed */
void *memory_resize(void *block, size_t count, size_t size); /* new part not zeroed */
void memory_free(void *block);

/* Overwrites `size` bytes so that the compiler cannot drop it: for secrets. */
void memory_wipe(void *block, size_t size);

NORETURN void memory_out(void);

#endif
