/* Resolves credentials, region or endpoints as the program does, over the real transport.
 *
 *     driver_credentials [--profile P] [get]       one JSON line: source, access_key_id, expires
 *                                                  (null: never), or code and message; ms taken
 *     driver_credentials [--profile P] region      the region, or an empty line
 *     driver_credentials [--profile P] endpoints   standard input: SERVICE ENDPOINT_ID REGION a
 *                                                  line; out: URL SIGNING_REGION, or the code
 * Secrets are not printed, but for their lengths. */
#include "cloud/aws/credentials.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "cloud/aws/call.h"
#include "http/curl.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { LINE_MAX_BYTES = 4096 };

static void on_credentials(void *context, enum error_code code,
                           const struct aws_credentials *credentials, const struct error *err)
{
    struct json_writer *w = context;
    if (code != E_OK) {
        jsonw_key(w, "code"), jsonw_cstr(w, error_name(code));
        jsonw_key(w, "message"), jsonw_cstr(w, err->message);
        return;
    }
    char expires[CLOCK_TEXT_SIZE];
    clock_format(credentials->expires_ms, false, expires);
    jsonw_key(w, "source"), jsonw_cstr(w, credentials->source);
    jsonw_key(w, "access_key_id"), jsonw_str(w, credentials->access_key_id);
    jsonw_key(w, "secret_bytes"), jsonw_int(w, (int64_t)credentials->secret_access_key.len);
    jsonw_key(w, "token_bytes"), jsonw_int(w, (int64_t)credentials->session_token.len);
    jsonw_key(w, "expires");
    jsonw_cstr(w, credentials->expires_ms == INT64_MAX ? NULL : expires);
}

static int get(const struct aws_config *config, bool explicit_profile)
{
    struct transport *transport = NULL;
    struct error err = ERROR_INIT;
    const struct curl_options options = {.parallel = 4, .user_agent = "ecs-autoscale-test"};
    if (transport_curl_new(&options, &transport, &err) != E_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    struct buf line CLEANUP(buf_release) = BUF_INIT(LINE_MAX_BYTES);
    struct json_writer w = JSON_WRITER(&line, 0);
    jsonw_object_begin(&w);
    struct aws_credentials_provider *provider =
        aws_credentials_new(transport, config, explicit_profile);
    int64_t start_ms = clock_steady_ms();
    aws_credentials_get(provider, on_credentials, &w);
    transport_run(transport, transport_now_ms(transport) + 60 * 1000);
    jsonw_key(&w, "ms"), jsonw_int(&w, clock_steady_ms() - start_ms);
    jsonw_object_end(&w);
    printf("%s\n", buf_cstr(&line));
    transport_free(transport);
    aws_credentials_free(provider);
    return 0;
}

static int region(const struct aws_config *config)
{
    printf("%.*s\n", STR_ARG(aws_config_region(config)));
    return 0;
}

static int endpoints(const struct aws_config *config)
{
    char line[LINE_MAX_BYTES];
    while (fgets(line, sizeof(line), stdin) != NULL) {
        char *place = NULL;
        const char *name = strtok_r(line, " \n", &place);
        const char *id = strtok_r(NULL, " \n", &place);
        const char *where = strtok_r(NULL, " \n", &place);
        struct arena arena CLEANUP(arena_release) = ARENA_INIT;
        struct aws_endpoint endpoint;
        struct error err = ERROR_INIT;
        const struct aws_service service = {.name = name != NULL ? name : "",
                                            .endpoint_id = id != NULL ? id : ""};
        enum error_code code =
            aws_config_endpoint(config, &arena, &service, str_from(where), &endpoint, &err);
        if (code == E_OK)
            printf("%.*s %.*s\n", STR_ARG(endpoint.url), STR_ARG(endpoint.signing_region));
        else
            printf("%s\n", error_name(code));
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *profile = NULL;
    int at = 1;
    if (argc > 2 && strcmp(argv[1], "--profile") == 0) {
        profile = argv[2];
        at = 3;
    }
    const char *what = argc > at ? argv[at] : "get";
    struct aws_config config;
    struct error err = ERROR_INIT;
    if (aws_config_load(&config, profile, &err) != E_OK) {
        fprintf(stderr, "%s%s%s\n", err.where, err.where[0] != '\0' ? ": " : "", err.message);
        return 1;
    }
    int status = strcmp(what, "region") == 0      ? region(&config)
                 : strcmp(what, "endpoints") == 0 ? endpoints(&config)
                                                  : get(&config, profile != NULL);
    aws_config_release(&config);
    return status;
}
