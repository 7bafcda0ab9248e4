/* Runs a command so many times and tells how long each run took from start to exit, and its peak
 * resident memory:
 *
 *   bench_process NAME RUNS EXIT_STATUS COMMAND [ARGUMENT...]
 *
 * What the command prints goes nowhere; another exit status than the expected one ends it all with
 * status 1. A program of its own because Linux counts into a process' peak what its parent held
 * when it was forked: starting it from an interpreter would measure the interpreter. */
#include "bench.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

enum { MOST_RUNS = 1000 };

struct run {
    double wall_ms;
    double peak_mib;
    int status;
};

static void become(char **command)
{
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere < 0 || dup2(nowhere, STDIN_FILENO) < 0 || dup2(nowhere, STDOUT_FILENO) < 0 ||
        dup2(nowhere, STDERR_FILENO) < 0)
        _exit(126);
    execvp(command[0], command);
    _exit(127);
}

static struct run run_once(char **command)
{
    int64_t start_us = clock_steady_us();
    pid_t child = fork();
    if (child == 0)
        become(command);
    int status = 0;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        perror("bench_process");
        exit(1);
    }
    return (struct run){
        .wall_ms = (double)(clock_steady_us() - start_us) / 1000.0,
        .peak_mib = (double)usage.ru_maxrss / 1024.0, /* Linux counts in KiB */
        .status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
    };
}

int main(int argc, char **argv)
{
    long runs = argc > 4 ? strtol(argv[2], NULL, 10) : 0;
    if (runs < 1 || runs > MOST_RUNS) {
        fprintf(stderr, "usage: bench_process NAME RUNS EXIT_STATUS COMMAND [ARGUMENT...]\n");
        return 2;
    }
    long expected = strtol(argv[3], NULL, 10);
    static double wall_ms[MOST_RUNS];
    static double peak_mib[MOST_RUNS];
    for (long i = 0; i < runs; i++) {
        struct run run = run_once(&argv[4]);
        if (run.status != expected) {
            fprintf(stderr, "bench_process: %s: exit status %d, expected %ld\n", argv[1],
                    run.status, expected);
            return 1;
        }
        wall_ms[i] = run.wall_ms;
        peak_mib[i] = run.peak_mib;
    }
    char name[200];
    snprintf(name, sizeof(name), "%s: start to exit", argv[1]);
    bench_report(name, "ms", wall_ms, (size_t)runs);
    snprintf(name, sizeof(name), "%s: peak memory", argv[1]);
    bench_report(name, "MiB", peak_mib, (size_t)runs);
    return 0;
}
