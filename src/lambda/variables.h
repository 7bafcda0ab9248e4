/* The variables that go onto the function: what the definitions use, found through the loader, and
 * what the env file says. Values are secrets: no formatter for them exists here, and the arena
 * wipes them. */
#ifndef LAMBDA_VARIABLES_H
#define LAMBDA_VARIABLES_H

#include "base/jsonw.h"
#include "definition/load.h"
#include "lambda/env_file.h"

struct variables {
    struct arena *arena;
    const struct env_file *env_file;
    VEC(struct env_variable) used; /* by the definitions; each once, as they came */
    VEC(struct str) missing;
    VEC(struct env_variable) function; /* by name; after variables_complete */
};

/* `env_file` (may be empty) wins over the environment. */
void variables_begin(struct variables *variables, struct arena *arena,
                     const struct env_file *env_file);

/* For struct load_options: a lookup that remembers what it was asked for. The context is the
 * struct variables. */
bool variables_lookup(void *context, struct str name, struct str *value);

/* Decides what goes onto the function: everything used, and everything of the env file but AWS_*,
 * which is for the deployment (names that Lambda sets itself are left to it). E_MISSING lists all
 * that are used and not set; E_SYNTAX: a name that no function's variable can have, a value that is
 * no UTF-8; E_LIMIT: over Lambda's 4 KB, with the sizes by name. */
NODISCARD enum error_code variables_complete(struct variables *variables, struct error *err);

/* {"NAME":"value",…}: for AWS only. */
void variables_write(const struct variables *variables, struct json_writer *w);

/* An error of a call that carried them may quote them ("Value '{PASSWORD=…}' at 'environment'
 * failed to satisfy constraint"): puts %(NAME) for each value of three bytes and more, also for one
 * that the message's own end has cut. */
void variables_conceal(const struct variables *variables, struct error *err);

/* LOG_LEVEL as Lambda calls it ("DEBUG", "INFO", "WARN", "ERROR"); "INFO" where it says nothing. */
const char *variables_log_level(const struct variables *variables);

/* Puts the env file's AWS_* into this program's environment: credentials, region, endpoints of the
 * deployment. Credentials and region are taken as a set: what the environment has of another one
 * is forgotten. Before the first AWS client is made. */
void variables_use_for_deployment(const struct env_file *env_file);

#endif
