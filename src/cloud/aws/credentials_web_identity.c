/* AssumeRoleWithWebIdentity: EKS service accounts and other OpenID Connect providers. The token
 * file is read anew for each fetch: whoever writes it rotates it. */
#include "cloud/aws/credentials_source.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "cloud/aws/sts.h"

#include "base/banned.h"

static struct str setting(const struct source_query *query, const char *variable, const char *key)
{
    struct str value = query->ignores_environment ? STR_NONE : aws_environment(variable);
    return value.len > 0 ? value : source_key(query, key);
}

void credentials_web_identity_fetch(const struct source_query *query)
{
    struct str file = setting(query, "AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
    struct str role_arn = setting(query, "AWS_ROLE_ARN", "role_arn");
    if (file.len == 0) {
        source_absent(query, "%s",
                      query->ignores_environment
                          ? ""
                          : "web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set");
        return;
    }
    if (role_arn.len == 0) {
        source_fail(query, "web identity: there is a token file, but no role; set AWS_ROLE_ARN, or "
                           "role_arn in the profile");
        return;
    }
    struct buf token CLEANUP(buf_release_secret) = BUF_INIT(LIMIT_TOKEN_FILE_BYTES);
    struct error err = ERROR_INIT;
    if (file_read(aws_config_path(query->arena, file).ptr, &token, &err) != E_OK) {
        error_prefix(&err, "web identity: ");
        source_fail_with(query, &err);
        return;
    }
    struct str text = str_trim(buf_str(&token));
    if (text.len == 0) {
        source_fail(query, "web identity: token file '%.*s' is empty", STR_ARG(file));
        return;
    }
    const struct sts_request request = {
        .action = "AssumeRoleWithWebIdentity",
        .role_arn = role_arn,
        .session_name = setting(query, "AWS_ROLE_SESSION_NAME", "role_session_name"),
        .duration_seconds = source_key(query, "duration_seconds"),
        .web_identity_token = arena_str(query->arena, text),
        .source = "web identity",
    };
    sts_fetch(query, &request);
}
