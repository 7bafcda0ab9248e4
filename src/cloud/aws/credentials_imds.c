/* The EC2 instance's role, by the instance metadata service, version 2 only: session token, name of
 * the role, its credentials. Where there is no such service it has to be over quickly: one second a
 * request, and two attempts. */
#include "cloud/aws/credentials_source.h"

#include "base/limits.h"

#include "base/banned.h"

enum { ATTEMPTS = 2, TIMEOUT_MS = 1000, STABILITY_MS = 15 * 60 * 1000 };

struct imds {
    const struct source_query *query;
    struct str endpoint;
    struct http_header header; /* the token's lifetime, then the token */
};

static void send(struct imds *imds, const char *method, struct str path, http_done *done)
{
    struct arena *arena = imds->query->arena;
    struct source_http exchange = {
        .request = {.method = str_from(method),
                    .url = arena_printf(arena, "%.*s%.*s", STR_ARG(imds->endpoint), STR_ARG(path)),
                    .headers = &imds->header,
                    .header_count = 1,
                    .connect_timeout_ms = TIMEOUT_MS,
                    .timeout_ms = TIMEOUT_MS,
                    .max_body_bytes = LIMIT_CREDENTIALS_ANSWER_BYTES,
                    .no_proxy = true},
        .attempts = ATTEMPTS,
        .done = done,
        .context = imds,
    };
    source_http_send(imds->query, &exchange);
}

/* Is it a 200? Else it has answered. */
static bool is_success(const struct imds *imds, const struct http_response *response,
                       const char *what)
{
    if (response->code == E_OK && response->status == 200)
        return true;
    struct error err = ERROR_INIT;
    source_http_error(response, what, &err);
    source_fail_with(imds->query, &err);
    return false;
}

/* Metadata that cannot be renewed for a while outlives its expiry, and AWS accepts that: such
 * credentials stay in use and are asked for again soon. */
static void keep_expired(const struct source_query *query, struct aws_credentials *found)
{
    if (found->expires_ms <= query->wall_ms()) {
        found->expires_ms = query->wall_ms() + STABILITY_MS;
        found->source = "instance metadata (past their expiry)";
    }
}

static void on_credentials(void *context, const struct http_response *response)
{
    struct imds *imds = context;
    if (!is_success(imds, response, "instance metadata, credentials"))
        return;
    json_t *json CLEANUP(json_release) = NULL;
    struct error err = ERROR_INIT;
    struct aws_credentials found;
    struct str code = STR_NONE;
    if (json_parse(response->body, &json, &err) != E_OK) {
        source_fail(imds->query, "instance metadata: the answer is no JSON");
    } else if (json_get_str(json, "Code", &code) && !str_eq(code, STR("Success"))) {
        source_fail(imds->query, "instance metadata: the role's credentials: %.*s",
                    (int)(code.len < 80 ? code.len : 80), code.ptr);
    } else if (!source_from_json(imds->query, json, "Token", &found)) {
        source_fail(imds->query, "instance metadata: the answer holds no credentials");
    } else {
        found.source = "instance metadata";
        keep_expired(imds->query, &found);
        source_found(imds->query, &found);
    }
}

static bool is_role_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && str_find(STR("_+=,.@-"), c) == 7)
            return false;
    }
    return name.len > 0 && name.len <= 128;
}

static const struct str credentials_path = {"/latest/meta-data/iam/security-credentials/", 43};

static void on_role(void *context, const struct http_response *response)
{
    struct imds *imds = context;
    if (response->code == E_OK && response->status == 404) {
        source_absent(imds->query, "instance metadata: this instance has no role");
        return;
    }
    if (!is_success(imds, response, "instance metadata, name of the role"))
        return;
    struct str names = response->body;
    struct str name = STR_NONE;
    if (str_split(&names, '\n', &name))
        name = str_trim(name);
    if (!is_role_name(name)) {
        source_fail(imds->query, "instance metadata: the answer is no name of a role");
        return;
    }
    send(imds, "GET",
         arena_printf(imds->query->arena, "%.*s%.*s", STR_ARG(credentials_path), STR_ARG(name)),
         on_credentials);
}

/* Nobody answering is no error: this is not EC2. */
static void on_token(void *context, const struct http_response *response)
{
    struct imds *imds = context;
    const struct source_query *query = imds->query;
    if (response->code == E_DEADLINE) {
        source_fail_with(query, &response->err);
        return;
    }
    if (response->code != E_OK) {
        source_absent(query, "instance metadata: no answer from %.*s%s", STR_ARG(imds->endpoint),
                      response->code == E_TIMEOUT ? " (in a container on EC2: raise the hop limit)"
                                                  : "");
        return;
    }
    struct str token = str_trim(response->body);
    if (response->status != 200 || token.len == 0 || !source_is_header_safe(token)) {
        source_absent(query, "instance metadata: no session token from %.*s (HTTP status %d)",
                      STR_ARG(imds->endpoint), response->status);
        return;
    }
    imds->header =
        (struct http_header){STR("X-aws-ec2-metadata-token"), arena_str(query->arena, token)};
    send(imds, "GET", credentials_path, on_role);
}

static struct str endpoint_of(const struct source_query *query)
{
    struct str endpoint = aws_config_setting(query->config, "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                                             "ec2_metadata_service_endpoint");
    struct str mode = aws_config_setting(query->config, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                                         "ec2_metadata_service_endpoint_mode");
    if (endpoint.len == 0)
        endpoint = str_eq_nocase(mode, STR("ipv6")) ? STR("http://[fd00:ec2::254]")
                                                    : STR("http://169.254.169.254");
    while (str_ends(endpoint, STR("/")))
        endpoint = str_slice(endpoint, 0, endpoint.len - 1);
    return endpoint;
}

void credentials_imds_fetch(const struct source_query *query)
{
    if (aws_config_switch(query->config, "AWS_EC2_METADATA_DISABLED", NULL)) {
        source_absent(query, "instance metadata: AWS_EC2_METADATA_DISABLED is true");
        return;
    }
    struct imds *imds = ARENA_NEW(query->arena, struct imds);
    imds->query = query;
    imds->endpoint = endpoint_of(query);
    if (!aws_endpoint_url_is_valid(imds->endpoint)) {
        source_fail(query, "AWS_EC2_METADATA_SERVICE_ENDPOINT is no http(s) URL");
        return;
    }
    imds->header = (struct http_header){STR("X-aws-ec2-metadata-token-ttl-seconds"), STR("21600")};
    send(imds, "PUT", STR("/latest/api/token"), on_token);
}
