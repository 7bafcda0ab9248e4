/* `ecs-autoscale deploy`: brings an account to the state in which the function runs. */
#include "command/command.h"

#include "base/limits.h"
#include "base/log.h"
#include "command/deploy_report.h"
#include "command/function_options.h"
#include "command/output.h"
#include "command/print_findings.h"
#include "lambda/deployment.h"
#include "lambda/package.h"
#include "lambda/policy.h"
#include "lambda/schedule.h"

#include "base/banned.h"

enum { OUTPUT_BYTES = 1024 * 1024, POLICY_BYTES = 256 * 1024 };

static const struct option options[] = {
    {.name = "--definitions",
     .kind = OPTION_FOLDER,
     .value = "DIR",
     .help = "the folder of definitions that goes along (or one file)",
     .fallback = "clusters"},
    FUNCTION_OPTIONS,
    {.name = "--rate",
     .kind = OPTION_TEXT,
     .value = "RATE",
     .help = "how often it runs: '1 minute', '5 minutes', '1 hour', …",
     .fallback = "5 minutes"},
    {.name = "--cron",
     .kind = OPTION_TEXT,
     .value = "FIELDS",
     .help = "when it runs instead: EventBridge's six fields, UTC"},
    {.name = "--env-file",
     .kind = OPTION_FILE,
     .value = "FILE",
     .help = "variables for the function, as 'docker run --env-file' reads them"},
    {.name = "--memory",
     .kind = OPTION_COUNT,
     .value = "MB",
     .help = "the function's memory",
     .fallback = "128",
     .low = 128,
     .high = 10240},
    {.name = "--timeout",
     .kind = OPTION_COUNT,
     .value = "SECONDS",
     .help = "when an invocation ends at the latest",
     .fallback = "60",
     .low = 1,
     .high = 900},
    {.name = "--arch",
     .kind = OPTION_CHOICE,
     .value = "ARCH",
     .help = "the function's architecture",
     .fallback = "x86_64",
     .choices = PACKAGE_ARCHES},
    {.name = "--program",
     .kind = OPTION_FILE,
     .value = "FILE",
     .help = "the static program for it, as in 'package'; else one is looked for"},
    {.name = "--scope",
     .kind = OPTION_CHOICE,
     .value = "SCOPE",
     .help = "how narrow the role's policy is, as in 'policy'",
     .fallback = "service",
     .choices = "service|cluster|region"},
    {.name = "--unreserved",
     .kind = OPTION_FLAG,
     .help = "reserve no concurrency, for accounts whose limit does not allow it"},
    {.name = "--adopt",
     .kind = OPTION_FLAG,
     .help = "take over a function, role, rule or log group of that name"},
    {.name = "--dry-run", .kind = OPTION_FLAG, .help = "say what would change, change nothing"},
    YES_OPTION,
    {.name = "--json", .kind = OPTION_FLAG, .help = "print the steps as one JSON document"},
    {0},
};

/* Everything that is wanted and lives until the end. */
struct work {
    struct arena arena;
    struct env_file env_file;
    struct variables variables;
    struct loaded loaded;
    struct package package;
    bool has_package;
    struct buf policy;
    struct deployment_wanted wanted;
};

static void work_release(struct work *work)
{
    if (work->has_package)
        package_release(&work->package);
    buf_release(&work->policy);
    arena_release(&work->arena);
}

static int fail(const struct error *err)
{
    log_error(LOG_ERROR, STR_NONE, err);
    return error_exit_status(err->code);
}

static enum error_code read_schedule(const struct arguments *arguments, struct work *work,
                                     struct error *err)
{
    const struct option_value *rate = arguments_get(arguments, "--rate");
    const struct option_value *cron = arguments_get(arguments, "--cron");
    if (cron->given && rate->given)
        return error_set(err, E_USAGE, "give --rate or --cron, not both");
    if (cron->given)
        return schedule_from_cron(&work->arena, str_from(cron->text), &work->wanted.schedule, err);
    return schedule_from_rate(&work->arena, str_from(rate->text), &work->wanted.schedule, err);
}

static enum error_code load(const struct arguments *arguments, struct work *work, struct error *err)
{
    const char *folder = arguments_get(arguments, "--definitions")->text;
    variables_begin(&work->variables, &work->arena, &work->env_file);
    const struct load_options load = {.lookup = variables_lookup,
                                      .lookup_context = &work->variables};
    enum error_code code = definitions_load(&work->arena, folder, &load, &work->loaded, err);
    if (code != E_OK)
        return code;
    print_findings(work->loaded.diagnostics.items, work->loaded.diagnostics.count);
    code = variables_complete(&work->variables, err);
    if (code == E_OK && work->loaded.error_count > 0)
        return error_set(err, E_DEFINITION, "the definitions in '%s' have errors: nothing was done",
                         folder);
    return code;
}

static enum error_code build(const struct arguments *arguments, struct work *work,
                             struct error *err)
{
    const char *arch = arguments_get(arguments, "--arch")->text;
    const struct option_value *program = arguments_get(arguments, "--program");
    struct package_options package = {
        .definitions = &work->loaded,
        .program = program->given ? program->text : NULL,
    };
    if (!package_arch_from_name(str_from(arch), &package.arch))
        return error_set(err, E_USAGE, "no architecture '%s'", arch);
    enum error_code code = package_build(&package, &work->package, err);
    if (code == E_LIMIT)
        error_prefix(err, "Lambda does not take such a package: ");
    if (code != E_OK)
        return code;
    work->has_package = true;
    work->wanted.zip = buf_str(&work->package.zip);
    work->wanted.sha256 = str_from(work->package.sha256_base64);
    work->wanted.arch = package_arch_name(package.arch);
    return E_OK;
}

static enum error_code write_policy(const struct arguments *arguments, struct work *work,
                                    struct error *err)
{
    size_t count = 0;
    const struct definition **definitions =
        ARENA_ARRAY(&work->arena, const struct definition *, work->loaded.files.count);
    for (size_t i = 0; i < work->loaded.files.count; i++)
        definitions[count++] = work->loaded.files.items[i].definition;
    struct policy_input input = {
        .definitions = definitions,
        .definition_count = count,
        .region = work->wanted.names.region,
        .account = work->wanted.names.account,
        .log_group = work->wanted.names.log_group,
    };
    const char *scope = arguments_get(arguments, "--scope")->text;
    if (!policy_scope_from_name(str_from(scope), &input.scope))
        return error_set(err, E_USAGE, "no scope '%s'", scope);
    struct json_writer w = JSON_WRITER(&work->policy, 0);
    enum error_code code = policy_write(&input, &w, err);
    work->wanted.policy = buf_str(&work->policy);
    return code;
}

/* What can be said without AWS. */
static enum error_code prepare(const struct arguments *arguments, struct work *work,
                               struct error *err)
{
    const struct option_value *env_file = arguments_get(arguments, "--env-file");
    enum error_code code = read_schedule(arguments, work, err);
    if (code == E_OK && env_file->given)
        code = env_file_read(&work->arena, env_file->text, &work->env_file, err);
    if (code != E_OK)
        return code;
    code = load(arguments, work, err);
    if (code == E_OK)
        code = build(arguments, work, err);
    work->wanted.variables = &work->variables;
    work->wanted.memory_mb = arguments_get(arguments, "--memory")->number;
    work->wanted.timeout_s = arguments_get(arguments, "--timeout")->number;
    work->wanted.is_unreserved = arguments_get(arguments, "--unreserved")->given;
    work->wanted.adopt = arguments_get(arguments, "--adopt")->given;
    return code;
}

struct progress {
    struct deploy_result *result;
    bool is_quiet;
};

static void on_done(void *context, const struct step *step)
{
    struct progress *progress = context;
    struct buf text CLEANUP(buf_release) = BUF_INIT(OUTPUT_BYTES);
    progress->result->is_done[step->kind] = true;
    if (progress->is_quiet)
        return;
    deploy_print_done(step, &text);
    output_write(&text);
    output_flush();
}

static void print_json(const struct deploy_result *result)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(OUTPUT_BYTES);
    deploy_write_json(result, &text);
    output_write(&text);
}

static int carry_out(struct function_session *session, struct work *work,
                     struct deploy_result *result, bool is_json)
{
    struct error err = ERROR_INIT;
    struct progress context = {.result = result, .is_quiet = is_json};
    const struct deployment_progress progress = {.done = on_done, .context = &context};
    enum error_code code =
        deployment_apply(&session->talk, &work->wanted, result->plan, &progress, &err);
    result->err = code != E_OK ? &err : NULL;
    if (is_json)
        print_json(result);
    result->err = NULL;
    if (code != E_OK)
        return function_fail(session, &err);
    return 0;
}

static int plan_and_apply(const struct arguments *arguments, struct function_session *session,
                          struct work *work)
{
    struct deployment_observed observed;
    struct step_plan plan;
    struct error err = ERROR_INIT;
    bool is_json = arguments_get(arguments, "--json")->given;
    if (deployment_observe(&session->talk, &session->names, &observed, &err) != E_OK)
        return function_fail(session, &err);
    deployment_compare(&session->talk.arena, &work->wanted, &observed, &plan);
    for (size_t i = 0; i < plan.refusals.count; i++)
        log_line(LOG_ERROR, STR_NONE, "%.*s", STR_ARG(plan.refusals.items[i]));
    if (plan.refusals.count > 0)
        return 1;
    struct deploy_result result = {
        .names = &session->names,
        .plan = &plan,
        .is_dry_run = arguments_get(arguments, "--dry-run")->given,
    };
    if (!is_json) {
        struct buf text CLEANUP(buf_release) = BUF_INIT(OUTPUT_BYTES);
        deploy_print_plan(&session->names, &plan, &text);
        output_write(&text);
        output_flush();
    }
    if (result.is_dry_run || plan.change_count == 0) {
        if (is_json)
            print_json(&result);
        return 0;
    }
    switch (function_ask(arguments, "Carry this out?")) {
    case CONSENT_IMPOSSIBLE:
        return 2;
    case CONSENT_REFUSED:
        return 1;
    case CONSENT_GIVEN:
        break;
    }
    return carry_out(session, work, &result, is_json);
}

static int run(const struct arguments *arguments)
{
    struct function_session session CLEANUP(function_session_release) = {0};
    struct work work CLEANUP(work_release) = {.policy = BUF_INIT(POLICY_BYTES)};
    struct error err = ERROR_INIT;
    bool asks =
        !arguments_get(arguments, "--yes")->given && !arguments_get(arguments, "--dry-run")->given;
    if (arguments_get(arguments, "--json")->given && asks)
        return command_usage_error(arguments->command,
                                   "--json cannot ask: give --yes or --dry-run with it");
    function_log_setup();
    if (prepare(arguments, &work, &err) != E_OK)
        return fail(&err);
    int status = function_session_open_named(arguments, &session);
    if (status != 0)
        return status;
    work.wanted.names = session.names;
    if (write_policy(arguments, &work, &err) != E_OK)
        return fail(&err);
    return plan_and_apply(arguments, &session, &work);
}

const struct command command_deploy = {
    .name = "deploy",
    .summary = "deploy the program and definitions as a scheduled AWS Lambda function",
    .options = options,
    .description =
        "Packs the program and the definitions, looks at what is in the account, says step by\n"
        "step what is to be created or changed and what is right already, asks (--yes: does\n"
        "not), and does it: log group, role with the policy that exactly these definitions\n"
        "need, function, reserved concurrency, schedule. Run again after changing anything, or\n"
        "after it was interrupted: only what differs is touched.\n\n"
        "The variables that the definitions use come from --env-file, then the environment, and\n"
        "go onto the function; so does the rest of the file. Its AWS_* variables do not: they\n"
        "are used for the deployment. Values are never printed.\n\n"
        "What is made carries the tag ecs-autoscale:managed with the deployment's name. What\n"
        "has that name without the tag is somebody else's and stops the deployment, unless\n"
        "--adopt takes it over (then 'destroy' removes it, too).\n\n"
        "Exit status: 0 where everything is as it should be (or the plan was shown), 1 where\n"
        "something failed or the answer was no, 2 for wrong usage, also where there is no\n"
        "terminal to ask on and no --yes.\n",
    .examples = "  ecs-autoscale deploy --dry-run\n"
                "  ecs-autoscale deploy --definitions clusters --env-file access.txt --yes\n"
                "  ecs-autoscale deploy --name nights --cron '0/10 18-23 ? * MON-FRI *' --yes\n",
    .run = run,
};
