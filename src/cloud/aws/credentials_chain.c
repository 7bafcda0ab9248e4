/* The chain as a table, and the account of what was tried. */
#include "cloud/aws/credentials_source.h"

#include "base/banned.h"

static const struct {
    source_fetch *fetch;
    bool in_source_profile; /* may a source_profile get its credentials there? */
} chain[] = {
    {credentials_env_fetch, false},             /* AWS_ACCESS_KEY_ID, … */
    {credentials_assume_role_fetch, true},      /* role_arn with a source */
    {credentials_web_identity_fetch, true},     /* web_identity_token_file, or its variable */
    {credentials_sso_fetch, true},              /* sso_account_id, … */
    {credentials_credentials_file_fetch, true}, /* keys in ~/.aws/credentials */
    {credentials_process_fetch, true},          /* credential_process */
    {credentials_config_file_fetch, true},      /* keys in ~/.aws/config */
    {credentials_container_fetch, false},       /* ECS task role, EKS pod identity */
    {credentials_imds_fetch, false},            /* EC2 instance profile */
};

struct chain_run {
    struct source_query query; /* as asked, with this run as the context */
    const struct source_query *asked;
    size_t row;
    struct str tried; /* "environment: AWS_ACCESS_KEY_ID is not set; …" */
};

static const char advice[] = "; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or choose a "
                             "profile (--profile), see docs/credentials.md";

/* The advice at the end is worth more than the last word of a long account. */
static void answer_nothing_found(const struct chain_run *run)
{
    if (run->asked->parent != NULL) {
        source_absent(run->asked, "%.*s", STR_ARG(run->tried));
        return;
    }
    static const char begin[] = "no credentials found: ";
    size_t room = sizeof(((struct error *)NULL)->message) - sizeof(begin) - sizeof(advice);
    source_fail(run->asked, "%s%.*s%s", begin, (int)(run->tried.len < room ? run->tried.len : room),
                run->tried.ptr, advice);
}

static void ask_next(struct chain_run *run)
{
    while (run->row < ARRAY_LEN(chain) && run->asked->parent != NULL &&
           !chain[run->row].in_source_profile)
        run->row++;
    if (run->row < ARRAY_LEN(chain))
        chain[run->row++].fetch(&run->query);
    else
        answer_nothing_found(run);
}

static void on_answer(void *context, const struct source_answer *answer)
{
    struct chain_run *run = context;
    if (answer->verdict != SOURCE_ABSENT) {
        run->asked->done(run->asked->context, answer);
        return;
    }
    if (answer->err.message[0] != '\0')
        run->tried = arena_printf(run->query.arena, "%.*s%s%s", STR_ARG(run->tried),
                                  run->tried.len > 0 ? "; " : "", answer->err.message);
    ask_next(run);
}

void credentials_chain_fetch(const struct source_query *query)
{
    struct chain_run *run = ARENA_NEW(query->arena, struct chain_run);
    run->asked = query;
    run->query = *query;
    run->query.done = on_answer;
    run->query.context = run;
    ask_next(run);
}
