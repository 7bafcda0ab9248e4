/* The inside of a simulated account: what its files do for one another. */
#ifndef CLOUD_SIM_PARTS_H
#define CLOUD_SIM_PARTS_H

#include "cloud/sim/state.h"

/* world.c */
void sim_after(struct sim_world *world, int64_t delay_ms, enum sim_event_kind kind, void *subject,
               uint64_t serial);
void sim_list_grow(void **items, size_t *room, size_t count);

/* groups.c: the group's side of instances */
void sim_group_begin(struct sim_group *group); /* its first instances, joined */
void sim_group_reconcile(struct sim_group *group);
void sim_group_launch_again(struct sim_group *group);
void sim_instance_terminating(struct sim_instance *instance, bool by_call);
void sim_instance_in_service(struct sim_instance *instance);
void sim_instance_gone(struct sim_instance *instance);
struct sim_instance *sim_instance_of(const struct sim_world *world, struct str region,
                                     struct str ec2_id); /* region may be empty: any */

/* instances.c: the cluster's side of instances */
void sim_instance_hold(struct sim_instance *instance);
void sim_instance_let_go(struct sim_instance *instance);
void sim_instance_join(struct sim_instance *instance);
void sim_instance_forget(struct sim_instance *instance);
void sim_instance_set_draining(struct sim_instance *instance, bool is_draining);
void sim_instance_set_connected(struct sim_instance *instance, bool is_connected);
void sim_instance_kill_tasks(struct sim_instance *instance);
bool sim_instance_is_placeable(const struct sim_instance *instance);
void sim_instances_insert(struct sim_instance_list *list, struct sim_instance *instance);
void sim_instances_remove(struct sim_instance_list *list, const struct sim_instance *instance);
void sim_instances_add(struct sim_instance_list *list, struct sim_instance *instance);

/* tasks.c: a task's life */
struct sim_task *sim_task_place(struct sim_service *service, struct sim_instance *instance,
                                struct resources size);
bool sim_task_is_standalone(const struct sim_task *task);
void sim_task_stop(struct sim_task *task);    /* asks it to */
void sim_task_end(struct sim_task *task);     /* is STOPPED now */
void sim_task_started(struct sim_task *task); /* events */
void sim_task_stopped(struct sim_task *task);
void sim_task_forget(struct sim_task *task);

/* scheduler.c */
void sim_service_look_at(struct sim_service *service);        /* soon, at this time */
void sim_instance_has_changed(struct sim_instance *instance); /* likewise */
void sim_cluster_schedule(struct sim_cluster *cluster);
/* placement.c: places up to `wanted` tasks on the candidates; how many it did. Changes their order.
 */
int64_t sim_service_place(struct sim_service *service, struct sim_instance_list *candidates,
                          int64_t wanted);
/* Stops so many tasks that are not on draining instances. */
void sim_service_stop(struct sim_service *service, int64_t count);

/* metrics.c */
void sim_service_metrics(struct sim_service *service, struct arena *arena);
void sim_metrics_minute(struct sim_service *service, int64_t minute);
void sim_metrics_release(struct sim_service *service);

/* find.c: by name; NULL where there is none */
void sim_find_init(struct sim_world *world);
struct sim_cluster *sim_find_cluster(const struct sim_world *world, struct str region,
                                     struct str name);
struct sim_group *sim_find_group(const struct sim_world *world, struct str region, struct str name);
struct sim_service *sim_find_service(const struct sim_cluster *cluster, struct str name);
struct sim_service *sim_find_definition(const struct sim_world *world, struct str arn);
struct sim_service *sim_find_document(const struct sim_world *world, struct str url);
struct sim_metric *sim_find_metric(const struct sim_world *world, struct str region,
                                   const struct statistic_query *query);

#endif
