#include "base/file.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

static bool write_all(int fd, struct str content)
{
    while (content.len > 0) {
        ssize_t count = write(fd, content.ptr, content.len);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        content = str_slice(content, (size_t)count, content.len);
    }
    return true;
}

enum error_code file_write(const char *path, struct str content, struct error *err)
{
    char fresh[PATH_MAX];
    int len = snprintf(fresh, sizeof(fresh), "%s.XXXXXX", path);
    if (len < 0 || (size_t)len >= sizeof(fresh))
        return error_set(err, E_IO, "cannot write '%s': its name is too long", path);
    int fd = mkostemp(fresh, O_CLOEXEC);
    if (fd < 0)
        return error_set(err, E_IO, "cannot write '%s': %s", path, strerror(errno));
    mode_t mask = umask(0);
    umask(mask);
    bool is_fine = write_all(fd, content) && fchmod(fd, 0666 & ~mask) == 0;
    is_fine = close(fd) == 0 && is_fine;
    if (is_fine && rename(fresh, path) == 0)
        return E_OK;
    enum error_code code = error_set(err, E_IO, "cannot write '%s': %s", path, strerror(errno));
    unlink(fresh);
    return code;
}
