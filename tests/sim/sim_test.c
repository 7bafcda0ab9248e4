/* Deterministic simulation testing: random worlds, definitions, loads and faults, each from a seed;
 * after every pass the rules of docs/scaling.md, "Safety", are checked, after a long quiet time
 * that everything is where it belongs.
 *
 *   sim_test [--seeds FROM..TO] [--jobs N] [--for SECONDS] [--only K,K…] [--story] [--first]
 *
 * A failing seed is shrunk to the fewest disturbances that still fail, and the command that repeats
 * it is printed. Exit status 1 if one fails. */
#include "play.h"

#include "base/clock.h"
#include "shrink.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

struct task {
    uint64_t from;
    uint64_t to;
    uint64_t step;
    int64_t until_ms; /* 0: to the end */
    const char *only; /* NULL: all disturbances */
    bool story;
    bool first; /* end at the first failure, unshrunk */
};

struct sums {
    uint64_t cases;
    uint64_t passes;
    uint64_t actions;
    uint64_t drains;
    uint64_t terminations;
    uint64_t rests;
    uint64_t failures;
};

/* "3,7": of these only; "" or "none": of none. */
static void choose(const char *only, bool *active)
{
    for (size_t i = 0; i < CASE_DISTURBANCES_MAX; i++)
        active[i] = only == NULL;
    while (only != NULL && *only != '\0') {
        char *end = NULL;
        unsigned long index = strtoul(only, &end, 10);
        if (end == only)
            break;
        if (index < CASE_DISTURBANCES_MAX)
            active[index] = true;
        only = *end == ',' ? end + 1 : end;
    }
}

static void report(const struct sim_case *c, bool *active, const struct finding *finding)
{
    printf("seed %llu, pass %d: %s\n", (unsigned long long)c->seed, finding->pass,
           finding->message);
    struct finding least = *finding;
    shrink(c, active, &least);
    char list[4 * CASE_DISTURBANCES_MAX + 8] = "";
    size_t len = 0;
    for (size_t i = 0; i < c->disturbance_count; i++) {
        const struct disturbance *d = &c->disturbances[i];
        if (!active[i])
            continue;
        printf("  needs %zu: from pass %d, %d long, c%zu: %s\n", i, d->pass, d->passes, d->cluster,
               disturbance_text(d->kind));
        len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%zu", len > 0 ? "," : "", i);
    }
    if (len == 0)
        printf("  needs no disturbance at all\n");
    printf("  with these alone, pass %d: %s\n", least.pass, least.message);
    printf("  again: make sim-test SEEDS=%llu ONLY=%s STORY=1\n", (unsigned long long)c->seed,
           len > 0 ? list : "none");
}

static void play_seed(const struct task *task, uint64_t seed, struct sums *sums)
{
    struct sim_case c;
    bool active[CASE_DISTURBANCES_MAX];
    struct finding finding = {0};
    struct play_count count = {0};
    case_init(&c, seed);
    choose(task->only, active);
    const struct play_options options = {active, task->story ? stdout : NULL};
    play(&c, &options, &count, &finding);
    sums->cases++;
    sums->passes += (uint64_t)count.passes;
    sums->actions += (uint64_t)count.actions;
    sums->rests += (uint64_t)count.rests;
    sums->drains += (uint64_t)count.drains;
    sums->terminations += (uint64_t)count.terminations;
    if (finding.failed) {
        sums->failures++;
        if (task->first)
            printf("seed %llu, pass %d: %s\n", (unsigned long long)seed, finding.pass,
                   finding.message);
        else
            report(&c, active, &finding);
        fflush(stdout);
    }
    case_release(&c);
}

/* What one worker does; its sums go into the pipe. */
static void work(const struct task *task, int out)
{
    struct sums sums = {0};
    for (uint64_t seed = task->from; seed <= task->to; seed += task->step) {
        if ((task->until_ms > 0 && clock_steady_ms() >= task->until_ms) ||
            sums.failures >= (task->first ? 1 : 5))
            break;
        play_seed(task, seed, &sums);
    }
    if (write(out, &sums, sizeof(sums)) != (ssize_t)sizeof(sums))
        _exit(1);
    _exit(0);
}

static bool run_jobs(const struct task *task, int jobs, struct sums *total)
{
    int ends[2];
    bool is_fine = pipe(ends) == 0;
    fflush(stdout);
    for (int i = 0; i < jobs && is_fine; i++) {
        struct task part = *task;
        part.from += (uint64_t)i;
        part.step = (uint64_t)jobs;
        pid_t child = fork();
        if (child == 0)
            work(&part, ends[1]);
        is_fine = child > 0;
    }
    close(ends[1]);
    struct sums sums;
    int answered = 0;
    while (read(ends[0], &sums, sizeof(sums)) == (ssize_t)sizeof(sums)) {
        answered++;
        total->cases += sums.cases;
        total->passes += sums.passes;
        total->actions += sums.actions;
        total->rests += sums.rests;
        total->drains += sums.drains;
        total->terminations += sums.terminations;
        total->failures += sums.failures;
    }
    int status = 0;
    while (wait(&status) > 0)
        is_fine = is_fine && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return is_fine && answered == jobs; /* a worker that crashed told nothing */
}

static bool parse(int argc, char **argv, struct task *task, int *jobs)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        bool is_story = strcmp(argv[i], "--story") == 0;
        bool is_first = strcmp(argv[i], "--first") == 0;
        task->story = task->story || is_story;
        task->first = task->first || is_first;
        if (is_story || is_first)
            continue;
        if (strcmp(argv[i], "--seeds") == 0) {
            char *end = NULL;
            task->from = task->to = strtoull(value, &end, 10);
            if (strncmp(end, "..", 2) == 0)
                task->to = strtoull(end + 2, NULL, 10);
        } else if (strcmp(argv[i], "--jobs") == 0) {
            *jobs = (int)strtol(value, NULL, 10);
        } else if (strcmp(argv[i], "--for") == 0) {
            task->until_ms = clock_steady_ms() + strtol(value, NULL, 10) * 1000;
            task->to = UINT64_MAX - 1024;
        } else if (strcmp(argv[i], "--only") == 0) {
            task->only = value;
        } else {
            return false;
        }
        i++;
    }
    return *jobs > 0 && *jobs <= 256 && task->from <= task->to;
}

int main(int argc, char **argv)
{
    setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1); /* the simulated wire takes any */
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    setenv("AWS_CONFIG_FILE", "/dev/null", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
    struct task task = {.from = 1, .to = 2000, .step = 1};
    struct sums sums = {0};
    int jobs = (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (!parse(argc, argv, &task, &jobs)) {
        fprintf(stderr, "usage: sim_test [--seeds FROM..TO] [--jobs N] [--for SECONDS] "
                        "[--only K,K|none] [--story] [--first]\n");
        return 2;
    }
    if (task.from == task.to)
        jobs = 1;
    bool is_fine = run_jobs(&task, jobs, &sums);
    printf(
        "%llu seeds (%llu of them until all is at rest), %llu passes, %llu actions (%llu drains, "
        "%llu terminations): %llu failed\n",
        (unsigned long long)sums.cases, (unsigned long long)sums.rests,
        (unsigned long long)sums.passes, (unsigned long long)sums.actions,
        (unsigned long long)sums.drains, (unsigned long long)sums.terminations,
        (unsigned long long)sums.failures);
    if (!is_fine)
        printf("a worker crashed\n");
    return is_fine && sums.failures == 0 ? 0 : 1;
}
