/* What an executable needs of the machine it is to run on, by its ELF header.
 * Source: elf(5), System V gABI, chapters 4 and 5. The file is not trusted. */
#ifndef LAMBDA_ELF_H
#define LAMBDA_ELF_H

#include "base/error.h"

#include <stdbool.h>

enum elf_machine { ELF_OTHER, ELF_X86_64, ELF_AARCH64 };

struct elf {
    enum elf_machine machine;
    bool is_static; /* neither a loader (PT_INTERP) nor a library (DT_NEEDED) is asked for */
};

/* E_SYNTAX for what is no 64-bit little-endian ELF executable, or a broken one. Pure. */
NODISCARD enum error_code elf_read(struct str file, struct elf *out, struct error *err);

#endif
