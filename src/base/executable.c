#include "base/executable.h"

#include <limits.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/banned.h"

struct str executable_path(struct arena *arena)
{
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path));
    if (len > 0 && (size_t)len < sizeof(path))
        return arena_str(arena, (struct str){.ptr = path, .len = (size_t)len});
    /* The kernel's own note of it: in a root that holds nothing but this program. */
    const char *started = (const char *)getauxval(AT_EXECFN);
    return arena_str(arena, str_from(started));
}

struct str executable_folder(struct arena *arena)
{
    struct str path = executable_path(arena);
    size_t slash = str_find_last(path, '/');
    if (slash == path.len)
        return STR(".");
    return arena_str(arena, str_slice(path, 0, slash > 0 ? slash : 1));
}
