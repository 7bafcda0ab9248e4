#include "command/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

/* The first thing that went wrong; 0: nothing so far. stdio forgets it: a flush that failed
 * leaves nothing for the next one to fail on. */
static int problem;

/* The largest text that is printed piece by piece (the man page, completions) fits, so that it is
 * written by the flush at the end, where nothing is lost unnoticed. */
static char buffer[64 * 1024];

static void remember(bool is_fine)
{
    if (!is_fine && problem == 0)
        problem = errno != 0 ? errno : EIO;
}

void output_init(void)
{
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", O_RDWR); /* takes the lowest free number: this one */
    }
}

void output_write(const struct buf *text)
{
    errno = 0;
    remember(fwrite(buf_cstr(text), 1, text->len, stdout) == text->len);
}

void output_flush(void)
{
    errno = 0;
    remember(fflush(stdout) == 0);
}

bool output_is_broken(void)
{
    return problem != 0;
}

int output_end(int status)
{
    output_flush();
    if (problem == 0 || problem == EPIPE)
        return status;
    fprintf(stderr, "ecs-autoscale: cannot write the output: %s\n", strerror(problem));
    return status != 0 ? status : 1;
}
