/* What the files of a deployment share: the documents and requests that stand for what is wanted.
 * Private to deployment*.c. */
#ifndef LAMBDA_DEPLOYMENT_PARTS_H
#define LAMBDA_DEPLOYMENT_PARTS_H

#include "lambda/deployment.h"

#define DEPLOYMENT_POLICY_NAME "ecs-autoscale"
#define DEPLOYMENT_STATEMENT   "ecs-autoscale-schedule"
#define DEPLOYMENT_TARGET      "ecs-autoscale"
#define DEPLOYMENT_RUNTIME     "provided.al2023"
#define DEPLOYMENT_HANDLER     "bootstrap"
#define DEPLOYMENT_DESCRIPTION "ecs-autoscale: scales ECS services and their instances"

/* Lets Lambda assume the role. */
extern const char deployment_trust[];

/* Keys of UpdateFunctionConfiguration, which CreateFunction has, too; within an open object. */
void function_write_settings(const struct deployment_wanted *wanted, struct json_writer *w);

/* {"KEY": name} of the tag. */
void tag_write_map(const struct deployment_names *names, struct json_writer *w);
/* [{"Key": …, "Value": …}] */
void tag_write_list(const struct deployment_names *names, struct json_writer *w);

/* Waits until the function can be changed or used: active, no update in progress. E_SERVER where
 * an update failed; E_TIMEOUT. */
NODISCARD enum error_code function_wait(struct aws_talk *talk, const struct deployment_names *names,
                                        struct error *err);

/* Of an answer with FailedEntryCount: E_CLIENT with what the first failed entry says. */
NODISCARD enum error_code events_check_entries(const struct aws_reply *reply,
                                               const struct aws_operation *operation,
                                               struct error *err);

/* Sends a JSON call whose body is in `body`. */
NODISCARD enum error_code ask_json(struct aws_talk *talk, const struct aws_operation *operation,
                                   const struct buf *body, struct aws_reply *reply,
                                   struct error *err);
/* The same for a function's operation; `body` NULL: none. */
NODISCARD enum error_code ask_function(struct aws_talk *talk, const struct aws_operation *operation,
                                       struct str function, const struct buf *body,
                                       struct error *err);

#endif
