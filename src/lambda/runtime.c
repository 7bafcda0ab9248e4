/* Invariants: one invocation at a time, and between two of them nothing is outstanding on the
 * transport, so that the process can be frozen while it waits for the next one. */
#include "lambda/runtime.h"

#include "base/clock.h"
#include "base/limits.h"
#include "lambda/runtime_invoke.h"
#include "pass/pass_log.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

bool runtime_is_wanted(int argc)
{
    const char *api = getenv("AWS_LAMBDA_RUNTIME_API");
    return argc < 2 && api != NULL && api[0] != '\0';
}

static void log_start(const struct runtime_settings *settings)
{
    const struct log_options options = {
        .level = settings->log_level,
        .format = settings->log_format,
        .fd = STDERR_FILENO,
    };
    log_setup(&options);
    if (settings->level_problem.len > 0)
        log_line(LOG_WARNING, STR_NONE, "%.*s is none of debug, info, warning, error",
                 STR_ARG(settings->level_problem));
}

/* Why nothing can run: type and message for Lambda. */
struct obstacle {
    const char *type;
    struct buf message;
};

static bool obstruct(struct obstacle *obstacle, const char *type, const struct error *err)
{
    obstacle->type = type;
    buf_addf(&obstacle->message, "%s%s%s", err->where, err->where[0] != '\0' ? ": " : "",
             err->message);
    return false;
}

static struct str cluster_of(const struct loaded *loaded, struct str file)
{
    for (size_t i = 0; i < loaded->files.count; i++) {
        if (str_eq(loaded->files.items[i].file, file))
            return loaded->files.items[i].cluster;
    }
    return STR_NONE;
}

/* Findings are in the log, each; the errors among them in the message where nothing can run. */
static bool judge_definitions(const struct loaded *loaded, struct obstacle *obstacle)
{
    struct arena scratch CLEANUP(arena_release) = ARENA_INIT;
    size_t usable = 0;
    for (size_t i = 0; i < loaded->files.count; i++)
        usable += loaded->files.items[i].definition != NULL;
    for (size_t i = 0; i < loaded->diagnostics.count; i++) {
        const struct diagnostic *finding = &loaded->diagnostics.items[i];
        pass_log_finding(cluster_of(loaded, finding->file), finding);
        if (usable > 0 || finding->severity != SEVERITY_ERROR)
            continue;
        buf_addf(&obstacle->message, "%s%.*s", obstacle->message.len > 0 ? "; " : "",
                 STR_ARG(finding_text(&scratch, finding)));
    }
    if (usable > 0)
        return true;
    obstacle->type = "Runtime.BrokenDefinitions";
    return false;
}

static bool start(struct runtime *runtime, struct obstacle *obstacle)
{
    struct error err = ERROR_INIT;
    const struct runtime_settings *settings = &runtime->settings;
    const struct account_options options = {0};
    if (account_open(&runtime->account, &options, &err) != E_OK)
        return obstruct(obstacle, "Runtime.BrokenConfiguration", &err);
    if (chdir(settings->root.len > 0 ? settings->root.ptr : ".") != 0) {
        error_set(&err, E_IO, "cannot enter the folder '%.*s': %s", STR_ARG(settings->root),
                  strerror(errno));
        return obstruct(obstacle, "Runtime.NoDefinitions", &err);
    }
    if (definitions_load(&runtime->arena, "clusters", NULL, &runtime->loaded, &err) != E_OK) {
        error_prefix(&err, "in '%.*s': ", STR_ARG(settings->root));
        return obstruct(obstacle, "Runtime.NoDefinitions", &err);
    }
    return judge_definitions(&runtime->loaded, obstacle);
}

static void fail_init(struct runtime *runtime, const struct obstacle *obstacle)
{
    struct error err = ERROR_INIT;
    const struct runtime_failure failure = {.type = obstacle->type,
                                            .message = buf_str(&obstacle->message)};
    log_line(LOG_ERROR, STR_NONE, "cannot start: %s", buf_cstr(&obstacle->message));
    if (runtime->account.transport != NULL &&
        runtime_api_fail_init(&runtime->api, &failure, &err) != E_OK)
        log_error(LOG_ERROR, STR_NONE, &err);
}

/* E_CLIENT: Lambda wants neither the response nor an error in its place (it was too late). */
static enum error_code send_answer(const struct runtime *runtime, struct str id,
                                   const struct answer *answer, struct error *err)
{
    struct runtime_failure failure = {.type = answer->failure, .message = buf_str(&answer->text)};
    if (answer->failure == NULL) {
        enum error_code code = runtime_api_respond(&runtime->api, id, buf_str(&answer->text), err);
        if (code != E_CLIENT)
            return code;
        log_error(LOG_ERROR, STR_NONE, err);
        failure.type = "Function.AnswerRefused";
        failure.message = str_from(err->message);
    }
    return runtime_api_fail(&runtime->api, id, &failure, err);
}

/* False: there is no going on. */
static bool serve_one(struct runtime *runtime)
{
    struct error err = ERROR_INIT;
    struct invocation invocation CLEANUP(invocation_release) = {.arena = ARENA_INIT};
    if (runtime_api_next(&runtime->api, &invocation, &err) != E_OK) {
        log_error(LOG_ERROR, STR_NONE, &err);
        return false;
    }
    log_request(invocation.id);
    struct answer answer CLEANUP(answer_release) = {0};
    runtime_invoke(runtime, &invocation, &answer);
    enum error_code code = send_answer(runtime, invocation.id, &answer, &err);
    if (answer.passed_ms > 0 && code == E_OK)
        margin_learn_answer(&runtime->margin, clock_steady_ms() - answer.passed_ms);
    if (code != E_OK)
        log_error(LOG_ERROR, STR_NONE, &err);
    log_request(STR_NONE);
    return code == E_OK || code == E_CLIENT;
}

int runtime_main(void)
{
    int64_t started_ms = clock_steady_ms();
    struct runtime runtime = {.arena = ARENA_INIT, .margin = MARGIN_INIT};
    struct obstacle obstacle = {.message = BUF_INIT(LIMIT_LAMBDA_ERROR_BYTES)};
    signal(SIGPIPE, SIG_IGN);
    runtime_trace_init();
    runtime_settings_read(&runtime.arena, &runtime.settings);
    log_start(&runtime.settings);
    bool is_ready = start(&runtime, &obstacle);
    runtime.api = (struct runtime_api){.transport = runtime.account.transport,
                                       .address = runtime.settings.api};
    if (is_ready) {
        log_line(LOG_INFO, STR_NONE, "ready: %zu definition%s, %lld ms", runtime.loaded.files.count,
                 runtime.loaded.files.count == 1 ? "" : "s",
                 (long long)(clock_steady_ms() - started_ms));
        while (serve_one(&runtime))
            continue;
    } else {
        fail_init(&runtime, &obstacle);
    }
    buf_release(&obstacle.message);
    account_release(&runtime.account);
    arena_release(&runtime.arena);
    return 1;
}
