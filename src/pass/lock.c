/* The lock file lies in /tmp under a name made of the folder's real path and the region; it is
 * never removed (removing would let two processes hold two files of one name). It is open to every
 * user of the machine, because two users' passes must keep apart as well. */
#include "pass/lock.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

enum { HOLDER_BYTES = 256, PATH_BYTES = 64 };

static void lock_path(const char *definitions, struct str region, char path[static PATH_BYTES])
{
    char resolved[PATH_MAX];
    struct buf key CLEANUP(buf_release) = BUF_INIT(PATH_MAX + 256);
    buf_addf(&key, "%s\n%.*s", realpath(definitions, resolved) != NULL ? resolved : definitions,
             STR_ARG(region));
    snprintf(path, PATH_BYTES, "/tmp/ecs-autoscale-%016llx.lock",
             (unsigned long long)str_hash(buf_str(&key)));
}

/* An existing file first: creating is refused for another user's file in a sticky folder. */
static int lock_open(const char *path)
{
    int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK; /* a FIFO put there must not stop us */
    int fd = open(path, O_RDWR | flags);
    if (fd < 0 && errno == EACCES)
        fd = open(path, O_RDONLY | flags);
    if (fd < 0 && errno == ENOENT)
        fd = open(path, O_RDWR | O_CREAT | flags, 0644);
    return fd;
}

static void write_holder(int fd)
{
    char stamp[CLOCK_TEXT_SIZE];
    char text[HOLDER_BYTES];
    clock_format(clock_wall_ms(), false, stamp);
    int len = snprintf(text, sizeof(text), "process %ld of user %ld, since %s\n", (long)getpid(),
                       (long)getuid(), stamp);
    /* Who holds it is said for people only: a file that cannot be written still locks. */
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)len, 0) != len)
        return;
}

/* The holder's line, made harmless: any user may have written it. */
static void read_holder(int fd, char text[static HOLDER_BYTES])
{
    ssize_t len = pread(fd, text, HOLDER_BYTES - 1, 0);
    size_t used = 0;
    for (ssize_t i = 0; i < len && text[i] != '\n'; i++)
        text[used++] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    text[used] = '\0';
}

enum error_code lock_take(struct lock *lock, const char *definitions, struct str region,
                          struct error *err)
{
    char path[PATH_BYTES];
    lock_path(definitions, region, path);
    int fd = lock_open(path);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        int problem = fd < 0 ? errno : EINVAL;
        if (fd >= 0)
            close(fd);
        return error_set(err, E_IO, "cannot open the lock file '%s': %s", path, strerror(problem));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        char holder[HOLDER_BYTES];
        read_holder(fd, holder);
        close(fd);
        return error_set(err, E_LOCKED,
                         "another pass over '%s' is running: %s (lock file '%s'); wait for it, or "
                         "stop it",
                         definitions, holder[0] != '\0' ? holder : "an unknown process", path);
    }
    write_holder(fd);
    lock->fd = fd;
    return E_OK;
}

void lock_release(struct lock *lock)
{
    if (lock->fd >= 0)
        close(lock->fd);
    *lock = LOCK_INIT;
}
