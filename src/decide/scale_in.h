/* May the group lose an instance, and which? Rules: docs/scaling.md, "The group". Pure. */
#ifndef DECIDE_SCALE_IN_H
#define DECIDE_SCALE_IN_H

#include "decide/outlook.h"

/* Why no instance can be spared, whichever it would be. The first that is true. */
enum obstacle {
    OBSTACLE_NONE,
    OBSTACLE_NO_ROOM,  /* something does not fit as it is */
    OBSTACLE_AT_MIN,   /* desired less draining is at min */
    OBSTACLE_ARRIVING, /* an instance is still on its way */
    OBSTACLE_REMOVING, /* the group has more instances than it wants: it is removing some */
    OBSTACLE_NO_SIZE,  /* the size of a task that needs room is not known */
    OBSTACLE_HELD,     /* a service lacks facts */
};

/* `*culprit` (may be NULL) is the index of the service for HELD, of the demand's item for NO_SIZE.
 */
enum obstacle scale_in_obstacle(const struct outlook *outlook, size_t *culprit);

enum attempt_result {
    ATTEMPT_PASSES,         /* its whole block fits */
    ATTEMPT_PASSES_REDUCED, /* the block less the DAEMON services' tasks does */
    ATTEMPT_REST_HOMELESS,  /* demand and buffer do not fit without this instance */
    ATTEMPT_BLOCK_HOMELESS, /* no other instance has room for its block */
    ATTEMPT_CROWDED,        /* with the block placed, demand and buffer do not fit */
};

/* A candidate, and how it came out. */
struct attempt {
    const struct fleet_instance *candidate;
    bool by_memory; /* the least reserved memory; else the least reserved CPU */
    enum attempt_result result;
    struct resources block;              /* as it was last tried */
    const struct fleet_instance *target; /* PASSES*: where the block fits; NULL: nothing to move */
};

enum { ATTEMPTS_MAX = 2 };

/* Tries the candidates until one passes; gives how many it tried. Only where there is no obstacle:
 * the outlook's placement is used as scratch. */
size_t scale_in_try(struct outlook *outlook, struct attempt attempts[static ATTEMPTS_MAX]);

bool attempt_passes(const struct attempt *attempt);

/* Would knowing the DAEMON services and their sizes perhaps have made the difference? */
bool attempts_turn_on_daemons(const struct attempt *attempts, size_t count);
/* Then: could any of that not be read? */
bool attempts_lack_daemons(const struct outlook *outlook, const struct attempt *attempts,
                           size_t count);

/* In words: the obstacle with its verdict (empty: none), and how the candidates came out. */
struct str scale_in_obstacle_words(const struct outlook *outlook, enum verdict *verdict);
struct str scale_in_attempts_words(const struct outlook *outlook, const struct attempt *attempts,
                                   size_t count);

#endif
