#include "cloud/aws/call.h"

#include "base/banned.h"

/* Source: the SDKs' service models (metadata of each). CloudWatch's JSON protocol is recent; its
 * Query protocol is what every emulator and proxy has. */
const struct aws_service aws_ecs = {
    .name = "ecs",
    .endpoint_id = "ECS",
    .protocol = AWS_JSON,
    .version = "1.1",
    .target = "AmazonEC2ContainerServiceV20141113.",
};

const struct aws_service aws_autoscaling = {
    .name = "autoscaling",
    .endpoint_id = "AUTO_SCALING",
    .protocol = AWS_QUERY,
    .version = "2011-01-01",
};

const struct aws_service aws_cloudwatch = {
    .name = "monitoring",
    .endpoint_id = "CLOUDWATCH",
    .protocol = AWS_QUERY,
    .version = "2010-08-01",
};

const struct aws_service aws_sts = {
    .name = "sts",
    .endpoint_id = "STS",
    .protocol = AWS_QUERY,
    .version = "2011-06-15",
};

const struct aws_service aws_lambda = {
    .name = "lambda",
    .endpoint_id = "LAMBDA",
    .protocol = AWS_REST_JSON,
};

const struct aws_service aws_iam = {
    .name = "iam",
    .endpoint_id = "IAM",
    .protocol = AWS_QUERY,
    .version = "2010-05-08",
};

const struct aws_service aws_events = {
    .name = "events",
    .endpoint_id = "EVENTBRIDGE",
    .protocol = AWS_JSON,
    .version = "1.1",
    .target = "AWSEvents.",
};

const struct aws_service aws_logs = {
    .name = "logs",
    .endpoint_id = "CLOUDWATCH_LOGS",
    .protocol = AWS_JSON,
    .version = "1.1",
    .target = "Logs_20140328.",
};

const struct aws_service aws_tagging = {
    .name = "tagging",
    .endpoint_id = "RESOURCE_GROUPS_TAGGING_API",
    .protocol = AWS_JSON,
    .version = "1.1",
    .target = "ResourceGroupsTaggingAPI_20170126.",
};
