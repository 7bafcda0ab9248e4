/* What the commands about the deployed function share: which function, in which account, and
 * asking before something is changed. */
#ifndef COMMAND_FUNCTION_OPTIONS_H
#define COMMAND_FUNCTION_OPTIONS_H

#include "cloud/aws/talk.h"
#include "command/command.h"
#include "lambda/deployment.h"
#include "pass/account.h"

/* Rows for a command's table of options. */
#define FUNCTION_OPTIONS                                                                           \
    {.name = "--name",                                                                             \
     .kind = OPTION_TEXT,                                                                          \
     .value = "NAME",                                                                              \
     .help = "the function's name; its role, rule, logs have it, too",                             \
     .fallback = "ecs-autoscale"},                                                                 \
        {.name = "--region",                                                                       \
         .kind = OPTION_TEXT,                                                                      \
         .value = "REGION",                                                                        \
         .help = "where the function is; else AWS_REGION or the profile's"},                       \
    {                                                                                              \
        .name = "--profile", .kind = OPTION_TEXT, .value = "NAME",                                 \
        .help = "the profile in ~/.aws to use; else AWS_PROFILE"                                   \
    }

/* Of commands that need nothing else out of it; every command with FUNCTION_OPTIONS has one. */
#define ENV_FILE_OPTION                                                                            \
    {                                                                                              \
        .name = "--env-file", .kind = OPTION_FILE, .value = "FILE",                                \
        .help = "the file of 'deploy': its AWS_* variables (credentials, region) are used"         \
    }

#define YES_OPTION                                                                                 \
    {                                                                                              \
        .name = "--yes", .kind = OPTION_FLAG, .help = "do not ask before changing something"       \
    }

struct function_session {
    struct account account;
    struct aws_talk talk;
    struct deployment_names names; /* names.name at least */
};

/* LOG_LEVEL, as text; function_session_open does it, too. */
void function_log_setup(void);

/* Sets the log up; takes AWS_* out of the --env-file; opens the account. Not 0: the exit status,
 * everything has been said. */
int function_session_open(const struct arguments *arguments, struct function_session *session);
/* The same, and asks who is calling: all of session.names. */
int function_session_open_named(const struct arguments *arguments,
                                struct function_session *session);
void function_session_release(struct function_session *session); /* for CLEANUP */

/* Logs the error, with a hint where the region's host cannot be found; gives the exit status. */
int function_fail(const struct function_session *session, const struct error *err);

enum consent { CONSENT_GIVEN, CONSENT_REFUSED, CONSENT_IMPOSSIBLE };

/* --yes, or a yes on the terminal. Where there is no terminal to ask on: says so. */
enum consent function_ask(const struct arguments *arguments, const char *question);

#endif
