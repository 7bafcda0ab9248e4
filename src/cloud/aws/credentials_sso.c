/* IAM Identity Center: the token that `aws sso login` left in ~/.aws/sso/cache, exchanged for the
 * role's credentials. The token itself is not renewed here: that takes a browser. */
#include "cloud/aws/credentials_source.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "cloud/aws/call.h"
#include "cloud/aws/form.h"
#include "cloud/aws/sha1.h"

#include "base/banned.h"

enum { ATTEMPTS = 3 };

static const struct aws_service sso = {
    .name = "portal.sso", .endpoint_id = "SSO", .protocol = AWS_JSON};

struct sso_settings {
    struct str account_id;
    struct str role_name;
    struct str region;
    struct str cache_key; /* session name, or start URL where there is no session */
};

/* False where it has answered already. */
static bool read_settings(const struct source_query *query, struct sso_settings *out)
{
    struct sso_settings settings = {.account_id = source_key(query, "sso_account_id"),
                                    .role_name = source_key(query, "sso_role_name")};
    if (settings.account_id.len == 0 && settings.role_name.len == 0) {
        source_absent(query, "%s", "");
        return false;
    }
    struct str start_url = source_key(query, "sso_start_url");
    struct str session = source_key(query, "sso_session");
    settings.region = source_key(query, "sso_region");
    settings.cache_key = start_url;
    if (session.len > 0) {
        const struct aws_config_section *section =
            aws_config_section(query->config, "sso-session", session);
        if (section == NULL) {
            source_fail(query, "profile '%.*s': no [sso-session %.*s] in '%.*s'",
                        STR_ARG(query->profile), STR_ARG(session),
                        STR_ARG(query->config->config_path));
            return false;
        }
        settings.region = aws_config_get(section, "sso_region");
        settings.cache_key = session;
        start_url = aws_config_get(section, "sso_start_url");
    }
    const struct {
        const char *key;
        struct str value;
    } needed[] = {{"sso_account_id", settings.account_id},
                  {"sso_role_name", settings.role_name},
                  {"sso_start_url", start_url},
                  {"sso_region", settings.region}};
    for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
        if (needed[i].value.len == 0) {
            source_fail(query, "profile '%.*s': SSO needs %s", STR_ARG(query->profile),
                        needed[i].key);
            return false;
        }
    }
    *out = settings;
    return true;
}

static void fail_login(const struct source_query *query, const char *why)
{
    source_fail(query, "SSO: %s; run: aws sso login --profile %.*s", why, STR_ARG(query->profile));
}

/* Old versions of the CLI wrote "2026-11-24T03:28:00UTC". */
static bool parse_expiry(struct arena *arena, struct str text, int64_t *wall_ms)
{
    if (str_ends(text, STR("UTC")))
        text = arena_printf(arena, "%.*sZ", STR_ARG(str_slice(text, 0, text.len - 3)));
    return clock_parse(text, wall_ms);
}

/* False where it has answered already. */
static bool read_token(const struct source_query *query, struct str cache_key, struct str *token)
{
    char name[SHA1_HEX_SIZE];
    sha1_hex(cache_key, name);
    struct str path =
        aws_config_path(query->arena, arena_printf(query->arena, "~/.aws/sso/cache/%s.json", name));
    struct buf text CLEANUP(buf_release_secret) = BUF_INIT(LIMIT_TOKEN_FILE_BYTES);
    struct error err = ERROR_INIT;
    enum error_code code = file_read(path.ptr, &text, &err);
    if (code == E_MISSING) {
        fail_login(query, "nobody has logged in");
        return false;
    }
    if (code != E_OK) {
        error_prefix(&err, "SSO: ");
        source_fail_with(query, &err);
        return false;
    }
    json_t *json CLEANUP(json_release) = NULL;
    struct str access = STR_NONE;
    struct str expires = STR_NONE;
    int64_t expires_ms = 0;
    if (json_parse(buf_str(&text), &json, &err) != E_OK ||
        !json_get_str(json, "accessToken", &access) || access.len == 0 ||
        !source_is_header_safe(access) || !json_get_str(json, "expiresAt", &expires) ||
        !parse_expiry(query->arena, expires, &expires_ms)) {
        fail_login(query, "the cached token cannot be read");
        return false;
    }
    *token = arena_str(query->arena, access);
    memory_wipe((char *)(uintptr_t)access.ptr, access.len);
    if (expires_ms > query->wall_ms())
        return true;
    fail_login(query, "the session has expired");
    return false;
}

static void on_response(void *context, const struct http_response *response)
{
    const struct source_query *query = context;
    struct error err = ERROR_INIT;
    if (response->code == E_OK && response->status == 401) {
        fail_login(query, "the session is not accepted any more");
        return;
    }
    if (response->code != E_OK || response->status != 200) {
        source_http_error(response, "SSO GetRoleCredentials", &err);
        if (response->code == E_OK && response->status == 403)
            error_set(&err, E_CREDENTIALS,
                      "SSO: role '%.*s' in account '%.*s' is not assigned to whoever has logged in",
                      STR_ARG(source_key(query, "sso_role_name")),
                      STR_ARG(source_key(query, "sso_account_id")));
        source_fail_with(query, &err);
        return;
    }
    json_t *json CLEANUP(json_release) = NULL;
    json_t *role = NULL;
    if (json_parse(response->body, &json, &err) == E_OK)
        role = json_get_object(json, "roleCredentials");
    struct aws_credentials found = {
        .access_key_id = source_take_secret(query, role, "accessKeyId"),
        .secret_access_key = source_take_secret(query, role, "secretAccessKey"),
        .session_token = source_take_secret(query, role, "sessionToken"),
        .source = arena_printf(query->arena, "profile '%.*s' (SSO)", STR_ARG(query->profile)).ptr,
    };
    if (!json_get_int(role, "expiration", &found.expires_ms) || found.access_key_id.len == 0 ||
        found.secret_access_key.len == 0 || found.session_token.len == 0)
        source_fail(query, "SSO GetRoleCredentials: the answer holds no credentials");
    else
        source_found(query, &found);
}

static void send(const struct source_query *query, const struct sso_settings *settings,
                 struct str endpoint, struct str token)
{
    struct http_header *header = ARENA_NEW(query->arena, struct http_header);
    *header = (struct http_header){STR("x-amz-sso_bearer_token"), token};
    struct buf parameters CLEANUP(buf_release) = BUF_INIT(LIMIT_TOKEN_BYTES);
    form_str(&parameters, settings->account_id, "account_id");
    form_str(&parameters, settings->role_name, "role_name");
    struct source_http exchange = {
        .request = {.method = STR("GET"),
                    .url = arena_printf(query->arena, "%.*s/federation/credentials?%s",
                                        STR_ARG(endpoint), buf_cstr(&parameters)),
                    .headers = header,
                    .header_count = 1,
                    .max_body_bytes = LIMIT_CREDENTIALS_ANSWER_BYTES},
        .attempts = ATTEMPTS,
        .done = on_response,
        .context = (void *)(uintptr_t)query,
    };
    source_http_send(query, &exchange);
}

void credentials_sso_fetch(const struct source_query *query)
{
    struct sso_settings settings;
    struct str token;
    struct aws_endpoint endpoint;
    struct error err = ERROR_INIT;
    if (!read_settings(query, &settings) || !read_token(query, settings.cache_key, &token))
        return;
    if (aws_config_endpoint(query->config, query->arena, &sso, settings.region, &endpoint, &err) !=
        E_OK) {
        error_prefix(&err, "SSO: ");
        source_fail_with(query, &err);
        return;
    }
    send(query, &settings, endpoint.url, token);
}
