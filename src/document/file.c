#include "document/diagnostic.h"

#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

static void close_file(int *file)
{
    if (*file >= 0)
        close(*file);
}

const char *document_read(struct arena *arena, const char *path, struct buf *out)
{
    int file CLEANUP(close_file) = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return arena_printf(arena, "cannot be opened: %s", strerror(errno)).ptr;
    struct stat status;
    if (fstat(file, &status) != 0)
        return arena_printf(arena, "cannot be read: %s", strerror(errno)).ptr;
    if (!S_ISREG(status.st_mode))
        return "is not a regular file";
    char chunk[16 * 1024];
    for (;;) {
        ssize_t count = read(file, chunk, sizeof(chunk));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return arena_printf(arena, "cannot be read: %s", strerror(errno)).ptr;
        if (count == 0)
            return NULL;
        if (!buf_add(out, (struct str){.ptr = chunk, .len = (size_t)count}))
            return arena_printf(arena, "is larger than %d KiB", LIMIT_DEFINITION_BYTES / 1024).ptr;
    }
}
