#include "command/function_options.h"

#include "base/log.h"
#include "cloud/aws/config.h"
#include "command/output.h"
#include "command/print_text.h"
#include "lambda/variables.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

void function_log_setup(void)
{
    enum log_level level = LOG_INFO;
    if (!log_level_from_name(str_from(getenv("LOG_LEVEL")), &level))
        level = LOG_INFO;
    const struct log_options log = {
        .level = level,
        .format = LOG_FORMAT_TEXT,
        .colour = print_style_of(stderr).colour,
        .fd = STDERR_FILENO,
    };
    log_setup(&log);
}

static enum error_code use_env_file(const struct arguments *arguments, struct error *err)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct env_file file = {0};
    const struct option_value *option = arguments_get(arguments, "--env-file");
    if (!option->given)
        return E_OK;
    enum error_code code = env_file_read(&arena, option->text, &file, err);
    if (code == E_OK)
        variables_use_for_deployment(&file);
    return code;
}

int function_session_open(const struct arguments *arguments, struct function_session *session)
{
    struct error err = ERROR_INIT;
    const struct option_value *region = arguments_get(arguments, "--region");
    const struct option_value *profile = arguments_get(arguments, "--profile");
    function_log_setup();
    if (region->given && !aws_region_is_valid(str_from(region->text)))
        return command_usage_error(arguments->command,
                                   "option '--region' takes a region like eu-west-1, not '%s'",
                                   region->text);
    const struct account_options options = {
        .region = region->given ? region->text : NULL,
        .profile = profile->given ? profile->text : NULL,
    };
    if (use_env_file(arguments, &err) != E_OK ||
        account_open(&session->account, &options, &err) != E_OK)
        return function_fail(session, &err);
    session->talk.client = session->account.client;
    session->talk.transport = session->account.transport;
    session->names = (struct deployment_names){
        .name = str_from(arguments_get(arguments, "--name")->text),
        .region = session->account.region,
    };
    return 0;
}

int function_session_open_named(const struct arguments *arguments, struct function_session *session)
{
    struct error err = ERROR_INIT;
    int status = function_session_open(arguments, session);
    if (status != 0)
        return status;
    struct str name = session->names.name;
    if (deployment_names_find(&session->talk, name, &session->names, &err) != E_OK)
        return function_fail(session, &err);
    return 0;
}

void function_session_release(struct function_session *session)
{
    aws_talk_release(&session->talk);
    account_release(&session->account);
}

int function_fail(const struct function_session *session, const struct error *err)
{
    struct error shown = *err;
    struct str message = str_from(err->message);
    struct str region = session->account.region;
    if (err->code == E_NETWORK && region.len > 0 && str_find_str(message, region) < message.len)
        error_prefix(&shown, "is there a region '%.*s'? ", STR_ARG(region));
    log_error(LOG_ERROR, STR_NONE, &shown);
    int status = error_exit_status(err->code);
    return status != 0 ? status : 1;
}

enum consent function_ask(const struct arguments *arguments, const char *question)
{
    char answer[16] = "";
    if (arguments_get(arguments, "--yes")->given)
        return CONSENT_GIVEN;
    if (!isatty(STDIN_FILENO)) {
        fprintf(stderr,
                "ecs-autoscale %s: there is no terminal to ask on, so nothing was changed; give "
                "--yes\n",
                arguments->command->name);
        return CONSENT_IMPOSSIBLE;
    }
    output_flush();
    fprintf(stderr, "%s [y/N] ", question);
    if (fgets(answer, sizeof(answer), stdin) == NULL)
        return CONSENT_REFUSED;
    struct str word = str_trim(str_from(answer));
    bool is_yes = str_eq_nocase(word, STR("y")) || str_eq_nocase(word, STR("yes"));
    return is_yes ? CONSENT_GIVEN : CONSENT_REFUSED;
}
