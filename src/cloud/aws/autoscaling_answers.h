/* Auto Scaling answers → facts. Pure. Texts are copied into `arena`. What is wrong with an answer
 * is E_PROTOCOL with the element's path. Source: Amazon EC2 Auto Scaling API Reference,
 * DescribeAutoScalingGroups, data types AutoScalingGroup and Instance. */
#ifndef CLOUD_AWS_AUTOSCALING_ANSWERS_H
#define CLOUD_AWS_AUTOSCALING_ANSWERS_H

#include "cloud/aws/xml.h"
#include "model/snapshot.h"

/* The group of exactly that name in one page of the answer (the …Result element); all but `fact` is
 * filled. E_MISSING: not in this page, or being deleted (which err says). */
NODISCARD enum error_code autoscaling_read_group(const struct xml_node *result, struct arena *arena,
                                                 struct str name, struct group_facts *out,
                                                 struct error *err);

#endif
