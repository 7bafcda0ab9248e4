#include "base/file.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

static enum error_code read_all(int fd, const char *path, struct buf *out, struct error *err)
{
    char chunk[8192];
    enum error_code code = E_OK;
    for (;;) {
        ssize_t count = read(fd, chunk, sizeof(chunk));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            code = error_set(err, E_IO, "cannot read '%s': %s", path, strerror(errno));
        if (count <= 0)
            break;
        if (!buf_add(out, (struct str){.ptr = chunk, .len = (size_t)count})) {
            code = error_set(err, E_LIMIT, "'%s' is larger than %zu bytes", path, out->max);
            break;
        }
    }
    memory_wipe(chunk, sizeof(chunk)); /* the file may have held secrets */
    return code;
}

enum error_code file_read(const char *path, struct buf *out, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, errno == ENOENT || errno == ENOTDIR ? E_MISSING : E_IO,
                         "cannot open '%s': %s", path, strerror(errno));
    enum error_code code = read_all(fd, path, out, err);
    close(fd);
    return code;
}
