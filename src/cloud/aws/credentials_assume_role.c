/* role_arn with source_profile or credential_source: the source's credentials, then AssumeRole. */
#include "cloud/aws/credentials_source.h"

#include "base/buf.h"
#include "base/limits.h"
#include "cloud/aws/sts.h"

#include "base/banned.h"

struct assume_role {
    const struct source_query *query;
    struct source_query source; /* the question to the source */
    struct str source_name;     /* "source_profile 'base'", "credential_source Environment" */
    struct str role_arn;
    struct aws_credentials signer;
};

static const struct {
    struct str name;
    source_fetch *fetch;
} credential_sources[] = {
    {{"Environment", 11}, credentials_env_fetch},
    {{"EcsContainer", 12}, credentials_container_fetch},
    {{"Ec2InstanceMetadata", 19}, credentials_imds_fetch},
};

static void on_source(void *context, const struct source_answer *answer)
{
    struct assume_role *role = context;
    const struct source_query *query = role->query;
    if (answer->verdict != SOURCE_FOUND) {
        struct error err = answer->err;
        if (answer->verdict == SOURCE_ABSENT)
            error_prefix(&err,
                         "%.*s of profile '%.*s' has no credentials: ", STR_ARG(role->source_name),
                         STR_ARG(query->profile));
        else
            error_prefix(&err, "profile '%.*s': ", STR_ARG(query->profile));
        source_fail_with(query, &err);
        return;
    }
    role->signer = answer->credentials;
    const struct sts_request request = {
        .action = "AssumeRole",
        .role_arn = role->role_arn,
        .session_name = source_key(query, "role_session_name"),
        .duration_seconds = source_key(query, "duration_seconds"),
        .external_id = source_key(query, "external_id"),
        .signer = &role->signer,
        .source =
            arena_printf(query->arena, "profile '%.*s' (assumed role)", STR_ARG(query->profile))
                .ptr,
    };
    sts_fetch(query, &request);
}

static bool has_keys(const struct source_query *query, struct str profile)
{
    const struct aws_config_section *section =
        aws_config_section(query->config, "profile", profile);
    return aws_config_get(section, "aws_access_key_id").len > 0;
}

/* A profile may lead to itself for its own keys; any other way back is a loop. */
static bool is_loop(const struct source_query *query, struct str source)
{
    if (str_eq(query->profile, source) && has_keys(query, source))
        return false;
    for (; query != NULL; query = query->parent) {
        if (str_eq(query->profile, source))
            return true;
    }
    return false;
}

/* "'a' leads to 'b' leads to 'a'", from the outermost profile on. */
static struct str trail(const struct source_query *query, struct str source)
{
    struct str text = arena_printf(query->arena, "'%.*s'", STR_ARG(source));
    for (; query != NULL; query = query->parent)
        text = arena_printf(query->arena, "'%.*s' leads to %.*s", STR_ARG(query->profile),
                            STR_ARG(text));
    return text;
}

static int depth_of(const struct source_query *query)
{
    int depth = 0;
    for (; query->parent != NULL; query = query->parent)
        depth++;
    return depth;
}

static void ask_profile(struct assume_role *role, struct str source)
{
    const struct source_query *query = role->query;
    if (aws_config_section(query->config, "profile", source) == NULL)
        source_fail(query, "profile '%.*s' has source_profile '%.*s', which does not exist",
                    STR_ARG(query->profile), STR_ARG(source));
    else if (is_loop(query, source))
        source_fail(query, "source_profile goes round in a circle: %.*s",
                    STR_ARG(trail(query, source)));
    else if (depth_of(query) >= LIMIT_PROFILE_CHAIN)
        source_fail(query, "more than %d profiles lead to one another by source_profile: %.*s",
                    LIMIT_PROFILE_CHAIN, STR_ARG(trail(query, source)));
    else {
        role->source_name = arena_printf(query->arena, "source_profile '%.*s'", STR_ARG(source));
        role->source.profile = source;
        role->source.ignores_environment = true;
        credentials_chain_fetch(&role->source);
    }
}

static void ask_credential_source(struct assume_role *role, struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(credential_sources); i++) {
        if (!str_eq(credential_sources[i].name, name))
            continue;
        role->source_name =
            arena_printf(role->query->arena, "credential_source %.*s", STR_ARG(name));
        role->source.ignores_environment = false;
        credential_sources[i].fetch(&role->source);
        return;
    }
    source_fail(role->query,
                "profile '%.*s': credential_source must be Environment, EcsContainer or "
                "Ec2InstanceMetadata",
                STR_ARG(role->query->profile));
}

/* A source_profile with keys of its own is used for these, whatever role it names. */
static bool is_wanted(const struct source_query *query)
{
    return source_key(query, "role_arn").len > 0 &&
           source_key(query, "web_identity_token_file").len == 0 &&
           !(query->parent != NULL && has_keys(query, query->profile));
}

void credentials_assume_role_fetch(const struct source_query *query)
{
    if (!is_wanted(query)) {
        source_absent(query, "%s", "");
        return;
    }
    struct str profile = source_key(query, "source_profile");
    struct str credential_source = source_key(query, "credential_source");
    if (source_key(query, "mfa_serial").len > 0) {
        source_fail(query,
                    "profile '%.*s' has an mfa_serial: nobody is here to type the code; use a role "
                    "without it, or credential_process",
                    STR_ARG(query->profile));
        return;
    }
    if ((profile.len > 0) == (credential_source.len > 0)) {
        source_fail(query,
                    "profile '%.*s' has a role_arn, which needs %s source_profile %s "
                    "credential_source",
                    STR_ARG(query->profile), profile.len > 0 ? "only one of" : "a",
                    profile.len > 0 ? "and" : "or a");
        return;
    }
    struct assume_role *role = ARENA_NEW(query->arena, struct assume_role);
    role->query = query;
    role->role_arn = source_key(query, "role_arn");
    role->source = *query;
    role->source.parent = query;
    role->source.done = on_source;
    role->source.context = role;
    if (profile.len > 0)
        ask_profile(role, profile);
    else
        ask_credential_source(role, credential_source);
}
