#include "cloud/aws/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

enum { ERRORS_MAX = 4096 };

extern char **environ;

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Reads one word from *at on into `word`; false for an open quote or a \ at the end. */
static bool read_word(struct str line, size_t *at, char *word)
{
    size_t len = 0;
    char quote = '\0';
    size_t i = *at;
    for (; i < line.len && (quote != '\0' || !is_space(line.ptr[i])); i++) {
        char c = line.ptr[i];
        char next = i + 1 < line.len ? line.ptr[i + 1] : '\0';
        if (quote != '\0' && c == quote) {
            quote = '\0';
        } else if (quote == '\0' && (c == '\'' || c == '"')) {
            quote = c;
        } else if (c == '\\' &&
                   (quote == '\0' || (quote == '"' && (next == '"' || next == '\\')))) {
            if (i + 1 == line.len)
                return false;
            word[len++] = next;
            i++;
        } else {
            word[len++] = c;
        }
    }
    word[len] = '\0';
    *at = i;
    return quote == '\0';
}

enum error_code process_split(struct arena *arena, struct str line, char ***argv, struct error *err)
{
    char **words = ARENA_ARRAY(arena, char *, line.len / 2 + 2);
    size_t count = 0;
    size_t at = 0;
    char *room = arena_alloc(arena, 2 * line.len + 2, 1); /* each word is followed by a NUL */
    for (;;) {
        while (at < line.len && is_space(line.ptr[at]))
            at++;
        if (at >= line.len)
            break;
        words[count++] = room;
        if (!read_word(line, &at, room))
            return error_set(err, E_SYNTAX, "an open quote, or a \\ at the end");
        room += strlen(room) + 1;
    }
    if (count == 0 || words[0][0] == '\0')
        return error_set(err, E_SYNTAX, "no program is named");
    *argv = words;
    return E_OK;
}

static void close_pair(const int pair[2])
{
    for (int i = 0; i < 2; i++) {
        if (pair[i] >= 0)
            close(pair[i]);
    }
}

/* The child's own pipe ends lose their close-on-exec by being duplicated. */
static int spawn(pid_t *pid, char *const argv[], int out_fd, int errors_fd)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigset_t defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGINT);
    sigaddset(&defaults, SIGTERM);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, errors_fd, STDERR_FILENO);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    int failed = posix_spawnp(pid, argv[0], &actions, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failed;
}

static void set_nonblocking(int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

enum error_code process_start(struct process *process, char *const argv[], size_t output_max,
                              struct error *err)
{
    int out[2] = {-1, -1};
    int errors[2] = {-1, -1};
    pid_t pid = 0;
    int failed = 0;
    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(errors, O_CLOEXEC) != 0)
        failed = errno;
    else
        failed = spawn(&pid, argv, out[1], errors[1]);
    if (failed != 0) {
        close_pair(out);
        close_pair(errors);
        return error_set(err, E_IO, "cannot start '%s': %s", argv[0], strerror(failed));
    }
    close(out[1]);
    close(errors[1]);
    set_nonblocking(out[0]);
    set_nonblocking(errors[0]);
    *process = (struct process){.pid = pid,
                                .stdout_fd = out[0],
                                .stderr_fd = errors[0],
                                .output = BUF_INIT(output_max),
                                .errors = BUF_INIT(ERRORS_MAX)};
    return E_OK;
}

/* A child that goes on printing is read in turns, so that it cannot keep the caller here. */
static void drain(int fd, struct buf *out)
{
    enum { TURNS = 64 };
    char chunk[4096];
    for (int i = 0; i < TURNS; i++) {
        ssize_t count = read(fd, chunk, sizeof(chunk));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        size_t room = out->max - out->len;
        struct str part = {.ptr = chunk, .len = (size_t)count};
        if (!buf_add(out, part))
            buf_add(out, str_slice(part, 0, room));
    }
    explicit_bzero(chunk, sizeof(chunk));
}

bool process_poll(struct process *process)
{
    if (process->pid == 0)
        return true;
    pid_t ended = waitpid(process->pid, &process->status, WNOHANG);
    bool has_ended = ended == process->pid || (ended < 0 && errno != EINTR);
    drain(process->stdout_fd, &process->output);
    drain(process->stderr_fd, &process->errors);
    if (has_ended)
        process->pid = 0;
    return has_ended;
}

void process_release(struct process *process)
{
    if (process->pid > 0) {
        kill(-process->pid, SIGKILL);
        while (waitpid(process->pid, &process->status, 0) < 0 && errno == EINTR)
            continue;
    }
    close(process->stdout_fd);
    close(process->stderr_fd);
    buf_release_secret(&process->output);
    buf_release_secret(&process->errors);
    *process = (struct process){.pid = 0, .stdout_fd = -1, .stderr_fd = -1};
}
