/* The file this program was started from: what belongs to it stands beside it. */
#ifndef BASE_EXECUTABLE_H
#define BASE_EXECUTABLE_H

#include "base/arena.h"

/* Its path, links resolved; where there is no /proc, as it was started. Never fails on Linux, but
 * may be empty. NUL-terminated, in `arena`. */
struct str executable_path(struct arena *arena);

/* "/var/task" of "/var/task/bootstrap"; "." where the path has no folder. NUL-terminated. */
struct str executable_folder(struct arena *arena);

#endif
