#include "expression/assemble.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

struct instruction *assemble(struct assembler *out, enum opcode code, size_t offset, size_t pops,
                             size_t pushes)
{
    struct instruction *instruction = VEC_ADD(out->arena, &out->code);
    instruction->code = (uint8_t)code;
    instruction->offset = (uint16_t)offset;
    assert(out->depth >= pops);
    out->depth += pushes - pops;
    if (out->depth > out->depth_max)
        out->depth_max = out->depth;
    return instruction;
}

void assemble_jump_before(struct assembler *out, size_t start, size_t offset)
{
    assemble(out, OP_JUMP, offset, 0, 0);
    struct instruction jump = out->code.items[out->code.count - 1];
    struct instruction *from = &out->code.items[start];
    memmove(from + 1, from, (out->code.count - 1 - start) * sizeof(*from));
    *from = jump;
}

void jumps_add(struct assembler *out, struct jumps *jumps)
{
    size_t index = out->code.count - 1;
    out->code.items[index].jump = jumps->last == 0 ? 0 : (int64_t)(index - (jumps->last - 1));
    jumps->last = index + 1;
}

void jumps_land(struct assembler *out, const struct jumps *jumps)
{
    size_t next = jumps->last;
    while (next != 0) {
        size_t index = next - 1;
        int64_t back = out->code.items[index].jump;
        out->code.items[index].jump = (int64_t)(out->code.count - index);
        out->jump_target = out->code.count;
        next = back == 0 ? 0 : next - (size_t)back;
    }
}
