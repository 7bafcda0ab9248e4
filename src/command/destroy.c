/* `ecs-autoscale destroy`: removes what deploy made. */
#include "command/command.h"

#include "command/function_options.h"
#include "command/output.h"

#include "base/banned.h"

enum { OUTPUT_BYTES = 64 * 1024 };

static const struct option options[] = {
    FUNCTION_OPTIONS,
    ENV_FILE_OPTION,
    YES_OPTION,
    {.name = "--dry-run",
     .kind = OPTION_FLAG,
     .help = "list what would be removed, remove nothing"},
    {0},
};

static void print_plan(const struct deployment_names *names, const struct removal_plan *plan)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(OUTPUT_BYTES);
    buf_addf(&text, "%.*s in %.*s, account %.*s:%s\n", STR_ARG(names->name), STR_ARG(names->region),
             STR_ARG(names->account), plan->ours_count == 0 ? " there is nothing to remove" : "");
    for (size_t i = 0; i < plan->count; i++) {
        const struct removal *removal = &plan->removals[i];
        buf_addf(&text, "  %-6s  %-9s  %.*s%s\n", removal->is_ours ? "remove" : "leave",
                 step_noun(removal->kind), STR_ARG(removal->subject),
                 removal->is_ours ? "" : "  (not made by 'deploy')");
    }
    output_write(&text);
    output_flush();
}

static int remove_all(struct function_session *session, const struct deployment_observed *observed,
                      const struct removal_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct removal *removal = &plan->removals[i];
        struct error err = ERROR_INIT;
        if (!removal->is_ours)
            continue;
        if (deployment_remove(&session->talk, &session->names, observed, removal, &err) != E_OK)
            return function_fail(session, &err);
        struct buf text CLEANUP(buf_release) = BUF_INIT(OUTPUT_BYTES);
        buf_addf(&text, "removed %s '%.*s'\n", step_noun(removal->kind), STR_ARG(removal->subject));
        output_write(&text);
        output_flush();
    }
    return 0;
}

static int run(const struct arguments *arguments)
{
    struct function_session session CLEANUP(function_session_release) = {0};
    struct deployment_observed observed;
    struct removal_plan plan;
    struct error err = ERROR_INIT;
    int status = function_session_open_named(arguments, &session);
    if (status != 0)
        return status;
    if (deployment_observe(&session.talk, &session.names, &observed, &err) != E_OK)
        return function_fail(&session, &err);
    deployment_removals(&session.names, &observed, &plan);
    print_plan(&session.names, &plan);
    if (plan.ours_count == 0 || arguments_get(arguments, "--dry-run")->given)
        return 0;
    switch (function_ask(arguments, "Remove them? Logs cannot be brought back.")) {
    case CONSENT_IMPOSSIBLE:
        return 2;
    case CONSENT_REFUSED:
        return 1;
    case CONSENT_GIVEN:
        break;
    }
    return remove_all(&session, &observed, &plan);
}

const struct command command_destroy = {
    .name = "destroy",
    .summary = "remove the deployed function and everything that 'deploy' made for it",
    .options = options,
    .description =
        "Lists the schedule's rule, the function, its role and its log group as far as they\n"
        "are there, asks (--yes: does not), and removes those that 'deploy' made: they carry\n"
        "the tag ecs-autoscale:managed with the deployment's name. Anything else of that name\n"
        "is left alone, and said to be. Where it was interrupted, run it again.\n\n"
        "Exit status: 0 where nothing of it is left, 1 where something failed or the answer\n"
        "was no, 2 for wrong usage, also where there is no terminal to ask on and no --yes.\n",
    .examples = "  ecs-autoscale destroy --dry-run\n"
                "  ecs-autoscale destroy --name nights --yes\n",
    .run = run,
};
