/* Writes instructions, keeps account of the stack they need, and resolves their jumps. */
#ifndef EXPRESSION_ASSEMBLE_H
#define EXPRESSION_ASSEMBLE_H

#include "base/vec.h"
#include "expression/code.h"

struct assembler {
    struct arena *arena;
    VEC(struct instruction) code;
    size_t depth; /* objects on the machine's stack at this point of the code */
    size_t depth_max;
    size_t list_items;  /* of all lists */
    size_t jump_target; /* the furthest one so far */
};

/* Adds an instruction: `pops` objects leave the stack, `pushes` come. */
struct instruction *assemble(struct assembler *out, enum opcode code, size_t offset, size_t pops,
                             size_t pushes);
/* Puts an OP_JUMP in front of the code from `start` on. */
void assemble_jump_before(struct assembler *out, size_t start, size_t offset);

/* Jumps whose target is not known yet are a list through their `jump` fields: the distance back to
 * the one before, 0 in the first. Distances, not places, so that code can move as a block. */
struct jumps {
    size_t last; /* index + 1; 0: none */
};

/* The last instruction joins the list. */
void jumps_add(struct assembler *out, struct jumps *jumps);
/* All of them go to the next instruction. */
void jumps_land(struct assembler *out, const struct jumps *jumps);

#endif
