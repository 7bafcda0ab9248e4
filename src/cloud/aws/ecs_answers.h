/* ECS answers → facts. Pure: JSON in, facts out, so that they are fuzzed without set-up. Texts of
 * facts are copied into `arena`. What is wrong with an answer is E_PROTOCOL with the member's path.
 * Source: Amazon ECS API Reference, data types Service, ContainerInstance, TaskDefinition, Task,
 * CapacityProvider, Failure. */
#ifndef CLOUD_AWS_ECS_ANSWERS_H
#define CLOUD_AWS_ECS_ANSWERS_H

#include "base/arena.h"
#include "cloud/aws/item.h"
#include "model/snapshot.h"

/* The list of a Describe… answer, and the members that name its objects. */
struct ecs_described {
    const char *list; /* "services" */
    const char *arn;  /* "serviceArn" */
    const char *name; /* "serviceName"; NULL: only the ARN names it */
    const char *noun; /* "service" */
};

extern const struct ecs_described ecs_services;
extern const struct ecs_described ecs_instances;
extern const struct ecs_described ecs_tasks;
extern const struct ecs_described ecs_capacity_providers;

/* What comes after the last '/': the same in short and long ARNs, and the whole of a plain name. */
struct str ecs_name(struct str arn_or_name);

/* The described object that `wanted` (name or ARN, short or long) asked for; looked for from
 * position `hint` on, where answers usually have it. E_MISSING: `failures` says MISSING.
 * E_CLIENT: it gives another reason. E_PROTOCOL: the answer does not account for it. */
NODISCARD enum error_code ecs_find(const json_t *answer, const struct ecs_described *kind,
                                   struct str wanted, size_t hint, struct item *out,
                                   struct error *err);

/* The ARNs of one page of a list, appended by the caller: *out is the answer's array of strings. */
NODISCARD enum error_code ecs_read_arns(const json_t *answer, const char *key, const json_t **out,
                                        struct error *err);
/* nextToken; empty at the end of the list. */
NODISCARD enum error_code ecs_read_token(const json_t *answer, struct str *token,
                                         struct error *err);

/* Fills all but `fact` and the metrics. */
NODISCARD enum error_code ecs_read_service(const struct item *item, struct arena *arena,
                                           struct service_facts *out, struct error *err);
NODISCARD enum error_code ecs_read_instance(const struct item *item, struct arena *arena,
                                            struct instance_facts *out, struct error *err);

/* Room that a task of this revision takes: the task's own cpu and memory where given, else the sum
 * over its containers (memoryReservation before memory). */
NODISCARD enum error_code ecs_read_task_size(const json_t *answer, struct resources *out,
                                             struct error *err);

/* *counts: is this an ACTIVE service with the DAEMON strategy? Filled only then. */
NODISCARD enum error_code ecs_read_daemon(const struct item *item, struct arena *arena,
                                          bool *counts, struct daemon_facts *out,
                                          struct error *err);

/* *counts: is the task on that instance and not STOPPED yet? */
NODISCARD enum error_code ecs_read_task(const struct item *item, struct str instance_arn,
                                        bool *counts, struct error *err);

/* Is managed scaling of its Auto Scaling group ENABLED? */
NODISCARD enum error_code ecs_read_capacity_provider(const struct item *item, bool *managed_scaling,
                                                     struct error *err);

#endif
