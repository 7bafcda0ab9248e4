#include "lambda/runtime_invoke.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "lambda/event.h"
#include "lambda/metrics.h"
#include "lambda/summary.h"
#include "pass/pass_log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

/* A deadline that is over when the invocation comes is one that a moved clock makes so: Lambda
 * would not have begun it. Its shortest usual time-out is taken. */
enum { FALLBACK_MS = 3000 };

enum { METRICS_LINE_BYTES = 64 * 1024 };

/* The variable is one buffer that is written to again and again: setenv() would keep every trace id
 * for the life of the process, and might move the environment under a resolver's thread. */
static char trace_variable[1200] = "_X_AMZN_TRACE_ID=";
static const size_t trace_prefix = sizeof("_X_AMZN_TRACE_ID=") - 1;

void runtime_trace_init(void)
{
    (void)putenv(trace_variable);
}

static void trace(struct runtime *runtime, struct str id)
{
    snprintf(trace_variable + trace_prefix, sizeof(trace_variable) - trace_prefix, "%.*s",
             STR_ARG(id));
    aws_client_trace(runtime->account.client, id);
}

void answer_release(struct answer *answer)
{
    buf_release(&answer->text);
}

static void answer_failure(struct answer *answer, const char *type, const char *message)
{
    buf_clear(&answer->text);
    buf_addf(&answer->text, "%s", message);
    answer->failure = type;
    log_line(LOG_ERROR, STR_NONE, "%s", message);
}

/* --- what the event asks for --- */

struct selection {
    struct arena arena;
    struct event event;
    const struct loaded_file **files;
    size_t file_count;
    const struct definition **definitions; /* of those that have one */
    size_t definition_count;
    struct str *unknown; /* patterns that no file's cluster matches */
    size_t unknown_count;
};

static void select_files(const struct loaded *loaded, struct selection *selection)
{
    struct arena *arena = &selection->arena;
    size_t count = loaded->files.count;
    selection->files = ARENA_ARRAY(arena, const struct loaded_file *, count);
    selection->definitions = ARENA_ARRAY(arena, const struct definition *, count);
    for (size_t i = 0; i < count; i++) {
        const struct loaded_file *file = &loaded->files.items[i];
        if (!event_asks_for(&selection->event, file->cluster))
            continue;
        selection->files[selection->file_count++] = file;
        if (file->definition != NULL)
            selection->definitions[selection->definition_count++] = file->definition;
    }
}

static void find_unknown(const struct loaded *loaded, struct selection *selection)
{
    const struct event *event = &selection->event;
    selection->unknown = ARENA_ARRAY(&selection->arena, struct str, event->pattern_count);
    for (size_t i = 0; i < event->pattern_count; i++) {
        bool is_known = false;
        for (size_t j = 0; j < loaded->files.count && !is_known; j++)
            is_known = str_matches(loaded->files.items[j].cluster, event->patterns[i]);
        if (!is_known)
            selection->unknown[selection->unknown_count++] = event->patterns[i];
    }
}

static void answer_unknown(const struct loaded *loaded, struct answer *answer)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(LIMIT_LAMBDA_ERROR_BYTES);
    buf_add(&text, STR("no cluster has a name that the event asks for; there are: "));
    for (size_t i = 0; i < loaded->files.count; i++)
        buf_addf(&text, "%s%.*s", i == 0 ? "" : ", ", STR_ARG(loaded->files.items[i].cluster));
    answer_failure(answer, "Function.UnknownCluster", buf_cstr(&text));
}

/* --- what is said about the pass --- */

static void log_clusters(const struct selection *selection, const struct pass *pass)
{
    struct arena scratch CLEANUP(arena_release) = ARENA_INIT;
    for (size_t i = 0; i < selection->unknown_count; i++)
        log_line(LOG_ERROR, STR_NONE, "no cluster is called '%.*s'",
                 STR_ARG(selection->unknown[i]));
    for (size_t i = 0; i < selection->file_count; i++) {
        const struct loaded_file *file = selection->files[i];
        if (file->definition == NULL)
            log_line(LOG_ERROR, file->cluster, "left out: %zu error%s in %.*s", file->error_count,
                     file->error_count == 1 ? "" : "s", STR_ARG(file->file));
    }
    for (size_t i = 0; i < pass->cluster_count; i++) {
        const struct pass_cluster *cluster = &pass->clusters[i];
        if (cluster->plan.has_failures ||
            !cluster->is_finished) /* failed actions are there already */
            log_line(LOG_ERROR, cluster->definition->cluster, "failed: %.*s",
                     STR_ARG(summary_trouble(cluster, &scratch)));
    }
}

/* In one write a document: lines of other processes must not get between. */
static void write_metrics(const struct metrics *metrics, const struct metrics_subject *subject)
{
    struct buf line CLEANUP(buf_release) = BUF_INIT(METRICS_LINE_BYTES);
    metrics_write(metrics, subject, &line);
    struct str rest = buf_str(&line);
    while (rest.len > 0 && !line.overflowed) {
        ssize_t count = write(STDOUT_FILENO, rest.ptr, rest.len);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            log_line(LOG_WARNING, STR_NONE, "cannot write metrics: %s", strerror(errno));
            return;
        }
        rest = str_slice(rest, (size_t)count, rest.len);
    }
}

static void write_all_metrics(const struct selection *selection, const struct pass *pass,
                              struct str request_id)
{
    struct metrics_subject subject = {.request_id = request_id, .wall_ms = pass->now_ms};
    struct metrics all = metrics_of_pass(pass);
    size_t next = 0;
    for (size_t i = 0; i < selection->file_count; i++) {
        const struct loaded_file *file = selection->files[i];
        struct metrics one = {.clusters_failed = 1}; /* a broken definition */
        if (file->definition != NULL)
            one = metrics_of_cluster(pass, &pass->clusters[next++]);
        else
            all.clusters_failed++;
        subject.cluster = file->cluster;
        write_metrics(&one, &subject);
    }
    subject.cluster = STR_NONE;
    write_metrics(&all, &subject);
}

/* --- the pass --- */

static int64_t left_of(const struct invocation *invocation)
{
    int64_t left_ms = invocation->deadline_ms - clock_wall_ms();
    if (invocation->has_deadline && left_ms > 0)
        return left_ms;
    log_line(LOG_WARNING, STR_NONE,
             "the invocation's deadline is %s: the clock moved, or Lambda did not say it; the pass "
             "gets %d ms",
             invocation->has_deadline ? "over already" : "missing", FALLBACK_MS);
    return FALLBACK_MS;
}

static void answer_pass(const struct runtime *runtime, const struct selection *selection,
                        const struct pass *pass, struct answer *answer)
{
    struct buf why CLEANUP(buf_release) = BUF_INIT(LIMIT_LAMBDA_ERROR_BYTES);
    const struct summary summary = {
        .dry_run = selection->event.dry_run,
        .pass = pass,
        .loaded = &runtime->loaded,
        .files = selection->files,
        .file_count = selection->file_count,
        .unknown = selection->unknown,
        .unknown_count = selection->unknown_count,
    };
    buf_add(&why, STR("nothing could be done: "));
    if (summary_is_nothing(&summary, &why))
        answer_failure(answer, "Function.NothingDone", buf_cstr(&why));
    else
        summary_write(&summary, &answer->text);
}

static void run_pass(struct runtime *runtime, const struct invocation *invocation,
                     const struct selection *selection, struct answer *answer)
{
    struct cloud *cloud = runtime->account.cloud;
    struct time_budget budget = margin_budget(&runtime->margin, left_of(invocation));
    bool dry_run = selection->event.dry_run;
    const struct pass_options options = {
        .cloud = cloud,
        .definitions = selection->definitions,
        .definition_count = selection->definition_count,
        .default_region = runtime->account.region,
        .apply = !dry_run,
        .deadline_ms = cloud_now_ms(cloud) + budget.pass_ms,
        .apply_margin_ms = budget.margin_ms,
    };
    log_line(LOG_DEBUG, STR_NONE, "%s: a pass of %lld ms, nothing new is applied in the last %lld",
             selection->event.source, (long long)budget.pass_ms, (long long)budget.margin_ms);
    struct pass pass;
    pass_run(&options, &pass);
    answer->passed_ms = clock_steady_ms();
    margin_learn_calls(&runtime->margin, &pass.log);
    pass_log(&pass);
    log_clusters(selection, &pass);
    if (runtime->settings.has_metrics && !dry_run)
        write_all_metrics(selection, &pass, invocation->id);
    answer_pass(runtime, selection, &pass, answer);
    pass_log_summary(&pass, dry_run);
    pass_release(&pass);
}

void runtime_invoke(struct runtime *runtime, const struct invocation *invocation,
                    struct answer *answer)
{
    struct selection selection = {.arena = ARENA_INIT};
    struct error err = ERROR_INIT;
    *answer = (struct answer){.text = BUF_INIT(LIMIT_LAMBDA_ANSWER_BYTES)};
    trace(runtime, invocation->trace_id);
    if (event_parse(&selection.arena, invocation->event, &selection.event, &err) != E_OK) {
        answer_failure(answer, "Function.UnknownEvent", err.message);
    } else {
        select_files(&runtime->loaded, &selection);
        find_unknown(&runtime->loaded, &selection);
        if (selection.file_count == 0)
            answer_unknown(&runtime->loaded, answer);
        else
            run_pass(runtime, invocation, &selection, answer);
    }
    trace(runtime, STR_NONE);
    arena_release(&selection.arena);
}
