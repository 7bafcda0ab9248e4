#include "command/run_signals.h"

#include <signal.h>
#include <stddef.h>
#include <sys/select.h>
#include <time.h>

#include "base/banned.h"

static volatile sig_atomic_t received;

static void on_signal(int number)
{
    (void)number;
    if (received < 2)
        received++;
}

void signals_watch(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int signals_count(void)
{
    return received;
}

void signals_sleep(int64_t ms)
{
    /* Blocked while looking, let through by pselect only: none can slip in between. */
    sigset_t watched;
    sigset_t before;
    sigemptyset(&watched);
    sigaddset(&watched, SIGINT);
    sigaddset(&watched, SIGTERM);
    sigprocmask(SIG_BLOCK, &watched, &before);
    if (received == 0 && ms > 0) {
        struct timespec wait = {.tv_sec = (time_t)(ms / 1000),
                                .tv_nsec = (long)(ms % 1000) * 1000000};
        (void)pselect(0, NULL, NULL, NULL, &wait, &before);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
}
