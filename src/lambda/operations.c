#include "lambda/operations.h"

#include "base/banned.h"

enum {
    UPLOAD_TIMEOUT_MS = 300 * 1000, /* a package of 5 MB over a slow line */
    /* Lambda's longest run, and what it takes to get there. */
    INVOKE_TIMEOUT_MS = (900 + 30) * 1000,
};

#define FUNCTION "/2015-03-31/functions/{}"

#define GIVES(service_row, prefix, name_text)                                                      \
    {                                                                                              \
        .service = &(service_row), .name = (name_text), .permission = prefix ":" name_text,        \
        .repeatable = true                                                                         \
    }
/* Of JSON services: the answer to a success is empty. */
#define SILENT(service_row, prefix, name_text)                                                     \
    {                                                                                              \
        .service = &(service_row), .name = (name_text), .permission = prefix ":" name_text,        \
        .repeatable = true, .answers_freely = true                                                 \
    }

const struct aws_operation sts_get_caller_identity = GIVES(aws_sts, "sts", "GetCallerIdentity");

const struct aws_operation lambda_get_function = {
    .service = &aws_lambda,
    .name = "GetFunction",
    .permission = "lambda:GetFunction",
    .repeatable = true,
    .method = "GET",
    .path = FUNCTION,
};

const struct aws_operation lambda_create_function = {
    .service = &aws_lambda,
    .name = "CreateFunction",
    .permission = "lambda:CreateFunction",
    .repeatable = true,
    .timeout_ms = UPLOAD_TIMEOUT_MS,
    .method = "POST",
    .path = "/2015-03-31/functions",
};

const struct aws_operation lambda_update_code = {
    .service = &aws_lambda,
    .name = "UpdateFunctionCode",
    .permission = "lambda:UpdateFunctionCode",
    .repeatable = true,
    .timeout_ms = UPLOAD_TIMEOUT_MS,
    .method = "PUT",
    .path = FUNCTION "/code",
};

const struct aws_operation lambda_update_configuration = {
    .service = &aws_lambda,
    .name = "UpdateFunctionConfiguration",
    .permission = "lambda:UpdateFunctionConfiguration",
    .repeatable = true,
    .method = "PUT",
    .path = FUNCTION "/configuration",
};

const struct aws_operation lambda_put_concurrency = {
    .service = &aws_lambda,
    .name = "PutFunctionConcurrency",
    .permission = "lambda:PutFunctionConcurrency",
    .repeatable = true,
    .method = "PUT",
    .path = "/2017-10-31/functions/{}/concurrency",
};

const struct aws_operation lambda_delete_function = {
    .service = &aws_lambda,
    .name = "DeleteFunction",
    .permission = "lambda:DeleteFunction",
    .repeatable = true,
    .answers_freely = true,
    .method = "DELETE",
    .path = FUNCTION,
};

const struct aws_operation lambda_get_policy = {
    .service = &aws_lambda,
    .name = "GetPolicy",
    .permission = "lambda:GetPolicy",
    .repeatable = true,
    .method = "GET",
    .path = FUNCTION "/policy",
};

const struct aws_operation lambda_add_permission = {
    .service = &aws_lambda,
    .name = "AddPermission",
    .permission = "lambda:AddPermission",
    .repeatable = true,
    .method = "POST",
    .path = FUNCTION "/policy",
};

const struct aws_operation lambda_remove_permission = {
    .service = &aws_lambda,
    .name = "RemovePermission",
    .permission = "lambda:RemovePermission",
    .repeatable = true,
    .answers_freely = true,
    .method = "DELETE",
    .path = FUNCTION "/policy/{}",
};

static const struct http_header invoke_headers[] = {
    {{"X-Amz-Invocation-Type", 21}, {"RequestResponse", 15}},
    {{"X-Amz-Log-Type", 14}, {"Tail", 4}},
};

const struct aws_operation lambda_invoke = {
    .service = &aws_lambda,
    .name = "Invoke",
    .permission = "lambda:InvokeFunction",
    .repeatable = false,
    .answers_freely = true,
    .timeout_ms = INVOKE_TIMEOUT_MS,
    .method = "POST",
    .path = FUNCTION "/invocations",
    .headers = invoke_headers,
    .header_count = ARRAY_LEN(invoke_headers),
};

const struct aws_operation iam_get_role = GIVES(aws_iam, "iam", "GetRole");
const struct aws_operation iam_create_role = GIVES(aws_iam, "iam", "CreateRole");
const struct aws_operation iam_update_trust = GIVES(aws_iam, "iam", "UpdateAssumeRolePolicy");
const struct aws_operation iam_tag_role = GIVES(aws_iam, "iam", "TagRole");
const struct aws_operation iam_delete_role = GIVES(aws_iam, "iam", "DeleteRole");
const struct aws_operation iam_get_role_policy = GIVES(aws_iam, "iam", "GetRolePolicy");
const struct aws_operation iam_put_role_policy = GIVES(aws_iam, "iam", "PutRolePolicy");
const struct aws_operation iam_delete_role_policy = GIVES(aws_iam, "iam", "DeleteRolePolicy");

const struct aws_operation events_describe_rule = GIVES(aws_events, "events", "DescribeRule");
const struct aws_operation events_put_rule = GIVES(aws_events, "events", "PutRule");
const struct aws_operation events_delete_rule = SILENT(aws_events, "events", "DeleteRule");
const struct aws_operation events_list_targets = GIVES(aws_events, "events", "ListTargetsByRule");
const struct aws_operation events_put_targets = GIVES(aws_events, "events", "PutTargets");
const struct aws_operation events_remove_targets = GIVES(aws_events, "events", "RemoveTargets");
const struct aws_operation events_list_tags = GIVES(aws_events, "events", "ListTagsForResource");
const struct aws_operation events_tag = SILENT(aws_events, "events", "TagResource");

const struct aws_operation logs_describe_groups = GIVES(aws_logs, "logs", "DescribeLogGroups");
const struct aws_operation logs_create_group = SILENT(aws_logs, "logs", "CreateLogGroup");
const struct aws_operation logs_put_retention = SILENT(aws_logs, "logs", "PutRetentionPolicy");
const struct aws_operation logs_list_tags = GIVES(aws_logs, "logs", "ListTagsForResource");
const struct aws_operation logs_tag = SILENT(aws_logs, "logs", "TagResource");
const struct aws_operation logs_delete_group = SILENT(aws_logs, "logs", "DeleteLogGroup");
const struct aws_operation logs_filter_events = GIVES(aws_logs, "logs", "FilterLogEvents");

/* Lambda's own TagResource has the function's ARN in its path, whose colons libcurl 7.88 does not
 * sign as AWS does; this one has it in its body. It needs lambda:TagResource as well. */
const struct aws_operation tagging_tag_resources = {
    .service = &aws_tagging,
    .name = "TagResources",
    .permission = "tag:TagResources",
    .repeatable = true,
};
const struct aws_operation metrics_get_data = GIVES(aws_cloudwatch, "cloudwatch", "GetMetricData");
