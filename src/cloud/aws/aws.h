/* The real account behind the upper seam: cloud.h on AWS. */
#ifndef CLOUD_AWS_AWS_H
#define CLOUD_AWS_AWS_H

#include "cloud/aws/client.h"
#include "cloud/cloud.h"

/* `client` and its transport are borrowed and must outlive the cloud. The cloud keeps the cache of
 * task-definition revisions for its own life. */
struct cloud *cloud_aws_new(struct aws_client *client, struct transport *transport);

#endif
