/* `ecs-autoscale logs`: what the deployed function wrote. */
#include "command/command.h"

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/limits.h"
#include "base/vec.h"
#include "command/function_options.h"
#include "command/output.h"
#include "command/print_text.h"
#include "command/run_signals.h"
#include "lambda/function_log.h"

#include "base/banned.h"

enum {
    FOLLOW_MS = 2000,
    /* Lines arrive in CloudWatch up to some seconds out of order: looked at again. */
    OVERLAP_MS = 15000,
};

static const struct option options[] = {
    FUNCTION_OPTIONS,
    ENV_FILE_OPTION,
    {.name = "--since",
     .kind = OPTION_DURATION,
     .value = "TIME",
     .help = "how far back to begin: 10m, 1h, 2d",
     .fallback = "1h",
     .low = 1000,
     .high = INT64_C(86400) * 1000 * 3650},
    {.name = "--follow", .kind = OPTION_FLAG, .help = "go on until SIGINT or SIGTERM"},
    {.name = "--json", .kind = OPTION_FLAG, .help = "one JSON object an event, as it was written"},
    {0},
};

struct seen_event {
    uint64_t hash;
    int64_t at_ms;
};

/* What was printed already of the time that is looked at again: two generations, so that following
 * for weeks takes no more memory than a minute. */
struct printing {
    bool is_json;
    bool remembers;
    int64_t newest_ms;
    struct arena arena;
    VEC(struct seen_event) seen;
};

static bool is_seen(const struct printing *printing, uint64_t hash)
{
    for (size_t i = printing->seen.count; i > 0; i--) {
        if (printing->seen.items[i - 1].hash == hash)
            return true;
    }
    return false;
}

static void forget_before(struct printing *printing, int64_t since_ms)
{
    struct printing fresh = *printing;
    fresh.arena = ARENA_INIT;
    fresh.seen.items = NULL;
    fresh.seen.count = 0;
    fresh.seen.room = 0;
    for (size_t i = 0; i < printing->seen.count; i++) {
        if (printing->seen.items[i].at_ms >= since_ms)
            *VEC_ADD(&fresh.arena, &fresh.seen) = printing->seen.items[i];
    }
    arena_release(&printing->arena);
    *printing = fresh;
}

static void write_json(const struct log_event *event, struct buf *out)
{
    char stamp[CLOCK_TEXT_SIZE];
    struct json_writer w = JSON_WRITER(out, 0);
    clock_format(event->at_ms, true, stamp);
    jsonw_object_begin(&w);
    jsonw_key(&w, "timestamp"), jsonw_cstr(&w, stamp);
    jsonw_key(&w, "message"), jsonw_str(&w, event->message);
    jsonw_object_end(&w);
    buf_add_char(out, '\n');
}

static void write_text(const struct log_event *event, struct buf *out)
{
    struct buf one CLEANUP(buf_release) = BUF_INIT(2 * LIMIT_AWS_BODY_BYTES);
    struct log_line line;
    json_t *json CLEANUP(json_release) = NULL;
    function_log_parse(event->message, &json, &line);
    function_log_format(&line, event->at_ms, &one);
    if (one.len == 0)
        return;
    print_clean(str_trim(buf_str(&one)), out);
    buf_add_char(out, '\n');
}

static bool on_event(void *context, const struct log_event *event)
{
    struct printing *printing = context;
    struct buf text CLEANUP(buf_release) = BUF_INIT(4 * LIMIT_AWS_BODY_BYTES);
    if (printing->remembers) {
        uint64_t hash = str_hash(event->id.len > 0 ? event->id : event->message);
        if (is_seen(printing, hash))
            return signals_count() == 0;
        *VEC_ADD(&printing->arena, &printing->seen) = (struct seen_event){hash, event->at_ms};
    }
    if (event->at_ms > printing->newest_ms)
        printing->newest_ms = event->at_ms;
    if (printing->is_json)
        write_json(event, &text);
    else
        write_text(event, &text);
    output_write(&text);
    return signals_count() == 0 && !output_is_broken();
}

static int run(const struct arguments *arguments)
{
    struct function_session session CLEANUP(function_session_release) = {0};
    struct error err = ERROR_INIT;
    int status = function_session_open(arguments, &session);
    if (status != 0)
        return status;
    struct printing printing = {
        .is_json = arguments_get(arguments, "--json")->given,
        .remembers = arguments_get(arguments, "--follow")->given,
    };
    struct log_query query = {
        .group = arena_printf(&session.talk.arena, "/aws/lambda/%.*s", STR_ARG(session.names.name)),
        .since_ms = clock_wall_ms() - arguments_get(arguments, "--since")->number,
        .event = on_event,
        .context = &printing,
    };
    if (printing.remembers)
        signals_watch();
    enum error_code code = function_log_read(&session.talk, &query, &err);
    while (printing.remembers && code == E_OK && signals_count() == 0 && !output_is_broken()) {
        output_flush();
        signals_sleep(FOLLOW_MS);
        if (printing.newest_ms - OVERLAP_MS > query.since_ms)
            query.since_ms = printing.newest_ms - OVERLAP_MS;
        forget_before(&printing, query.since_ms);
        if (signals_count() == 0)
            code = function_log_read(&session.talk, &query, &err);
    }
    arena_release(&printing.arena);
    return code == E_OK ? 0 : function_fail(&session, &err);
}

const struct command command_logs = {
    .name = "logs",
    .summary = "print what the deployed function wrote to its log",
    .options = options,
    .description =
        "Reads the function's log group in CloudWatch Logs: what the program wrote, and for\n"
        "each run how it ended, how long it took, and the memory it needed. Lambda's other\n"
        "entries and the metrics in the log are left out (--json: nothing is).\n\n"
        "With --follow it goes on with what is written from then on, until SIGINT or SIGTERM.\n",
    .examples = "  ecs-autoscale logs\n"
                "  ecs-autoscale logs --since 2d --json\n",
    .run = run,
};
