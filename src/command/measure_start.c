#include "command/measure_start.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

enum { RUNS = 9, FIRST_BYTES = 256 };

static int spawn(pid_t *pid, const char *program, int out_fd)
{
    char *const argv[] = {(char *)(uintptr_t)program, (char *)(uintptr_t) "--version", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    int failed = posix_spawn(pid, program, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* Reads to the end; the first bytes are kept. */
static size_t read_first(int fd, char first[static FIRST_BYTES])
{
    size_t len = 0;
    for (;;) {
        char rest[FIRST_BYTES];
        bool is_full = len == FIRST_BYTES;
        ssize_t count = read(fd, is_full ? rest : first + len, FIRST_BYTES - (is_full ? 0 : len));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return len;
        len += is_full ? 0 : (size_t)count;
    }
}

static enum error_code run_once(const char *program, struct str expected, int64_t *us,
                                struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set(err, E_IO, "cannot make a pipe: %s", strerror(errno));
    int64_t start_us = clock_steady_us();
    pid_t pid = 0;
    int failed = spawn(&pid, program, ends[1]);
    close(ends[1]);
    if (failed != 0) {
        close(ends[0]);
        return error_set(err, E_IO, "cannot run '%s': %s", program, strerror(failed));
    }
    char first[FIRST_BYTES];
    struct str printed = {.ptr = first, .len = read_first(ends[0], first)};
    close(ends[0]);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    *us = clock_steady_us() - start_us;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return error_set(err, E_IO, "'%s --version' failed", program);
    if (!str_starts(printed, expected))
        return error_set(err, E_PROTOCOL, "'%s' is not '%.*s', by its --version", program,
                         STR_ARG(expected));
    return E_OK;
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

enum error_code measure_start(const char *program, struct str expected, int64_t *median,
                              struct error *err)
{
    int64_t us[RUNS];
    for (size_t i = 0; i < RUNS; i++) {
        enum error_code code = run_once(program, expected, &us[i], err);
        if (code != E_OK)
            return code;
    }
    qsort(us, RUNS, sizeof(us[0]), compare);
    *median = us[RUNS / 2];
    return E_OK;
}
