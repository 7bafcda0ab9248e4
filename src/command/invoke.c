/* `ecs-autoscale invoke`: runs the deployed function once. */
#include "command/command.h"

#include "base/base64.h"
#include "base/jsonw.h"
#include "base/limits.h"
#include "command/function_options.h"
#include "command/output.h"
#include "command/print_text.h"
#include "lambda/function_log.h"
#include "lambda/operations.h"

#include "base/banned.h"

enum { TAIL_BYTES = 64 * 1024 }; /* Lambda gives the last 4 KB */

static const struct option options[] = {
    FUNCTION_OPTIONS,
    ENV_FILE_OPTION,
    {.name = "--cluster", .kind = OPTION_LIST, .value = "NAME", .help = "only these clusters"},
    {.name = "--dry-run", .kind = OPTION_FLAG, .help = "say what would change, change nothing"},
    {.name = "--json", .kind = OPTION_FLAG, .help = "print the answer only, without the log's end"},
    {0},
};

static void write_event(const struct arguments *arguments, struct buf *body)
{
    const struct option_value *clusters = arguments_get(arguments, "--cluster");
    struct json_writer w = JSON_WRITER(body, 0);
    jsonw_object_begin(&w);
    jsonw_key(&w, "dry_run"), jsonw_bool(&w, arguments_get(arguments, "--dry-run")->given);
    if (clusters->item_count > 0) {
        jsonw_key(&w, "clusters");
        jsonw_array_begin(&w);
        for (size_t i = 0; i < clusters->item_count; i++)
            jsonw_cstr(&w, clusters->items[i]);
        jsonw_array_end(&w);
    }
    jsonw_object_end(&w);
}

/* The end of the function's log, on stderr: the answer is the result. */
static void print_tail(struct str encoded)
{
    struct buf tail CLEANUP(buf_release) = BUF_INIT(TAIL_BYTES);
    struct buf text CLEANUP(buf_release) = BUF_INIT(4 * TAIL_BYTES);
    struct str line;
    if (!base64_decode(encoded, &tail))
        return;
    struct str rest = buf_str(&tail);
    while (str_split(&rest, '\n', &line)) {
        struct log_line parsed;
        json_t *json CLEANUP(json_release) = NULL;
        struct buf one CLEANUP(buf_release) = BUF_INIT(TAIL_BYTES);
        if (str_trim(line).len == 0)
            continue;
        function_log_parse(str_trim(line), &json, &parsed);
        function_log_format(&parsed, -1, &one);
        print_clean(str_trim(buf_str(&one)), &text);
        if (one.len > 0)
            buf_add_char(&text, '\n');
    }
    fwrite(buf_cstr(&text), 1, text.len, stderr);
}

static void explain_missing(struct error *err, const struct function_session *session)
{
    error_set(err, E_MISSING,
              "there is no function '%.*s' in region '%.*s'; 'ecs-autoscale deploy' makes it",
              STR_ARG(session->names.name), STR_ARG(session->names.region));
}

static int run(const struct arguments *arguments)
{
    struct function_session session CLEANUP(function_session_release) = {0};
    struct buf body CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
    struct buf answer CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_BODY_BYTES + 1);
    struct error err = ERROR_INIT;
    struct aws_reply reply;
    int status = function_session_open(arguments, &session);
    if (status != 0)
        return status;
    write_event(arguments, &body);
    const struct aws_call call = {
        .operation = &lambda_invoke, .body = buf_str(&body), .path = {session.names.name}};
    enum error_code code = aws_talk_ask(&session.talk, &call, &reply, &err);
    if (code == E_MISSING)
        explain_missing(&err, &session);
    if (code != E_OK)
        return function_fail(&session, &err);
    if (!arguments_get(arguments, "--json")->given)
        print_tail(aws_reply_header(&reply, STR("x-amz-log-result")));
    buf_add(&answer, str_trim(reply.body));
    buf_add_char(&answer, '\n');
    output_write(&answer);
    struct str failed = aws_reply_header(&reply, STR("x-amz-function-error"));
    if (failed.len == 0)
        return 0;
    output_flush();
    fprintf(stderr, "ecs-autoscale invoke: the function failed (%.*s); its answer says why\n",
            STR_ARG(failed));
    return 1;
}

const struct command command_invoke = {
    .name = "invoke",
    .summary = "run the deployed function once, now",
    .options = options,
    .description =
        "Runs the function that 'deploy' made and waits for its answer: one JSON object that\n"
        "says for each cluster what changed, what is held and why. It goes to standard output,\n"
        "the end of the function's log to standard error. With --dry-run the function says\n"
        "what it would change.\n\n"
        "Exit status: 0 where the function answered, 1 where it failed or could not be run.\n",
    .examples = "  ecs-autoscale invoke --dry-run\n"
                "  ecs-autoscale invoke --cluster my_cluster\n",
    .run = run,
};
