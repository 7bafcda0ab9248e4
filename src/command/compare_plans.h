/* How two plans differ: bytes against bytes for `replay`, and in words for a policy that is tried
 * on a record. */
#ifndef COMMAND_COMPARE_PLANS_H
#define COMMAND_COMPARE_PLANS_H

#include "base/arena.h"
#include "base/vec.h"
#include "model/plan.h"

/* Members of two JSON documents that differ: "actions[0].tasks.to", "3", "4". Texts are short and
 * made for printing; "absent" stands for no such member. */
struct member_difference {
    struct str member;
    struct str recorded;
    struct str decided;
};

struct member_differences {
    VEC(struct member_difference) items; /* the first hundred or so */
    size_t count;                        /* of all */
};

/* Both texts are plans as plan_write() writes them, but `recorded` may be anything that is JSON.
 * Nothing differs although the bytes do: it was written in another layout. */
void compare_members(struct arena *arena, struct str recorded, struct str decided,
                     struct member_differences *out);

/* One thing that another definition would have done differently: a service, or one step of the
 * group's. */
struct plan_difference {
    bool of_group;
    struct str subject;  /* the service, or "group" */
    struct str recorded; /* "1 → 3 tasks", "stays at 2 tasks", "drains i-0abc" */
    struct str decided;  /* likewise */
    struct str reason;   /* of the second; of the first where there is no second */
    int64_t more;        /* tasks or instances asked for beyond the recorded; negative: fewer */
};

struct plan_differences {
    VEC(struct plan_difference) items;
};

void compare_plans(struct arena *arena, const struct plan *recorded, const struct plan *decided,
                   struct plan_differences *out);

#endif
