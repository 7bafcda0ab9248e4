/* Any bytes as the JSON answer of every ECS operation that is read. */
#include "tests_fuzz.h"

#include "cloud/aws/ecs_answers.h"

#include "base/banned.h"

static void read_described(const json_t *answer, struct arena *arena, struct error *err)
{
    struct item item;
    struct service_facts service;
    struct instance_facts instance;
    struct daemon_facts daemon;
    bool flag = false;
    if (ecs_find(answer, &ecs_services, STR("worker"), 1, &item, err) == E_OK) {
        (void)!ecs_read_service(&item, arena, &service, err);
        (void)!ecs_read_daemon(&item, arena, &flag, &daemon, err);
    }
    if (ecs_find(answer, &ecs_instances, STR("0a1b"), 0, &item, err) == E_OK)
        (void)!ecs_read_instance(&item, arena, &instance, err);
    if (ecs_find(answer, &ecs_tasks, STR("77aa"), 0, &item, err) == E_OK)
        (void)!ecs_read_task(&item, STR("0a1b"), &flag, err);
    if (ecs_find(answer, &ecs_capacity_providers, STR("fleet"), 9, &item, err) == E_OK)
        (void)!ecs_read_capacity_provider(&item, &flag, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT;
    struct error err = ERROR_INIT;
    json_t *answer CLEANUP(json_release) = NULL;
    if (json_parse((struct str){.ptr = (const char *)data, .len = size}, &answer, &err) == E_OK) {
        const json_t *arns = NULL;
        struct str token = STR_NONE;
        struct resources room;
        read_described(answer, &arena, &err);
        (void)!ecs_read_arns(answer, "containerInstanceArns", &arns, &err);
        (void)!ecs_read_token(answer, &token, &err);
        (void)!ecs_read_task_size(answer, &room, &err);
    }
    arena_release(&arena);
    return 0;
}
