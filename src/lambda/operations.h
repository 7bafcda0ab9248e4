/* The AWS operations that deploying and operating the function use: one row each. All may be sent
 * again: what they do twice is the same as once, or "exists already", which deploy looks into.
 * Only `lambda_invoke` runs something each time. */
#ifndef LAMBDA_OPERATIONS_H
#define LAMBDA_OPERATIONS_H

#include "cloud/aws/call.h"

extern const struct aws_operation sts_get_caller_identity;

extern const struct aws_operation lambda_get_function;
extern const struct aws_operation lambda_create_function;
extern const struct aws_operation lambda_update_code;
extern const struct aws_operation lambda_update_configuration;
extern const struct aws_operation lambda_put_concurrency;
extern const struct aws_operation lambda_delete_function;
extern const struct aws_operation lambda_get_policy;
extern const struct aws_operation lambda_add_permission;
extern const struct aws_operation lambda_remove_permission;
extern const struct aws_operation lambda_invoke;

extern const struct aws_operation iam_get_role;
extern const struct aws_operation iam_create_role;
extern const struct aws_operation iam_update_trust;
extern const struct aws_operation iam_tag_role;
extern const struct aws_operation iam_delete_role;
extern const struct aws_operation iam_get_role_policy;
extern const struct aws_operation iam_put_role_policy;
extern const struct aws_operation iam_delete_role_policy;

extern const struct aws_operation events_describe_rule;
extern const struct aws_operation events_put_rule;
extern const struct aws_operation events_delete_rule;
extern const struct aws_operation events_list_targets;
extern const struct aws_operation events_put_targets;
extern const struct aws_operation events_remove_targets;
extern const struct aws_operation events_list_tags;
extern const struct aws_operation events_tag;

extern const struct aws_operation logs_describe_groups;
extern const struct aws_operation logs_create_group;
extern const struct aws_operation logs_put_retention;
extern const struct aws_operation logs_list_tags;
extern const struct aws_operation logs_tag;
extern const struct aws_operation logs_delete_group;
extern const struct aws_operation logs_filter_events;

extern const struct aws_operation tagging_tag_resources;
extern const struct aws_operation metrics_get_data;

#endif
