/* The operations of a pass besides those of ECS (ecs_operations.h): rows beside the code that uses
 * them, named here for whoever has to know what a pass may ask for (lambda/policy.h). */
#ifndef CLOUD_AWS_OPERATIONS_H
#define CLOUD_AWS_OPERATIONS_H

#include "cloud/aws/call.h"

extern const struct aws_operation autoscaling_describe_groups;    /* autoscaling.c */
extern const struct aws_operation autoscaling_update_group;       /* acts.c */
extern const struct aws_operation autoscaling_set_capacity;       /* acts.c */
extern const struct aws_operation autoscaling_terminate_instance; /* acts.c */
extern const struct aws_operation cloudwatch_get_metric_data;     /* cloudwatch.c */

#endif
