/* `ecs-autoscale status`: how the deployed function does. */
#include "command/command.h"

#include "base/clock.h"
#include "base/jsonw.h"
#include "command/function_options.h"
#include "command/output.h"
#include "command/print_text.h"
#include "lambda/function_status.h"

#include "base/banned.h"

enum { OUTPUT_BYTES = 256 * 1024 };

static const struct option options[] = {
    FUNCTION_OPTIONS,
    ENV_FILE_OPTION,
    {.name = "--json", .kind = OPTION_FLAG, .help = "print it as one JSON document"},
    {0},
};

static struct str text_of(const json_t *object, const char *key)
{
    struct str text = STR_NONE;
    json_get_str(object, key, &text);
    return text;
}

static struct str arch_of(const json_t *configuration)
{
    const json_t *list = json_get_array(configuration, "Architectures");
    return str_from(json_string_value(json_array_get(list, 0)));
}

static void print_function(const struct function_status *status, struct buf *out)
{
    const json_t *seen = status->observed.configuration;
    int64_t memory_mb = 0;
    int64_t timeout_s = 0;
    json_get_int(seen, "MemorySize", &memory_mb);
    json_get_int(seen, "Timeout", &timeout_s);
    struct str update = text_of(seen, "LastUpdateStatus");
    buf_addf(out, "  function   %.*s%s%.*s, %.*s, %lld MB, %lld s, changed %.*s%s\n",
             STR_ARG(text_of(seen, "State")), update.len > 0 ? ", last update " : "",
             STR_ARG(update), STR_ARG(arch_of(seen)), (long long)memory_mb, (long long)timeout_s,
             STR_ARG(text_of(seen, "LastModified")),
             status->observed.function == OWNED_BY_US ? "" : " (not made by 'deploy')");
}

static bool is_scheduled(const struct function_status *status)
{
    return status->observed.rule != OWNED_BY_NOBODY && status->observed.rule_is_enabled &&
           status->observed.has_target && status->observed.permission != NULL;
}

static void print_schedule(const struct function_status *status, struct buf *out)
{
    const struct deployment_observed *seen = &status->observed;
    if (seen->rule == OWNED_BY_NOBODY) {
        buf_add(out, STR("  schedule   none: nothing runs the function; 'deploy' sets it up\n"));
        return;
    }
    buf_addf(out, "  schedule   %.*s, %s%s\n", STR_ARG(seen->schedule),
             seen->rule_is_enabled ? "enabled" : "disabled",
             !seen->has_target          ? ", but does not run the function: 'deploy' puts it right"
             : seen->permission == NULL ? ", but may not run the function: 'deploy' puts it right"
                                        : "");
}

static void print_activity(const struct function_status *status, struct buf *out)
{
    if (status->has_metrics)
        buf_addf(out, "  last %d h  %.0f invocations, %.0f errors, %.0f throttled\n", STATUS_HOURS,
                 status->invocations, status->errors, status->throttles);
    else
        buf_addf(out, "  last %d h  no invocations that CloudWatch knows of\n", STATUS_HOURS);
    for (size_t i = 0; i < status->run_count; i++) {
        char stamp[CLOCK_TEXT_SIZE];
        const struct status_run *run = &status->runs[i];
        clock_format(run->at_ms, false, stamp);
        buf_addf(out, "  run        %s  ", stamp);
        print_clean(run->status, out);
        buf_addf(out, ", %.0f ms, %lld MB\n", run->duration_ms, (long long)run->memory_used_mb);
    }
    for (size_t i = 0; i < status->failure_count; i++) {
        char stamp[CLOCK_TEXT_SIZE];
        const struct status_error *failure = &status->failures[i];
        clock_format(failure->at_ms, false, stamp);
        buf_addf(out, "  error      %s  ", stamp);
        print_clean(failure->cluster, out);
        buf_add(out, failure->cluster.len > 0 ? STR(": ") : STR_NONE);
        print_clean(failure->message, out);
        buf_add_char(out, '\n');
    }
}

static void write_activity(const struct function_status *status, struct json_writer *w)
{
    char stamp[CLOCK_TEXT_SIZE];
    jsonw_key(w, "runs");
    jsonw_array_begin(w);
    for (size_t i = 0; i < status->run_count; i++) {
        clock_format(status->runs[i].at_ms, true, stamp);
        jsonw_object_begin(w);
        jsonw_key(w, "at"), jsonw_cstr(w, stamp);
        jsonw_key(w, "status"), jsonw_str(w, status->runs[i].status);
        jsonw_key(w, "duration_ms"), jsonw_double(w, status->runs[i].duration_ms);
        jsonw_key(w, "memory_used_mb"), jsonw_int(w, status->runs[i].memory_used_mb);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_key(w, "errors");
    jsonw_array_begin(w);
    for (size_t i = 0; i < status->failure_count; i++) {
        clock_format(status->failures[i].at_ms, true, stamp);
        jsonw_object_begin(w);
        jsonw_key(w, "at"), jsonw_cstr(w, stamp);
        jsonw_key(w, "cluster"), jsonw_str(w, status->failures[i].cluster);
        jsonw_key(w, "message"), jsonw_str(w, status->failures[i].message);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void write_json(const struct deployment_names *names, const struct function_status *status,
                       struct buf *out)
{
    const struct deployment_observed *seen = &status->observed;
    struct json_writer writer = JSON_WRITER(out, 2);
    struct json_writer *w = &writer;
    jsonw_object_begin(w);
    jsonw_key(w, "name"), jsonw_str(w, names->name);
    jsonw_key(w, "region"), jsonw_str(w, names->region);
    jsonw_key(w, "account"), jsonw_str(w, names->account);
    jsonw_key(w, "function");
    if (seen->configuration == NULL) {
        jsonw_null(w);
    } else {
        jsonw_object_begin(w);
        jsonw_key(w, "state"), jsonw_str(w, text_of(seen->configuration, "State"));
        jsonw_key(w, "last_update"), jsonw_str(w, text_of(seen->configuration, "LastUpdateStatus"));
        jsonw_key(w, "changed"), jsonw_str(w, text_of(seen->configuration, "LastModified"));
        jsonw_key(w, "sha256"), jsonw_str(w, text_of(seen->configuration, "CodeSha256"));
        jsonw_key(w, "made_by_deploy"), jsonw_bool(w, seen->function == OWNED_BY_US);
        jsonw_object_end(w);
    }
    jsonw_key(w, "schedule"), jsonw_str(w, seen->schedule);
    jsonw_key(w, "scheduled"), jsonw_bool(w, is_scheduled(status));
    jsonw_key(w, "hours"), jsonw_int(w, STATUS_HOURS);
    jsonw_key(w, "invocations"), jsonw_double(w, status->invocations);
    jsonw_key(w, "failed"), jsonw_double(w, status->errors);
    jsonw_key(w, "throttled"), jsonw_double(w, status->throttles);
    write_activity(status, w);
    jsonw_object_end(w);
    buf_add_char(out, '\n');
}

static void write_text(const struct deployment_names *names, const struct function_status *status,
                       struct buf *out)
{
    buf_addf(out, "%.*s in %.*s, account %.*s:%s\n", STR_ARG(names->name), STR_ARG(names->region),
             STR_ARG(names->account),
             status->observed.configuration == NULL
                 ? " there is no such function; 'deploy' makes it"
                 : "");
    if (status->observed.configuration == NULL)
        return;
    print_function(status, out);
    print_schedule(status, out);
    print_activity(status, out);
}

static int run(const struct arguments *arguments)
{
    struct function_session session CLEANUP(function_session_release) = {0};
    struct buf text CLEANUP(buf_release) = BUF_INIT(OUTPUT_BYTES);
    struct function_status status;
    struct error err = ERROR_INIT;
    int code = function_session_open_named(arguments, &session);
    if (code != 0)
        return code;
    if (function_status_read(&session.talk, &session.names, clock_wall_ms(), &status, &err) != E_OK)
        return function_fail(&session, &err);
    if (arguments_get(arguments, "--json")->given)
        write_json(&session.names, &status, &text);
    else
        write_text(&session.names, &status, &text);
    output_write(&text);
    return status.observed.configuration != NULL && is_scheduled(&status) ? 0 : 1;
}

const struct command command_status = {
    .name = "status",
    .summary = "say how the deployed function does: its schedule, last runs, errors",
    .options = options,
    .description =
        "Looks at the function that 'deploy' made, at its schedule, and at what CloudWatch\n"
        "knows of its last 24 hours: how often it ran, failed or was throttled, its last runs\n"
        "and the last errors in its log.\n\n"
        "Exit status: 0 where the function is there and scheduled, 1 where it is not, or where\n"
        "something could not be asked.\n",
    .examples = "  ecs-autoscale status\n"
                "  ecs-autoscale status --json\n",
    .run = run,
};
