/* The cluster's container instances, each joined with what the Auto Scaling group says about it,
 * in order of name. Pure. */
#ifndef DECIDE_FLEET_H
#define DECIDE_FLEET_H

#include "base/arena.h"
#include "model/snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the group does with an instance. */
enum membership {
    MEMBER_NOT,        /* of another group, or of none */
    MEMBER_IN_SERVICE, /* InService */
    MEMBER_COMING,     /* Pending and the like */
    MEMBER_STANDBY,    /* taken out by a person; not part of the desired capacity */
    MEMBER_LEAVING,    /* being terminated or detached */
};

struct fleet_instance {
    const struct instance_facts *facts;
    enum membership membership;
    bool is_protected; /* from scale-in */
    bool is_placeable; /* ACTIVE, agent connected, an EC2 instance, not leaving */
    bool is_doubled;   /* its EC2 instance is registered with the cluster more than once */
};

struct fleet {
    struct fleet_instance *items; /* sorted by EC2 id, then ARN */
    size_t count;
    size_t placeable;          /* how many of them are */
    int64_t registered;        /* instances of the group's desired capacity that are here */
    bool has_size;             /* is any instance of the group here? */
    struct resources largest;  /* then: registered size of the group's largest, see below */
    struct resources share_of; /* the most CPU and the most memory any placeable one registered */
};

/* Both lists sorted as snapshot.h has it. The largest is the one with the most memory, then CPU. */
void fleet_init(struct fleet *fleet, const struct group_facts *group,
                const struct instances_facts *instances, struct arena *arena);

/* What is free on it, and what is reserved; never negative. */
struct resources fleet_free(const struct fleet_instance *instance);
struct resources fleet_reserved(const struct fleet_instance *instance);

/* Is it part of the group's desired capacity? */
bool fleet_is_counted(const struct fleet_instance *instance);

#endif
