/* `ecs-autoscale policy`: the IAM policy that passes over these definitions need. */
#include "command/command.h"
#include "command/output.h"
#include "command/print_findings.h"

#include "cloud/aws/config.h"
#include "definition/load.h"
#include "lambda/policy.h"

#include "base/banned.h"

enum { OUTPUT_BYTES = 64 * 1024 * 1024, NOTES_BYTES = 1024 * 1024 };

static const struct option options[] = {
    {.name = "--definitions",
     .kind = OPTION_FOLDER,
     .value = "DIR",
     .help = "the folder of definitions (or one file)",
     .fallback = "clusters"},
    {.name = "--region",
     .kind = OPTION_TEXT,
     .value = "REGION",
     .help = "for definitions without one; else AWS_REGION or the profile's"},
    {.name = "--profile",
     .kind = OPTION_TEXT,
     .value = "NAME",
     .help = "the profile in ~/.aws whose region counts; else AWS_PROFILE"},
    {.name = "--account",
     .kind = OPTION_TEXT,
     .value = "ID",
     .help = "the account's 12 digits; where not given, ARNs name any"},
    {.name = "--name",
     .kind = OPTION_TEXT,
     .value = "NAME",
     .help = "the Lambda function of that name may write its log, too"},
    {.name = "--scope",
     .kind = OPTION_CHOICE,
     .value = "SCOPE",
     .help = "allow single services, whole clusters, or whole regions",
     .fallback = "service",
     .choices = "service|cluster|region"},
    {.name = "--explain",
     .kind = OPTION_FLAG,
     .help = "say what each action is for, in place of the policy"},
    {0},
};

static bool is_account(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    }
    return text.len == 12;
}

static bool is_function_name(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_alphanumeric =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_alphanumeric && c != '-' && c != '_')
            return false;
    }
    return text.len > 0 && text.len <= 64;
}

static int complain(const struct error *err)
{
    fprintf(stderr, "ecs-autoscale policy: %s%s%s\n", err->where, err->where[0] != '\0' ? ": " : "",
            err->message);
    return error_exit_status(err->code);
}

/* Says what is wrong with them; false where anything is: a policy for the rest would be no policy
 * for these definitions. */
static bool load(const char *path, struct arena *arena, struct loaded *loaded)
{
    struct error err = ERROR_INIT;
    if (definitions_load(arena, path, NULL, loaded, &err) != E_OK) {
        complain(&err);
        return false;
    }
    print_findings(loaded->diagnostics.items, loaded->diagnostics.count);
    if (loaded->error_count > 0)
        fprintf(stderr, "ecs-autoscale policy: no policy for definitions with errors\n");
    return loaded->error_count == 0;
}

/* A name whose text comes out of the environment stands in the policy with its value. */
static void note_name(const char *what, const struct text *name)
{
    if (!str_eq(name->value, name->shown))
        fprintf(stderr,
                "ecs-autoscale policy: %s '%.*s' is named by the environment: its value stands in "
                "the policy\n",
                what, STR_ARG(name->shown));
}

static void note_names(const struct definition *definition)
{
    if (definition->has_group)
        note_name("the group", &definition->group);
    for (size_t i = 0; i < definition->service_count; i++)
        note_name("the service", &definition->services[i].name);
}

static enum error_code print(const struct policy_input *input, bool explain, struct error *err)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(OUTPUT_BYTES);
    struct buf any CLEANUP(buf_release) = BUF_INIT(NOTES_BYTES);
    struct json_writer w = JSON_WRITER(&text, 2);
    enum error_code code =
        explain ? policy_explain(input, &text, err) : policy_write(input, &w, err);
    if (code != E_OK)
        return code;
    if (!explain) {
        buf_add_char(&text, '\n');
        for (size_t i = 0; i < input->definition_count; i++)
            note_names(input->definitions[i]);
        if (policy_everywhere(input, &any) > 0)
            fprintf(stderr,
                    "ecs-autoscale policy: on every resource ('*'), since IAM knows no narrower "
                    "one: %s (--explain says more)\n",
                    buf_cstr(&any));
    }
    output_write(&text);
    return E_OK;
}

static int run(const struct arguments *arguments)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct aws_config config CLEANUP(aws_config_release) = {0};
    struct loaded loaded = {0};
    struct error err = ERROR_INIT;
    const struct option_value *name = arguments_get(arguments, "--name");
    struct policy_input input = {.account = str_from(arguments_get(arguments, "--account")->text)};
    if (input.account.len > 0 && !is_account(input.account))
        return command_usage_error(arguments->command,
                                   "option '--account' takes 12 digits, not '%.*s'",
                                   STR_ARG(input.account));
    if (name->given && !is_function_name(str_from(name->text)))
        return command_usage_error(arguments->command,
                                   "option '--name' takes up to 64 letters, digits, '-' and '_', "
                                   "not '%s'",
                                   name->text);
    bool known =
        policy_scope_from_name(str_from(arguments_get(arguments, "--scope")->text), &input.scope);
    if (!known)
        return 2; /* options_parse lets no other through */
    if (!load(arguments_get(arguments, "--definitions")->text, &arena, &loaded))
        return 1;
    if (aws_config_load(&config, arguments_get(arguments, "--profile")->text, &err) != E_OK)
        return complain(&err);
    config.region = str_from(arguments_get(arguments, "--region")->text);
    const struct definition **definitions =
        ARENA_ARRAY(&arena, const struct definition *, loaded.files.count);
    for (size_t i = 0; i < loaded.files.count; i++)
        definitions[i] = loaded.files.items[i].definition;
    input.definitions = definitions;
    input.definition_count = loaded.files.count;
    input.region = aws_config_region(&config);
    if (name->given)
        input.log_group = arena_printf(&arena, "/aws/lambda/%s", name->text);
    return print(&input, arguments_get(arguments, "--explain")->given, &err) == E_OK
               ? 0
               : complain(&err);
}

const struct command command_policy = {
    .name = "policy",
    .summary = "print the IAM policy that passes over the definitions need",
    .options = options,
    .description =
        "Prints, as JSON, the least that the identity in use must be allowed for passes over\n"
        "exactly these definitions: the actions that they can lead to, on the clusters,\n"
        "services and groups they name. Which actions are on '*', since IAM knows no narrower\n"
        "resource for them, is said on standard error. 'deploy' gives the function's role the\n"
        "same policy. Nothing is asked of AWS; the environment variables that the definitions\n"
        "use must be set.\n\n"
        "With --name the Lambda function of that name may write its log, too. IAM takes 10240\n"
        "characters in the inline policies of a role: a policy that would be longer is refused,\n"
        "and --scope cluster, or region, makes it shorter by allowing more.\n",
    .examples = "  ecs-autoscale policy\n"
                "  ecs-autoscale policy --definitions clusters --account 123456789012\n"
                "  ecs-autoscale policy --name ecs-autoscale --explain\n",
    .run = run,
};
