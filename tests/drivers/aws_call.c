/* Makes one AWS call through the real client and prints what came of it as JSON.
 *
 *     driver_aws_call [--once] [--region R] [--profile P] SERVICE OPERATION < body
 *
 * Credentials, region and endpoint as for the program. --once: the operation is not repeatable. */
#include "base/buf.h"
#include "base/jsonw.h"
#include "base/limits.h"
#include "cloud/aws/call.h"
#include "cloud/aws/client.h"
#include "http/curl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

static void write_xml(struct json_writer *w, const struct xml_node *node)
{
    jsonw_object_begin(w);
    jsonw_key(w, "name"), jsonw_str(w, node->name);
    jsonw_key(w, "text"), jsonw_str(w, node->text);
    jsonw_object_end(w);
}

static void on_answer(void *context, const struct aws_answer *answer)
{
    struct json_writer *w = context;
    jsonw_key(w, "code"), jsonw_cstr(w, error_name(answer->code));
    jsonw_key(w, "where"), jsonw_cstr(w, answer->err.where);
    jsonw_key(w, "message"), jsonw_cstr(w, answer->err.message);
    jsonw_key(w, "aws_code"), jsonw_cstr(w, answer->err.aws_code);
    jsonw_key(w, "request_id"), jsonw_cstr(w, answer->err.request_id);
    jsonw_key(w, "http_status"), jsonw_int(w, answer->err.http_status);
    jsonw_key(w, "may_have_arrived"), jsonw_bool(w, answer->may_have_arrived);
    if (answer->json != NULL) {
        char *text = json_dumps(answer->json, JSON_COMPACT | JSON_SORT_KEYS);
        jsonw_key(w, "json"), jsonw_cstr(w, text);
        free(text);
    }
    if (answer->xml != NULL)
        jsonw_key(w, "xml"), write_xml(w, answer->xml);
}

static const struct aws_service *service_of(const char *name)
{
    const struct aws_service *const services[] = {&aws_ecs, &aws_autoscaling, &aws_cloudwatch,
                                                  &aws_sts};
    for (size_t i = 0; i < ARRAY_LEN(services); i++) {
        if (strcmp(services[i]->name, name) == 0)
            return services[i];
    }
    return NULL;
}

static int fail(const char *text)
{
    fprintf(stderr, "driver_aws_call: %s\n", text);
    return 2;
}

static void read_input(struct buf *body)
{
    char chunk[4096];
    ssize_t count = 0;
    while ((count = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0)
        buf_add(body, (struct str){.ptr = chunk, .len = (size_t)count});
}

static int run(const struct aws_client_options *options, const struct aws_operation *operation,
               struct str body)
{
    struct error err = ERROR_INIT;
    struct aws_client *client = NULL;
    struct call_log log = {.arena = ARENA_INIT};
    struct buf text CLEANUP(buf_release) = BUF_INIT(4 * LIMIT_AWS_BODY_BYTES);
    struct json_writer w = JSON_WRITER(&text, 0);
    if (aws_client_new(options, &client, &err) != E_OK)
        return fail(err.message);
    aws_client_log(client, &log, NULL, NULL);
    struct aws_call call = {.operation = operation, .body = body, .done = on_answer, .context = &w};
    jsonw_object_begin(&w);
    aws_call_send(client, &call);
    transport_run(options->transport, transport_now_ms(options->transport) + 60000);
    jsonw_key(&w, "attempts");
    jsonw_int(&w, log.calls.count > 0 ? log.calls.items[0].attempts : 0);
    jsonw_object_end(&w);
    printf("%s\n", buf_cstr(&text));
    arena_release(&log.arena);
    aws_client_free(client);
    return 0;
}

int main(int argc, char **argv)
{
    struct aws_client_options options = {.retry_jitter_fixed = true};
    struct aws_operation operation = {.permission = "test:Operation", .repeatable = true};
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--once") == 0)
            operation.repeatable = false;
        else if (strcmp(argv[i], "--region") == 0 && i + 1 < argc)
            options.region = argv[++i];
        else if (strcmp(argv[i], "--profile") == 0 && i + 1 < argc)
            options.profile = argv[++i];
        else
            return fail("no such option");
    }
    if (argc - i != 2)
        return fail("SERVICE OPERATION");
    operation.service = service_of(argv[i]);
    operation.name = argv[i + 1];
    if (operation.service == NULL)
        return fail("no such service");
    struct buf body CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
    read_input(&body);
    struct error err = ERROR_INIT;
    const struct curl_options curl = {.user_agent = "ecs-autoscale-test"};
    if (transport_curl_new(&curl, &options.transport, &err) != E_OK)
        return fail(err.message);
    int status = run(&options, &operation, buf_str(&body));
    transport_free(options.transport);
    return status;
}
