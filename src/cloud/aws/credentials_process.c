/* credential_process: a program of the user's that prints credentials as JSON. It is started
 * without a shell, looked after from the loop with a timer, and killed where it takes too long. */
#include "cloud/aws/credentials_source.h"

#include "base/clock.h"
#include "base/limits.h"
#include "cloud/aws/process.h"

#include <poll.h>
#include <sys/wait.h>

#include "base/banned.h"

enum {
    TIMEOUT_MS = 30 * 1000,
    LOOK_EVERY_MS = 10,
    NOT_SHOWN_RUN = 16, /* letters and digits in a row that may be a secret */
    SHOWN_MAX = 160,
};

struct process_run {
    const struct source_query *query;
    struct process process;
    const char *program;
    int64_t started_ms; /* the real clock, whatever the loop's: the child lives by it */
    int64_t look_at_ms; /* the loop's */
};

/* A long run of letters with a digit among them looks like a key or token. */
static bool may_hold_secret(struct str line)
{
    size_t run = 0;
    bool has_digit = false;
    for (size_t i = 0; i < line.len; i++) {
        char c = line.ptr[i];
        bool is_digit = c >= '0' && c <= '9';
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_digit && !is_letter && c != '+' && c != '/' && c != '=') {
            run = 0;
            has_digit = false;
            continue;
        }
        run++;
        has_digit = has_digit || is_digit;
        if (has_digit && run >= NOT_SHOWN_RUN)
            return true;
    }
    return false;
}

static void fail(const struct process_run *run, const char *why)
{
    struct str text = str_trim(buf_str(&run->process.errors));
    struct str line = str_trim(str_slice(text, 0, str_find(text, '\n')));
    if (may_hold_secret(line))
        line = STR("what it says is not shown, as it may hold a secret");
    source_fail(run->query, "credential_process '%s' of profile '%.*s' %s%s%.*s", run->program,
                STR_ARG(run->query->profile), why, line.len > 0 ? ": " : "",
                (int)(line.len < SHOWN_MAX ? line.len : SHOWN_MAX), line.ptr);
}

static void answer_output(const struct process_run *run)
{
    const struct source_query *query = run->query;
    json_t *json CLEANUP(json_release) = NULL;
    struct error err = ERROR_INIT;
    struct aws_credentials found;
    int64_t version = 0;
    if (json_parse(buf_str(&run->process.output), &json, &err) != E_OK) {
        fail(run, "printed something that is no JSON");
    } else if (!json_get_int(json, "Version", &version) || version != 1) {
        fail(run, "printed JSON whose Version is not 1");
    } else if (!source_from_json(query, json, "SessionToken", &found)) {
        fail(run, "printed no AccessKeyId and SecretAccessKey, or no time as Expiration");
    } else {
        found.source = arena_printf(query->arena, "profile '%.*s' (credential_process)",
                                    STR_ARG(query->profile))
                           .ptr;
        source_found(query, &found);
    }
}

static void answer(const struct process_run *run)
{
    int status = run->process.status;
    char why[64];
    if (run->process.output.overflowed) {
        snprintf(why, sizeof(why), "printed more than %u bytes", LIMIT_CREDENTIAL_PROCESS_BYTES);
        fail(run, why);
    } else if (WIFSIGNALED(status)) {
        snprintf(why, sizeof(why), "was ended by signal %d", WTERMSIG(status));
        fail(run, why);
    } else if (WEXITSTATUS(status) != 0) {
        snprintf(why, sizeof(why), "ended with status %d", WEXITSTATUS(status));
        fail(run, why);
    } else {
        answer_output(run);
    }
}

static void look(void *context);

static void look_later(struct process_run *run)
{
    run->look_at_ms = transport_now_ms(run->query->transport) + LOOK_EVERY_MS;
    transport_after(run->query->transport, LOOK_EVERY_MS, look, run);
}

/* A timer that comes early says that the loop is being closed. */
static void look(void *context)
{
    struct process_run *run = context;
    struct pollfd output = {.fd = run->process.stdout_fd, .events = POLLIN};
    poll(&output, 1, 1); /* where the loop's clock is virtual it must not spin */
    bool has_ended = process_poll(&run->process);
    bool is_closing = transport_now_ms(run->query->transport) < run->look_at_ms;
    bool is_late = clock_steady_ms() - run->started_ms > TIMEOUT_MS;
    if (!has_ended && !is_closing && !is_late && !run->process.output.overflowed) {
        look_later(run);
        return;
    }
    if (has_ended || run->process.output.overflowed) {
        answer(run);
    } else if (is_closing) {
        struct error err = ERROR_INIT;
        error_set(&err, E_DEADLINE, "credential_process '%s' had not answered yet", run->program);
        source_fail_with(run->query, &err);
    } else {
        fail(run, "did not answer within 30 s");
    }
    process_release(&run->process);
}

void credentials_process_fetch(const struct source_query *query)
{
    struct str line = source_key(query, "credential_process");
    if (line.len == 0) {
        source_absent(query, "%s", "");
        return;
    }
    struct process_run *run = ARENA_NEW(query->arena, struct process_run);
    run->query = query;
    run->started_ms = clock_steady_ms();
    char **argv = NULL;
    struct error err = ERROR_INIT;
    enum error_code code = process_split(query->arena, line, &argv, &err);
    if (code == E_OK)
        code = process_start(&run->process, argv, LIMIT_CREDENTIAL_PROCESS_BYTES, &err);
    if (code != E_OK) {
        error_prefix(&err, "credential_process of profile '%.*s': ", STR_ARG(query->profile));
        source_fail_with(query, &err);
        return;
    }
    run->program = argv[0];
    look_later(run);
}
